"""Densities, moments and correlations of particles and of their centre of mass."""

import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.core.grid import Grid


def centre_of_mass_density(x: Array, mean: float, variance: float, num_particles: int) -> Array:
    """Normal density of the centre of mass, ρ_cm = (2πσ²/N)^(-1/2) exp[-N (x - x̄)²/2σ²].

    Equation: (50)

    Args:
        x: positions (..) [length].
        mean: x̄ of the one-particle density [length].
        variance: σ² of the one-particle density [length^2].
        num_particles: N.

    Returns:
        Density (..) [1/length].

    Raises:
        ValueError: the variance is not positive, the mean is not finite, N < 1.

    Validity: N → ∞, finite variance, weak correlation. At finite N see `cumulant_of_mean`.
    """
    require_positive("variance", variance)
    require_finite("mean", mean)
    require_count("num_particles", num_particles)
    d2 = num_particles * (x - mean) ** 2 / variance
    return jnp.exp(-0.5 * d2) * jnp.sqrt(num_particles / (2.0 * jnp.pi * variance))


def cumulant_of_mean(cumulant: float, order: int, num_particles: int) -> float:
    """Cumulant of x_cm of independent particles, κ_n(x_cm) = κ_n/N^(n-1).

    Equation: (50), text: second and third moments vanish only at N = ∞; skewness = γ₁/√N

    Args:
        cumulant: κ_n of one particle [length^order].
        order: n, 1 or more.
        num_particles: N.

    Returns:
        κ_n of x_cm [length^order].

    Raises:
        ValueError: a count below 1.
    """
    require_count("order", order)
    require_count("num_particles", num_particles)
    return cumulant / float(num_particles) ** (order - 1)


def width_ratio(X: Array) -> float:
    """Width of the centre of mass against that of one particle, N σ_cm²/σ² = 1 + (N - 1) r.

    Equation: (51), which holds only where the ratio is at most 1

    Args:
        X: preparations (num_preparations, N), one axis of each particle [length].

    Returns:
        N Var(x_cm)/σ², σ² about the common mean [1].

    Raises:
        ValueError: fewer than 2 preparations, no spread, or a position that is not finite.
    """
    values = _preparations(X)
    deviations = values - values.mean()
    return float(values.shape[1] * np.mean(deviations.mean(axis=1) ** 2) / np.mean(deviations**2))


def pair_correlation(X: Array) -> float:
    """Correlation of two different particles, r = ⟨(x_j - x̄)(x_k - x̄)⟩/σ², mean over pairs.

    Equation: (51), what it assumes is r ≤ 0

    Args:
        X: preparations (num_preparations, N), one axis of each particle [length].

    Returns:
        r, between -1/(N - 1) and 1 [1].

    Raises:
        ValueError: fewer than 2 preparations or particles, or no spread.
    """
    require_count("number of particles", np.shape(X)[-1], 2)
    return (width_ratio(X) - 1.0) / (np.shape(X)[-1] - 1)


def one_particle_mean(density: Array, grid: Grid) -> Array:
    """Mean of the one-particle density, x̄ = ∫x ρ dx.

    Equation: (52)

    Args:
        density: ρ (num,) on a grid of one axis [1/length].
        grid: the grid.

    Returns:
        x̄ [length].

    Raises:
        ValueError: the shape is not that of the grid, or values that are no density.
    """
    _require_density(density, grid)
    return grid.integrate(jnp.asarray(grid.axes[0]) * density) / grid.integrate(density)


def one_particle_variance(density: Array, grid: Grid) -> Array:
    """Variance of the one-particle density, σ² = ∫(x - x̄)² ρ dx.

    Equation: (53)

    Args:
        density: ρ (num,) on a grid of one axis [1/length].
        grid: the grid.

    Returns:
        σ² [length^2].

    Raises:
        ValueError: the shape is not that of the grid, or values that are no density.
    """
    d = jnp.asarray(grid.axes[0]) - one_particle_mean(density, grid)
    return grid.integrate(d**2 * density) / grid.integrate(density)


def fisher_information(R: Array, grid: Grid) -> Array:
    """Fisher information of the one-particle density, I_F = ∫ρ'²/ρ dx = 4 ∫R'² dx, ρ = R².

    Args:
        R: real amplitude (num,) on a grid of one axis, of either sign so that it is smooth at
            nodes [1/length^(1/2)].
        grid: the grid.

    Returns:
        I_F [1/length^2].

    Raises:
        ValueError: the shape is not that of the grid; R is complex, not finite or 0 everywhere.
        ValidityError: R has not decayed at the ends of the grid.
    """
    if np.iscomplexobj(R):
        raise ValueError("`R` must be real: I_F belongs to the density, not to the phase.")
    require_decayed(R, grid)
    slope = jnp.real(grid.derivative(R, 0))
    return 4.0 * grid.integrate(slope**2) / grid.integrate(R**2)


def require_decayed(R: Array, grid: Grid) -> None:
    """Raise unless an amplitude has decayed at the ends of its grid. Raises: ValidityError."""
    require_shape("R", R, grid.num, "num")
    require_finite("R", R)
    magnitude = np.abs(np.asarray(R))
    if not magnitude.any():
        raise ValueError("`R` must not vanish everywhere.")
    edge = max(np.max(np.take(magnitude, [0, -1], axis)) for axis in range(magnitude.ndim))
    if edge > 1e-6 * magnitude.max():
        raise ValidityError(
            f"The amplitude at the ends of the grid is {edge / magnitude.max():.1e} of its largest "
            "value. Use a larger box."
        )


def _require_density(density: Array, grid: Grid) -> None:
    require_shape("density", density, grid.num, "num")
    require_finite("density", density)
    values = np.asarray(density)
    if np.any(values < 0.0) or not values.any():
        raise ValueError("`density` must not be negative, and not 0 everywhere.")


def _preparations(X: Array) -> np.ndarray:
    require_shape("X", X, (None, None), "(num_preparations, num_particles)")
    require_count("number of preparations", np.shape(X)[0], 2)
    require_finite("X", X)
    values = np.asarray(X, float)
    if np.ptp(values) == 0.0:
        raise ValueError("`X` must have some spread, but all its positions are equal.")
    return values
