"""Claim that the quantum force of the relative motion on the centre of mass vanishes: (56)-(58)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, overall
from zitter.claims.section2.densities import Density, gaussian_density, smooth_densities
from zitter.claims.section2.force_families import (
    IN_FRINGES,
    SMOOTH_SIZES,
    family_forces,
    force_families,
)
from zitter.claims.section2.force_tails import force_tails, tail_measurements
from zitter.claims.section2.judging import law_text, median_estimate, median_law, with_interval
from zitter.claims.section2.product_forces import product_dataset
from zitter.claims.section2.second_route import second_route
from zitter.core.grid import Grid
from zitter.core.statistics import z_score
from zitter.forces.scaling import relative_force_integral
from zitter.scenarios.style import COLOURS, GREY, MARKERS, draw_slope, label_axes, new_figure

_OTHERS = IN_FRINGES
_ZERO = 1e-9
"""F_rel below this share of F_cm is round-off."""


def _integral_share(counts: tuple[int, ...]) -> list[float]:
    """Largest |integral (57)| over its first term alone, for each N, in a correlated state."""
    grid = Grid((-8.0, -8.0), (8.0, 8.0), (128, 128))
    x, y = np.meshgrid(*grid.axes, indexing="ij")
    R = np.exp(-(x**2) - y**2 - 0.8 * x * y - 0.1 * x**2 * y**2)
    R /= np.sqrt(np.sum(R**2) * np.prod(grid.spacing))
    found = [relative_force_integral(R, grid, N, 1.0) for N in counts]
    return [float(np.abs(f.value).max() / np.abs(f.first_term).max()) for f in found]


def _run(preset: Preset, seed: int, densities: tuple[Density, ...]) -> xr.Dataset:
    counts, num_runs = SMOOTH_SIZES[preset]
    data = product_dataset(densities, counts, num_runs, seed, ("F_cm", "F_rel"))
    data = data.assign_coords(density=[density.name for density in smooth_densities()])
    data["integral_share"] = ("num_particles", _integral_share(counts), {"equation": "(57)"})
    data["route_difference"] = second_route(seed).sel(quantity="F_rel", drop=True)
    return data.merge(force_families(preset, seed, ["F_rel"])).merge(force_tails(preset, seed))


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, smooth_densities())


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Each state replaced by the Gaussian of the same width, as (54) does."""
    gaussians = tuple(gaussian_density(density.variance) for density in smooth_densities())
    return _run(preset, seed, gaussians)


def _growth(regime: str, force: xr.DataArray) -> Measurement:
    """Exponent of median |F_rel|: the claim needs it to be negative."""
    law = median_law(force)
    low, high = law.interval
    verdict = Verdict.FAILS if low > 0 else Verdict.HOLDS if high < 0 else Verdict.INCONCLUSIVE
    return Measurement(
        name="exponent of median |F_rel|",
        regime=with_interval(regime, law),
        value=law.exponent,
        uncertainty=law.exponent_error,
        expected="below 0",
        verdict=verdict,
    )


def _smooth(data: xr.Dataset, density: str) -> Measurement:
    """Growth of F_rel in one smooth state, or how small it is where it is round-off."""
    here = data.sel(density=density)
    share = float(np.abs(here.F_rel).max() / np.abs(here.F_cm).max())
    if share > _ZERO:
        return _growth(density, here.F_rel)
    return Measurement(
        "largest |F_rel| / largest |F_cm|", density, share, _ZERO, "0", Verdict.HOLDS
    )


def _ratio(data: xr.Dataset, density: str) -> Measurement:
    """Median |F_rel/F_cm| at the largest N."""
    here = data.sel(density=density).isel(num_particles=-1)
    size = median_estimate(np.abs(here.F_rel.values))
    other = median_estimate(np.abs(here.F_cm.values))
    value = size.value / other.value
    error = float(np.hypot(size.error, value * other.error) / other.value)
    small = value + 2.0 * error < 0.1
    return Measurement(
        name="median |F_rel| / median |F_cm|",
        regime=f"{density}, N = {int(here.num_particles)}",
        value=value,
        uncertainty=error,
        expected="below 0.1",
        verdict=Verdict.HOLDS if small else Verdict.FAILS,
    )


def _mean(data: xr.Dataset, density: str) -> Measurement:
    """Ensemble mean of F_rel at the largest N in standard errors: this does vanish."""
    force = data.F_rel.sel(density=density).isel(num_particles=-1).values
    error = float(force.std(ddof=1) / np.sqrt(force.size))
    z = z_score(float(force.mean()), 0.0, error) if error > _ZERO else 0.0
    return Measurement(
        name="ensemble mean of F_rel, in standard errors",
        regime=density,
        value=z,
        uncertainty=1.0,
        expected=0.0,
        verdict=Verdict.HOLDS if abs(z) < 4.0 else Verdict.FAILS,
    )


def _integral(data: xr.Dataset) -> Measurement:
    """The integral (57) by quadrature, for a correlated state without nodes."""
    share, largest = float(data.integral_share.max()), int(data.num_particles[-1])
    return Measurement(
        name="largest |integral (57)| over its first term alone",
        regime=f"correlated amplitude, N up to {largest}",
        value=share,
        uncertainty=_ZERO,
        expected="0",
        verdict=Verdict.HOLDS if share < _ZERO else Verdict.FAILS,
    )


def _judge(data: xr.Dataset) -> Judgement:
    names = [str(name) for name in data.density.values]
    smooth = [_smooth(data, name) for name in names]
    growing = [m for m in smooth if m.verdict is Verdict.FAILS]
    others = [_growth(family, family_forces(data, "F_rel", family)) for family in _OTHERS]
    tails = tail_measurements(data)
    verdict = overall(smooth)
    ratios = [_ratio(data, name) for name in names]
    means = [_mean(data, name) for name in names]
    if growing:
        humps = names[1]
        measured = f"exponent {law_text(median_law(data.F_rel.sel(density=humps)))}, " + (
            f"|F_rel|/|F_cm| = {ratios[1].value:.2f} ± {ratios[1].uncertainty:.2f} ({humps})"
        )
        reason = (
            "On one configuration |F_rel| grows as "
            f"N^{min(m.value for m in growing):.2f} to N^{max(m.value for m in growing):.2f} "
            "without nodes, like F_cm, and up to "
            f"N^{max(m.value for m in others):.2f} in fringes, where its tail has the exponent "
            f"{tails[0].value:.2f}; only the ensemble mean, (57), vanishes."
        )
    else:
        measured = f"|F_rel| below {max(m.value for m in smooth):.0e} of |F_cm|"
        reason = "|F_rel| is zero to round-off in all states without nodes."
    return Judgement(
        verdict=verdict,
        measured=measured,
        uncertainty="95% interval by bootstrap; one standard error",
        expected="negative exponent, or F_rel = 0",
        reason=reason,
        measurements=(*smooth, *ratios, *means, _integral(data), *others, *tails),
        independent_check="-∂(Q - Q_cm) from differences of the joint ln R at N = 5 agrees to "
        f"{float(data.route_difference):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3, height=4.0)
    x, y = "number of particles N", "median |F_rel| [ħ²/mσ₀³]"
    for k, density in enumerate(data.density.values[1:], start=1):
        _draw(left, data.F_rel.sel(density=density), k, str(density), 0.5)
    for k, family in enumerate(_OTHERS):
        _draw(middle, family_forces(data, "F_rel", family), k, family, 1.0)
    for k, state in enumerate(data.tail_state.values):
        force = data.tail_force.sel(tail_state=state)
        right.loglog(force, data.tail_share, color=COLOURS[k], label=str(state))
    start = float(data.tail_force[0].sel(tail_share=1e-2, method="nearest"))
    reach = start * np.array([0.3, 300.0])
    right.plot(reach, 2e-2 * (reach / start) ** (-4 / 3), "--", color=GREY, label="∝ |F|^(-4/3)")
    left.set_ylim(top=30.0 * left.get_ylim()[1])
    middle.set_ylim(top=300.0 * middle.get_ylim()[1])
    label_axes(left, x=x, y=y, title="Without nodes (lines: √N)")
    label_axes(middle, x=x, y=y, title="In fringes (lines: N)")
    label_axes(
        right,
        x="|F_rel| [ħ²/mσ₀³]",
        y="share of draws above",
        title="Tail near nodes",
    )
    for ax in (left, middle, right):
        ax.legend(fontsize=8)
    return figure


def _draw(ax: Axes, force: xr.DataArray, index: int, label: str, exponent: float) -> None:
    counts, size = force.num_particles.values, np.median(np.abs(force.values), axis=1)
    ax.loglog(counts, size, MARKERS[index], color=COLOURS[index], label=label)
    draw_slope(ax, counts, exponent, at=(counts[0], size[0]), label="")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="relative-motion-exerts-no-force",
        ledger="L18",
        section="2.1",
        statement="The quantum force F_rel of the relative motion on the centre of mass tends to "
        "zero for large N.",
        equations=(56, 57, 58),
        predicted=Verdict.FAILS,
        expected="negative exponent of |F_rel|",
        correction="The integral (57), the ensemble mean, is zero at every N; the value (56) on "
        "one configuration is O(√N), like F_cm, and about N in interference. It vanishes only if "
        "ρ = ρ_cm ρ_rel, as for Gaussian products.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
