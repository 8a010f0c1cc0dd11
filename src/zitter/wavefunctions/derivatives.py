"""Derivatives of ln ψ in batch form: what trajectories and forces ask of a wavefunction.

ln ψ is a function `(q, t) -> complex` of ONE configuration q of shape (dof,), with
dof = num_particles * num_space, particle by particle: q = (x₁, y₁, z₁, x₂, ..).
A structure with its own way (one-pass permanents, determinants) has a method
`derivatives(Q, t, order)`; anything else is differentiated automatically.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from zitter.core.checks import require_count, require_real, require_shape
from zitter.system.parameters import require_callable

LogPsi = Callable[[Array, Any], Array]


class Derivatives(NamedTuple):
    """ln ψ and its derivatives at configurations Q of shape (batch, dof); D = num_space.

    What an order does not ask for is None: order 1 fills `log_psi` and `gradient`, order 2
    adds `second`, order 3 the last three. ∂_a stands for the derivative along the a-th axis of
    the centre of mass, Σᵢ∂/∂x_{i,a} at fixed y.
    """

    log_psi: Array
    """ln ψ, (batch,) [ln(1/length^(dof/2))]"""
    gradient: Array
    """∂ᵢ ln ψ, (batch, dof) [1/length]"""
    second: Array | None = None
    """∂ᵢ² ln ψ, (batch, dof) [1/length²]"""
    cm_gradient: Array | None = None
    """∂_a ∂ᵢ ln ψ, (batch, D, dof) [1/length²]"""
    cm_second: Array | None = None
    """∂_a ∂ᵢ² ln ψ, (batch, D, dof) [1/length³]"""
    cm_third: Array | None = None
    """∂_a ∂_b² ln ψ, (batch, D, D) [1/length³]"""
    condition: Array | None = None
    """cancellation Σ|terms| / |Σ terms| of ψ, (batch,) [1]; None where nothing cancels"""


def derivatives(psi: Any, Q: Array, t: Any, order: int = 1, num_space: int = 1) -> Derivatives:
    """ln ψ and its derivatives at a batch of configurations.

    Args:
        psi: a LogPsi, or a structure with a method `derivatives(Q, t, order)`.
        Q: configurations (batch, dof) [length].
        t: time [time].
        order: 1, 2 or 3; see `Derivatives`.
        num_space: space dimensions D of one particle (for the centre of mass).

    Returns:
        Derivatives.

    Raises:
        ValueError: `order` is not 1, 2 or 3, or `Q` is not (batch, dof).
    """
    require_count("order", order, 1, 3)
    require_shape("Q", Q, (None, None), "(batch, dof)")
    if hasattr(psi, "derivatives"):
        return psi.derivatives(Q, t, order)
    require_callable("psi", psi)
    if not isinstance(t, Tracer):
        require_real("t", t)
    return automatic_derivatives(psi, Q, t, order, num_space)


def automatic_derivatives(
    psi: LogPsi, Q: Array, t: Any, order: int = 1, num_space: int = 1
) -> Derivatives:
    """The same by automatic differentiation of `psi`, whatever methods it has: the second road."""
    require_shape("Q", Q, (None, None), "(batch, dof)")
    if Q.shape[1] % num_space:
        raise ValueError(
            f"`Q` has {Q.shape[1]} coordinates, not a multiple of num_space = {num_space}."
        )
    return _automatic_batch(psi, jnp.asarray(Q), jnp.asarray(t, dtype=float), order, num_space)


@eqx.filter_jit
def _automatic_batch(psi: Any, Q: Array, t: Array, order: int, num_space: int) -> Derivatives:
    return jax.vmap(lambda q: _one_configuration(psi, q, t, order, num_space))(Q)


def _one_configuration(psi: LogPsi, q: Array, t: Array, order: int, num_space: int) -> Derivatives:
    dof = q.shape[0]
    gradient = partial(complex_gradient, lambda x: psi(x, t))
    if order == 1:
        return Derivatives(psi(q, t), gradient(q))

    def second(x: Array) -> Array:
        return _diagonal_second(gradient, x)

    if order == 2:
        return Derivatives(psi(q, t), gradient(q), second(q))
    axes = [jnp.tile(jnp.eye(num_space)[a], dof // num_space) for a in range(num_space)]

    def along(f: Callable[[Array], Array], direction: Array) -> Callable[[Array], Array]:
        return lambda x: jax.jvp(f, (x,), (direction,))[1]

    first_cm = [along(lambda x: psi(x, t), e) for e in axes]
    second_cm = [along(f, e) for f, e in zip(first_cm, axes, strict=True)]
    third = jnp.stack([jnp.stack([along(f, e)(q) for f in second_cm]) for e in axes])
    return Derivatives(
        psi(q, t),
        gradient(q),
        second(q),
        jnp.stack([along(gradient, e)(q) for e in axes]),
        jnp.stack([along(second, e)(q) for e in axes]),
        third,
    )


def require_scales_of(psi: Any, *, mass: Any, hbar: Any, mass_name: str = "mass") -> None:
    """Raise unless the mass and hbar that psi knows, if it does, are those given.

    Raises: ValueError.
    """
    for name, attribute, value in ((mass_name, "mass", mass), ("hbar", "hbar", hbar)):
        own = getattr(psi, attribute, None)
        if own is None or isinstance(own, Tracer) or isinstance(value, Tracer):
            continue
        if not np.allclose(np.asarray(value, float), np.asarray(own, float), rtol=1e-12, atol=0.0):
            raise ValueError(f"`{name}` is {value}, but that of `psi` is {np.asarray(own)}.")


def complex_gradient(f: Callable[[Array], Array], x: Array) -> Array:
    """∂f/∂x of a complex function of real x, two reverse passes."""
    real = jax.grad(lambda z: jnp.real(f(z)))(x)
    imaginary = jax.grad(lambda z: jnp.imag(f(z)))(x)
    return real + 1j * imaginary


def _diagonal_second(gradient: Callable[[Array], Array], x: Array) -> Array:
    basis = jnp.eye(x.shape[0])
    return jax.vmap(lambda e: jnp.vdot(e, jax.jvp(gradient, (x,), (e,))[1]))(basis)
