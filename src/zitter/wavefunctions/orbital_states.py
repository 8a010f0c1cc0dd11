"""States of N particles built on orbitals: what they hold, and batches that fit into memory."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from zitter.core.checks import require_count, require_shape
from zitter.wavefunctions.derivatives import Derivatives, LogPsi
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.orbitals import stack_orbitals

Orbitals = Superposition | Sequence[LogPsi]

# The largest number of complex entries that the jets of one chunk of configurations may hold.
CHUNK_ENTRIES = 20_000_000


class OrbitalState(eqx.Module):
    """Base of products, determinants, permanents and occupation states: orbitals and particles."""

    orbitals: Any
    log_norm: Array
    mass: Array
    hbar: Array
    num_particles: int = eqx.field(static=True)
    num_space: int = eqx.field(static=True)

    def _positions(self, q: Array) -> Array:
        return q.reshape(*q.shape[:-1], self.num_particles, self.num_space)

    def _batch(self, compute: Callable, Q: Array, t: Any, order: int) -> Derivatives:
        require_count("order", order, 1, 3)
        dof = self.num_particles * self.num_space
        require_shape("Q", Q, (None, dof), "(batch, num_particles * num_space)")
        return compute(self, jnp.asarray(Q, dtype=float), jnp.asarray(t, dtype=float), order)


def as_orbitals(orbitals: Orbitals | LogPsi) -> tuple[Superposition | tuple, int]:
    """Stacked Superposition, or tuple of LogPsi, and how many orbitals it holds."""
    if isinstance(orbitals, Superposition):
        stack = orbitals.coefficients.shape[:-1]
        if len(stack) > 1:
            require_shape("orbitals.coefficients", orbitals.coefficients, (None, None))
        return orbitals, stack[0] if stack else 1
    if not isinstance(orbitals, Sequence):
        return (orbitals,), 1
    if orbitals and all(isinstance(phi, Superposition) for phi in orbitals):
        return stack_orbitals(cast("Sequence[Superposition]", orbitals)), len(orbitals)
    require_count("len(orbitals)", len(orbitals))
    return tuple(orbitals), len(orbitals)


def orbital_facts(
    orbitals: Any, num_space: int, mass: float, hbar: float
) -> tuple[int, Array, Array]:
    """D, mass and ħ: those of the packets, or those given for a user's LogPsi."""
    if isinstance(orbitals, Superposition):
        return orbitals.num_space, orbitals.mass, orbitals.hbar
    require_count("num_space", num_space, 1, 3)
    return num_space, jnp.asarray(mass, dtype=float), jnp.asarray(hbar, dtype=float)


def in_chunks(one_batch: Callable, Q: Array, entries: int) -> Derivatives:
    """`one_batch(Q)` in chunks, so that memory does not grow with the number of configurations."""
    chunk = max(1, CHUNK_ENTRIES // entries)
    if Q.shape[0] <= chunk:
        return one_batch(Q)
    return jax.lax.map(
        lambda q: jax.tree_util.tree_map(lambda leaf: leaf[0], one_batch(q[None])),
        Q,
        batch_size=chunk,
    )


def num_packets(orbitals: Any) -> int:
    """Packets of each orbital; 1 for a user's LogPsi."""
    return orbitals.coefficients.shape[-1] if isinstance(orbitals, Superposition) else 1
