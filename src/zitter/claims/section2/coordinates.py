"""Claims on the centre-of-mass coordinates (12)-(13)."""

from collections.abc import Callable
from functools import partial

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
)
from zitter.scenarios.style import GREY, label_axes, new_figure
from zitter.system.coordinates import (
    CentreOfMassCoordinates,
    centre_of_mass_coordinates,
    particle_coordinates,
)

_Forward = Callable[[jax.Array], CentreOfMassCoordinates]

_TOLERANCE = 1e-10
_CHECKS = ("cross terms", "Laplacian", "kinetic energy", "round trip")
_MEANING = {
    "cross terms": "largest entry of the metric off diag(1/N, 1, .., 1)",
    "Laplacian": "relative difference of Σ∂ᵢ² and (1/N)∂_cm² + Σ∂_j²",
    "kinetic energy": "relative difference of Σvᵢ² and N v_cm² + Σv_j²",
    "round trip": "relative error of X → (x_cm, y) → X",
}
_DENSE_COUNTS = {"quick": (2, 5), "default": (2, 3, 8, 32), "full": (2, 3, 8, 32, 128)}
_COUNTS = {
    "quick": (2, 1000, 1_000_000),
    "default": (2, 10, 100, 1000, 10_000, 100_000, 1_000_000),
    "full": (2, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000),
}


def _stacked(forward: _Forward, x: jax.Array) -> jax.Array:
    x_cm, y = forward(x)
    return jnp.concatenate([x_cm[None], y])


@partial(jax.jit, static_argnums=(0, 1))
def _metric_error(forward: _Forward, num_particles: int) -> jax.Array:
    jacobian = jax.jacfwd(lambda q: _stacked(forward, q[:, None])[:, 0])(jnp.zeros(num_particles))
    wanted = jnp.eye(num_particles).at[0, 0].set(1.0 / num_particles)
    return jnp.max(jnp.abs(jacobian @ jacobian.T - wanted))


def _test_function(x: jax.Array) -> jax.Array:
    """Smooth function of N positions in which every pair is coupled."""
    return jnp.sin(jnp.sum(x) + 0.3 * jnp.sum(x**2)) + jnp.exp(-0.1 * jnp.sum(x * x[::-1]))


@partial(jax.jit, static_argnums=0)
def _laplacian_error(forward: _Forward, x: jax.Array) -> jax.Array:
    """Both Laplacians of one function: in positions, and in the coordinates of `forward`."""
    num_particles = x.shape[0]
    jacobian = jax.jacfwd(lambda q: _stacked(forward, q[:, None])[:, 0])(x)
    inverse = jnp.linalg.inv(jacobian)
    in_new = jax.hessian(lambda z: _test_function(inverse @ z))(jacobian @ x)
    second = jnp.diag(in_new).at[0].divide(num_particles)
    in_positions = jnp.diag(jax.hessian(_test_function)(x))
    return jnp.abs(jnp.sum(second) - jnp.sum(in_positions)) / jnp.sum(jnp.abs(second))


@partial(jax.jit, static_argnums=0)
def _large_errors(forward: _Forward, x: jax.Array) -> jax.Array:
    """Errors of the kinetic energy (x read as velocities) and of the round trip."""
    x_cm, y = forward(x)
    kinetic = jnp.sum(x**2)
    parts = x.shape[0] * jnp.sum(x_cm**2) + jnp.sum(y**2)
    back = particle_coordinates(x_cm, y)
    trip = jnp.max(jnp.abs(back - x)) / jnp.max(jnp.abs(x))
    return jnp.stack([jnp.abs(parts - kinetic) / kinetic, trip])


def _run(preset: Preset, seed: int, forward: _Forward) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    dense, counts = _DENSE_COUNTS[preset], _COUNTS[preset]
    metric = np.asarray([_metric_error(forward, n) for n in dense])
    laplacian = np.asarray([_laplacian_error(forward, rng.normal(size=n)) for n in dense])
    large = [
        [np.asarray(_large_errors(forward, rng.normal(1.0, 2.0, (n, d)))) for d in (1, 3)]
        for n in counts
    ]
    kinetic, trip = np.moveaxis(np.asarray(large), 2, 0)
    return xr.Dataset(
        {
            "cross terms": ("num_particles_dense", metric),
            "Laplacian": ("num_particles_dense", laplacian),
            "kinetic energy": (("num_particles", "num_space"), kinetic),
            "round trip": (("num_particles", "num_space"), trip),
        },
        {
            "num_particles_dense": list(dense),
            "num_particles": list(counts),
            "num_space": [1, 3],
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, centre_of_mass_coordinates)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The map with N where (13) has √N."""

    def wrong(x: jax.Array) -> CentreOfMassCoordinates:
        x_cm, n = jnp.mean(x, axis=0), x.shape[0]
        return CentreOfMassCoordinates(x_cm, x[1:] - (n * x_cm + x[0]) / (n + 1.0))

    return _run(preset, seed, wrong)


def _measure(data: xr.Dataset, name: str) -> Measurement:
    values = np.asarray(data[name])
    counts = np.asarray(data[data[name].dims[0]])
    worst = float(np.max(values))
    round_off = float(np.finfo(float).eps * np.sqrt(counts.max()))
    return Measurement(
        name=_MEANING[name],
        regime=f"N = {counts.min()} .. {counts.max()}",
        value=worst,
        uncertainty=round_off,
        expected=f"below {_TOLERANCE:g}",
        verdict=verdict_within(worst, round_off, high=_TOLERANCE),
    )


def _judge(data: xr.Dataset) -> Judgement:
    measurements = tuple(_measure(data, name) for name in _CHECKS)
    worst = max(measurements, key=lambda m: m.value)
    verdict = overall(measurements)
    holds = verdict is Verdict.HOLDS
    reason = (
        f"Metric, Laplacian, kinetic energy and round trip agree to {worst.value:.1e} "
        f"for up to {int(data.num_particles.max()):,} particles in 1 and 3 dimensions."
        if holds
        else f"The {worst.name} is {worst.value:.1e}: the coordinates are not orthogonal."
    )
    return Judgement(
        verdict=verdict,
        measured=f"largest deviation {worst.value:.1e}",
        uncertainty=f"round-off {worst.uncertainty:.0e}",
        expected=f"below {_TOLERANCE:g}",
        reason=reason,
        measurements=measurements,
        independent_check="metric by automatic differentiation beside sums over the particles",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure()
    floor = np.finfo(float).eps / 4
    for name, marker in zip(_CHECKS, "osD^", strict=True):
        dim = data[name].dims[0]
        worst = data[name] if data[name].ndim == 1 else data[name].max("num_space")
        ax.loglog(data[dim], np.maximum(worst, floor), marker=marker, label=name)
    ax.axhline(_TOLERANCE, color=GREY, linestyle="--")
    ax.text(data.num_particles.max(), _TOLERANCE * 1.6, "limit", ha="right", color=GREY)
    ax.set_ylim(floor / 2, max(1e-9, 3 * float(data.to_array().max())))
    label_axes(ax, x="number of particles N", y="relative deviation")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="coordinates-without-cross-terms",
        ledger="L1",
        section="2.1",
        statement="The coordinates (12)-(13) remove all cross terms from the Laplacian, "
        "so that (14) equals (1) and (36) equals (37).",
        equations=(12, 13, 14, 36, 37),
        predicted=Verdict.HOLDS,
        expected="exact: deviations at round-off",
        correction="The centre-of-mass term of (14) carries M/4, on the domain ℝ × ℝ^(N-1).",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
