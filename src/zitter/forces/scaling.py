"""Predicted sizes of forces and velocities of the centre of mass, and their powers of N.

N independent particles of mass m with one-particle density ρ of variance σ²; M = N m. What
decides beyond Gaussians is the Fisher information I_F = ∫ρ'²/ρ ≥ 1/σ², equal only for a Gaussian.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_count, require_finite, require_positive
from zitter.core.grid import Grid
from zitter.forces.moments import require_decayed


class ForceExponents(NamedTuple):
    """Powers of N of the typical (median) size of each force; None where the force vanishes."""

    F_U: float
    F_cm: float | None
    F_rel: float | None


FORCE_EXPONENTS = {
    "gaussian product": ForceExponents(1.0, 0.5, None),
    "smooth": ForceExponents(1.0, 0.5, 0.5),
    "interference": ForceExponents(1.0, 0.5, 1.0),
    "macroscopic superposition": ForceExponents(1.0, 1.5, None),
    "equilibrium": ForceExponents(0.5, 0.5, 0.5),
}
"""Equation: (58), corrected: F_rel does not vanish unless ρ factorises, and F_U ∝ N needs
U'(x̄) ≠ 0. The macroscopic superposition has equal branches on top of each other: with relative
momentum ∝ N and width ∝ N^(-1/2), F_cm = -(ħ²/2M) ∂(k x tan kx/σ_cm²) ∝ N^(3/2) at |x| ~ σ_cm;
with unequal weights it grows as k³/M ∝ N²."""


class RelativeForceIntegral(NamedTuple):
    """The integral for F_rel at each x_cm, and its first term alone, (num_x,) [force/length]."""

    value: Array
    first_term: Array


class LimitErrors(NamedTuple):
    """What separates the path of the centre of mass from Newton's, each [length]."""

    noise: Array
    osmotic: Array
    spreading: Array


def gaussian_quantum_potential(
    displacement: Array, total_mass: float, width: float, hbar: float = 1.0
) -> Array:
    """Quantum potential of a Gaussian centre of mass, Q_cm = ħ²/(4Mσ_cm²) [1 - d²/(2σ_cm²)].

    Equation: (54), corrected: ħ²/4M and d²/2 (print: ħ²/2M, d²)

    Args:
        displacement: d = x_cm - x̄ (..) [length].
        total_mass: M [mass].
        width: σ_cm; of the conditional density, 1/√(N I_F) for independent particles [length].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        Q_cm (..) [energy].

    Raises:
        ValueError: M, σ_cm or ħ is not positive.
    """
    _require_all_positive(total_mass=total_mass, width=width, hbar=hbar)
    s2 = width**2
    return hbar**2 / (4.0 * total_mass * s2) * (1.0 - displacement**2 / (2.0 * s2))


def gaussian_centre_of_mass_force(
    displacement: Array, total_mass: float, width: float, hbar: float = 1.0
) -> Array:
    """Quantum force of a Gaussian centre of mass, F_cm = ħ² d/(4Mσ_cm⁴), outwards.

    Equation: (55), corrected: at |d| = σ/√N it is ħ²√N/(4mσ³) (print: ∝ ħ√N/mσ³)

    Args:
        displacement: d = x_cm - x̄ (..) [length].
        total_mass: M [mass].
        width: σ_cm [length].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        F_cm (..) [force].

    Raises:
        ValueError: M, σ_cm or ħ is not positive.
    """
    _require_all_positive(total_mass=total_mass, width=width, hbar=hbar)
    return hbar**2 * displacement / (4.0 * total_mass * width**4)


def rms_centre_of_mass_force(
    num_particles: int, information: float, mass: float, hbar: float = 1.0
) -> float:
    """Typical F_cm of independent particles, rms = ħ² √N I_F^(3/2)/(4m) as N → ∞.

    Equation: (55), (58), general form

    Args:
        num_particles: N.
        information: Fisher information I_F of the one-particle density [1/length^2].
        mass: m of each particle [mass].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        rms of F_cm [force].

    Raises:
        ValueError: N < 1, or a value is not positive.

    Validity: densities without nodes, where the variance exists.
    """
    require_count("num_particles", num_particles)
    _require_all_positive(information=information, mass=mass, hbar=hbar)
    return float(hbar**2 * np.sqrt(num_particles) * information**1.5 / (4.0 * mass))


def gaussian_osmotic_velocity(
    displacement: Array, total_mass: float, width: float, hbar: float = 1.0
) -> Array:
    """Osmotic velocity of a Gaussian centre of mass, u_cm = -ħ d/(2Mσ_cm²), towards x̄.

    Equation: (59), with its sign

    Args:
        displacement: d = x_cm - x̄ (..) [length].
        total_mass: M [mass].
        width: σ_cm [length].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        u_cm (..) [velocity].

    Raises:
        ValueError: M, σ_cm or ħ is not positive.
    """
    _require_all_positive(total_mass=total_mass, width=width, hbar=hbar)
    return -hbar * displacement / (2.0 * total_mass * width**2)


def rms_osmotic_velocity(
    num_particles: int, information: float, mass: float, hbar: float = 1.0
) -> float:
    """Typical u_cm of independent particles, rms = (ħ/2m) √(I_F/N); Gaussian: ħ/(2mσ√N).

    Equation: (59)

    Args:
        num_particles: N.
        information: Fisher information I_F of the one-particle density [1/length^2].
        mass: m of each particle [mass].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        rms of u_cm, exact at every N [velocity].

    Raises:
        ValueError: N < 1, or a value is not positive.
    """
    require_count("num_particles", num_particles)
    _require_all_positive(information=information, mass=mass, hbar=hbar)
    return float(hbar / (2.0 * mass) * np.sqrt(information / num_particles))


def relative_force_integral(
    R: Array, grid: Grid, num_particles: int, mass: float, hbar: float = 1.0
) -> RelativeForceIntegral:
    """Integral for F_rel, N (ħ²/2m) ∫ρ ∂_cm(R_yy/R) dy = N (ħ²/2m) ∫(R R_yyc - R_yy R_c) dy = 0.

    Equation: (57): the integral is zero at every N, but it is a mean of (56), not its value

    Args:
        R: real joint amplitude (num_x, num_y) of x_cm and one relative coordinate, of either
            sign so that it is smooth at nodes; ∫∫R² = 1 [1/length].
        grid: a grid of two axes, x_cm and y.
        num_particles: N.
        mass: m of each particle [mass].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        RelativeForceIntegral: the integral, and its first term N (ħ²/2m) ∫R R_yyc dy alone,
        which does not vanish, each (num_x,) [force/length].

    Raises:
        ValueError: shapes do not match, or a value is not positive.
        ValidityError: R has not decayed at the ends of the grid.
    """
    require_count("num_particles", num_particles)
    _require_all_positive(mass=mass, hbar=hbar)
    require_decayed(R, grid)
    R_yy = jnp.real(grid.derivative(R, 1, 2))
    R_c, R_yyc = (jnp.real(grid.derivative(f, 0)) for f in (R, R_yy))
    factor = num_particles * hbar**2 / (2.0 * mass) * grid.spacing[1]
    value = factor * jnp.sum(R * R_yyc - R_yy * R_c, axis=1)
    return RelativeForceIntegral(value, factor * jnp.sum(R * R_yyc, axis=1))


def deterministic_limit_errors(
    time: Array, num_particles: int, width: float, mass: float, hbar: float = 1.0
) -> LimitErrors:
    """Sizes of what (62) leaves out: √(ħt/M), ħt/(2Mσ_cm) and σ_cm(t) - σ_cm, all ∝ N^(-1/2).

    Equation: (62), for a free product of Gaussians, σ_cm = σ/√N

    Args:
        time: t >= 0 (..) [time].
        num_particles: N.
        width: σ of each particle at t = 0 [length].
        mass: m of each particle [mass].
        hbar: reduced Planck constant [mass*length^2/time].

    Returns:
        LimitErrors(noise, osmotic, spreading), each (..) [length].

    Raises:
        ValueError: N < 1, a time is negative, or another value is not positive.
    """
    require_count("num_particles", num_particles)
    _require_all_positive(width=width, mass=mass, hbar=hbar)
    require_finite("time", time)
    if np.any(np.asarray(time) < 0.0):
        raise ValueError("`time` must not be negative.")
    M, width_cm = num_particles * mass, width / np.sqrt(num_particles)
    osmotic = hbar * time / (2.0 * M * width_cm)
    spreading = jnp.hypot(width_cm, osmotic) - width_cm
    return LimitErrors(jnp.sqrt(hbar * time / M), osmotic, spreading)


def _require_all_positive(**values: float) -> None:
    for name, value in values.items():
        require_positive(name, value)
