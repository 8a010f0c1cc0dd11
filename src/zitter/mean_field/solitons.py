"""Solitons of the Schroedinger-Newton equation: boosted states, profile, spectrum of oscillations.

A stationary state ψ₀ moves as exp(i(mv·x - (E + mv²/2)t)/ħ) ψ₀(x - vt); if ψ solves the equation
with κ, so does λ²ψ(λx, λ²t)·λ^(-1/2) with λκ, of the same norm. Small spherical oscillations
ψ₀ + a + ib obey ħ∂a/∂t = L₀b, ħ∂b/∂t = -L₁a with L₀ = T + Φ - E and L₁ = L₀ + 2ψ₀ V * (ψ₀ ·).
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq, least_squares

from zitter.core.chebyshev import chebyshev_derivative, chebyshev_weights
from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.mean_field.radial_states import RadialState, radial_state

__all__ = [
    "SolitonFit",
    "core_profile",
    "core_radius",
    "fit_soliton",
    "oscillation_frequencies",
    "soliton_on_grid",
]

# Fit of ρ(r)/ρ(0) = (1 + a (r/r_c)²)^-8 with ρ(r_c) = ρ(0)/2: a = 2^(1/8) - 1.
_CORE = 2.0**0.125 - 1.0


class SolitonFit(NamedTuple):
    """The soliton that fits a density best."""

    coupling: float
    """κ of the norm-1 ground state with this profile [energy*length]"""
    share: float
    """Norm of the soliton in units of the norm of the density [1]"""
    misfit: float
    """∫|ρ - ρ_fit| over the fitted sphere, in units of the norm [1]"""


def soliton_on_grid(
    state: RadialState,
    grid: Grid,
    centre: Any = (0.0, 0.0, 0.0),
    velocity: Any = (0.0, 0.0, 0.0),
    mass: float = 1.0,
    hbar: float = 1.0,
) -> np.ndarray:
    """ψ = ψ₀(|x - c|) exp(i m v·(x - c)/ħ) on a grid of three axes.

    Args:
        state: RadialState.
        grid: Grid of three axes.
        centre: c (3,) [length].
        velocity: v (3,) [length/time].
        mass: m [mass].
        hbar: [mass*length^2/time].

    Returns:
        ψ (*num), not normed again [1/length^(3/2)].

    Raises:
        ValueError: wrong shapes.
    """
    require_grid(grid, 3)
    require_kind("state", state, RadialState)
    require_shape("centre", centre, (3,), "(3,)")
    require_shape("velocity", velocity, (3,), "(3,)")
    require_finite("centre", centre)
    require_finite("velocity", velocity)
    require_numbers(mass=mass, hbar=hbar)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    x = grid.points - np.asarray(centre, dtype=float)
    psi = state.amplitude(np.linalg.norm(x, axis=1)).astype(complex)
    psi *= np.exp(1j * mass / hbar * (x @ np.asarray(velocity, dtype=float)))
    return psi.reshape(grid.num)


def oscillation_frequencies(
    state: RadialState,
    num: int = 4,
    mass: float = 1.0,
    hbar: float = 1.0,
    coupling: float = 1.0,
) -> np.ndarray:
    """Frequencies ω of the spherical oscillations of a soliton, ω² from L₀L₁/ħ², lowest first.

    Args:
        state: ground state without external potential.
        num: how many.
        mass: m [mass].
        hbar: [mass*length^2/time].
        coupling: κ of the state [energy*length].

    Returns:
        ω (num,) [1/time]; the first is the breathing mode.

    Raises:
        ValueError: `num` is not a whole number, or the state is not of this κ.
        ValidityError: fewer modes than `num` below |E|/ħ, or an unstable state.

    Validity: below |E|/ħ, where modes are bound; high ones need a larger extent of the state.
    """
    require_count("num", num)
    require_kind("state", state, RadialState)
    require_numbers(mass=mass, hbar=hbar, coupling=coupling)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    _require_own_coupling(state, coupling)
    x, stiffness = state.r, hbar**2 / mass
    first = chebyshev_derivative(x)
    second, weights, inner = first @ first, chebyshev_weights(x), slice(1, -1)
    r, u = x[inner], state.u[inner]
    L_0 = -0.5 * stiffness * second[inner, inner]
    L_0 += np.diag(state.mean_field[inner] - state.eigenvalue)
    # δΦ = w/r with w″ = 2κ u a/r, w(0) = 0 and w(R) = -2κ∫u a.
    source = np.diag(2.0 * coupling * u / r)
    source += np.outer(second[inner, -1], 2.0 * coupling * weights[inner] * u)
    response = np.linalg.solve(second[inner, inner], source) / r[:, None]
    squares = np.sort(np.linalg.eigvals(L_0 @ (L_0 + u[:, None] * response)).real) / hbar**2
    scale = (state.eigenvalue / hbar) ** 2
    if squares[0] < -1e-6 * scale:
        raise ValidityError(f"The state is unstable: ω² = {squares[0]:.3g} of a small oscillation.")
    # One zero: the phase, which no force restores.
    bound = squares[(squares > 1e-6 * scale) & (squares < scale)]
    if len(bound) < num:
        raise ValidityError(f"Only {len(bound)} of {num} modes lie below |E|/ħ.")
    return np.sqrt(bound[:num])


def core_radius(state: RadialState) -> float:
    """Radius at which the density is half of its maximum, ρ(r_c) = ρ(0)/2 [length]."""
    require_kind("state", state, RadialState)
    half = 0.5 * float(state.amplitude(0.0)) ** 2
    far = state.radius_of_mass(0.99)
    return float(
        brentq(lambda r: float(state.amplitude(r)) ** 2 - half, 0.0, far, xtol=1e-14 * far)
    )


def core_profile(r: Any, radius: float) -> np.ndarray:
    """Empirical profile ρ(r)/ρ(0) = (1 + (2^(1/8) - 1)(r/r_c)²)^-8 of a soliton [1].

    Args:
        r: radii of any shape [length].
        radius: r_c, where ρ is half [length].

    Raises:
        ValueError: r_c is not positive.

    Validity: a fit, 0.02 ρ(0) from the soliton up to 3 r_c; used in simulations of fuzzy dark
        matter.

    References: H.-Y. Schive et al., Nature Physics 10 (2014) 496.
    """
    require_positive("radius", radius)
    require_finite("r", r)
    require_real("r", r)
    return (1.0 + _CORE * (np.asarray(r, dtype=float) / radius) ** 2) ** -8


def fit_soliton(
    density: Any, grid: Grid, centre: Any, reach: float, mass: float = 1.0, hbar: float = 1.0
) -> SolitonFit:
    """Soliton share·ρ₀(r; κ) that fits a density best within the sphere r < reach.

    Args:
        density: ρ (*num) [1/length^3].
        grid: Grid of three axes.
        centre: centre of the sphere (3,) [length].
        reach: its radius [length].
        mass: m [mass].
        hbar: [mass*length^2/time].

    Returns:
        SolitonFit.

    Raises:
        ValueError: wrong shapes, or no points in the sphere.
    """
    require_grid(grid, 3)
    require_shape("density", density, grid.num, "num")
    require_finite("density", density)
    require_shape("centre", centre, (3,), "(3,)")
    require_numbers(reach=reach, mass=mass, hbar=hbar)
    for name, value in (("reach", reach), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    r = np.linalg.norm(grid.points - np.asarray(centre, dtype=float), axis=1)
    near = r < reach
    if np.count_nonzero(near) < 8:
        raise ValueError("`reach` must hold at least 8 points of the grid.")
    r, rho = r[near], np.asarray(density, dtype=float).ravel()[near]
    unit, norm = radial_state(), grid.cell_volume * float(np.sum(density))
    guess = 3.9 / np.sqrt(np.sum(rho * r**2) / np.sum(rho))

    def residual(parameters: np.ndarray) -> np.ndarray:
        rate, share = np.exp(parameters)
        return (share * norm * rate**3 * unit.amplitude(rate * r) ** 2 - rho) / np.max(rho)

    best = least_squares(residual, [np.log(guess), 0.0])
    rate, share = np.exp(best.x)
    misfit = float(np.sum(np.abs(best.fun))) * np.max(rho) * grid.cell_volume / norm
    return SolitonFit(float(hbar**2 / mass * rate), float(share), float(misfit))


def _require_own_coupling(state: RadialState, coupling: float) -> None:
    require_positive("coupling", coupling)
    # By Gauss's law r Φ → -κ at the end of the box.
    found = -state.mean_field[-1] * state.r[-1]
    if abs(found - coupling) > 1e-6 * coupling:
        raise ValueError(f"`coupling` must be that of the state, {found:g}, but is {coupling:g}.")
