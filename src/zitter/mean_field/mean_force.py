"""The mean field of bodies: its force, Hamiltonian, potential and Vlasov equation."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_finite, require_positive, require_shape
from zitter.core.grid import Grid
from zitter.core.poisson import PoissonSolver
from zitter.kbody.bodies import Bodies, require_positions
from zitter.mean_field.identical_bodies import require_identical

Potential = Callable[[Any, Any], Any]
"""Φ of one place (D,) and the time."""


def empirical_force(system: Bodies, places: Any, X: Any) -> np.ndarray:
    """Force of f_K on a body anywhere, F_K(x) = ∂/∂x ∫∫ GM²/|x - x'| f_K(x', p') dx'dp'.

    Equation: (111), with G and the sign of attraction, opposite to print; in one dimension
        -∂/∂x ∫∫ 2πGM²|x - x'| f_K dx'dp', or the softened law that `system` names

    Args:
        system: Bodies, of `identical_bodies`, which has G/K in the place of G.
        places: x (n, D) [length].
        X: positions of the bodies (K, D) [length].

    Returns:
        (n, D); at the place of a body without its own force, V'(0) = 0 [momentum/time].

    Raises:
        ValueError: shapes; periodic bodies; masses or charges that differ.
    """
    require_identical(system)
    X = require_positions(system, X)
    require_shape("places", places, (None, system.num_space), "(num_places, num_space)")
    require_finite("places", places)
    if system.period:
        raise ValueError("`system` must not be periodic; the sum is over open space.")
    mass, charge = float(system.masses[0]), float(system.charges[0])
    pull = system.gravitational_constant * mass**2 - system.coulomb_constant * charge**2
    x = np.asarray(places, dtype=float)
    total = np.empty(x.shape)
    block = max(1, 2**20 // len(X))
    for first in range(0, len(x), block):
        d = X[None] - x[first : first + block, None]
        d2 = np.sum(d**2, axis=2) + system.softening**2
        total[first : first + block] = np.einsum("nk,nkd->nd", _weights(system.law, d2), d)
    return pull * total


def _weights(law: str, d2: np.ndarray) -> np.ndarray:
    """Pull over distance of a unit coupling, 0 at no distance."""
    weight = np.zeros(d2.shape)
    apart = d2 > 0.0
    power, factor = {"sheet": (-0.5, 2.0 * np.pi), "rod": (-1.0, 2.0), "point": (-1.5, 1.0)}[law]
    weight[apart] = factor * d2[apart] ** power
    return weight


def vlasov_residual(
    f: Callable[[Any, Any, Any], Any],
    hamiltonian: Callable[[Any, Any, Any], Any],
    x: Any,
    p: Any,
    t: float = 0.0,
) -> Array:
    """What the Vlasov equation leaves of a density, ∂f/∂t + {H, f}, in one place of phase space.

    Equation: (112), with the bracket {A, B} = A_p B_x - A_x B_p; with the usual one it is
        ∂f/∂t + {f, H}

    Args:
        f: density, (x, p, t) -> scalar, of x and p (D,).
        hamiltonian: H, (x, p, t) -> scalar [energy].
        x: place (D,) [length].
        p: momentum (D,) [momentum].
        t: time [time].

    Returns:
        Scalar, 0 for a solution; densities have the unit of `f` [unit of f/time].
    """
    point = tuple(jnp.asarray(a, dtype=float) for a in (x, p, t))
    f_x, f_p, f_t = jax.grad(f, argnums=(0, 1, 2))(*point)
    H_x, H_p = jax.grad(hamiltonian, argnums=(0, 1))(*point)
    return f_t + H_p @ f_x - H_x @ f_p


def mean_field_hamiltonian(Phi: Potential, x: Any, p: Any, t: float = 0.0, *, mass: float) -> Array:
    """Energy of one body in the mean field, H = p²/2M + MΦ(x, t).

    Equation: (113), without an integral over x', which Φ of (114) already has in it

    Args:
        Phi: potential, (x, t) -> scalar [length^2/time^2].
        x: place (D,) [length].
        p: momentum (D,) [momentum].
        t: time [time].
        mass: M [mass].

    Returns:
        Scalar [energy].

    Raises:
        ValueError: a mass that is not positive.

    Validity: the energy of all is ⟨p²/2M⟩ + (M/2)⟨Φ⟩ for each body, with half of Φ.
    """
    require_positive("mass", mass)
    p = jnp.asarray(p, dtype=float)
    return p @ p / (2.0 * mass) + mass * Phi(jnp.asarray(x, dtype=float), t)


def mean_field_potential(
    density: Any,
    grid: Grid,
    *,
    mass: float,
    gravitational_constant: float = 1.0,
    boundary: str = "isolated",
) -> np.ndarray:
    """Potential of the mean field on a grid, ∇²Φ = 4πGM ρ.

    Equation: (114), with G; its solution on a line is 2πGM ∫|x - x'| ρ(x') dx', in space
        -GM ∫ρ(x')/|x - x'| dx'

    Args:
        density: ρ, ∫ρ = 1 (*num) [1/length^D].
        grid: Grid of D axes.
        mass: M [mass].
        gravitational_constant: G [length^D/mass/time^2].
        boundary: "isolated", or "periodic" on a background that takes the mean of ρ away.

    Returns:
        Φ (*num) [length^2/time^2].

    Raises:
        ValueError: shapes; a mass that is not positive; another boundary.

    Validity: ρ resolved by the grid, and negligible at its faces where isolated.
    """
    require_positive("mass", mass)
    require_finite("gravitational_constant", gravitational_constant)
    source = 4.0 * np.pi * gravitational_constant * mass * np.asarray(density, dtype=float)
    return PoissonSolver(grid, boundary)(source)


def mean_force(Phi: Potential, x: Any, t: float = 0.0, *, mass: float) -> Array:
    """Force of the mean field on one body, F = -M ∂Φ/∂x.

    Equation: (115), without an integral over x'

    Args:
        Phi: potential, (x, t) -> scalar [length^2/time^2].
        x: place (D,) [length].
        t: time [time].
        mass: M [mass].

    Returns:
        (D,) [momentum/time].

    Raises:
        ValueError: a mass that is not positive.
    """
    require_positive("mass", mass)
    return -mass * jax.grad(Phi)(jnp.asarray(x, dtype=float), t)
