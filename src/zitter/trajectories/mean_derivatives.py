"""Mean forward and backward derivatives of the diffusion of ψ, and the stochastic Newton law.

D f = (∂_t + Σ bᵢ ∂ᵢ + Σ (ħ/2mᵢ) ∂ᵢ²) f with the forward drift b = v + u; D* has b* = v - u and
the other sign of the Laplacian. All derivatives are automatic. Masses are a vector over the
coordinates: (m, .., m) for particles, (N m, m, .., m) in centre-of-mass coordinates.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_finite, require_positive, require_shape
from zitter.wavefunctions.derivatives import LogPsi, complex_gradient

Field = Callable[[Array, Array], Array]


class BinnedDerivative(NamedTuple):
    """Mean derivative estimated in bins, each (bins,)."""

    centre: np.ndarray
    """mean position in the bin [length]"""
    value: np.ndarray
    """mean of the increments by dt [length/time]"""
    error: np.ndarray
    """its standard error [length/time]"""


def mean_forward_derivative(
    f: Field, psi: LogPsi, Q: Any, t: Any, *, masses: Any, hbar: float = 1.0
) -> Array:
    """Mean forward derivative D f = (∂_t + Σ bᵢ∂ᵢ + Σ (ħ/2mᵢ)∂ᵢ²) f; of f = qᵢ it is bᵢ.

    Equation: (2) with the sum over k, (19), (21)

    Args:
        f: function (q, t) of one configuration (dof,), with a value of any shape.
        psi: LogPsi.
        Q: configurations (batch, dof) [length].
        t: time [time].
        masses: mass of each coordinate (dof,), or one for all [mass].
        hbar: [mass*length^2/time].

    Returns:
        (batch, *shape of f) [unit of f / time].

    Raises:
        ValueError: shapes do not match, a mass or hbar is not positive.
    """
    Q, factors = _checked(Q, masses, hbar)
    return _batched(f, psi, Q, jnp.asarray(t, dtype=float), factors, 1.0)


def mean_backward_derivative(
    f: Field, psi: LogPsi, Q: Any, t: Any, *, masses: Any, hbar: float = 1.0
) -> Array:
    """Mean backward derivative D* f = (∂_t + Σ b*ᵢ∂ᵢ - Σ (ħ/2mᵢ)∂ᵢ²) f; of f = qᵢ it is b*ᵢ.

    Equation: (3) with the sum over k, (20), (22)

    Arguments, shape and unit as for mean_forward_derivative.
    """
    Q, factors = _checked(Q, masses, hbar)
    return _batched(f, psi, Q, jnp.asarray(t, dtype=float), factors, -1.0)


def mean_acceleration(psi: LogPsi, Q: Any, t: Any, *, masses: Any, hbar: float = 1.0) -> Array:
    """Mean acceleration aᵢ = ½ (D D* + D* D) qᵢ = ½ (D b*ᵢ + D* bᵢ).

    By the stochastic Newton law it is -∂ᵢU/mᵢ wherever ψ solves the Schrödinger equation.

    Equation: (30)-(32), left sides by the mass; the force in (31), (32) includes U_ext and the
        term of particle 1

    Args:
        psi: LogPsi; in centre-of-mass coordinates a[0] is that of the centre of mass.
        Q: configurations (batch, dof) [length].
        t: time [time].
        masses: mass of each coordinate (dof,), or one for all [mass].
        hbar: [mass*length^2/time].

    Returns:
        (batch, dof) [length/time^2].

    Raises:
        ValueError: shapes do not match, a mass or hbar is not positive.
    """
    Q, factors = _checked(Q, masses, hbar)
    return _accelerations(psi, Q, jnp.asarray(t, dtype=float), factors)


def newton_residual(
    psi: LogPsi, U: Field, Q: Any, t: Any, *, masses: Any, hbar: float = 1.0
) -> Array:
    """Residual mᵢ aᵢ + ∂ᵢU of the stochastic Newton law, 0 for solutions of Schrödinger's equation.

    Equation: (30), (32), with the full ∂U/∂y_j for printed (31)

    Args:
        psi: LogPsi.
        U: potential energy (q, t) of one configuration (dof,) in the same coordinates [energy].
        Q: configurations (batch, dof) [length].
        t: time [time].
        masses: mass of each coordinate (dof,), or one for all [mass].
        hbar: [mass*length^2/time].

    Returns:
        (batch, dof) [mass*length/time^2].
    """
    Q = jnp.asarray(Q, dtype=float)
    acceleration = mean_acceleration(psi, Q, t, masses=masses, hbar=hbar)
    gradient = jax.vmap(lambda q: jax.grad(U)(q, jnp.asarray(t, dtype=float)))(Q)
    return jnp.asarray(masses) * acceleration + gradient


def estimated_mean_derivative(q: Any, q_other: Any, dt: float, edges: Any) -> BinnedDerivative:
    """Mean derivative from paths, E[(q(t + dt) - q(t))/dt | q(t)] in bins of q(t).

    dt > 0 estimates the forward derivative D q, dt < 0 the backward one D* q, up to O(dt).

    Equation: (2), (3); (19)-(22) for centre-of-mass coordinates

    Args:
        q: one coordinate of each path at t, (batch,) [length].
        q_other: the same at t + dt, (batch,) [length].
        dt: not 0 [time].
        edges: edges of the bins (bins + 1,), increasing [length].

    Returns:
        BinnedDerivative.

    Raises:
        ValueError: shapes do not match, dt is 0, or a bin has fewer than 2 paths.
    """
    q, q_other, edges = (np.asarray(v, dtype=float) for v in (q, q_other, edges))
    require_shape("q", q, (None,), "(batch,)")
    require_shape("q_other", q_other, q.shape, "(batch,)")
    require_finite("q", q)
    require_finite("q_other", q_other)
    require_shape("edges", edges, (None,), "(bins + 1,)")
    if dt == 0.0:
        raise ValueError("`dt` must not be 0: its sign tells forward from backward.")
    if len(edges) < 2 or np.any(np.diff(edges) <= 0.0):
        raise ValueError("`edges` must hold at least 2 increasing numbers.")
    which = np.searchsorted(edges, q, side="right") - 1
    rates = (q_other - q) / dt
    rows = []
    for k in range(len(edges) - 1):
        here = which == k
        if np.count_nonzero(here) < 2:
            raise ValueError(
                f"Bin {k} from {edges[k]:g} to {edges[k + 1]:g} has fewer than 2 paths."
            )
        error = np.std(rates[here], ddof=1) / np.sqrt(np.count_nonzero(here))
        rows.append((np.mean(q[here]), np.mean(rates[here]), error))
    return BinnedDerivative(*np.array(rows).T)


def drift(psi: LogPsi, q: Array, t: Array, factors: Array, sign: float) -> Array:
    """b = v + u (sign 1) or b* = v - u (sign -1) at one configuration; factors ħ/mᵢ."""
    gradient = complex_gradient(lambda x: psi(x, t), q)
    return factors * (jnp.imag(gradient) + sign * jnp.real(gradient))


def mean_derivative(
    f: Field, psi: LogPsi, q: Array, t: Array, factors: Array, sign: float
) -> Array:
    """D f (sign 1) or D* f (sign -1) at one configuration."""
    b = drift(psi, q, t, factors, sign)
    transport = jax.jvp(f, (q, t), (b, jnp.ones_like(t)))[1]

    def second(direction: Array) -> Array:
        def first(x: Array) -> Array:
            return jax.jvp(lambda y: f(y, t), (x,), (direction,))[1]

        return jax.jvp(first, (q,), (direction,))[1]

    laplacian = jnp.tensordot(factors, jax.vmap(second)(jnp.eye(q.shape[0])), axes=1)
    return transport + 0.5 * sign * laplacian


def _checked(Q: Any, masses: Any, hbar: float) -> tuple[Array, Array]:
    Q = jnp.asarray(Q, dtype=float)
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    if np.ndim(masses):
        require_shape("masses", masses, (Q.shape[1],), "(dof,)")
    return Q, jnp.broadcast_to(hbar / jnp.asarray(masses, dtype=float), Q.shape[1:])


@eqx.filter_jit
def _batched(f: Field, psi: LogPsi, Q: Array, t: Array, factors: Array, sign: float) -> Array:
    return jax.vmap(lambda q: mean_derivative(f, psi, q, t, factors, sign))(Q)


@eqx.filter_jit
def _accelerations(psi: LogPsi, Q: Array, t: Array, factors: Array) -> Array:
    def one(q: Array) -> Array:
        total = jnp.zeros_like(q)
        for sign in (1.0, -1.0):
            other = partial(_other_drift, psi, factors, sign)
            total = total + mean_derivative(other, psi, q, t, factors, sign)
        return 0.5 * total

    return jax.vmap(one)(Q)


def _other_drift(psi: LogPsi, factors: Array, sign: float, q: Array, t: Array) -> Array:
    return drift(psi, q, t, factors, -sign)
