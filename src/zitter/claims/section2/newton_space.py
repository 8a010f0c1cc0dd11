"""Claim that the extension to three dimensions is straightforward."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
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
from zitter.core.statistics import power_law_fit
from zitter.forces.centre_of_mass import forces
from zitter.scenarios.style import GREEN, RED, draw_slope, label_axes, new_figure
from zitter.system.potentials import Potential, force, newton_source
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product

_SHAPES = {"sphere": (1.0, 1.0, 1.0), "ellipsoid": (1.3, 0.9, 0.8)}
_RATIOS = np.array([0.003, 0.01, 0.03, 0.1, 0.3])
_COUNTS, _TIME = (1, 4, 16, 64), 2.0
_RUNS = {"quick": 100, "default": 600, "full": 4000}


def _shell(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights that integrate polynomials up to degree 2 order - 1 over the sphere."""
    cosine, weight = np.polynomial.legendre.leggauss(order)
    angle = 2.0 * np.pi * np.arange(2 * order) / (2 * order)
    sine = np.sqrt(1.0 - cosine**2)
    points = np.stack(
        [
            np.outer(sine, np.cos(angle)),
            np.outer(sine, np.sin(angle)),
            np.broadcast_to(cosine[:, None], (order, angle.size)),
        ],
        axis=-1,
    )
    weights = np.broadcast_to(weight[:, None] / (2.0 * angle.size), points.shape[:2])
    return points.reshape(-1, 3), weights.reshape(-1)


@partial(jax.jit, static_argnums=0)
def _forces(structure, leaves: tuple, x: Array) -> Array:
    potential = jax.tree_util.tree_unflatten(structure, leaves)
    return jax.vmap(lambda q: force(potential, q, 0.0))(x)


def _force_error(potential: Potential, shape: tuple[float, ...], ratio: float) -> float:
    """|F_U/N - F(x_cm)| / |F(x_cm)| of a shell of radius `ratio` at distance 1 from the source."""
    points, weights = _shell(24)
    axes = np.asarray(shape) / np.sqrt(np.mean(np.square(shape)))
    centre = np.array([1.0, 0.0, 0.0])
    leaves, structure = jax.tree_util.tree_flatten(potential)
    x = jnp.asarray(np.vstack([centre + ratio * axes * points, centre]))
    values = np.asarray(_forces(structure, tuple(leaves), x))
    mean = weights @ values[:-1]
    return float(np.linalg.norm(mean - values[-1]) / np.linalg.norm(values[-1]))


def _spread(num_runs: int, rng: np.random.Generator) -> np.ndarray:
    """x_cm of de Broglie-Bohm paths in space, N particles in a superposition of two packets."""
    packets = GaussianPacket(
        [[0.8, 1.0, 1.4]] * 2, [[-2.0, 0.5, 0.0], [2.0, 0.0, 0.0]], [[1.0, 0, 0.3], [-1.0, 0, 0]]
    )
    orbital = Superposition(packets, [1.0, 1.0])
    start = sample_superposition(orbital, num_runs * sum(_COUNTS), rng)
    paths = bohm_paths(orbital, start, np.array([0.0, _TIME]), masses=np.ones(3), rtol=1e-6)
    x, x_cm, first = np.asarray(paths.Q)[-1], [], 0
    for n in _COUNTS:
        x_cm.append(x[first : first + num_runs * n].reshape(num_runs, n, 3).mean(axis=1))
        first += num_runs * n
    return np.asarray(x_cm)


def _relative_force(rng: np.random.Generator) -> tuple[float, float]:
    """Largest |F_rel| and |F_cm| of a Gaussian product of four particles in space."""
    packet = GaussianPacket([[[0.8, 1.0, 1.4]]], momentum=[[[0.3, 0.0, -0.2]]])
    psi = Product(Superposition(packet, [[1.0]]), num_particles=4)
    Q = jnp.asarray(rng.normal(size=(8, 12)))
    by_structure = forces(psi, Q, 0.7, newton_source(1.0, 1.0), mass=1.0, num_space=3)
    by_differentiation = automatic_derivatives(psi, Q, 0.7, 1, num_space=3)
    log_psi = np.asarray(psi.derivatives(Q, 0.7, 1).log_psi)
    same = float(np.max(np.abs(np.asarray(by_differentiation.log_psi) - log_psi)))
    largest = float(np.max(np.abs(by_structure.F_rel))) + same
    return largest, float(np.max(np.abs(by_structure.F_cm)))


class _ShortRange(eqx.Module):
    """U = -1/r^1.5: not harmonic, so that no shell theorem protects a sphere."""

    strength: Array

    def __call__(self, x: Array, t: float) -> Array:
        return -self.strength * jnp.sum(x**2) ** -0.75


def _run(preset: Preset, seed: int, potential: Potential) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    errors = [[_force_error(potential, s, r) for r in _RATIOS] for s in _SHAPES.values()]
    relative, centre = _relative_force(rng)
    return xr.Dataset(
        {
            "force_error": (("body", "size"), np.asarray(errors), {"unit": "1"}),
            "x_cm": (
                ("num_particles", "preparation", "space"),
                _spread(_RUNS[preset], rng),
                {"unit": "σ₀"},
            ),
            "largest_F_rel": ((), relative, {"unit": "ħ²/mσ₀³"}),
            "largest_F_cm": ((), centre, {"unit": "ħ²/mσ₀³"}),
        },
        {
            "body": list(_SHAPES),
            "size": ("size", _RATIOS, {"meaning": "rms radius over distance"}),
            "num_particles": list(_COUNTS),
            "space": list("xyz"),
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, newton_source(1.0, 1.0, gravitational_constant=1.0))


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A source with U = -1/r^1.5 in place of Newton's."""
    return _run(preset, seed, _ShortRange(jnp.asarray(1.0)))


def _judge(data: xr.Dataset) -> Judgement:
    sphere = float(data.force_error.sel(body="sphere").max())
    round_off = 1e-14
    quadrupole = power_law_fit(data.size, data.force_error.sel(body="ellipsoid"))
    measurements = [
        Measurement(
            "largest error of (49), F_U = -N U'(x_cm)",
            "sphere outside a Newton source, radius up to 0.3 of the distance",
            sphere,
            round_off,
            "below 1e-12",
            verdict_within(sphere, round_off, high=1e-12),
        ),
        exponent_measurement(
            "exponent of the error of (49) in size/distance (quadrupole)",
            "ellipsoid",
            quadrupole,
            2.0,
            0.2,
        ),
    ]
    for axis in data.space.values:
        fit = standard_deviation_law(data.num_particles, data.x_cm.sel(space=axis).values)
        name = "exponent of the spread of x_cm over runs"
        measurements.append(exponent_measurement(name, f"axis {axis}", fit, -0.5, 0.12))
    relative = float(data.largest_F_rel / data.largest_F_cm)
    measurements.append(
        Measurement(
            "|F_rel| over |F_cm|, Gaussian product in three dimensions",
            "N = 4",
            relative,
            round_off,
            "below 1e-10",
            verdict_within(relative, round_off, high=1e-10),
        )
    )
    verdict = overall(measurements)
    holds = verdict is Verdict.HOLDS
    return Judgement(
        verdict=verdict,
        measured=f"sphere: error of (49) {sphere:.0e}; ellipsoid: exponent "
        f"{with_uncertainty(quadrupole.exponent, quadrupole.exponent_error)}",
        uncertainty=f"{quadrupole.exponent_error:.2g}",
        expected="0 for spheres, exponent 2 for ellipsoids, N^(-1/2) on each axis",
        reason="Outside its source a sphere feels the force at its centre of mass to "
        f"{sphere:.0e}; an ellipsoid errs as the power {quadrupole.exponent:.2f} of its size."
        if holds
        else f"A sphere errs by {sphere:.1e} in (49): the field has no shell theorem.",
        measurements=tuple(measurements),
        independent_check="Gauss-Legendre shells of 1152 points; ln ψ by structure and by "
        "automatic differentiation",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax, right) = new_figure(2)
    for body, colour, marker in zip(data["body"].values, (GREEN, RED), "so", strict=True):
        values = np.maximum(data.force_error.sel(body=body), 1e-17)
        ax.loglog(data.size, values, marker, color=colour, label=str(body))
    last = data.force_error.sel(body="ellipsoid")
    draw_slope(ax, data.size, 2.0, at=(float(data.size[0]), float(last[0])), label="slope 2")
    label_axes(ax, x="size of the body / distance", y="relative error of (49)")
    ax.set_title("error of (49) by shape")
    for axis, marker in zip(data.space.values, "os^", strict=True):
        spread = data.x_cm.sel(space=axis).std("preparation")
        right.loglog(data.num_particles, spread, marker, label=f"axis {axis}")
    draw_slope(right, data.num_particles, -0.5, at=(1.0, float(spread[0])), label="slope -1/2")
    label_axes(right, x="number of particles N", y="spread of x_cm over runs [σ₀]")
    right.set_title("spread of the centre of mass by axis")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="three-dimensions",
        ledger="L27",
        section="2.1",
        statement="The extension of the large-N scheme to three dimensions is straightforward.",
        equations=(47, 48, 49),
        predicted=Verdict.HOLDS,
        expected="(49) exact for spheres, N^(-1/2) on each axis",
        correction="Spherical bodies outside each other have no error in (49) at all.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
