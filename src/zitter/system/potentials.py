"""Potentials, external and of pairs, and what follows from any potential by differentiation.

A potential is any callable `U(x, t) -> energy` of ONE position x (D,) and a time, a pair
potential one of the separation r = x_j - x_k (D,); those here are equinox modules. Nothing is
differentiated by hand. A potential of your own takes five lines:

    class Ramp(eqx.Module):
        slope: float

        def __call__(self, x, t):
            return self.slope * jnp.sum(x)
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from zitter.core.checks import require_shape
from zitter.system.external_potentials import (
    GaussianWell,
    Harmonic,
    PointSource,
    Polynomial,
    Potential,
    Quartic,
    Sum,
    TimeDependent,
    UniformForce,
    coulomb_source,
    newton_source,
)
from zitter.system.pair_potentials import CoulombPair, HarmonicPair, NewtonPair, SheetPair

__all__ = [
    "CoulombPair",
    "GaussianWell",
    "Harmonic",
    "HarmonicPair",
    "NewtonPair",
    "PointSource",
    "Polynomial",
    "Potential",
    "Quartic",
    "SheetPair",
    "Sum",
    "TimeDependent",
    "UniformForce",
    "coulomb_source",
    "force",
    "length_scale",
    "newton_source",
    "require_finite_potential",
    "total_potential",
]


def force(U: Potential, x: Array, t: Any) -> Array:
    """Force on one particle, F = -∇U(x, t), by automatic differentiation.

    Args:
        U: potential, (x, t) -> [energy].
        x: position (D,) [length].
        t: time [time].

    Returns:
        Force (D,) [force].

    Raises:
        ValueError: `x` is not of shape (D,).
    """
    require_shape("x", x, (None,), "(num_space,)")
    return -jax.grad(U)(jnp.asarray(x, float), t)


def total_potential(U_ext: Potential | None, U_int: Potential | None, X: Array, t: Any) -> Array:
    """Potential of all particles, U = Σᵢ U_ext(xᵢ) + ½ Σ_{j≠k} U_int(x_j - x_k).

    Equation: (4)

    Args:
        U_ext: external potential (x, t) -> [energy], or None.
        U_int: pair potential (r, t) -> [energy], even in r, or None.
        X: positions (N, D) [length].
        t: time [time].

    Returns:
        Energy, a scalar [energy].

    Raises:
        ValueError: `X` is not of shape (N, D), or the potential is not finite there, as that of
            two particles at one place without softening.
    """
    require_shape("X", X, (None, None), "(num_particles, num_space)")
    total = _total_potential(U_ext, U_int, jnp.asarray(X, float), t)
    if not isinstance(total, Tracer) and not np.isfinite(float(total)):
        raise ValueError(
            f"The total potential must be finite, but is {float(total)}: keep particles apart from "
            "each other and from sources, or give the potentials a softening."
        )
    return total


def _total_potential(U_ext: Potential | None, U_int: Potential | None, X: Array, t: Any) -> Array:
    total = jnp.zeros(())
    if U_ext is not None:
        total += jnp.sum(jax.vmap(lambda x: U_ext(x, t))(X))
    if U_int is not None and X.shape[0] > 1:
        j, k = np.triu_indices(X.shape[0], 1)
        total += jnp.sum(jax.vmap(lambda r: U_int(r, t))(X[j] - X[k]))
    return total


def length_scale(U: Potential, x: Array, t: Any, direction: Array | None = None) -> Array:
    """Length over which a force changes, L = √|U'/U'''|, along a direction.

    Equation: footnote 3 (Newton: r/√6)

    Args:
        U: potential (x, t) -> [energy].
        x: position (D,) [length].
        t: time [time].
        direction: direction of the derivatives (D,) [1]; that of the force by default.

    Returns:
        L, a scalar; infinite where U''' vanishes [length].

    Raises:
        ValueError: shapes do not match.

    Validity: NaN where D > 1, the force vanishes and no direction is given.
    """
    require_shape("x", x, (None,), "(num_space,)")
    x = jnp.asarray(x, float)
    if direction is None:
        direction = jnp.ones(1) if x.shape == (1,) else jax.grad(U)(x, t)
    require_shape("direction", direction, x.shape, "(num_space,)")
    n = direction / jnp.linalg.norm(direction)

    def slope(f: Callable[[Array], Array]) -> Callable[[Array], Array]:
        return lambda s: jax.jvp(f, (s,), (jnp.ones(()),))[1]

    first = slope(lambda s: U(x + s * n, t))
    third = slope(slope(first))
    numerator, denominator = first(jnp.zeros(())), third(jnp.zeros(()))
    return jnp.where(denominator == 0.0, jnp.inf, jnp.sqrt(jnp.abs(numerator / denominator)))


def require_finite_potential(name: str, U: Potential, x: Array, t: Any) -> None:
    """Raise unless U is finite at positions x (n, D), naming the first where it is not.

    Raises: ValueError.
    """
    values = np.asarray(jax.vmap(lambda z: U(z, t))(jnp.asarray(x, float)))
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        where = np.array2string(np.asarray(x)[bad[0]], precision=4)
        raise ValueError(f"`{name}` must be finite, but is {values[bad[0]]} at x = {where}.")
