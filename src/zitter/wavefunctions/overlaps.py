"""Overlaps and position matrix elements of superpositions of packets, in closed form."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from zitter.wavefunctions.gaussian import PacketState, Superposition, packet_state


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
    """
    num_orbitals, num_packets, num_space = orbitals.packets.width.shape
    state = packet_state(orbitals.packets, t)
    flat = PacketState(*(field.reshape(-1, num_space) for field in state))
    overlap, x, x2 = _packet_matrices(flat, orbitals.hbar)
    c = jnp.zeros((num_orbitals, num_orbitals, num_packets), dtype=complex)
    index = jnp.arange(num_orbitals)
    c = c.at[index, index].set(orbitals.coefficients).reshape(num_orbitals, -1)
    # Per axis: the moment along one axis times the overlaps along the others.
    full = jnp.prod(overlap, axis=0)
    ratio = full / overlap
    return OrbitalMatrices(_sandwich(c, full), _sandwich(c, ratio * x), _sandwich(c, ratio * x2))


def normalised(orbitals: Superposition) -> Superposition:
    """The same orbitals with unit norm each, (.., L, D) stacked or single."""
    stacked = orbitals.packets.width.ndim == 3
    batch = orbitals if stacked else _stack_one(orbitals)
    norm = jnp.sqrt(jnp.real(jnp.diagonal(orbital_matrices(batch).overlap)))
    coefficients = batch.coefficients / norm[:, None]
    return Superposition(orbitals.packets, coefficients if stacked else coefficients[0])


def _stack_one(orbital: Superposition) -> Superposition:
    return jax.tree_util.tree_map(lambda leaf: leaf[None] if leaf.ndim else leaf, orbital)


def _sandwich(c: Array, matrix: Array) -> Array:
    return jnp.einsum("ki,...ij,lj->...kl", jnp.conj(c), matrix, c)


def _packet_matrices(state: PacketState, hbar: Array) -> tuple[Array, Array, Array]:
    """⟨g_i|g_j⟩, ⟨g_i|x|g_j⟩, ⟨g_i|x²|g_j⟩ per axis, each (D, P, P)."""
    A, q, p, theta = (jnp.moveaxis(field, -1, 0) for field in state)
    row = (slice(None), slice(None), None)
    column = (slice(None), None, slice(None))
    # The origin of each pair is its midpoint, so that large distances do not cancel.
    middle = 0.5 * (q[row] + q[column])
    d_row, d_column = middle - q[row], middle - q[column]
    a = jnp.conj(A[row]) + A[column]
    b_row = -2.0 * A[row] * d_row + 1j * p[row] / hbar
    b_column = -2.0 * A[column] * d_column + 1j * p[column] / hbar
    c_row = theta[row] - A[row] * d_row**2 + 1j * p[row] * d_row / hbar
    c_column = theta[column] - A[column] * d_column**2 + 1j * p[column] * d_column / hbar
    b = jnp.conj(b_row) + b_column
    log_overlap = jnp.conj(c_row) + c_column + b**2 / (4.0 * a)
    overlap = jnp.exp(log_overlap) * jnp.sqrt(jnp.pi / a)
    mean = b / (2.0 * a)
    x = (middle + mean) * overlap
    x2 = ((middle + mean) ** 2 + 1.0 / (2.0 * a)) * overlap
    return overlap, x, x2
