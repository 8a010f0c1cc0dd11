"""Exact draws of correlated states in a trap of unit frequency, and their widths in closed form.

ħ = m = ω = 1. Bosons in the two lowest orbitals are drawn particle by particle, from the one-body
density of the particles that are left; the Fermi sea has the law of the eigenvalues of a random
Hermitian matrix (GUE); particles bound by springs are normal in (x_cm, y).
"""

import numpy as np

from zitter.claims.section2.two_mode_bosons import (
    draw_two_modes,
    oscillator_values,
    propose_oscillator,
)
from zitter.wavefunctions.overlaps import OrbitalMatrices
from zitter.wavefunctions.statistics_of_position import occupation_moments


def draw_bosons(num_particles: int, num_runs: int, rng: np.random.Generator) -> np.ndarray:
    """N/2 bosons in each of the oscillator orbitals 0 and 1, positions (num_runs, N)."""
    return draw_two_modes(oscillator_values, propose_oscillator, num_particles, num_runs, rng)


def draw_fermi_sea(num_particles: int, num_runs: int, rng: np.random.Generator) -> np.ndarray:
    """N fermions in the oscillator orbitals 0 .. N - 1, positions (num_runs, N) in rising order."""
    shape = (num_runs, num_particles, num_particles)
    half = rng.normal(0.0, 0.5, shape) + 1j * rng.normal(0.0, 0.5, shape)
    return np.linalg.eigvalsh(0.5**0.5 * (half + np.conj(np.swapaxes(half, 1, 2))))


def draw_bound_body(
    num_particles: int,
    num_runs: int,
    rng: np.random.Generator,
    coupling: float = 1.0,
    excited: bool = False,
) -> np.ndarray:
    """N particles with springs between all pairs, in the trap, positions (num_runs, N).

    Equation: E9 of the exact solutions: σ_cm² = 1/2N, σ_y² = 1/2Ω with Ω² = 1 + Nκ

    Args:
        num_particles, num_runs, rng: as the others.
        coupling: κ [mass/time^2].
        excited: centre of mass in its first excited state, all else in the ground state.
    """
    width = 1.0 / np.sqrt(2.0 * num_particles)
    x_cm = rng.normal(0.0, width, num_runs)
    if excited:
        x_cm = width * np.sqrt(rng.chisquare(3, num_runs)) * rng.choice([-1.0, 1.0], num_runs)
    return rigid_cloud(x_cm, bound_width(num_particles, coupling), num_particles, rng)


def bound_width(num_particles: int, coupling: float, stiffness: float = 1.0) -> float:
    """σ_y = 1/√(2Ω) of each relative coordinate, Ω² = k + Nκ."""
    return float((4.0 * (stiffness + num_particles * coupling)) ** -0.25)


def rigid_cloud(
    x_cm: np.ndarray, relative_width: float, num_particles: int, rng: np.random.Generator
) -> np.ndarray:
    """Positions (num_runs, N) with the given x_cm (num_runs,) and independent normal y_j."""
    deviations = rng.normal(0.0, relative_width, (x_cm.size, num_particles))
    return x_cm[:, None] + deviations - deviations.mean(axis=1, keepdims=True)


def oscillator_ratio(num_particles: int, fermions: bool) -> float:
    """N σ_cm²/σ² from matrix elements: the Fermi sea, or N/2 bosons in each of orbitals 0 and 1."""
    num_orbitals = num_particles if fermions else 2
    occupations = np.full(num_orbitals, 1 if fermions else num_particles // 2)
    ladder = np.diag(np.sqrt(np.arange(1.0, num_orbitals + 1)), 1)
    position = (ladder + ladder.T) * np.sqrt(0.5)
    keep = slice(num_orbitals)
    matrices = OrbitalMatrices(
        np.eye(num_orbitals), position[None, keep, keep], (position @ position)[None, keep, keep]
    )
    # The square misses the orbital above the last one: ⟨n|x²|n⟩ = n + 1/2.
    matrices.position_squared[0][np.diag_indices(num_orbitals)] = np.arange(num_orbitals) + 0.5
    return float(occupation_moments(matrices, occupations, fermions).width_ratio[0])


def bound_ratio(num_particles: int, coupling: float) -> float:
    """N σ_cm²/σ² of the bound ground state, NΩ/(Ω + N - 1)."""
    frequency = np.sqrt(1.0 + num_particles * coupling)
    return float(num_particles * frequency / (frequency + num_particles - 1.0))
