"""Exact N = 2, 3 particles on a line beside their mean field, and any N with harmonic forces.

From the same product ψ₀ = Π φ₀(xᵢ) the Schroedinger equation with Σ_{i<j} V(xᵢ - xⱼ) gives ψ, the
Hartree equation φ; the one-particle density matrix γ of ψ, of trace 1, is compared with |φ⟩⟨φ|.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid
from zitter.mean_field.hartree import evolve_hartree
from zitter.wavefunctions.schrodinger import configuration_potential, evolve_schrodinger

__all__ = [
    "FewBodyComparison",
    "MeanFieldError",
    "few_body_beside_mean_field",
    "harmonic_mean_field_error",
    "mean_field_error",
    "one_particle_matrix",
    "product_of_orbitals",
]

Potential = Callable[[Any, Any], Any]


class MeanFieldError(NamedTuple):
    """Distances of the one-particle state γ from the mean field |φ⟩⟨φ|, all 0 to 1."""

    depletion: float
    """1 - ⟨φ|γ|φ⟩, the share of particles outside of φ [1]"""
    trace_distance: float
    """½ Tr|γ - |φ⟩⟨φ||, the largest error of any probability of one particle [1]"""
    density: float
    """½ ∫|γ(x, x) - |φ(x)|²| dx [1]"""


class FewBodyComparison(NamedTuple):
    """Errors of the mean field at some times, and what tells whether to trust them."""

    times: np.ndarray
    """(time,) [time]"""
    depletion: np.ndarray
    """(time,) [1]"""
    trace_distance: np.ndarray
    """(time,) [1]"""
    density: np.ndarray
    """(time,) [1]"""
    exact_width: np.ndarray
    """Standard deviation of one particle, (time,) [length]"""
    mean_field_width: np.ndarray
    """The same in the mean field, (time,) [length]"""
    energy_drift: float
    """Largest change of either energy per particle [energy]"""


def product_of_orbitals(phi: Any, num_particles: int) -> np.ndarray:
    """ψ = Π φ(xᵢ) on the product grid, (num, .., num) [1/length^(num_particles/2)].

    Args:
        phi: φ (num,) [1/length^(1/2)].
        num_particles: N, 1 to 3.
    """
    require_count("num_particles", num_particles, 1, 3)
    require_finite("phi", phi)
    psi = phi = np.asarray(phi)
    for _ in range(num_particles - 1):
        psi = np.multiply.outer(psi, phi)
    return psi


def one_particle_matrix(psi: Any, spacing: float) -> np.ndarray:
    """Density matrix γ(x, x') = ∫ψ(x, ..)ψ*(x', ..) of the first particle.

    Args:
        psi: ψ of norm 1 on a grid with one axis per particle (num, .., num), of a unit that fits.
        spacing: distance of the grid points [length].

    Returns:
        γ (num, num), of ∫γ(x, x)dx = 1 [1/length].

    Raises:
        ValueError: values that are not finite, or a spacing that is not positive.
    """
    require_finite("psi", psi)
    require_count("number of axes of `psi`", np.ndim(psi))
    require_numbers(spacing=spacing)
    require_positive("spacing", spacing)
    rows = np.asarray(psi).reshape(np.shape(psi)[0], -1)
    gamma = rows @ rows.conj().T
    return gamma / (np.real(np.trace(gamma)) * spacing)


def mean_field_error(gamma: Any, phi: Any, spacing: float) -> MeanFieldError:
    """Depletion, trace distance and density distance of γ from |φ⟩⟨φ| [1].

    Args:
        gamma: γ(x, x') (num, num) [1/length].
        phi: φ (num,), normalised here [1/length^(1/2)].
        spacing: distance of the grid points [length].

    Returns:
        MeanFieldError.

    Raises:
        ValueError: shapes that do not match.
    """
    require_finite("phi", phi)
    require_finite("gamma", gamma)
    require_numbers(spacing=spacing)
    require_positive("spacing", spacing)
    phi = np.asarray(phi)
    require_shape("phi", phi, (None,), "(num,)")
    require_shape("gamma", gamma, (phi.size, phi.size), "(num, num)")
    phi = phi / np.linalg.norm(phi)
    gamma = spacing * np.asarray(gamma)
    depletion = 1.0 - np.real(phi.conj() @ gamma @ phi)
    difference = gamma - np.outer(phi, phi.conj())
    trace = 0.5 * np.sum(np.abs(np.linalg.eigvalsh(difference)))
    density = 0.5 * np.sum(np.abs(np.real(np.diagonal(difference))))
    return MeanFieldError(float(depletion), float(trace), float(density))


def few_body_beside_mean_field(
    phi0: Any,
    grid: Grid,
    V_pair: Potential,
    num_particles: int,
    times: Any,
    *,
    mass: float = 1.0,
    hbar: float = 1.0,
    U_ext: Potential | None = None,
    num_others: float | None = None,
    time_step: float,
    order: int = 4,
    leak_tolerance: float = 1e-6,
) -> FewBodyComparison:
    """Errors of the Hartree orbital against N = 2 or 3 particles with the pair potential.

    Args:
        phi0: φ₀, the orbital of all at times[0], (num,) [1/length^(1/2)].
        grid: Grid of one axis, the same for each particle.
        V_pair: V(r, t) of r = xᵢ - xⱼ (1,) -> [energy]; static, even.
        num_particles: N, 2 or 3.
        times: increasing, (time,) [time].
        mass: m of each [mass].
        hbar: [mass*length^2/time].
        U_ext: U(x, t) of one position (1,) -> [energy], or None.
        num_others: factor of the mean field, by default N - 1 [1].
        time_step: longest step of both [time].
        order: 2 or 4, of both.
        leak_tolerance: largest share of the norm near the ends of the box [1].

    Returns:
        FewBodyComparison.

    Raises:
        ValueError: bad arguments.
        ValidityError: ψ or φ is not resolved, or leaves the box.

    Validity: bosons or distinguishable particles that start in one orbital.
    """
    require_count("num_particles", num_particles, 2, 3)
    shared = dict(hbar=hbar, time_step=time_step, order=order, leak_tolerance=leak_tolerance)
    others = num_particles - 1.0 if num_others is None else num_others
    mean_field = evolve_hartree(
        phi0, grid, V_pair, times, mass=mass, num_others=others, U_ext=U_ext, **shared
    )
    whole = Grid(grid.lower * num_particles, grid.upper * num_particles, grid.num * num_particles)
    exact = evolve_schrodinger(
        product_of_orbitals(phi0, num_particles),
        whole,
        configuration_potential(U_ext, V_pair, num_particles),
        times,
        np.full(num_particles, float(mass)),
        **shared,
    )
    return _comparison(exact, mean_field, grid, num_particles)


def _comparison(exact, mean_field, grid: Grid, num_particles: int) -> FewBodyComparison:
    (x,), (h,) = grid.axes, grid.spacing
    errors, widths = [], []
    for psi, phi in zip(np.asarray(exact.psi), mean_field.psi, strict=True):
        gamma = one_particle_matrix(psi, h)
        errors.append(mean_field_error(gamma, phi, h))
        densities = (np.real(np.diagonal(gamma)), np.abs(phi) ** 2)
        widths.append([_width(density, x) for density in densities])
    drift = max(np.ptp(exact.energy) / num_particles, np.ptp(mean_field.energy))
    depletion, trace, density = np.array(errors).T
    exact_width, mean_field_width = np.array(widths).T
    return FewBodyComparison(
        np.asarray(mean_field.times),
        depletion,
        trace,
        density,
        exact_width,
        mean_field_width,
        float(drift),
    )


def _width(density: np.ndarray, x: np.ndarray) -> float:
    share = density / np.sum(density)
    return float(np.sqrt(share @ x**2 - (share @ x) ** 2))


def harmonic_mean_field_error(
    num_particles: Any,
    pair_stiffness: Any,
    time: Any,
    *,
    width: float,
    trap_frequency: float = 0.0,
    num_others: Any = None,
    mass: float = 1.0,
    hbar: float = 1.0,
) -> np.ndarray:
    """Depletion 1 - ⟨φ|γ|φ⟩ of N particles with pair forces ½κ(xᵢ - xⱼ)², exact for any N.

    All start in one Gaussian at rest. x_cm moves with the frequency ω of the trap, the other N - 1
    modes with √(ω² + Nκ/m), the orbital of the mean field with √(ω² + (N - 1)κ/m). The three
    covariances C of (x, p) give γ, C₁ = C_cm/N + (1 - 1/N) C_rel, and ⟨φ|γ|φ⟩ = ħ/√det(C₁ + C_φ).

    Args:
        num_particles: N, any shape.
        pair_stiffness: κ [force/length]; negative repels; any shape that broadcasts with N.
        time: t, any shape that broadcasts [time].
        width: standard deviation of |φ₀|² [length].
        trap_frequency: ω [1/time].
        num_others: factor of the mean field, by default N - 1 [1].
        mass: m of each [mass].
        hbar: [mass*length^2/time].

    Returns:
        Depletion, in the common shape [1].

    Raises:
        ValueError: N below 2, or bad numbers.
    """
    for name, value in (("width", width), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    require_numbers(width=width, trap_frequency=trap_frequency, mass=mass, hbar=hbar)
    several = dict(num_particles=num_particles, pair_stiffness=pair_stiffness, time=time)
    several |= {} if num_others is None else dict(num_others=num_others)
    for name, value in several.items():
        require_finite(name, value)
        require_real(name, value)
    N = np.asarray(num_particles, dtype=float)
    if np.any(N < 2.0) or np.any(np.round(N) != N):
        raise ValueError("`num_particles` must be whole numbers, at least 2.")
    kappa, omega_squared = np.asarray(pair_stiffness, dtype=float) / mass, trap_frequency**2
    scale = 2.0 * mass * width**2 / hbar

    def covariance(rate_squared: Any) -> np.ndarray:
        return _covariance(rate_squared * scale**2, np.asarray(time, dtype=float) / scale)

    C_cm = covariance(omega_squared + 0.0 * N * kappa)
    C_rel = covariance(omega_squared + N * kappa)
    others = N - 1.0 if num_others is None else np.asarray(num_others, dtype=float)
    C_phi = covariance(omega_squared + others * kappa)
    difference = C_cm / N + (1.0 - 1.0 / N) * C_rel - C_phi
    return _depletion(C_phi, difference)


def _covariance(rate_squared: Any, t: np.ndarray) -> np.ndarray:
    """xx, xp, pp of an oscillator that starts with xx = pp = 1 (x in σ, t in 2mσ²/ħ)."""
    rate = np.sqrt(np.asarray(rate_squared, dtype=complex))
    even = np.real(np.cos(rate * t))
    odd = np.real(t * np.sinc(rate * t / np.pi))
    turned = -np.real(rate_squared) * odd
    return np.stack([even**2 + odd**2, even * turned + odd * even, turned**2 + even**2])


def _depletion(C: np.ndarray, D: np.ndarray) -> np.ndarray:
    """1 - 2/√det(2C + D) for det C = 1, without cancellation for small D."""
    first = 2.0 * (C[0] * D[2] + C[2] * D[0] - 2.0 * C[1] * D[1])
    excess = (first + D[0] * D[2] - D[1] ** 2) / 4.0
    root = np.sqrt(1.0 + excess)
    return excess / (root * (1.0 + root))
