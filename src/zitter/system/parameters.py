"""Parameters of potentials, checked at construction."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from zitter.core.checks import described, require_finite, require_positive, require_shape


def parameter(name: str, value: Any, max_axes: int, positive: bool = False) -> Array:
    """A parameter of a potential as a real array of at most `max_axes` axes, checked.

    Raises: ValueError.
    """
    if isinstance(value, Tracer):
        return jnp.asarray(value, float)
    if np.iscomplexobj(value):
        raise ValueError(f"`{name}` must be real, but is {value!r}.")
    (require_positive if positive else require_finite)(name, value)
    if np.ndim(value) > max_axes:
        raise ValueError(
            f"`{name}` must have at most {max_axes} axes, but has shape {np.shape(value)}."
        )
    return jnp.asarray(value, float)


def not_negative(name: str, value: Any) -> Array:
    """A number >= 0 as a parameter. Raises: ValueError."""
    checked = parameter(name, value, 0)
    if not isinstance(checked, Tracer) and checked < 0.0:
        raise ValueError(f"`{name}` must not be negative, but is {float(checked):g}.")
    return checked


def per_axis(name: str, value: Array, x: Array) -> Array:
    """`value`, if it fits position x (D,): one number for every axis, or (D,).

    Raises: ValueError.
    """
    require_shape("x", x, (None,), "(num_space,)")
    if value.ndim:
        require_shape(name, value, x.shape, "(num_space,)")
    return value


def require_callable(name: str, value: Any) -> None:
    """Raise unless `value` can be called. Raises: ValueError."""
    if not callable(value):
        raise ValueError(f"`{name}` must be callable, but is {described(value)}.")


def require_real_potential(dtype: Any) -> None:
    """Raise if a potential gives complex numbers. Raises: ValueError."""
    if np.issubdtype(dtype, np.complexfloating):
        raise ValueError(
            "`potential` must be real, but is complex. For a loss use `absorption`, the rate at "
            "which |ψ| decays."
        )
