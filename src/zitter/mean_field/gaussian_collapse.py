"""Collapse of a Gaussian ψ ∝ exp(-r²/2a²) under its own gravity; each threshold by its definition.

All are values of K = G m³ a/ħ²: K₀, where the energy is zero; K₁, where ⟨r²⟩ neither grows nor
shrinks at first; and, since part of ψ is radiated away, the share that stays bound at late times.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_kind, require_numbers, require_positive
from zitter.mean_field.radial_evolution import (
    Absorber,
    RadialEvolution,
    RadialGrid,
    evolve_radial,
)

__all__ = [
    "BoundShare",
    "critical_mass",
    "evolve_gaussian",
    "late_bound_share",
    "spreading_acceleration",
    "threshold_of_energy",
    "threshold_of_spreading",
]


class BoundShare(NamedTuple):
    """Share of |ψ|² that is left near the centre."""

    times: np.ndarray
    """In units of m a²/ħ, (time,) [1]"""
    inside: np.ndarray
    """Share of the first norm within the sphere, (time,) [1]"""
    central_density: np.ndarray
    """|ψ|² at the first point of the grid in units of a⁻³, (time,) [1]"""


def threshold_of_spreading() -> float:
    """K₁ = 3√(π/2) = 3.7599, where d²⟨r²⟩/dt² = (3 - K√(2/π)) ħ²/(m²a²) at t = 0 vanishes [1]."""
    return 3.0 * float(np.sqrt(np.pi / 2.0))


def threshold_of_energy() -> float:
    """K₀ = K₁/2, where ⟨T⟩ + ½⟨Φ⟩ = 3ħ²/(4ma²) - κ/(a√(2π)) vanishes [1]."""
    return 0.5 * threshold_of_spreading()


def critical_mass(
    threshold: float, width: float, hbar: float = 1.0, gravitational_constant: float = 1.0
) -> float:
    """Mass m = (K ħ²/(G a))^(1/3) at a threshold K of K = G m³ a/ħ².

    Args:
        threshold: K [1].
        width: a of ψ ∝ exp(-r²/2a²) [length].
        hbar: [mass*length^2/time].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        m [mass].

    Raises:
        ValueError: an argument is not positive.
    """
    require_numbers(threshold=threshold, width=width, hbar=hbar)
    require_numbers(gravitational_constant=gravitational_constant)
    for name, value in (("threshold", threshold), ("width", width), ("hbar", hbar)):
        require_positive(name, value)
    require_positive("gravitational_constant", gravitational_constant)
    return float((threshold * hbar**2 / (gravitational_constant * width)) ** (1.0 / 3.0))


def spreading_acceleration(
    K: float, width: float = 1.0, mass: float = 1.0, hbar: float = 1.0
) -> float:
    """d²⟨r²⟩/dt² at t = 0 of a Gaussian at rest, (3 - K√(2/π)) ħ²/(m²a²).

    Args:
        K: G m³ a/ħ², or m a κ/ħ² with κ < 0 for charges that repel [1].
        width: a [length].
        mass: m [mass].
        hbar: [mass*length^2/time].

    Returns:
        Acceleration [length^2/time^2].

    Raises:
        ValueError: K not finite, or another argument not positive.
    """
    require_numbers(K=K, width=width, mass=mass, hbar=hbar)
    for name, value in (("width", width), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    return float((3.0 - K * np.sqrt(2.0 / np.pi)) * (hbar / (mass * width)) ** 2)


def evolve_gaussian(
    K: float,
    times: Any,
    grid: RadialGrid,
    width: float = 1.0,
    mass: float = 1.0,
    hbar: float = 1.0,
    *,
    time_step: float,
    order: int = 4,
    absorber: Absorber | None = None,
    leak_tolerance: float = 1e-6,
) -> RadialEvolution:
    """Evolution of ψ ∝ exp(-r²/2a²) under its own gravity or repulsion.

    Args:
        K: G m³ a/ħ², negative for charges that repel [1].
        times: from 0 on, (time,) [time].
        grid: RadialGrid.
        width: a [length].
        mass: m [mass].
        hbar: [mass*length^2/time].
        time_step, order, absorber, leak_tolerance: as for evolve_radial.

    Returns:
        RadialEvolution.

    Raises:
        ValueError, ValidityError: as for evolve_radial.
    """
    require_kind("grid", grid, RadialGrid)
    require_numbers(K=K, width=width, mass=mass, hbar=hbar)
    for name, value in (("width", width), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    u0 = grid.r * np.exp(-0.5 * (grid.r / width) ** 2)
    u0 = u0 / np.sqrt(grid.spacing * np.sum(u0**2))
    coupling = K * hbar**2 / (mass * width)
    return evolve_radial(
        u0,
        grid,
        times,
        mass,
        hbar,
        coupling,
        time_step=time_step,
        order=order,
        absorber=absorber,
        leak_tolerance=leak_tolerance,
    )


def late_bound_share(
    K: float,
    times: Any,
    radius: float = 20.0,
    *,
    grid: RadialGrid | None = None,
    time_step: float = 0.2,
) -> BoundShare:
    """Share of a Gaussian of width a = 1 (ħ = m = 1) within `radius`, with an absorbing wall.

    Args:
        K: G m³ a/ħ² [1].
        times: from 0 on, in units of m a²/ħ [1].
        radius: sphere in which ψ counts as bound, in units of a [1].
        grid: by default 200 a with h = a/5; the outer half absorbs.
        time_step: in units of m a²/ħ [1].

    Returns:
        BoundShare.

    Raises:
        ValueError: K or the radius is not positive.

    Validity: a definition, not a limit: the share depends on the radius and still falls slowly.
    """
    require_numbers(K=K, radius=radius)
    require_positive("K", K)
    require_positive("radius", radius)
    grid = RadialGrid(200.0, 999) if grid is None else grid
    require_kind("grid", grid, RadialGrid)
    layer = Absorber(width=0.5 * grid.extent, rate=1.0)
    run = evolve_gaussian(K, times, grid, time_step=time_step, absorber=layer)
    density = np.abs(run.u) ** 2
    inside = grid.spacing * density[:, grid.r < radius].sum(axis=1)
    return BoundShare(run.times, inside, density[:, 0] / (4.0 * np.pi * grid.r[0] ** 2))
