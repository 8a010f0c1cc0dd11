"""Impulses on the centre of mass: forces integrated along a path.

Near a node of ψ the quantum forces have no variance; their impulses are finite.
"""

import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_finite, require_positive, require_shape


def impulse(times: Array, F: Array) -> Array:
    """Impulse ∫F dt of a force along a path, by trapezoids.

    Equation: (58), its time integral

    Args:
        times: (num_times,) [time].
        F: force (num_times, ..) [force].

    Returns:
        Impulse (..) [momentum].

    Raises:
        ValueError: shapes do not match, times that do not increase, a value is not finite.
    """
    _require_path(times, F)
    return jnp.trapezoid(F, times, axis=0)


def quantum_impulse(
    v_start: Array, v_end: Array, external_impulse: Array, total_mass: float
) -> Array:
    """Impulse of both quantum forces, ∫(F_cm + F_rel) dt = M (v_cm(t) - v_cm(0)) - ∫F_U dt.

    Equation: (42), (47), their time integral

    Args:
        v_start, v_end: velocities of the centre of mass on one path [velocity].
        external_impulse: ∫F_U dt on that path [momentum].
        total_mass: M [mass].

    Returns:
        Impulse, of the shape of the velocities [momentum].

    Raises:
        ValueError: M is not positive.

    Validity: de Broglie-Bohm paths. Unlike the forces it is finite near nodes.
    """
    require_positive("total_mass", total_mass)
    return total_mass * (v_end - v_start) - external_impulse


def velocity_from_forces(times: Array, F: Array, total_mass: float, v_start: Array) -> Array:
    """Velocity of the centre of mass from forces along its path, v_cm = v₀ + (1/M) ∫F dt'.

    Equation: (60), with F = F_U + F_cm + F_rel (print leaves F_rel out)

    Args:
        times: (num_times,) [time].
        F: force (num_times, ..) [force].
        total_mass: M [mass].
        v_start: velocity at the first time (..) [velocity].

    Returns:
        Velocities (num_times, ..) [velocity].

    Raises:
        ValueError: as `impulse`, or M is not positive.
    """
    require_positive("total_mass", total_mass)
    _require_path(times, F)
    steps = jnp.diff(times).reshape(-1, *[1] * (jnp.ndim(F) - 1))
    gained = jnp.cumsum(0.5 * steps * (F[1:] + F[:-1]), axis=0) / total_mass
    return v_start + jnp.concatenate([jnp.zeros_like(F[:1]), gained])


def _require_path(times: Array, F: Array) -> None:
    if np.ndim(F) == 0:
        raise ValueError("`F` must have one value for each of the times, but is a single number.")
    require_shape("times", times, (np.shape(F)[0],), "(num_times,)")
    require_finite("times", times)
    require_finite("F", F)
    if np.any(np.diff(np.asarray(times)) <= 0.0):
        raise ValueError("`times` must increase from one entry to the next.")
