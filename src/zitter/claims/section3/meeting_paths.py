"""Paths of two lobes that run into each other: when they cross, and with how much of the mass."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.claims.section3.classical_runs import packets
from zitter.classical_limit.hamilton_jacobi import ClassicalState, classical_rays, state_of_psi
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.grid import Grid
from zitter.system.potentials import Polynomial
from zitter.trajectories.quantiles import quantile_map_of_densities

# ħ = M = σ₀ = 1: lobes at ±4 σ₀ whose smooth S₀ sends them to the middle with v₀ = -2 tanh x.
_CENTRE, _MOMENTUM = 4.0, 2.0
_FREE = Polynomial([0.0, 0.0, 0.0])
# The time of the steepest slope, and those of the masses, in units of 1/max(-v₀').
EARLY, TIMES = 0.5, (1.2, 2.0, 3.0, 4.0)
_NUM_POINTS, _HALF = 512, 14.0


class Crossing(NamedTuple):
    """Streams and mass of the paths at TIMES, and their first steepening."""

    mass: np.ndarray
    """mass where more than one path arrives, (time,) [1]"""
    num_streams: np.ndarray
    """most paths that arrive at one point, (time,) [1]"""
    steepening: float
    """(1 - min ∂x/∂q)/t at EARLY [p₀/Mσ₀]; 1/T_c for paths that go straight on"""


class _Inward(eqx.Module):
    """S = -k ln cosh x, of v = -k tanh x."""

    k: Array

    def __call__(self, x: Array) -> Array:
        return -self.k * jnp.sum(jnp.log(jnp.cosh(x)))


def lobes(shares: tuple[float, float]) -> ClassicalState:
    """Two lobes with one smooth S₀."""
    still = state_of_psi(packets([-_CENTRE, _CENTRE], [0.0, 0.0], shares))
    return ClassicalState(still.amplitude, _Inward(jnp.asarray(_MOMENTUM)))


def steepest_slope(state: ClassicalState) -> float:
    """max(-v₀'), by the second derivative of S₀ on a fine line; M = 1."""
    x = jnp.linspace(-_CENTRE, _CENTRE, 4001)[:, None]
    return float(np.max(-np.asarray(jax.vmap(jax.hessian(state.phase))(x))))


def crossing(state: ClassicalState, num_labels: int, *, quantum: bool = False) -> Crossing:
    """How the paths of (72) cross, or those of Schroedinger's equation with `quantum`."""
    times = np.array([0.0, EARLY, *TIMES]) / steepest_slope(state)
    q = np.linspace(-2.0 * _CENTRE, 2.0 * _CENTRE, num_labels)
    x = _bohm_paths(state, q, times) if quantum else _rays(state, q, times)
    weight = np.asarray(jax.vmap(state.amplitude)(jnp.asarray(q)[:, None])) ** 2
    weight = weight / weight.sum()
    counts = [_num_arrivals(row) for row in x[2:]]
    slope = np.min(np.diff(x[1]) / np.diff(q))
    return Crossing(
        np.array([weight[count > 1].sum() for count in counts]),
        np.array([count[weight > 1e-12].max() for count in counts]),
        float((1.0 - slope) / times[1]),
    )


def _rays(state: ClassicalState, q: np.ndarray, times: np.ndarray) -> np.ndarray:
    return np.asarray(classical_rays(state, _FREE, q[:, None], times, 1.0, num_steps=8).x)[..., 0]


def _bohm_paths(state: ClassicalState, q: np.ndarray, times: np.ndarray) -> np.ndarray:
    grid = Grid([-_HALF], [_HALF], [_NUM_POINTS])
    problem = ClassicalProblem(state, _FREE, grid, times)
    rho = np.asarray(family_on_grid(problem, 0.0).density)
    return quantile_map_of_densities(grid.axes[0], rho, q)


def _num_arrivals(x: np.ndarray) -> Any:
    """Paths that arrive where each path is, among paths x(q) with rising q."""
    side = np.where(x[None, :] >= x[:, None], 1, -1)
    return np.maximum(1, np.count_nonzero(np.diff(side, axis=1), axis=1))
