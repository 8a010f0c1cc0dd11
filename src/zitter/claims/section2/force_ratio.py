"""Claim that the quantum forces on the centre of mass become negligible: after (58)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.densities import smooth_densities
from zitter.claims.section2.force_families import (
    BODIES,
    CONDENSATE,
    DISTINGUISHABLE,
    EQUAL_BODIES,
    IN_FRINGES,
    SMOOTH_SIZES,
    UNEQUAL_BODIES,
    family_forces,
    force_families,
)
from zitter.claims.section2.fringe_states import packet_sum
from zitter.claims.section2.judging import (
    law_text,
    median_law,
    verdict_under_condition,
    with_interval,
)
from zitter.claims.section2.product_forces import External, product_dataset
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure
from zitter.trajectories.quantiles import quantile_map
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition

_NUM_PATHS = {"quick": 2000, "default": 20_000, "full": 100_000}
_PLACES = {"displaced": 2.0, "at equilibrium": 0.0}
_OTHERS = (*IN_FRINGES, *BODIES)
_TIME = 3.0
_WIDTH, _CENTRE, _MOMENTUM = (1.0, 1.0), (-3.0, 3.0), (2.0, -2.0)


def _run(preset: Preset, seed: int, screening: float) -> xr.Dataset:
    """Forces in a harmonic trap of stiffness N^-screening, and impulses through fringes."""
    counts, num_runs = SMOOTH_SIZES[preset]
    parts = []
    for k, place in enumerate(_PLACES.values()):
        names = ("F_U", "F_cm", "F_rel")
        external = _trap(place)
        part = product_dataset(
            smooth_densities(), counts, num_runs, seed + k, names, external=external
        )
        parts.append(part.drop_vars(["variance", "fisher_information"]))
    data = xr.concat(parts, "place").assign_coords(place=list(_PLACES))
    strength = data.num_particles.astype(float) ** -screening
    data["F_U"] = (strength * data.F_U).transpose(*data.F_cm.dims).assign_attrs(data.F_U.attrs)
    impulse = _impulses(counts, num_runs, _NUM_PATHS[preset], np.random.default_rng([seed, 3]))
    data["impulse"] = (("num_particles", "preparation"), impulse, {"unit": "ħ/σ₀"})
    data["classical_impulse"] = (strength * data.num_particles * _TIME).assign_attrs(unit="ħ/σ₀")
    return data.merge(force_families(preset, seed, ["F_U", "F_cm", "F_rel"]))


def _trap(displacement: float) -> External:
    return lambda x: -(x + displacement)


def _impulses(
    counts: tuple[int, ...], num_runs: int, num_paths: int, rng: np.random.Generator
) -> np.ndarray:
    """∫(F_cm + F_rel)dt = Σ m[vᵢ(t) - vᵢ(0)] of free condensates through their fringes.

    The paths of one particle start at evenly spaced quantiles and are shared out at random.
    """
    x0 = _even_quantiles(num_paths)
    column = [[value] for value in _CENTRE]
    packets = GaussianPacket([[w] for w in _WIDTH], column, [[p] for p in _MOMENTUM])
    x = np.asarray(quantile_map(Superposition(packets, [1.0, 1.0]), x0, [0.0, _TIME]))
    start, end = (
        packet_sum([_WIDTH], [_CENTRE], [_MOMENTUM], [1.0, 1.0], time).log_jets(row[:, None])
        for time, row in zip((0.0, _TIME), x, strict=True)
    )
    of_one = (end.first - start.first).imag[:, 0]
    draws = [rng.integers(num_paths, size=(num_runs, N)) for N in counts]
    return np.stack([of_one[chosen].sum(axis=1) for chosen in draws])


def _even_quantiles(num: int) -> np.ndarray:
    """Positions at t = 0 with F(x) = (k + 1/2)/num."""
    x = np.linspace(-9.0, 9.0, 20_001)
    l = packet_sum([_WIDTH], [_CENTRE], [_MOMENTUM], [1.0, 1.0], 0.0).log_jets(x[:, None])
    density = np.exp(2.0 * l.value.real[:, 0])
    steps = 0.5 * (density[1:] + density[:-1])
    cumulated = np.concatenate([[0.0], np.cumsum(steps)]) / np.sum(steps)
    return np.interp((np.arange(num) + 0.5) / num, cumulated, x)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """An external force that grows as N^3/4."""
    return _run(preset, seed, 0.25)


def _ratio(data: xr.Dataset, place: str, density: str) -> xr.DataArray:
    here = data.sel(place=place, density=density, drop=True)
    return (here.F_cm + here.F_rel) / here.F_U


def _family_ratio(data: xr.Dataset, family: str) -> xr.DataArray:
    F_U, F_cm, F_rel = (family_forces(data, name, family) for name in ("F_U", "F_cm", "F_rel"))
    return (F_cm + F_rel) / F_U


def _exponent(regime: str, ratio: xr.DataArray) -> Measurement:
    law, name = median_law(ratio), "exponent of |F_cm + F_rel| / |F_U|"
    return exponent_measurement(name, with_interval(regime, law), law, -0.5, 0.15)


def _external(data: xr.Dataset, family: str) -> Measurement:
    law = median_law(family_forces(data, "F_U", family))
    name, regime = "exponent of |F_U|", with_interval(f"{family}, displaced", law)
    return exponent_measurement(name, regime, law, 1.0, 0.15)


def _smooth(data: xr.Dataset, place: str) -> list[Measurement]:
    return [
        _exponent(f"{density}, {place}", _ratio(data, place, density))
        for density in map(str, data.density.values)
    ]


def _judge(data: xr.Dataset) -> Judgement:
    impulse = median_law(data.impulse / data.classical_impulse)
    inside = [
        *_smooth(data, "displaced"),
        exponent_measurement(
            "exponent of |∫(F_cm + F_rel)dt| / |∫F_U dt|", CONDENSATE, impulse, -0.5, 0.12
        ),
    ]
    families = {f: _exponent(f"{f}, displaced", _family_ratio(data, f)) for f in _OTHERS}
    outside = [*_smooth(data, "at equilibrium"), *families.values()]
    humps = median_law(_ratio(data, "displaced", str(data.density.values[1])))
    rest = outside[1].value
    verdict = verdict_under_condition(inside, outside)
    gaussian = _ratio(data, "at equilibrium", str(data.density.values[0])) + 0.25
    reason = (
        f"The ratio falls as N^{humps.exponent:.2f} in states without nodes off equilibrium, and "
        f"as N^{impulse.exponent:.2f} for impulses through fringes; it goes as N^{rest:.2f} at "
        f"equilibrium, N^{families[CONDENSATE].value:.2f} for the force itself in fringes, and "
        f"up to N^{families[UNEQUAL_BODIES].value:.2f} for superposed bodies."
    )
    return Judgement(
        verdict=verdict,
        measured=f"exponent {law_text(humps)} (two humps), {law_text(impulse)} (impulses)",
        uncertainty="95% intervals by bootstrap",
        expected="-1/2 off equilibrium in states without nodes",
        reason=reason,
        measurements=(*inside, *outside, *(_external(data, f) for f in _OTHERS)),
        independent_check="Gaussian at equilibrium: -ħ²/4mkσ⁴ = -1/4 in closed form, to "
        f"{float(np.abs(gaussian).max()):.0e}; impulses from paths of quantiles, m[v(t) - v(0)]",
    )


def _points(ax: Axes, ratio: xr.DataArray, index: int, label: str, exponent: float) -> None:
    middle, counts = np.median(np.abs(ratio.values), axis=1), ratio.num_particles.values
    ax.loglog(counts, middle, MARKERS[index], color=COLOURS[index], label=label)
    draw_slope(ax, counts, exponent, at=(counts[0], middle[0]), label="")


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(3, height=4.0)
    places = ("displaced", "at equilibrium")
    for ax, place in zip(panels, places, strict=False):
        for k, density in enumerate(map(str, data.density.values)):
            exponent = -0.5 if place == "displaced" else 0.0
            _points(ax, _ratio(data, place, density), k, density, exponent)
    impulse = (data.impulse / data.classical_impulse).transpose("num_particles", ...)
    _points(panels[0], impulse, 4, "impulse, condensate in fringes", -0.5)
    lines = {EQUAL_BODIES: 0.5, UNEQUAL_BODIES: 1.0, CONDENSATE: 0.0, DISTINGUISHABLE: 0.0}
    for k, family in enumerate(_OTHERS):
        _points(panels[2], _family_ratio(data, family), k, family, lines.get(family, -0.5))
    titles = (
        "Off equilibrium: falls as 1/√N",
        "At equilibrium: does not fall",
        "Fringes, superposed bodies: not 1/√N",
    )
    tops = (10.0, 100.0, 1e7)
    for ax, title, top in zip(panels, titles, tops, strict=True):
        ax.set_ylim(top=top)
        y = "median |F_cm + F_rel| / |F_U|"
        label_axes(ax, x="number of particles N", y=y, title=title)
        ax.legend(fontsize=8, loc="upper left")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="quantum-forces-become-negligible",
        ledger="L19",
        section="2.1",
        statement="For large N the classical force on the centre of mass dominates the quantum "
        "forces.",
        equations=(47, 58, 60),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="(F_cm + F_rel)/F_U ∝ N^(-1/2)",
        correction="(F_cm + F_rel)/F_U = O(N^(-1/2)) for weakly correlated states off "
        "equilibrium; in interference only for the impulse ∫F dt, at equilibrium and for "
        "superposed bodies not at all.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
