"""External force on the centre of mass: exact, and taken at the centre of mass."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from zitter.core.checks import require_count, require_shape
from zitter.system.potentials import Potential, force, require_finite_potential


class ForceAtCentre(NamedTuple):
    """F_U ≈ leading + correction, each (batch, D) [force]."""

    leading: Array
    correction: Array


def external_force(U_ext: Potential | None, Q: Array, t: Any, num_space: int = 1) -> Array:
    """External force on the centre of mass, F_U = -Σᵢ ∇U_ext(xᵢ).

    Equation: (30), (48)

    Args:
        U_ext: potential (x, t) -> [energy] of one particle, or None.
        Q: configurations (batch, dof) [length].
        t: time [time].
        num_space: space dimensions D.

    Returns:
        Force (batch, D) [force].

    Raises:
        ValueError: `Q` is not (batch, N D), or U_ext is not finite there.
    """
    X = _particles(Q, num_space)
    if U_ext is None:
        return jnp.zeros((X.shape[0], num_space))
    F = _summed_force(U_ext, X, t)
    if not isinstance(F, Tracer) and not bool(jnp.all(jnp.isfinite(F))):
        require_finite_potential("U_ext", U_ext, X.reshape(-1, num_space), t)
        raise ValueError(
            "`U_ext` must have a finite gradient, but has none at one of the particles."
        )
    return F


def external_force_at_centre_of_mass(
    U_ext: Potential, Q: Array, t: Any, num_space: int = 1
) -> ForceAtCentre:
    """External force taken at x_cm, F_U ≈ -N ∇U(x_cm) - ½ Σᵢ (δᵢ·∇)²∇U(x_cm), δᵢ = xᵢ - x_cm.

    Equation: (49), the first term; the second is its leading error, in one dimension
    -(N/2) U'''(x_cm) Σ_j y_j²/N, of relative size ½ (d/L)²

    Args:
        U_ext: potential (x, t) -> [energy] of one particle.
        Q: configurations (batch, dof) [length].
        t: time [time].
        num_space: space dimensions D.

    Returns:
        ForceAtCentre(leading, correction), each (batch, D) [force].

    Raises:
        ValueError: `Q` is not (batch, N D).

    Validity: `leading` is exact for U_ext at most quadratic, the sum for at most cubic.
    """
    return _expanded_force(U_ext, _particles(Q, num_space), t)


def _particles(Q: Array, num_space: int) -> Array:
    require_count("num_space", num_space, 1, 3)
    require_shape("Q", Q, (None, None), "(batch, dof)")
    if Q.shape[1] % num_space:
        raise ValueError(
            f"`Q` has {Q.shape[1]} coordinates, no multiple of num_space = {num_space}."
        )
    return jnp.asarray(Q, float).reshape(Q.shape[0], -1, num_space)


@eqx.filter_jit
def _summed_force(U_ext: Potential, X: Array, t: Any) -> Array:
    per_particle = jax.vmap(jax.vmap(lambda x: force(U_ext, x, t)))(X)
    return jnp.sum(per_particle, axis=1)


@eqx.filter_jit
def _expanded_force(U_ext: Potential, X: Array, t: Any) -> ForceAtCentre:
    def curvature(x_cm: Array, delta: Array) -> Array:
        def first(s: Array) -> Array:
            return jax.jvp(lambda r: force(U_ext, x_cm + r * delta, t), (s,), (jnp.ones(()),))[1]

        return jax.jvp(first, (jnp.zeros(()),), (jnp.ones(()),))[1]

    def one(x: Array) -> ForceAtCentre:
        x_cm = jnp.mean(x, axis=0)
        correction = 0.5 * jnp.sum(jax.vmap(lambda e: curvature(x_cm, e))(x - x_cm), axis=0)
        return ForceAtCentre(x.shape[0] * force(U_ext, x_cm, t), correction)

    return jax.vmap(one)(X)
