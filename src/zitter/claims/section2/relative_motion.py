"""Claim that the quantum force does not become negligible in the relative motion (after (58))."""

import jax
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
from zitter.claims.section2.densities import Density, smooth_densities
from zitter.claims.section2.judging import law_text, root_mean_square
from zitter.claims.section2.product_forces import UNITS
from zitter.core.statistics import Estimate, PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure
from zitter.system.coordinates import centre_of_mass_gradient

_SIZES = {
    "quick": ((16, 64, 256, 1024), 1000),
    "default": ((16, 64, 256, 1024, 4096), 4000),
    "full": ((16, 64, 256, 1024, 4096, 16_384), 10_000),
}
_DISPLACEMENT = 2.0
_CHUNK = 1_000_000
_COORDINATES = ("y₂", "x_cm")


def _one_particle_forces(density: Density, x: np.ndarray) -> np.ndarray:
    """Quantum force -Q' and force of a trap of unit stiffness, displaced, at each x, (2, ..)."""
    l, l1, l2 = density.slopes(x)
    return np.stack([l * l1 + 0.5 * l2, -(x + _DISPLACEMENT)])


def _relative(forces: np.ndarray) -> np.ndarray:
    """Force on y₂ from the forces on the particles (.., N), by the chain rule of (12)-(13)."""
    num_particles = forces.shape[-1]
    s = np.sqrt(num_particles)
    mean = forces.sum(axis=-1) / (num_particles + s)
    return forces[..., 1] - forces[..., 0] / (s + 1.0) - mean


def _chain_rule_difference(seed: int) -> float:
    """Largest difference of the line above and of the gradient in coordinates (12)-(13)."""
    forces = np.random.default_rng(seed).normal(size=(8, 5))
    other = jax.vmap(lambda f: centre_of_mass_gradient(f[:, None]).y[0, 0])(forces)
    return float(np.max(np.abs(np.asarray(other) - _relative(forces))))


def _run(preset: Preset, seed: int, relative: bool) -> xr.Dataset:
    """Quantum and classical forces on y₂ and on the centre of mass in each preparation."""
    counts, num_runs = _SIZES[preset]
    rng, densities = np.random.default_rng(seed), smooth_densities()
    forces = np.empty((2, 2, len(densities), len(counts), num_runs))
    for d, density in enumerate(densities):
        for n, num_particles in enumerate(counts):
            for part in np.array_split(np.arange(num_runs), -(-num_runs * num_particles // _CHUNK)):
                x = density.sample(rng, (part.size, num_particles))
                of_each = _one_particle_forces(density, x)
                total = of_each.sum(axis=-1)
                forces[0, :, d, n, part] = (_relative(of_each) if relative else total).T
                forces[1, :, d, n, part] = total.T
    dims = ("coordinate", "kind", "density", "num_particles", "preparation")
    unit = {"unit": UNITS["F_cm"]}
    return xr.Dataset(
        {
            "force": (dims, forces, unit),
            "chain_rule_difference": ((), _chain_rule_difference(seed), unit),
            "gaussian_ratio": ((), 1.0 / (4.0 * densities[0].variance ** 2), {"unit": "1"}),
        },
        {
            "coordinate": list(_COORDINATES),
            "kind": ["quantum", "classical"],
            "density": [density.name for density in densities],
            "num_particles": list(counts),
        },
        {"stiffness [ħ²/mσ₀⁴]": 1.0, "displacement [σ₀]": _DISPLACEMENT},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, relative=True)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Σᵢ∂ᵢ, the derivative along the centre of mass, where ∂/∂y₂ belongs."""
    return _run(preset, seed, relative=False)


def _ratio(force: xr.DataArray) -> Estimate:
    """rms quantum force over rms classical force, dims (kind, preparation)."""
    quantum, classical = (root_mean_square(force.sel(kind=k).values) for k in force.kind.values)
    value = quantum.value / classical.value
    relative = np.hypot(quantum.error / quantum.value, classical.error / classical.value)
    return Estimate(float(value), float(value * relative))


def _ratios(data: xr.Dataset, coordinate: str, density: str) -> list[Estimate]:
    force = data.force.sel(coordinate=coordinate, density=density)
    return [_ratio(force.sel(num_particles=n)) for n in data.num_particles.values]


def _laws(data: xr.Dataset, coordinate: str) -> dict[str, PowerLaw]:
    counts = data.num_particles.values
    return {
        str(name): power_law_fit(counts, *np.transpose(_ratios(data, coordinate, name)))
        for name in data.density.values
    }


def _exponents(laws: dict[str, PowerLaw], coordinate: str, expected: float) -> list[Measurement]:
    name = f"exponent of quantum / classical force on {coordinate}"
    return [exponent_measurement(name, d, law, expected, 0.15) for d, law in laws.items()]


def _sizes(data: xr.Dataset) -> list[Measurement]:
    """Ratio at the largest N: not small."""
    measurements = []
    for name in data.density.values:
        ratio = _ratios(data, "y₂", name)[-1]
        measurements.append(
            Measurement(
                name="rms quantum / classical force on y₂",
                regime=f"{name}, N = {int(data.num_particles[-1])}",
                value=ratio.value,
                uncertainty=ratio.error,
                expected="above 0.05",
                verdict=verdict_within(ratio.value, ratio.error, low=0.05),
            )
        )
    return measurements


def _judge(data: xr.Dataset) -> Judgement:
    laws, contrast = _laws(data, "y₂"), _laws(data, "x_cm")
    exponents, sizes = _exponents(laws, "y₂", 0.0), _sizes(data)
    humps = str(data.density.values[1])
    gaussian = data.force.sel(coordinate="y₂", density="Gaussian")
    quantum, classical = gaussian.sel(kind="quantum"), gaussian.sel(kind="classical")
    closed = float(np.abs(quantum + data.gaussian_ratio * classical).max())
    return Judgement(
        verdict=overall([*exponents, *sizes]),
        measured=f"exponent {law_text(laws[humps])} for y₂, {law_text(contrast[humps])} for x_cm; "
        f"ratio {with_uncertainty(sizes[1].value, sizes[1].uncertainty)}",
        uncertainty="95% intervals; one standard error",
        expected="exponent 0 for y₂, -1/2 for x_cm",
        reason="The ratio of quantum to classical force goes as "
        f"N^{laws[humps].exponent:.2f} for a relative coordinate, and as "
        f"N^{contrast[humps].exponent:.2f} for the centre of mass of the same draws.",
        measurements=(*exponents, *sizes, *_exponents(contrast, "x_cm", -0.5)),
        independent_check=f"Gaussian state: -ħ²/4mσ⁴k in closed form, to {closed:.0e}; gradient "
        f"in the coordinates (12)-(13), to {float(data.chain_rule_difference):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(2)
    counts = data.num_particles.values
    titles = ("Relative coordinate: does not fall", "Centre of mass: falls as 1/√N")
    for ax, coordinate, title in zip(panels, _COORDINATES, titles, strict=True):
        for density, colour, marker in zip(data.density.values, COLOURS, MARKERS, strict=False):
            values = [ratio.value for ratio in _ratios(data, coordinate, density)]
            ax.loglog(counts, values, marker, color=colour, label=density)
            exponent = 0.0 if coordinate == "y₂" else -0.5
            ax.plot(counts, values[0] * (counts / counts[0]) ** exponent, "--", color=GREY)
        ax.set_ylim(1e-3, 10.0)
        label_axes(
            ax,
            x="number of particles N",
            y=f"rms quantum / classical force on {coordinate}",
            title=title,
            legend=coordinate == "y₂",
        )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="relative-motion-stays-quantum",
        ledger="L20",
        section="2.1",
        statement="The dominance of the classical force does not extend to the relative degrees "
        "of freedom.",
        equations=(43, 58),
        predicted=Verdict.HOLDS,
        expected="ratio of the forces on y_j independent of N",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
