"""Points of conditional functions, and the derivatives of ln ψ there.

At fixed y a change of x_cm moves all particles together: Ψ(x, y) is ψ at Q + (x - x_cm(Q)), and
relative coordinates are only needed in scalar products of gradients,
    Σ_j a_j b_j = Σᵢ aᵢ bᵢ - (1/N) (Σᵢaᵢ)·(Σᵢbᵢ).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from zitter.core.checks import (
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.system.parameters import require_callable
from zitter.wavefunctions.derivatives import Derivatives, LogPsi, derivatives, require_scales_of

ConfigurationPotential = Callable[[Array, Any], Array]


class Slopes(NamedTuple):
    """ln ψ and its derivatives at the points x of each configuration, and those at Q itself."""

    at_points: Derivatives
    """fields (batch, num, ..)"""
    at_path: Derivatives
    """fields (batch, 1, ..), of first order"""


def moved_together(Q: Array, x_cm: Array, num_space: int = 1) -> Array:
    """Configurations with the relative coordinates of Q and the centre of mass x_cm.

    Args:
        Q: configurations (batch, dof) [length].
        x_cm: centres of mass (batch, num, D) [length].
        num_space: D.

    Returns:
        (batch, num, dof) [length].

    Raises:
        ValueError: shapes do not match, or a position is not finite.
    """
    require_count("num_space", num_space, 1, 3)
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_shape("x_cm", x_cm, (Q.shape[0], None, num_space), "(batch, num, num_space)")
    if Q.shape[1] % num_space:
        raise ValueError(f"`num_space` = {num_space} must divide the {Q.shape[1]} coordinates.")
    for name, value in (("Q", Q), ("x_cm", x_cm)):
        if not isinstance(value, Tracer):
            require_finite(name, value)
    X = jnp.asarray(Q, float).reshape(Q.shape[0], 1, -1, num_space)
    moved = X - X.mean(axis=2, keepdims=True) + jnp.asarray(x_cm, float)[:, :, None, :]
    return moved.reshape(*x_cm.shape[:2], Q.shape[1])


def moved_to_centre(Y: Array, Q: Array, num_space: int = 1) -> Array:
    """Configurations with the relative coordinates of Y and the centre of mass of Q.

    Args:
        Y: configurations (batch, num, dof) [length].
        Q: actual configurations (batch, dof) [length].
        num_space: D.

    Returns:
        (batch, num, dof) [length].

    Raises:
        ValueError: shapes do not match.
    """
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_shape("Y", Y, (Q.shape[0], None, Q.shape[1]), "(batch, num, dof)")
    Y, Q = (jnp.asarray(f, float).reshape(*f.shape[:-1], -1, num_space) for f in (Y, Q))
    moved = Y - Y.mean(axis=2, keepdims=True) + Q.mean(axis=1)[:, None, None, :]
    return moved.reshape(*moved.shape[:2], -1)


def evaluated(
    f: Callable,
    psi: Any,
    points: Array,
    Q: Array,
    t: Any,
    *others: Any,
    mass: Any,
    hbar: Any,
    num_space: int,
) -> Any:
    """f(psi, points, Q, t, *others, mass, hbar, num_space), compiled, of checked arguments.

    Raises:
        ValueError: ψ or a potential is no function, t, Q or points are not finite, mass or hbar is
            not positive or not that of psi.
    """
    if not hasattr(psi, "derivatives"):
        require_callable("psi", psi)
    for potential in others:
        if potential is not None:
            require_callable("potential", potential)
    require_time(t)
    for name, value in (("mass", mass), ("hbar", hbar)):
        if not isinstance(value, Tracer):
            require_positive(name, value)
    require_scales_of(psi, mass=mass, hbar=hbar)
    for name, value in (("Q", Q), ("points", points)):
        if not isinstance(value, Tracer):
            require_finite(name, value)
            require_real(name, value)
    arrays = (jnp.asarray(value, dtype=float) for value in (points, Q, t))
    scales = dict(mass=jnp.asarray(mass, float), hbar=jnp.asarray(hbar, float))
    return _compiled(f, psi, *arrays, *others, num_space=num_space, **scales)


def require_time(t: Any) -> None:
    """Raise unless t is one number, or yet to be known. Raises: ValueError."""
    if not isinstance(t, Tracer):
        require_numbers(t=t)


def slopes(
    psi: Any,
    x_cm: Array,
    Q: Array,
    t: Any,
    order: int,
    num_space: int,
) -> Slopes:
    """Derivatives of ln ψ to `order` at the points x of each configuration, and first ones at Q.

    Raises:
        ValueError: shapes do not match.
    """
    X = moved_together(Q, x_cm, num_space)
    return slopes_at(psi, X, Q, t, order, num_space)


def slopes_at(
    psi: Any,
    X: Array,
    Q: Array,
    t: Any,
    order: int,
    num_space: int,
) -> Slopes:
    """Derivatives of ln ψ to `order` at configurations X (batch, num, dof), and first ones at Q.

    Raises:
        ValueError: shapes do not match.
    """
    d = derivatives(psi, X.reshape(-1, Q.shape[1]), t, order, num_space)
    h = derivatives(psi, jnp.asarray(Q, float), t, 1, num_space)
    at_points = Derivatives(
        *(None if f is None else f.reshape(*X.shape[:2], *f.shape[1:]) for f in d)
    )
    return Slopes(at_points, Derivatives(h.log_psi[:, None], h.gradient[:, None]))


def relative_product(a: Array, b: Array, num_space: int) -> Array:
    """Scalar product Σ_j a_j·b_j of two gradients (.., dof) in y: all of it less that in x_cm."""
    a, b = (f.reshape(*f.shape[:-1], -1, num_space) for f in (a, b))
    # Each less its mean over the particles, so that the difference does not cancel at large N.
    a = a - a.mean(axis=-2, keepdims=True)
    return (a * (b - b.mean(axis=-2, keepdims=True))).sum(axis=(-2, -1))


def centre_gradient(d: Derivatives, num_space: int) -> Array:
    """∂ ln ψ/∂x_cm (.., D)."""
    return d.gradient.reshape(*d.gradient.shape[:-1], -1, num_space).sum(axis=-2)


def centre_laplacian(d: Derivatives, num_space: int) -> Array:
    """Σ_a ∂²ln ψ/∂x_cm,a² (..) from derivatives of third order."""
    mixed = jnp.asarray(d.cm_gradient)
    mixed = mixed.reshape(*mixed.shape[:-1], -1, num_space)
    return jnp.einsum("...aia->...", mixed)


def relative_laplacian(d: Derivatives, num_space: int) -> Array:
    """Σ_j ∂²ln ψ/∂y_j² (..) from derivatives of third order, Σᵢ∂ᵢ² - (1/N) ∂²/∂x_cm²."""
    num_particles = d.gradient.shape[-1] // num_space
    return jnp.sum(d.second, axis=-1) - centre_laplacian(d, num_space) / num_particles


def carried_rate(psi: LogPsi, X: Array, V: Array, t: Array) -> Array:
    """∂_t ln ψ at points X (batch, num, dof) that are carried along with the velocities V."""

    def one(x: Array, v: Array) -> Array:
        return jax.jvp(psi, (x, t), (v, jnp.ones_like(t)))[1]

    return jax.vmap(jax.vmap(one))(X, V)


def potential_at(potential: ConfigurationPotential, X: Array, t: Any) -> Array:
    """U at configurations X (batch, num, dof)."""

    return jax.vmap(jax.vmap(lambda q: potential(q, t)))(X)


@eqx.filter_jit
def _compiled(f: Callable, *arguments: Any, **scales: Any) -> Any:
    return f(*arguments, **scales)
