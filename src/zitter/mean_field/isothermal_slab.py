"""Isothermal slab of sheets in its own gravity, loaded exactly as a function of the energy.

f = n₀/(√(2π) σ) exp(-(v²/2 + Φ)/σ²) with Φ = 2σ² ln cosh(x/H) and H = σ/√(2πG m n₀), so that
n = n₀ sech²(x/H): Spitzer's sheet.
"""

from typing import Any

import numpy as np

from zitter.core.checks import require_positive
from zitter.core.grid import Grid
from zitter.mean_field.phase_space import Species, species


def slab_height(spread: float, density: float, mass: float, gravitational_constant: float) -> float:
    """Height H = σ/√(2πG m n₀) of the isothermal slab, n = n₀ sech²(x/H).

    Args:
        spread: σ of the velocities [length/time].
        density: n₀ in the middle [1/length].
        mass: m [mass].
        gravitational_constant: G of sheets [length/mass/time^2].

    Returns:
        H [length].

    Raises:
        ValueError: a value is not positive.
    """
    for name, value in (("spread", spread), ("density", density), ("mass", mass),
                        ("gravitational_constant", gravitational_constant)):  # fmt: skip
        require_positive(name, value)
    return float(spread / np.sqrt(2.0 * np.pi * gravitational_constant * mass * density))


def isothermal_slab(
    space: Grid,
    velocity: Grid,
    *,
    spread: float,
    density: float,
    gravitational_constant: float,
    mass: float = 1.0,
) -> Species:
    """Isothermal slab f(E) on a phase-space grid.

    Args:
        space: Grid of one axis, around 0.
        velocity: Grid of the velocities.
        spread: σ of the velocities [length/time].
        density: n₀ in the middle [1/length]; there are 2 n₀ H particles.
        gravitational_constant: G of sheets [length/mass/time^2].
        mass: m of one particle [mass].

    Returns:
        Species.

    Raises:
        ValueError: a value is not positive.

    Validity: stationary in an isolated box that ends where sech²(x/H) is negligible.
    """
    H = slab_height(spread, density, mass, gravitational_constant)

    def f(x: Any, v: Any) -> np.ndarray:
        # ln cosh without overflow far out.
        y = np.abs(x / H)
        log_cosh = y + np.log1p(np.exp(-2.0 * y)) - np.log(2.0)
        E = 0.5 * v**2 + 2.0 * spread**2 * log_cosh
        return density / (np.sqrt(2.0 * np.pi) * spread) * np.exp(-E / spread**2)

    return species(f, space, velocity, mass=mass)
