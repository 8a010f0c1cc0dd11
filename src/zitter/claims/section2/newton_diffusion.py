"""Claim that the diffusion of the centre of mass (61) becomes Newton's path (62)."""

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
from zitter.claims.measures import exponent_measurement, standard_deviation_law
from zitter.scenarios.style import BLUE, RED, draw_slope, label_axes, new_figure

_SIZES = {
    "quick": ((1, 4, 16, 64, 256), 1000, 60),
    "default": ((1, 4, 16, 64, 256, 1024), 6000, 200),
    "full": ((1, 4, 16, 64, 256, 1024, 4096), 4000, 400),
}
_WIDTH, _FORCE, _TIME = 1.0, 1.0, 3.0
_TAU = 2.0 * _WIDTH**2


def _drift(x: np.ndarray, t: float, width: float, mass: float, force: float) -> np.ndarray:
    """Forward drift v + u of a free packet of mass M falling under a force (E4), ħ = 1."""
    tau = 2.0 * mass * width**2
    spread2 = width**2 * (1.0 + (t / tau) ** 2)
    distance = x - 0.5 * force / mass * t**2
    return force / mass * t + distance * (t / (tau**2 + t**2) - 0.5 / (mass * spread2))


def _end(
    x: np.ndarray, rng: np.random.Generator, num_steps: int, width: float, mass: float, noise: float
) -> np.ndarray:
    """End points of (24) or (9) by Heun steps; `noise` is the variance of dW per unit time.

    An Euler step would lag behind the fall by half a step, more than the packet of many is wide.
    """
    dt = _TIME / num_steps
    for k in range(num_steps):
        dW = np.sqrt(noise * dt) * rng.normal(size=x.shape)
        first = _drift(x, k * dt, width, mass, _FORCE * mass)
        last = _drift(x + first * dt + dW, (k + 1) * dt, width, mass, _FORCE * mass)
        x = x + 0.5 * (first + last) * dt + dW
    return x


def _run(preset: Preset, seed: int, noise_mass_exponent: float) -> xr.Dataset:
    counts, num_runs, num_steps = _SIZES[preset]
    rng = np.random.default_rng(seed)
    newton = 0.5 * _FORCE * _TIME**2
    reduced = np.empty((len(counts), num_runs))
    particles = np.full((len(counts), num_runs), np.nan)
    for i, n in enumerate(counts):
        width = _WIDTH / np.sqrt(n)
        start = width * rng.normal(size=num_runs)
        noise = 1.0 / n**noise_mass_exponent
        reduced[i] = _end(start, rng, num_steps, width, float(n), noise) - newton
        if n <= 64:
            many = _WIDTH * rng.normal(size=(num_runs, n))
            particles[i] = _end(many, rng, num_steps, _WIDTH, 1.0, 1.0).mean(axis=1) - newton
    dims = ("num_particles", "preparation")
    return xr.Dataset(
        {
            "deviation": (dims, reduced, {"unit": "σ₀", "meaning": "(61): x_cm - Newton"}),
            "particle_deviation": (dims, particles, {"unit": "σ₀", "meaning": "mean of N of (9)"}),
        },
        {"num_particles": list(counts)},
        {"time": _TIME, "width_factor": float(np.hypot(1.0, _TIME / _TAU)), "steps": num_steps},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, noise_mass_exponent=1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Noise of the centre of mass with ħ/m in place of ħ/M."""
    return _run(preset, seed, noise_mass_exponent=0.0)


def _judge(data: xr.Dataset) -> Judgement:
    counts = data.num_particles.values
    fit = standard_deviation_law(counts, data.deviation.values)
    measurements = [
        exponent_measurement("exponent of the spread about Newton's path", "(61)", fit, -0.5, 0.05)
    ]
    both = np.isfinite(data.particle_deviation.values).all(axis=1)
    particle_fit = standard_deviation_law(counts[both], data.particle_deviation.values[both])
    measurements.append(
        exponent_measurement("the same, mean of N diffusions (9)", "(9)", particle_fit, -0.5, 0.1)
    )
    scaled = data.deviation.std("preparation").values * np.sqrt(counts) / data.width_factor
    error = float(1.0 / np.sqrt(2.0 * data.sizes["preparation"] * counts.size))
    ratio = float(scaled.mean())
    measurements.append(
        Measurement(
            "spread · √N / (σ₀√(1 + (t/τ)²)): the law that remains after rescaling",
            "(61)",
            ratio,
            error,
            1.0,
            verdict_within(ratio, error, 0.93, 1.07),
        )
    )
    sample = data.deviation.values * np.sqrt(counts)[:, None]
    shift, shift_error = float(sample.mean()), float(sample.std() / np.sqrt(sample.size))
    measurements.append(
        Measurement(
            "deviation · √N / σ₀, mean over runs and N",
            "(61)",
            shift,
            shift_error,
            0.0,
            verdict_within(shift, shift_error, -0.3, 0.3),
        )
    )
    return Judgement(
        verdict=overall(measurements),
        measured=f"exponent {with_uncertainty(fit.exponent, fit.exponent_error)}",
        uncertainty=f"{fit.exponent_error:.3f}",
        expected="-1/2",
        reason=f"The spread of the diffusion about Newton's path goes as N^{fit.exponent:.2f}; "
        f"times √N it is {ratio:.2f} of the quantum width in the mean over N, so that it is "
        "zero at no N.",
        measurements=tuple(measurements),
        independent_check="mean of N single-particle diffusions (9) beside (24)",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax, right) = new_figure(2)
    spread = data.deviation.std("preparation")
    ax.loglog(data.num_particles, spread, "o", color=BLUE, label="centre of mass (61)")
    particle = data.particle_deviation.std("preparation", skipna=False)
    ax.loglog(data.num_particles, particle, "x", color=RED, label="mean of N particles (9)")
    draw_slope(ax, data.num_particles, -0.5, at=(1.0, float(spread[0])), label="slope -1/2")
    label_axes(ax, x="number of particles N", y="spread about Newton's path [σ₀]")
    ax.set_title("spread of the diffusion by N")
    for n, colour in zip((1, 16, 256), (RED, BLUE, "black"), strict=True):
        sample = np.sort(data.deviation.sel(num_particles=n)) * np.sqrt(n)
        right.plot(sample, np.linspace(0, 1, sample.size), color=colour, label=f"N = {n}")
    label_axes(right, x="deviation · √N [σ₀]", y="fraction of runs below")
    right.set_title("law of the rescaled deviation")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="diffusion-becomes-newton",
        ledger="L26",
        section="2.1",
        statement="For large N the diffusion (61) of the centre of mass becomes the "
        "deterministic law (62).",
        equations=(24, 26, 61, 62),
        predicted=Verdict.HOLDS,
        expected="spread about Newton's path falls as N^(-1/2)",
        correction="Three errors of order N^(-1/2) remain: noise, osmotic drift, spreading.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
