"""Centre-of-mass and relative coordinates (12)-(13) as a Householder reflection, in O(N).

With s = √N and v = e₁ + (1, .., 1)/s, the reflection z = x - 2 v (v·x)/|v|² has
z₁ = -s x_cm and z_j = y_j. It is its own inverse and its rounding error does not grow with N.
Positions have shape (num_particles, num_space) = (N, D); every axis is treated alike.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from zitter.core.checks import require_count, require_positive, require_shape


class CentreOfMassCoordinates(NamedTuple):
    """Centre of mass `x_cm` (D,) and relative coordinates `y` (N - 1, D) [length]."""

    x_cm: Array
    y: Array


def centre_of_mass_coordinates(x: Array) -> CentreOfMassCoordinates:
    """Centre-of-mass and relative coordinates, x_cm = Σᵢxᵢ/N, y_j = x_j - (√N x_cm + x₁)/(√N + 1).

    Equation: (12), (13)

    Args:
        x: positions (N, D) [length].

    Returns:
        x_cm (D,) and y (N - 1, D) [length].

    Raises:
        ValueError: `x` is not of shape (N, D), or N = 0.
    """
    require_shape("x", x, (None, None), "(num_particles, num_space)")
    require_count("num_particles", x.shape[0])
    s = jnp.sqrt(float(x.shape[0]))
    x_cm = jnp.mean(x, axis=0)
    return CentreOfMassCoordinates(x_cm, x[1:] - (s * x_cm + x[0]) / (s + 1.0))


def particle_coordinates(x_cm: Array, y: Array) -> Array:
    """Positions from x_cm and y: x₁ = x_cm - Y/√N, xᵢ = x_cm + yᵢ - Y/(N + √N), Y = Σ_j y_j.

    Equation: (12), (13), inverted

    Args:
        x_cm: centre of mass (D,) [length].
        y: relative coordinates (N - 1, D) [length].

    Returns:
        Positions (N, D) [length].

    Raises:
        ValueError: shapes do not match.
    """
    require_shape("y", y, (None, None), "(num_particles - 1, num_space)")
    require_shape("x_cm", x_cm, (y.shape[1],), "(num_space,)")
    num_particles = y.shape[0] + 1
    s = jnp.sqrt(float(num_particles))
    total = jnp.sum(y, axis=0)
    first = x_cm - total / s
    return jnp.concatenate([first[None], x_cm + y - total / (num_particles + s)])


def centre_of_mass_gradient(gradient: Array) -> CentreOfMassCoordinates:
    """Derivatives in the new coordinates, ∂_cm = Σᵢ∂ᵢ, ∂/∂y_j = ∂_j - ∂₁/(√N + 1) - Σᵢ∂ᵢ/(N + √N).

    Equation: (12), (13), (31), (32), the chain rule; printed (31) leaves out U_ext and particle 1

    Args:
        gradient: ∂f/∂xᵢ, shape (N, D) [unit of f / length].

    Returns:
        ∂f/∂x_cm (D,) and ∂f/∂y (N - 1, D) [unit of f / length].

    Raises:
        ValueError: `gradient` is not of shape (N, D).
    """
    require_shape("gradient", gradient, (None, None), "(num_particles, num_space)")
    num_particles = gradient.shape[0]
    s = jnp.sqrt(float(num_particles))
    total = jnp.sum(gradient, axis=0)
    relative = gradient[1:] - gradient[0] / (s + 1.0) - total / (num_particles + s)
    return CentreOfMassCoordinates(total, relative)


def coordinate_masses(num_particles: int, mass: float) -> Array:
    """Masses of the coordinates (x_cm, y₂, .., y_N): (N m, m, .., m), shape (N,) [mass].

    Equation: (14)

    Raises:
        ValueError: N < 1 or mass <= 0.
    """
    require_count("num_particles", num_particles)
    require_positive("mass", mass)
    return jnp.full(num_particles, mass).at[0].multiply(float(num_particles))


def log_density_shift(num_particles: int, num_space: int = 1) -> float:
    """ln ρ(x_cm, y) - ln ρ(X) = (D/2) ln N, because |∂(x_cm, y)/∂x| = N^(-D/2).

    Equation: (14), Jacobian

    Raises:
        ValueError: a count below 1.
    """
    require_count("num_particles", num_particles)
    require_count("num_space", num_space)
    return 0.5 * num_space * float(jnp.log(float(num_particles)))
