"""Claim on the osmotic velocity of the centre of mass: (59)."""

import numpy as np
import xarray as xr
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
from zitter.claims.section2.fringe_states import condensate_orbital, superposed_bodies
from zitter.claims.section2.judging import law_text, median_law, root_mean_square
from zitter.claims.section2.product_forces import UNITS, forces_at, product_dataset
from zitter.claims.section2.second_route import second_route
from zitter.forces.scaling import rms_osmotic_velocity
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure

_SIZES = {
    "quick": ((4, 16, 64, 256, 1024), 500),
    "default": ((4, 16, 64, 256, 1024, 4096), 2000),
    "full": ((4, 16, 64, 256, 1024, 4096, 16_384), 5000),
}
_FRINGES, _CAT = "condensate in fringes", "superposition of two bodies"


def _run(preset: Preset, seed: int, mass_exponent: float) -> xr.Dataset:
    """u_cm with the mass N^mass_exponent of the centre of mass; it is N m."""
    counts, num_runs = _SIZES[preset]
    rng = np.random.default_rng([seed, 1])
    data = product_dataset(smooth_densities(), counts, num_runs, seed, ("u_cm",))
    orbital = condensate_orbital()
    others = [[], []]
    for num_particles in counts:
        x = orbital.sample(rng, num_runs, num_particles)
        others[0].append(forces_at(orbital, x).u_cm)
        others[1].append(superposed_bodies(num_particles).draw(rng, num_runs).u_cm)
    dims, unit = ("state", "num_particles", "preparation"), {"unit": UNITS["u_cm"]}
    data = data.assign(other_u_cm=(dims, np.array(others), unit))
    data = data.assign_coords(state=[_FRINGES, _CAT])
    scale = data.num_particles.astype(float) ** (1.0 - mass_exponent)
    for name in ("u_cm", "other_u_cm"):
        data[name] = (scale * data[name]).transpose(*data[name].dims).assign_attrs(unit)
    data["route_difference"] = second_route(seed).sel(quantity="u_cm", drop=True)
    return data


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A centre of mass whose mass grows as N^3/4."""
    return _run(preset, seed, 0.75)


def _coefficient(data: xr.Dataset, density: str) -> Measurement:
    """rms u_cm at the largest N in units of (59); it is √(σ² I_F) for independent particles."""
    here = data.sel(density=density).isel(num_particles=-1)
    num_particles, variance = int(here.num_particles), float(here.variance)
    rms = root_mean_square(here.u_cm.values)
    scale = rms_osmotic_velocity(num_particles, 1.0 / variance, mass=1.0)
    exact = float(np.sqrt(variance * here.fisher_information))
    value, error = rms.value / scale, rms.error / scale
    return Measurement(
        name="rms u_cm / (59)",
        regime=f"{density}, N = {num_particles}",
        value=value,
        uncertainty=error,
        expected=exact,
        verdict=verdict_within(value, error, 0.8 * exact, 1.25 * exact),
    )


def _judge(data: xr.Dataset) -> Judgement:
    names = [str(name) for name in data.density.values]
    exponents = [
        exponent_measurement(
            "exponent of |u_cm|", name, median_law(data.u_cm.sel(density=name)), -0.5
        )
        for name in names
    ]
    others = [
        exponent_measurement(
            "exponent of |u_cm|", state, median_law(data.other_u_cm.sel(state=state)), -0.5
        )
        for state in (_FRINGES, _CAT)
    ]
    coefficients = [_coefficient(data, name) for name in names]
    first, cat = coefficients[0], others[1]
    law = law_text(median_law(data.u_cm.sel(density=names[0])))
    return Judgement(
        verdict=overall([*exponents, *coefficients]),
        measured=f"exponent {law}; rms "
        f"{with_uncertainty(first.value, first.uncertainty)} of (59) for a Gaussian",
        uncertainty="95% interval by bootstrap; one standard error",
        expected="exponent -1/2, coefficient 1 (Gaussian)",
        reason=f"|u_cm| falls as N^{exponents[0].value:.2f} in weakly correlated states, with "
        f"the size of (59) times √(σ² I_F), between {min(c.value for c in coefficients):.2f} and "
        f"{max(c.value for c in coefficients):.2f}; in a macroscopic superposition it goes as "
        f"N^{cat.value:.2f}.",
        measurements=(*exponents, *coefficients, *others),
        independent_check="slope of the joint ln R by differences at N = 5 agrees to "
        f"{float(data.route_difference):.0e}; closed form of the rms",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure(width=6.4, height=4.2)
    counts = data.num_particles.values
    series = [(name, data.u_cm.sel(density=name)) for name in data.density.values]
    series += [(name, data.other_u_cm.sel(state=name)) for name in data.state.values]
    for (name, values), colour, marker in zip(series, COLOURS, MARKERS, strict=False):
        middle = np.median(np.abs(values.values), axis=1)
        ax.plot(counts, middle, marker=marker, color=colour, linestyle="none", label=name)
    start = float(np.median(np.abs(series[0][1].values[0])))
    draw_slope(ax, counts, -0.5, at=(counts[0], start), label="(59), ∝ 1/√N")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(1e-4, 8.0)
    label_axes(
        ax,
        x="number of particles N",
        y="median |u_cm| [ħ/mσ₀]",
        title="u_cm falls as 1/√N, except in a superposition of two bodies",
    )
    ax.legend(ncols=2, loc="lower left")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="osmotic-velocity-falls-as-root-N",
        ledger="L24",
        section="2.1",
        statement="For a wavefunction full of particles the osmotic velocity of the centre of "
        "mass is about ħ/(2mσ√N).",
        equations=(59,),
        predicted=Verdict.HOLDS,
        expected="exponent -1/2; rms √(σ² I_F) times (59), 1 for a Gaussian",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
