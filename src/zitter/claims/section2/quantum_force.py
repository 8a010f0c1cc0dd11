"""Claim on the size of the quantum force of the centre of mass: (55), (58)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.densities import smooth_densities
from zitter.claims.section2.force_families import (
    BODIES,
    EQUAL_BODIES,
    IN_FRINGES,
    SMOOTH_SIZES,
    UNEQUAL_BODIES,
    family_forces,
    force_families,
)
from zitter.claims.section2.judging import (
    law_text,
    median_law,
    rms_law,
    root_mean_square,
    with_interval,
)
from zitter.claims.section2.product_forces import product_dataset
from zitter.claims.section2.second_route import second_route
from zitter.forces.scaling import rms_centre_of_mass_force
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure

_OTHERS = (*IN_FRINGES, *BODIES)


def _run(preset: Preset, seed: int, swelling: float) -> xr.Dataset:
    """F_cm of states whose one-particle width is N^swelling, F_cm ∝ 1/width³."""
    counts, num_runs = SMOOTH_SIZES[preset]
    data = product_dataset(smooth_densities(), counts, num_runs, seed, ("F_cm",))
    width = data.num_particles.astype(float) ** swelling
    data["F_cm"] = (data.F_cm / width**3).assign_attrs(data.F_cm.attrs)
    data["route_difference"] = second_route(seed).sel(quantity="F_cm", drop=True)
    return data.merge(force_families(preset, seed, ["F_cm"]))


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """States that swell as N^(1/12), so that the force loses a factor N^(1/4)."""
    return _run(preset, seed, 1.0 / 12.0)


def _coefficient(data: xr.Dataset, density: str) -> Measurement:
    """rms F_cm at the largest N in units of ħ²√N I_F^(3/2)/4m."""
    here = data.sel(density=density).isel(num_particles=-1)
    num_particles = int(here.num_particles)
    rms = root_mean_square(here.F_cm.values)
    scale = rms_centre_of_mass_force(num_particles, float(here.fisher_information), mass=1.0)
    value, error = rms.value / scale, rms.error / scale
    return Measurement(
        name="rms F_cm / (ħ²√N I_F^(3/2)/4m)",
        regime=f"{density}, N = {num_particles}",
        value=value,
        uncertainty=error,
        expected=1.0,
        verdict=verdict_within(value, error, 0.8, 1.2),
    )


def _median(name: str, force: xr.DataArray) -> Measurement:
    law = median_law(force)
    return exponent_measurement("exponent of median |F_cm|", with_interval(name, law), law, 0.5)


def _family(data: xr.Dataset, family: str) -> Measurement:
    law = median_law(family_forces(data, "F_cm", family))
    return exponent_measurement(
        "exponent of median |F_cm|", with_interval(family, law), law, 0.5, 0.2
    )


def _judge(data: xr.Dataset) -> Judgement:
    names = [str(name) for name in data.density.values]
    forces = {name: data.F_cm.sel(density=name) for name in names}
    medians = [_median(name, force) for name, force in forces.items()]
    squares = [
        exponent_measurement("exponent of rms F_cm", name, rms_law(force), 0.5)
        for name, force in forces.items()
    ]
    coefficients = [_coefficient(data, name) for name in names]
    others = [_family(data, family) for family in _OTHERS]
    laws = ", ".join(law_text(median_law(force)) for force in forces.values())
    first = coefficients[1]
    low, high = (f([m.value for m in medians]) for f in (min, max))
    return Judgement(
        verdict=overall([*medians, *coefficients]),
        measured=f"exponents {laws}; coefficient "
        f"{with_uncertainty(first.value, first.uncertainty)} (two humps)",
        uncertainty="95% intervals by bootstrap; one standard error",
        expected="exponent 1/2, coefficient 1",
        reason=f"In states without nodes |F_cm| grows as N^{low:.2f} to N^{high:.2f} with the "
        f"size ħ²√N I_F^(3/2)/4m; in superpositions of two bodies it grows as "
        f"N^{others[-2].value:.2f} and N^{others[-1].value:.2f}.",
        measurements=(*medians, *squares, *coefficients, *others),
        independent_check="closed form of the rms; -∂Q_cm from differences of the joint ln R at "
        f"N = 5 agrees to {float(data.route_difference):.0e}",
    )


def _points(ax: Axes, force: xr.DataArray, index: int, label: str) -> float:
    """Median |F_cm| of one state; returns the first."""
    middle = np.median(np.abs(force.values), axis=1)
    ax.loglog(force.num_particles, middle, MARKERS[index], color=COLOURS[index], label=label)
    return float(middle[0])


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, height=4.4)
    for k, density in enumerate(data.density.values):
        force = data.F_cm.sel(density=density)
        first = _points(left, force, k, str(density))
        counts = force.num_particles.values
        label = "∝ √N" if k == 0 else ""
        draw_slope(left, counts, 0.5, at=(counts[0], first), label=label)
    for k, family in enumerate(_OTHERS):
        force = family_forces(data, "F_cm", family)
        first = _points(right, force, k, family)
        counts = force.num_particles.values
        exponent = {EQUAL_BODIES: 1.5, UNEQUAL_BODIES: 2.0}.get(family, 0.5)
        draw_slope(right, counts, exponent, at=(counts[0], first), label="")
    left.set_ylim(top=40.0 * left.get_ylim()[1])
    right.set_ylim(top=3e3 * right.get_ylim()[1])
    x, y = "number of particles N", "median |F_cm| [ħ²/mσ₀³]"
    label_axes(left, x=x, y=y, title="States without nodes (lines: √N)")
    label_axes(right, x=x, y=y, title="Fringes and superposed bodies (lines: powers)")
    right.legend(loc="upper left", fontsize=8)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="quantum-force-grows-as-root-N",
        ledger="L17",
        section="2.1",
        statement="For a wavefunction full of particles the quantum force of the centre of mass "
        "grows as √N.",
        equations=(47, 55, 58),
        predicted=Verdict.HOLDS,
        expected="exponent 1/2, rms ħ²√N I_F^(3/2)/4m",
        correction="The coefficient is ħ² I_F^(3/2)/4m. For superpositions of two macroscopic "
        "bodies F_cm grows as N^(3/2) to N².",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
