"""Overlaps and position matrix elements of superpositions of packets, in closed form."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.wavefunctions.gaussian import (
    PacketState,
    Superposition,
    any_traced,
    on_host,
    packet_state,
)


class OrbitalMatrices(NamedTuple):
    """Matrix elements between K stacked orbitals; D = num_space."""

    overlap: Array
    """⟨φ_k|φ_l⟩, (K, K) [1]"""
    position: Array
    """⟨φ_k|x_a|φ_l⟩, (D, K, K) [length]"""
    position_squared: Array
    """⟨φ_k|x_a²|φ_l⟩, (D, K, K) [length^2]"""


def orbital_matrices(orbitals: Superposition, t: Any = 0.0) -> OrbitalMatrices:
    """Overlap, position and squared position matrices of K stacked orbitals at time t.

    Args:
        orbitals: Superposition with packets (K, L, D).
        t: time [time]; the matrices of x depend on it, the overlaps do not.

    Returns:
        OrbitalMatrices.

    Raises:
        ValueError: a single orbital instead of a stack.

    Validity: all packets move in the same potential.
    """
    if orbitals.packets.width.ndim != 3:
        raise ValueError(
            "`orbitals` must be stacked, packets (num_orbitals, num_packets, num_space), but have "
            f"shape {orbitals.packets.width.shape}; use stack_orbitals([orbital])."
        )
    if any_traced(orbitals, t):
        return _orbital_matrices(orbitals, t, jnp)
    with np.errstate(all="ignore"):
        return _orbital_matrices(on_host(orbitals), t, np)


def orbital_norms(orbitals: Superposition) -> Array:
    """Norms ⟨φ_k|φ_k⟩^½ of single or stacked orbitals, shape (..) of the stack [1]."""
    if any_traced(orbitals):
        return _orbital_norms(orbitals, jnp)
    with np.errstate(all="ignore"):
        return _orbital_norms(on_host(orbitals), np)


def normalised(orbitals: Superposition) -> Superposition:
    """The same orbitals with unit norm each, single or stacked."""
    norms = orbital_norms(orbitals)
    return Superposition(orbitals.packets, orbitals.coefficients / norms[..., None])


def _orbital_matrices(orbitals: Superposition, t: Any, xp: Any) -> OrbitalMatrices:
    """xp is jax.numpy or numpy; without tracers the latter: it compiles nothing for new shapes."""
    num_orbitals, _, num_space = orbitals.packets.width.shape
    state = packet_state(orbitals.packets, t)
    flat = PacketState(*(field.reshape(-1, num_space) for field in state))
    overlap, x, x2 = _packet_matrices(flat, orbitals.hbar, xp)
    # Row k holds the coefficients of orbital k in its own block of the packets of all.
    c = (np.eye(num_orbitals)[..., None] * orbitals.coefficients).reshape(num_orbitals, -1)
    full = xp.prod(overlap, axis=0)
    others = _product_of_others(overlap, xp)
    sandwiched = (_sandwich(c, matrix, xp) for matrix in (full, others * x, others * x2))
    return OrbitalMatrices(*sandwiched)


def _orbital_norms(orbitals: Superposition, xp: Any) -> Array:
    state = packet_state(orbitals.packets, 0.0)
    overlap = xp.prod(_packet_matrices(state, orbitals.hbar, xp)[0], axis=0)
    c = orbitals.coefficients
    return xp.sqrt(xp.real(xp.einsum("...i,...ij,...j->...", xp.conj(c), overlap, c)))


def _product_of_others(overlap: Array, xp: Any) -> Array:
    # A quotient by the axis itself would be 0/0 where packets are far apart.
    num_space = overlap.shape[0]
    others = [[b for b in range(num_space) if b != a] for a in range(num_space)]
    return xp.stack([xp.prod(overlap[np.array(o, dtype=int)], axis=0) for o in others])


def _sandwich(c: Array, matrix: Array, xp: Any) -> Array:
    return xp.conj(c) @ matrix @ c.T


def _packet_matrices(state: PacketState, hbar: Array, xp: Any) -> tuple[Array, Array, Array]:
    """⟨g_i|g_j⟩, ⟨g_i|x|g_j⟩, ⟨g_i|x²|g_j⟩ per axis, each (D, .., P, P)."""
    A, q, p, theta = (xp.moveaxis(field, -1, 0) for field in state)
    row, column = (..., slice(None), None), (..., None, slice(None))
    # The origin of each pair is its midpoint, so that large distances do not cancel.
    middle = 0.5 * (q[row] + q[column])
    d_row, d_column = middle - q[row], middle - q[column]
    a = xp.conj(A[row]) + A[column]
    b_row = -2.0 * A[row] * d_row + 1j * p[row] / hbar
    b_column = -2.0 * A[column] * d_column + 1j * p[column] / hbar
    c_row = theta[row] - A[row] * d_row**2 + 1j * p[row] * d_row / hbar
    c_column = theta[column] - A[column] * d_column**2 + 1j * p[column] * d_column / hbar
    b = xp.conj(b_row) + b_column
    log_overlap = xp.conj(c_row) + c_column + b**2 / (4.0 * a)
    overlap = xp.exp(log_overlap) * xp.sqrt(xp.pi / a)
    mean = b / (2.0 * a)
    x = (middle + mean) * overlap
    x2 = ((middle + mean) ** 2 + 1.0 / (2.0 * a)) * overlap
    return overlap, x, x2
