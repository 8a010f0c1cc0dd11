"""Claim that the centre of mass of two runs moves alike (after (58))."""

import jax
import jax.numpy as jnp
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
from zitter.trajectories.bohm import quantile_map
from zitter.wavefunctions.derivatives import complex_gradient
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.overlaps import normalised

_SIZES = {
    "quick": ((1, 4, 16, 64, 256), 300),
    "default": ((1, 4, 16, 64, 256, 1024), 1000),
    "full": ((1, 4, 16, 64, 256, 1024, 4096), 4000),
}
_FORCE, _TIME = 0.5, 3.0
_STATES = {
    "single packet": Superposition(GaussianPacket([[1.0]], force=_FORCE), [1.0]),
    "two packets": normalised(
        Superposition(
            GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]], [[2.0], [-2.0]], force=_FORCE),
            [1.0, 1.0],
        )
    ),
}


def _start(orbital: Superposition, num: int, rng: np.random.Generator) -> np.ndarray:
    """Positions drawn from |φ|² by the quantiles of a fine grid."""
    grid = np.linspace(-10.0, 10.0, 8001)
    density = np.exp(2.0 * np.real(jax.vmap(lambda x: orbital(x, 0.0))(grid[:, None])))
    cumulated = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return np.interp(rng.random(num), cumulated / cumulated[-1], grid)


def _velocity(orbital: Superposition, x: np.ndarray) -> np.ndarray:
    gradient = jax.jit(
        jax.vmap(lambda q: complex_gradient(lambda z: orbital(z, _TIME), q[None])[0])
    )
    return np.imag(gradient(jnp.asarray(x)))


def _run(preset: Preset, seed: int, independent: bool) -> xr.Dataset:
    counts, num_runs = _SIZES[preset]
    rng = np.random.default_rng(seed)
    means = np.empty((2, len(_STATES), len(counts), num_runs))
    # The states of all particles are equal: paths are drawn once and shared out among the runs.
    num_paths = 40_000 if preset == "quick" else 200_000
    for s, orbital in enumerate(_STATES.values()):
        x0 = _start(orbital, num_paths, rng)
        x = np.asarray(quantile_map(orbital, x0, np.array([0.0, _TIME])))[-1]
        v = _velocity(orbital, x)
        for n, num_particles in enumerate(counts):
            shape = (num_runs, num_particles if independent else 1)
            chosen = rng.integers(num_paths, size=shape)
            means[0, s, n] = x[chosen].mean(axis=1)
            means[1, s, n] = v[chosen].mean(axis=1)
    return xr.Dataset(
        {
            "x_cm": (("state", "num_particles", "preparation"), means[0], {"unit": "σ₀"}),
            "v_cm": (("state", "num_particles", "preparation"), means[1], {"unit": "ħ/mσ₀"}),
        },
        {"state": list(_STATES), "num_particles": list(counts)},
        {"time": _TIME, "force": _FORCE, "width_factor": float(np.hypot(1.0, _TIME / 2.0))},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, independent=True)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """All particles of a run at one place: what a macroscopic superposition would do."""
    return _run(preset, seed, independent=False)


def _judge(data: xr.Dataset) -> Judgement:
    measurements = []
    for state in data.state.values:
        for name in ("x_cm", "v_cm"):
            fit = standard_deviation_law(data.num_particles, data[name].sel(state=state).values)
            title = f"exponent of the spread of {name} over runs"
            measurements.append(exponent_measurement(title, str(state), fit, -0.5, 0.1))
    gaussian = data.x_cm.sel(state="single packet")
    scaled = gaussian.std("preparation") * np.sqrt(data.num_particles) / data.width_factor
    error = 1.0 / np.sqrt(2.0 * gaussian.sizes["preparation"])
    ratio = float(scaled.mean())
    ratio_error = float(error / np.sqrt(scaled.size))
    measurements.append(
        Measurement(
            "spread of x_cm in units of the width of its own packet, σ_cm(t)",
            "single packet",
            ratio,
            ratio_error,
            1.0,
            verdict_within(ratio, ratio_error, 0.9, 1.1),
        )
    )
    first = measurements[0]
    return Judgement(
        verdict=overall(measurements),
        measured=f"exponent {with_uncertainty(first.value, first.uncertainty)}",
        uncertainty=f"{first.uncertainty:.3f}",
        expected="-1/2 in position and velocity",
        reason=f"The spread of x_cm between runs goes as N^{first.value:.2f} in a single packet "
        f"and as N^{measurements[2].value:.2f} in interference; measured in widths of the "
        f"centre-of-mass packet itself it is {ratio:.2f} in the mean over N.",
        measurements=tuple(measurements),
        independent_check="quantile map of the density against the closed width law (E5)",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(2)
    for ax, name, unit in zip(panels, ("x_cm", "v_cm"), ("σ₀", "ħ/mσ₀"), strict=True):
        for state, colour, marker in zip(data.state.values, (BLUE, RED), "os", strict=True):
            spread = data[name].sel(state=state).std("preparation")
            ax.loglog(data.num_particles, spread, marker, color=colour, label=str(state))
        draw_slope(ax, data.num_particles, -0.5, at=(1.0, float(spread[0])), label="slope -1/2")
        label_axes(ax, x="number of particles N", y=f"spread of {name} over runs [{unit}]")
    panels[0].set_title("spread of the centre of mass over runs")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="runs-agree",
        ledger="L21",
        section="2.1",
        statement="Between any two preparations of N particles the centre-of-mass paths and "
        "velocities are nearly equal.",
        equations=(42, 58),
        predicted=Verdict.HOLDS,
        expected="spread over runs falls as N^(-1/2)",
        correction="Relative to the width of the centre-of-mass packet the spread is not small.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
