"""Circulation of the current velocity and vortices of ψ in configuration space.

∮ Σᵢ mᵢ vᵢ dqᵢ = n h with n whole, round loops on which ψ has no zero. The zeros of ψ on R^dof
have codimension 2: already for two particles on a line there are loops with n ≠ 0.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.system.parameters import require_callable
from zitter.wavefunctions.derivatives import LogPsi, derivatives

Loop = Callable[[Array], Array]

LARGEST_QUADRATURE_ERROR = 1e-3


def circulation(
    psi: LogPsi, loop: Loop, t: Any = 0.0, *, hbar: float = 1.0, num: int = 256
) -> Array:
    """Circulation ∮ Σᵢ mᵢ vᵢ dqᵢ = ħ Im ∮ Σᵢ ∂ᵢ ln ψ dqᵢ of the current velocity, = n h.

    Equation: (63), (94): one loop in configuration space off the nodes, sum over all coordinates;
        needed already for N = 2 in one dimension, where the paper drops it

    Args:
        psi: LogPsi of q (dof,), or a structure with a method `derivatives`.
        loop: s in [0, 1] -> q (dof,) [length], closed and smooth, traceable by JAX.
        t: time [time].
        hbar: [mass*length^2/time].
        num: points on the loop, even.

    Returns:
        A number [mass*length^2/time]; divide by h = 2πħ for n.

    Raises:
        ValueError: the loop is not closed.
        ValidityError: the loop passes too close to a node for `num` points.
    """
    require_count("num", num, 8)
    require_numbers(t=t, hbar=hbar)
    require_positive("hbar", hbar)
    require_callable("loop", loop)
    s = jnp.arange(num) / num
    Q, dQ = jax.vmap(lambda s: jax.jvp(loop, (s,), (jnp.ones(()),)))(s)
    _require_closed(loop)
    rate = jnp.imag(jnp.sum(derivatives(psi, Q, t, 1).gradient * dQ, axis=-1))
    fine, coarse = jnp.mean(rate), jnp.mean(rate[::2])
    error = float(jnp.abs(fine - coarse)) / (2.0 * np.pi)
    if not error < LARGEST_QUADRATURE_ERROR:
        raise ValidityError(
            f"The circulation is known to {error:.2g} h only: the loop passes close to a node of "
            f"ψ. Use num > {num} or another loop."
        )
    return hbar * fine


def winding_number(psi: LogPsi, loop: Loop, t: Any = 0.0, *, num: int = 256) -> int:
    """Whole number n of turns of the phase of ψ along a closed loop, from its values alone.

    Equation: (63), second road

    Arguments as for circulation.

    Raises:
        ValidityError: the phase jumps by more than 2 rad between neighbouring points.
    """
    require_count("num", num, 8)
    require_callable("psi", psi)
    require_callable("loop", loop)
    require_numbers(t=t)
    _require_closed(loop)
    Q = jax.vmap(loop)(jnp.arange(num) / num)
    angle = np.imag(jax.vmap(lambda q: psi(q, t))(Q))
    steps = _wrapped(np.roll(angle, -1) - angle)
    if not np.max(np.abs(steps)) < 2.0:
        raise ValidityError(
            f"The phase jumps by {np.max(np.abs(steps)):.2f} rad on the loop: it passes close to a "
            f"node of ψ. Use num > {num} or another loop."
        )
    return int(np.rint(np.sum(steps) / (2.0 * np.pi)))


def circle(centre: Any, radius: float, first: Any = None, second: Any = None) -> Loop:
    """Loop q(s) = centre + radius (e₁ cos 2πs + e₂ sin 2πs), s in [0, 1].

    Args:
        centre: (dof,) [length].
        radius: [length].
        first, second: orthonormal directions e₁, e₂ (dof,); default the first two axes.

    Raises:
        ValueError: the directions are not orthonormal, or the radius is not positive.
    """
    require_finite("centre", centre)
    require_real("centre", centre)
    require_shape("centre", centre, (None,), "(dof,)")
    require_count("length of `centre`", len(centre), 2)
    centre = jnp.asarray(centre, dtype=float)
    axes = np.eye(len(centre))
    e1 = jnp.asarray(axes[0] if first is None else first, dtype=float)
    e2 = jnp.asarray(axes[1] if second is None else second, dtype=float)
    require_positive("radius", radius)
    products = np.array([e1 @ e1 - 1.0, e2 @ e2 - 1.0, e1 @ e2])
    if np.max(np.abs(products)) > 1e-9:
        raise ValueError("`first` and `second` must be orthonormal.")

    def loop(s: Array) -> Array:
        return centre + radius * (jnp.cos(2 * jnp.pi * s) * e1 + jnp.sin(2 * jnp.pi * s) * e2)

    return loop


class Vortices(NamedTuple):
    """Vortices found on a grid of two degrees of freedom."""

    position: np.ndarray
    """centre of the cell, (num_vortices, 2) [length]"""
    winding: np.ndarray
    """whole number n, (num_vortices,) [1]"""


def vortices_on_grid(psi: LogPsi, grid: Grid, t: Any = 0.0) -> Vortices:
    """Cells of a two-dimensional grid round which the phase of ψ turns.

    Equation: (63), round each cell

    Args:
        psi: LogPsi of two degrees of freedom.
        grid: two axes; two vortices in one cell are seen as their sum.
        t: time [time].

    Returns:
        Vortices.

    Raises:
        ValueError: the grid does not have two axes, or ψ is not finite on it.
    """
    require_grid(grid, 2)
    require_callable("psi", psi)
    require_numbers(t=t)
    angle = np.imag(jax.vmap(lambda q: psi(q, t))(jnp.asarray(grid.points))).reshape(grid.num)
    require_finite("psi", angle)
    along_0, along_1 = _wrapped(np.diff(angle, axis=0)), _wrapped(np.diff(angle, axis=1))
    turn = along_0[:, :-1] + along_1[1:, :] - along_0[:, 1:] - along_1[:-1, :]
    winding = np.rint(turn / (2.0 * np.pi)).astype(int)
    i, j = np.nonzero(winding)
    middle = [axis[:-1] + 0.5 * h for axis, h in zip(grid.axes, grid.spacing, strict=True)]
    return Vortices(np.stack([middle[0][i], middle[1][j]], axis=-1), winding[i, j])


class PairVortex(eqx.Module):
    """Two particles on a line in a trap with one vortex, ψ ∝ (x₁ + i x₂) exp(-mωx²/2ħ - 2iωt).

    Equation: counter-example to the text after (11): circulation h round x₁ = x₂ = 0

    Args:
        frequency: ω of the trap [1/time].
        mass, hbar: numbers [mass], [mass*length^2/time].
    """

    frequency: float = 1.0
    mass: float = 1.0
    hbar: float = 1.0

    def __check_init__(self):
        _require_oscillator(self)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (2,)."""
        z, log_norm = _scaled(self, q)
        node = jnp.log(z[0] + 1j * z[1])
        return log_norm + node - 0.5 * jnp.sum(z**2) - 2j * self.frequency * t


class BosonPairVortex(eqx.Module):
    """Two bosons on a line in a harmonic trap with two vortices of opposite sense.

    ψ ∝ [X + i a (2Y² - 1) e^(-iωt)] exp(-(X² + Y²)/2 - 2iωt), X, Y = √(mω/2ħ) (x₁ ± x₂): even under
    exchange (Y -> -Y), zero at X = 0, Y = ±1/√2, with circulation of opposite sign there.

    Equation: counter-example to the text after (11) for identical particles

    Args:
        amplitude: a, not 0 [1].
        frequency, mass, hbar: as for PairVortex.
    """

    amplitude: float = 0.5
    frequency: float = 1.0
    mass: float = 1.0
    hbar: float = 1.0

    def __check_init__(self):
        _require_oscillator(self)
        require_numbers(amplitude=self.amplitude)
        require_positive("absolute value of `amplitude`", abs(self.amplitude))

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (2,)."""
        z, log_norm = _scaled(self, q)
        X, Y = (z[0] + z[1]) / jnp.sqrt(2.0), (z[0] - z[1]) / jnp.sqrt(2.0)
        turning = jnp.exp(-1j * self.frequency * t)
        node = jnp.log(X + 1j * self.amplitude * (2.0 * Y**2 - 1.0) * turning)
        # <X²> = 1/2 and <(2Y² - 1)²> = 2 in the ground state.
        share = -0.5 * jnp.log(0.5 + 2.0 * self.amplitude**2)
        log_norm = log_norm + share
        return log_norm + node - 0.5 * jnp.sum(z**2) - 2j * self.frequency * t


def _require_oscillator(state: Any) -> None:
    for name in ("frequency", "mass", "hbar"):
        require_positive(name, getattr(state, name))


def _scaled(state: Any, q: Array) -> tuple[Array, Array]:
    require_shape("q", q, (2,), "(dof,)")
    inverse_length = jnp.sqrt(state.mass * state.frequency / state.hbar)
    return inverse_length * q, jnp.log(inverse_length / jnp.sqrt(jnp.pi))


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return angle - 2.0 * np.pi * np.rint(angle / (2.0 * np.pi))


def _require_closed(loop: Loop) -> None:
    ends = np.asarray(loop(jnp.zeros(()))), np.asarray(loop(jnp.ones(())))
    middle = np.asarray(loop(jnp.full((), 0.5)))
    require_finite("loop", ends[0])
    size = max(float(np.max(np.abs(middle - ends[0]))), float(np.max(np.abs(ends[0]))), 1e-300)
    if np.max(np.abs(ends[1] - ends[0])) > 1e-9 * size:
        raise ValueError("`loop` must be closed, but loop(0) and loop(1) differ.")
