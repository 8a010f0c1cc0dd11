"""Exact means and variances of positions: one particle, the centre of mass, and pairs.

With orthonormal orbitals, occupations n_k and x_kl = ⟨φ_k|x|φ_l⟩ per axis,
    Var(Σᵢ xᵢ) = Σ_k n_k [(x²)_kk - |x_kk|²] ± Σ_{k≠l} n_k n_l |x_kl|²   (+ bosons, - fermions),
and the last sum is absent for distinguishable particles. With the one-body variance σ² and the
pair correlation r, σ_cm² = (σ²/N) [1 + (N - 1) r].
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from zitter.core.checks import require_count, require_shape
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.orbitals import stack_orbitals
from zitter.wavefunctions.overlaps import OrbitalMatrices, normalised, orbital_matrices


class PositionMoments(NamedTuple):
    """Exact moments of the positions of N particles, one value for each axis, (D,)."""

    mean: np.ndarray
    """⟨x⟩ of one particle, averaged over the particles = ⟨x_cm⟩ [length]"""
    variance: np.ndarray
    """σ² of the one-body density, averaged over the particles [length^2]"""
    cm_variance: np.ndarray
    """σ_cm² = Var(x_cm) [length^2]"""
    width_ratio: np.ndarray
    """N σ_cm²/σ² [1]"""
    pair_correlation: np.ndarray
    """r = Cov(x₁, x₂)/σ² of a random pair; NaN for N = 1 [1]"""


def position_moments(psi: Any, t: float = 0.0) -> PositionMoments:
    """Exact one-body and centre-of-mass moments of a product, determinant or occupation state.

    Equation: (51)-(53); (51) as printed, σ_cm² <= σ²/N, holds only if r <= 0

    Args:
        psi: Product, Determinant, Permanent or OccupationState of packet orbitals; those of the
            last two must be orthogonal.
        t: time [time].

    Returns:
        PositionMoments.

    Raises:
        ValueError: orbitals that are not packets, or bosons whose orbitals are not orthogonal.
    """
    if not isinstance(psi.orbitals, Superposition):
        raise ValueError("`psi` must have orbitals that are a Superposition of packets.")
    if isinstance(psi, Product):
        return _product_moments(psi, t)
    matrices = orbital_matrices(normalised(psi.orbitals), t)
    ones = np.ones(len(matrices.overlap))
    if isinstance(psi, Determinant):
        return occupation_moments(_orthonormal(matrices), ones, fermions=True)
    return occupation_moments(matrices, getattr(psi, "occupations", ones))


def occupation_moments(
    matrices: OrbitalMatrices, occupations: Any, fermions: bool = False
) -> PositionMoments:
    """Exact moments of identical particles in orthonormal orbitals with occupation numbers.

    Equation: (51)-(53)

    Args:
        matrices: OrbitalMatrices of K orthonormal orbitals; of packets by `orbital_matrices`,
            or known in closed form (oscillator states).
        occupations: n_k, (K,), whole numbers; 0 or 1 for fermions.
        fermions: sign of the exchange term.

    Returns:
        PositionMoments.

    Raises:
        ValueError: orbitals that are not orthonormal, or occupations that do not fit.
    """
    n = np.asarray(occupations, dtype=float)
    overlap, x, x2 = (np.asarray(m) for m in matrices)
    require_shape("occupations", n, (len(overlap),), "(num_orbitals,)")
    if np.any(n < 0) or np.any(n != np.round(n)) or (fermions and np.any(n > 1)):
        raise ValueError(f"`occupations` must be whole numbers, 0 or 1 for fermions, but are {n}.")
    require_count("sum of occupations", int(n.sum()))
    error = np.max(np.abs(overlap - np.eye(len(n))))
    if error > 1e-8:
        raise ValueError(
            f"The orbitals must be orthonormal, but their overlaps are off by {error:.1e}."
        )
    total = n.sum()
    diagonal = np.real(np.diagonal(x, axis1=1, axis2=2))
    square = np.real(np.diagonal(x2, axis1=1, axis2=2)) @ n
    exchange = np.einsum("k,l,akl->a", n, n, np.abs(x) ** 2) - diagonal**2 @ n**2
    sum_variance = square - diagonal**2 @ n + (-1.0 if fermions else 1.0) * exchange
    return _moments(total, diagonal @ n / total, square / total, sum_variance)


def _product_moments(psi: Product, t: float) -> PositionMoments:
    unit = normalised(psi.orbitals)
    shape = unit.coefficients.shape
    singles = [unit] if len(shape) == 1 else [unit.orbital(k) for k in range(shape[0])]
    matrices = [orbital_matrices(stack_orbitals([one]), t) for one in singles]
    mean = np.real([np.asarray(m.position)[:, 0, 0] for m in matrices])
    square = np.real([np.asarray(m.position_squared)[:, 0, 0] for m in matrices])
    variance = psi.num_particles * np.mean(square - mean**2, axis=0)
    return _moments(psi.num_particles, mean.mean(axis=0), square.mean(axis=0), variance)


def _orthonormal(matrices: OrbitalMatrices) -> OrbitalMatrices:
    """The matrices in Löwdin's orthonormal orbitals χ = φ S^(-½)."""
    overlap, x, x2 = (np.asarray(m) for m in matrices)
    values, vectors = np.linalg.eigh(overlap)
    root = (vectors / np.sqrt(values)) @ np.conj(vectors).T
    fields = (np.eye(len(overlap)), root @ x @ root, root @ x2 @ root)
    return OrbitalMatrices(*(jnp.asarray(field) for field in fields))


def _moments(
    count: float, mean: np.ndarray, square: np.ndarray, sum_variance: np.ndarray
) -> PositionMoments:
    variance = square - mean**2
    cm_variance = sum_variance / count**2
    ratio = count * cm_variance / variance
    correlation = (ratio - 1.0) / (count - 1.0) if count > 1 else np.full_like(ratio, np.nan)
    return PositionMoments(mean, variance, cm_variance, ratio, correlation)
