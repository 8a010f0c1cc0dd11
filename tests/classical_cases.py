"""States and potentials of the tests of the classical limit: few kinds, so few compilations."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from zitter.classical_limit.hamilton_jacobi import ClassicalState
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.grid import Grid


class Landscape(eqx.Module):
    """U = Σ_a [f x_a + k x_a²/2 + g x_a⁴ + b cos x_a]."""

    force: jnp.ndarray
    stiffness: jnp.ndarray
    quartic: jnp.ndarray
    cosine: jnp.ndarray

    def __call__(self, x, t):
        powers = self.force * x + 0.5 * self.stiffness * x**2 + self.quartic * x**4
        return jnp.sum(powers + self.cosine * jnp.cos(x))


def landscape(force=0.0, stiffness=0.0, quartic=0.0, cosine=0.0):
    return Landscape(*(jnp.asarray(v, dtype=float) for v in (force, stiffness, quartic, cosine)))


class Humps(eqx.Module):
    """R = Σ_i w_i Π_a (2πσ²)^-¼ exp(-(x_a - c_i)²/4σ²), times x if `odd`."""

    width: jnp.ndarray
    centres: jnp.ndarray
    weights: jnp.ndarray
    odd: jnp.ndarray

    def __call__(self, x):
        d = (x[:, None] - self.centres) / self.width
        one = jnp.exp(-0.25 * jnp.sum(d**2, axis=0))
        norm = (2.0 * jnp.pi * self.width**2) ** (-0.25 * x.shape[0])
        sign = 1.0 + self.odd * (x[0] / self.width - 1.0)
        return norm * sign * jnp.sum(self.weights * one)


class Flow(eqx.Module):
    """S = Σ_a [p x_a + c x_a²/2 - s cos x_a + v (ln cosh(4 x_a))/4]."""

    momentum: jnp.ndarray
    chirp: jnp.ndarray
    sine: jnp.ndarray
    split: jnp.ndarray

    def __call__(self, x):
        turn = self.split * jnp.logaddexp(4.0 * x, -4.0 * x) / 4.0
        parts = self.momentum * x + 0.5 * self.chirp * x**2 - self.sine * jnp.cos(x) + turn
        return jnp.sum(parts)


def state(
    *,
    width=1.0,
    centres=(0.0,),
    weights=None,
    odd=0.0,
    momentum=0.0,
    chirp=0.0,
    sine=0.0,
    split=0.0,
):
    weights = np.ones(len(centres)) if weights is None else weights
    R = Humps(*(jnp.asarray(v, dtype=float) for v in (width, centres, weights, odd)))
    return ClassicalState(
        R, Flow(*(jnp.asarray(v, dtype=float) for v in (momentum, chirp, sine, split)))
    )


def problem(U, times, *, num=256, half=14.0, axes=1, mass=1.0, hbar=1.0, **of_state):
    grid = Grid([-half] * axes, [half] * axes, [num] * axes)
    return ClassicalProblem(state(**of_state), U, grid, times, mass, hbar)


def psi_error(solution, exact, grid, index=-1):
    """L2 distance of ψ, phase included."""
    return float(np.sqrt(np.sum(np.abs(solution.psi(index) - exact) ** 2) * grid.cell_volume))
