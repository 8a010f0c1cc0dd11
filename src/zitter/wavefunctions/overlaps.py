"""Overlaps and position matrix elements of superpositions of packets, in closed form."""

from typing import Any, NamedTuple

import equinox as eqx
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


@eqx.filter_jit
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
    num_orbitals, num_packets, num_space = orbitals.packets.width.shape
    state = packet_state(orbitals.packets, t)
    flat = PacketState(*(field.reshape(-1, num_space) for field in state))
    overlap, x, x2 = _packet_matrices(flat, orbitals.hbar)
    c = jnp.zeros((num_orbitals, num_orbitals, num_packets), dtype=complex)
    index = jnp.arange(num_orbitals)
    c = c.at[index, index].set(orbitals.coefficients).reshape(num_orbitals, -1)
    full = jnp.prod(overlap, axis=0)
    others = _product_of_others(overlap)
    return OrbitalMatrices(_sandwich(c, full), _sandwich(c, others * x), _sandwich(c, others * x2))


@eqx.filter_jit
@jax.jit
def orbital_norms(orbitals: Superposition) -> Array:
    """Norms ⟨φ_k|φ_k⟩^½ of single or stacked orbitals, shape (..) of the stack [1]."""
    state = packet_state(orbitals.packets, 0.0)

    def squared(one: PacketState, c: Array) -> Array:
        overlap = jnp.prod(_packet_matrices(one, orbitals.hbar)[0], axis=0)
        return jnp.real(jnp.conj(c) @ overlap @ c)

    for _ in orbitals.coefficients.shape[:-1]:
        squared = jax.vmap(squared)
    return jnp.sqrt(squared(state, orbitals.coefficients))


def normalised(orbitals: Superposition) -> Superposition:
    """The same orbitals with unit norm each, single or stacked."""
    norms = orbital_norms(orbitals)
    return Superposition(orbitals.packets, orbitals.coefficients / norms[..., None])


def _product_of_others(overlap: Array) -> Array:
    # A quotient by the axis itself would be 0/0 where packets are far apart.
    num_space = overlap.shape[0]
    others = [[b for b in range(num_space) if b != a] for a in range(num_space)]
    return jnp.stack([jnp.prod(overlap[jnp.array(o, dtype=int)], axis=0) for o in others])


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
