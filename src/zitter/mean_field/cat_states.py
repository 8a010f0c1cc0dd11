"""Cat states: two half-solitons of one Schroedinger-Newton body, and two branches of a real pair.

In the mean field |ψ|² is the source, so each lobe of one body is drawn by the other as by half of
the body. In the Schroedinger equation of the body's particles with their pair potential the
centre of mass of either branch moves as if the other were not there.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.mean_field.line_states import line_state
from zitter.mean_field.radial_states import RadialState
from zitter.mean_field.schrodinger_newton import self_potential
from zitter.mean_field.solitons import soliton_on_grid

__all__ = [
    "Lobes",
    "half_mass_acceleration",
    "lobe_acceleration",
    "lobes",
    "pair_branches",
    "pair_cat_state",
    "probe_acceleration",
    "two_lobe_state",
]

Potential = Callable[[Any, Any], Any]


class Lobes(NamedTuple):
    """Where the two halves of a density are along the first axis."""

    left: np.ndarray
    """Mean x of the part at x < 0, (..) [length]"""
    right: np.ndarray
    """Mean x of the part at x > 0, (..) [length]"""
    right_share: np.ndarray
    """Share of the norm at x > 0, (..) [1]"""
    middle_share: np.ndarray
    """Share within 1/16 of the box around x = 0, (..) [1]"""


def two_lobe_state(
    state: RadialState, grid: Grid, separation: float, relative_phase: float = 0.0
) -> np.ndarray:
    """ψ ∝ ψ₀(x - d/2) + exp(iα) ψ₀(x + d/2), a body in two places, of norm 1.

    Args:
        state: a lobe; with half of the coupling of the body, each lobe is at rest alone.
        grid: Grid of three axes, x first.
        separation: d [length].
        relative_phase: α [1].

    Returns:
        ψ (*num) [1/length^(3/2)].

    Raises:
        ValueError: d is not positive, or the grid has not three axes.
    """
    require_numbers(separation=separation, relative_phase=relative_phase)
    require_positive("separation", separation)
    right = soliton_on_grid(state, grid, centre=(0.5 * separation, 0.0, 0.0))
    left = soliton_on_grid(state, grid, centre=(-0.5 * separation, 0.0, 0.0))
    psi = right + np.exp(1j * relative_phase) * left
    return psi / np.sqrt(grid.cell_volume * np.sum(np.abs(psi) ** 2))


def lobes(density: Any, grid: Grid) -> Lobes:
    """Mean positions of the halves x < 0 and x > 0 of densities (.., *num) along the first axis.

    Args:
        density: |ψ|² (.., *num), in any unit.
        grid: Grid of one to three axes.

    Returns:
        Lobes.

    Raises:
        ValueError: the last axes of `density` are not those of the grid, or it is negative, not
            finite, or zero in one half.
    """
    require_grid(grid)
    density = _real_density(density)
    require_shape("density", density[(0,) * (density.ndim - grid.num_axes)], grid.num, "num")
    others = tuple(range(density.ndim - grid.num_axes + 1, density.ndim))
    profile, x = density.sum(axis=others), grid.axes[0]
    # A point at x = 0 belongs to both halves alike.
    right = np.where(x > 0.0, 1.0, np.where(x == 0.0, 0.5, 0.0))
    halves = np.stack([profile @ right, profile @ (1.0 - right)])
    if np.min(density, initial=0.0) < 0.0 or np.any(halves <= 0.0):
        raise ValueError("`density` must not be negative, and not be zero on either side of x = 0.")
    share = profile @ right / profile.sum(axis=-1)
    near = np.abs(x) < _near_middle(grid)
    return Lobes(
        left=profile @ ((1.0 - right) * x) / (profile @ (1.0 - right)),
        right=profile @ (right * x) / (profile @ right),
        right_share=share,
        middle_share=profile @ near / profile.sum(axis=-1),
    )


def lobe_acceleration(density: Any, grid: Grid, coupling: float, mass: float = 1.0) -> float:
    """Mean acceleration of the half x > 0 in the self-potential of the whole, isolated.

    Args:
        density: |ψ|² (*num) [1/length^num_axes].
        grid: Grid of one to three axes.
        coupling: κ as for self_potential [energy*length^(num_axes-2)].
        mass: m [mass].

    Returns:
        -∫ρ ∂Φ/∂x / (m ∫ρ) over x > 0 [length/time^2].

    Raises:
        ValueError: wrong shape, or m not positive.
    """
    require_grid(grid)
    require_numbers(coupling=coupling, mass=mass)
    require_positive("mass", mass)
    density = _real_density(density)
    require_shape("density", density, grid.num, "num")
    # ∂Φ is the potential of ∂ρ, which is periodic on the grid as Φ is not.
    k = grid.wavenumbers[0].reshape((-1,) + (1,) * (grid.num_axes - 1))
    slope = np.real(np.fft.ifft(1j * k * np.fft.fft(density, axis=0), axis=0))
    gradient = self_potential(slope, grid, coupling, "isolated")
    x = grid.axes[0].reshape(k.shape)
    right = density * (x > 0.0)
    return float(-np.sum(right * gradient) / (mass * np.sum(right)))


def half_mass_acceleration(separation: float, coupling: float, mass: float = 1.0) -> float:
    """Acceleration -κ/(2 m d²) of a point at d/2 by half of the body at -d/2.

    Args:
        separation: d [length].
        coupling: κ = G m² [energy*length].
        mass: m [mass].

    Returns:
        Acceleration, negative toward the other half [length/time^2].

    Raises:
        ValueError: d or m not positive, or κ not finite.
    """
    require_numbers(coupling=coupling, separation=separation, mass=mass)
    require_positive("separation", separation)
    require_positive("mass", mass)
    return float(-0.5 * coupling / (mass * separation**2))


def probe_acceleration(
    density: Any,
    grid: Grid,
    position: Any,
    source_mass: float = 1.0,
    gravitational_constant: float = 1.0,
) -> np.ndarray:
    """Acceleration -G M ∫ρ(x)(p - x)/|p - x|³ d³x of a probe at p by a spread-out source.

    Args:
        density: ρ (*num), of norm 1 [1/length^3].
        grid: Grid of three axes.
        position: p (3,), where ρ is negligible [length].
        source_mass: M [mass].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        Acceleration (3,) [length/time^2].

    Raises:
        ValueError: wrong shapes.
    """
    require_grid(grid, 3)
    require_numbers(source_mass=source_mass, gravitational_constant=gravitational_constant)
    density = _real_density(density)
    require_shape("density", density, grid.num, "num")
    require_shape("position", position, (3,), "(3,)")
    require_finite("position", position)
    away = np.asarray(position, dtype=float) - grid.points
    r_squared = np.sum(away**2, axis=1, keepdims=True)
    # A cell has no pull on its own middle.
    pull = away / np.where(r_squared > 0.0, r_squared, 1.0) ** 1.5
    weight = grid.cell_volume * density.ravel()
    return -gravitational_constant * source_mass * (weight @ pull)


def _real_density(density: Any) -> np.ndarray:
    require_finite("density", density)
    require_real("density", density)
    return np.asarray(density, dtype=float)


def _near_middle(grid: Grid) -> float:
    """1/32 of the box, and a little more, so that rounding moves no point of the grid."""
    return (grid.upper[0] - grid.lower[0]) / 32.0 * (1.0 + 1e-9)


def pair_cat_state(
    V_pair: Potential,
    grid: Grid,
    separation: float,
    cm_width: float,
    mass: float = 1.0,
    hbar: float = 1.0,
) -> np.ndarray:
    """ψ ∝ [g(X - d/2) + g(X + d/2)] χ(x₁ - x₂), a bound pair in two places at once.

    Args:
        V_pair: V(r, t) of r = x₁ - x₂ (1,) -> [energy]; χ is its ground state.
        grid: Grid of the two positions.
        separation: d of the centres of mass of the branches [length].
        cm_width: standard deviation of |g|² [length].
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].

    Returns:
        ψ (num, num), of norm 1 [1/length].

    Raises:
        ValueError: the grid has not two equal axes, or a length is not positive.
        ValidityError: the pair is not bound within the box.
    """
    require_grid(grid, 2)
    require_numbers(separation=separation, cm_width=cm_width, mass=mass, hbar=hbar)
    for name, value in (("separation", separation), ("cm_width", cm_width)):
        require_positive(name, value)
    if (grid.lower[0], grid.num[0]) != (grid.lower[1], grid.num[1]):
        raise ValueError("`grid` must have two equal axes, one for each particle.")
    extent = grid.upper[0] - grid.lower[0]
    bound = line_state(
        V_pair, extent, 2 * grid.num[0], 0.5 * mass, hbar, num_others=0.0, U_ext=V_pair
    )
    x_1, x_2 = np.meshgrid(*grid.axes, indexing="ij")
    chi = np.interp(np.abs(x_1 - x_2), bound.x, bound.phi)
    centre = 0.5 * (x_1 + x_2)
    branches = sum(
        np.exp(-(((centre - shift) / (2.0 * cm_width)) ** 2))
        for shift in (-0.5 * separation, 0.5 * separation)
    )
    psi = branches * chi
    return psi / np.sqrt(grid.cell_volume * np.sum(psi**2))


def pair_branches(density: Any, grid: Grid) -> Lobes:
    """Mean centre of mass of the branches X < 0 and X > 0 of a pair, X = (x₁ + x₂)/2.

    Args:
        density: |ψ(x₁, x₂)|² (.., num, num), in any unit.
        grid: Grid of the two positions.

    Returns:
        Lobes.

    Raises:
        ValueError: the last axes of `density` are not those of the grid, or it is negative, not
            finite, or zero in one half.
    """
    require_grid(grid, 2)
    density = _real_density(density)
    require_shape("density", density[(0,) * (density.ndim - 2)], grid.num, "(num, num)")
    X = 0.5 * np.add.outer(*grid.axes)
    h = grid.spacing[0]
    right = np.clip(0.5 + X / h, 0.0, 1.0)
    total = density.sum(axis=(-2, -1))
    in_right = (density * right).sum(axis=(-2, -1))
    near = np.abs(X) < _near_middle(grid)
    return Lobes(
        left=(density * (1.0 - right) * X).sum(axis=(-2, -1)) / (total - in_right),
        right=(density * right * X).sum(axis=(-2, -1)) / in_right,
        right_share=in_right / total,
        middle_share=(density * near).sum(axis=(-2, -1)) / total,
    )
