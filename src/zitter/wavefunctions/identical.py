"""N particles in N orbitals: products and determinants, with derivatives in closed form.

Both are normalised to 1: the norms of the orbitals (product) or the determinant of their
overlap matrix (determinant) are divided out once. With Φ^(r)_jk the r-th derivatives of φ_k at x_j,
M = Φ⁻¹, B^a = Φ^(a) M, K^ab = Φ^(ab) M and T^ab = Φ^(abb) M, the determinant has
    ∂_{i,a} ln ψ = B^a_ii,   ∂²_{i,a} ln ψ = K^aa_ii - (B^a_ii)²,
    and along the centre of mass ∂_b B^a = K^ab - B^a B^b, ∂_b K^aa = T^ba - K^aa B^b.
"""

from collections.abc import Callable, Sequence
from math import lgamma
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_count, require_finite, require_shape
from zitter.wavefunctions.derivatives import Derivatives, LogPsi
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.orbitals import (
    OrbitalJets,
    orbital_jets,
    own_log_jets,
    stack_orbitals,
)
from zitter.wavefunctions.overlaps import orbital_matrices, orbital_norms

Orbitals = Superposition | Sequence[LogPsi]

# The largest number of complex entries that the jets of one chunk of configurations may hold.
_CHUNK_ENTRIES = 20_000_000


class _OrbitalState(eqx.Module):
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


class Product(_OrbitalState):
    """Distinguishable particles, or a condensate: ψ = Π_j φ_j(x_j, t), a LogPsi.

    Args:
        orbitals: stacked Superposition, packets (N, L, D), or a sequence of N LogPsi of one
            particle; one orbital (packets (L, D), or a single LogPsi) with num_particles: all
            particles in it. Superpositions are normalised; a user's LogPsi is taken as it is.
        num_particles: N where one orbital is given for all.
        num_space, mass, hbar: D [1], [mass], [mass*length^2/time] for a user's LogPsi; packets
            carry their own.

    Raises:
        ValueError: num_particles does not fit the orbitals.
    """

    def __init__(
        self,
        orbitals: Orbitals | LogPsi,
        num_particles: int | None = None,
        *,
        num_space: int = 1,
        mass: float = 1.0,
        hbar: float = 1.0,
    ):
        self.orbitals, count = _as_orbitals(orbitals)
        self.num_space, self.mass, self.hbar = _facts(self.orbitals, num_space, mass, hbar)
        self.num_particles = count if num_particles is None else num_particles
        require_count("num_particles", self.num_particles)
        if count not in (1, self.num_particles):
            raise ValueError(
                f"`num_particles` is {num_particles}, but there are {count} orbitals: give one "
                "orbital for each particle, or one for all."
            )
        self.log_norm = _product_log_norm(self.orbitals, self.num_particles)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ of one configuration q (dof,)."""
        X = self._positions(q)
        if isinstance(self.orbitals, Superposition):
            return jnp.sum(self.orbitals(X[:, None, :], t)) + self.log_norm
        if len(self.orbitals) == 1:
            phi = self.orbitals[0]
            return jnp.sum(jax.vmap(lambda x: phi(x, t))(X)) + self.log_norm
        terms = [phi(X[j], t) for j, phi in enumerate(self.orbitals)]
        return jnp.sum(jnp.stack(terms)) + self.log_norm

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof); nothing cancels, so no condition figure."""
        return self._batch(_product_derivatives, Q, t, order)


class Determinant(_OrbitalState):
    """Fermions: ψ = det φ_k(x_j, t) / √(N! det⟨φ_k|φ_l⟩), a LogPsi antisymmetric in the particles.

    Args:
        orbitals: stacked Superposition, packets (N, L, D), or a sequence of N LogPsi of one
            particle. They need not be orthogonal.
        overlap: ⟨φ_k|φ_l⟩ (N, N) of a user's orbitals; orthonormal if None. Packets know theirs.
        num_space, mass, hbar: as in `Product`.

    Raises:
        ValueError: orbitals that are linearly dependent to round-off.

    Validity: where two particles meet, or where every term of the determinant underflows,
        ln ψ = -inf with condition inf, and the derivatives there are NaN.
    """

    def __init__(
        self,
        orbitals: Orbitals,
        *,
        overlap: Array | None = None,
        num_space: int = 1,
        mass: float = 1.0,
        hbar: float = 1.0,
    ):
        self.orbitals, self.num_particles = _as_orbitals(orbitals)
        if isinstance(self.orbitals, Superposition) and self.orbitals.coefficients.ndim == 1:
            raise ValueError(
                "`orbitals` must be stacked, packets (num_particles, num_packets, num_space), "
                "but is a single orbital."
            )
        self.num_space, self.mass, self.hbar = _facts(self.orbitals, num_space, mass, hbar)
        if isinstance(self.orbitals, Superposition):
            overlap = orbital_matrices(self.orbitals).overlap
        self.log_norm = _determinant_log_norm(overlap, self.num_particles)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ of one configuration q (dof,)."""
        jets = orbital_jets(self.orbitals, self._positions(q)[None], t, 1)
        matrix, shift = _scaled(jets)
        sign, log_abs = jnp.linalg.slogdet((matrix * jets.value)[0])
        return jnp.log(sign) + log_abs + shift[0] + self.log_norm

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof), O(N³) for each configuration.

        The condition figure is Σ_jk |Φ_jk M_kj| / N: 1 where one product dominates, large where
        the determinant cancels.
        """
        return self._batch(_determinant_derivatives, Q, t, order)


def _as_orbitals(orbitals: Orbitals | LogPsi) -> tuple[Superposition | tuple, int]:
    if isinstance(orbitals, Superposition):
        stack = orbitals.coefficients.shape[:-1]
        if len(stack) > 1:
            require_shape("orbitals.coefficients", orbitals.coefficients, (None, None))
        return orbitals, stack[0] if stack else 1
    if not isinstance(orbitals, Sequence):
        return (orbitals,), 1
    if orbitals and all(isinstance(phi, Superposition) for phi in orbitals):
        return stack_orbitals(orbitals), len(orbitals)
    require_count("len(orbitals)", len(orbitals))
    return tuple(orbitals), len(orbitals)


def _facts(orbitals: Any, num_space: int, mass: float, hbar: float) -> tuple[int, Array, Array]:
    if isinstance(orbitals, Superposition):
        return orbitals.num_space, orbitals.mass, orbitals.hbar
    require_count("num_space", num_space, 1, 3)
    return num_space, jnp.asarray(mass, dtype=float), jnp.asarray(hbar, dtype=float)


def _product_log_norm(orbitals: Any, num_particles: int) -> Array:
    if not isinstance(orbitals, Superposition):
        return jnp.zeros(())
    norms = jnp.ravel(orbital_norms(orbitals))
    return -jnp.log(norms).sum() * (num_particles // norms.shape[0])


def _determinant_log_norm(overlap: Array | None, num_particles: int) -> Array:
    if overlap is None:
        return jnp.asarray(-0.5 * lgamma(num_particles + 1.0))
    require_shape("overlap", overlap, (num_particles, num_particles))
    if not isinstance(overlap, jax.core.Tracer):
        _require_independent(np.asarray(overlap))
    return -0.5 * (lgamma(num_particles + 1.0) + _log_gram(jnp.asarray(overlap, dtype=complex)))


@jax.jit
def _log_gram(overlap: Array) -> Array:
    diagonal = jnp.real(jnp.diagonal(overlap))
    scale = jnp.sqrt(diagonal)
    correlation = overlap / scale[:, None] / scale[None, :]
    return jnp.linalg.slogdet(correlation)[1] + jnp.sum(jnp.log(diagonal))


def _require_independent(overlap: np.ndarray) -> None:
    require_finite("overlap", overlap)
    scale = np.sqrt(np.diagonal(overlap).real)
    lowest = float(np.linalg.eigvalsh(overlap / scale[:, None] / scale[None, :])[0])
    if lowest < len(overlap) * np.finfo(float).eps:
        raise ValueError(
            f"`orbitals` are linearly dependent: the lowest eigenvalue of their normalised "
            f"overlap matrix is {lowest:.1e}. A determinant of them vanishes."
        )


def _in_chunks(one_batch: Callable, Q: Array, entries: int) -> Derivatives:
    """`one_batch(Q)` in chunks, so that memory does not grow with the number of configurations."""
    chunk = max(1, _CHUNK_ENTRIES // entries)
    if Q.shape[0] <= chunk:
        return one_batch(Q)
    return jax.lax.map(
        lambda q: jax.tree_util.tree_map(lambda leaf: leaf[0], one_batch(q[None])),
        Q,
        batch_size=chunk,
    )


def _num_packets(orbitals: Any) -> int:
    return orbitals.coefficients.shape[-1] if isinstance(orbitals, Superposition) else 1


@eqx.filter_jit
def _product_derivatives(psi: Product, Q: Array, t: Array, order: int) -> Derivatives:
    def one_batch(Q: Array) -> Derivatives:
        log_phi, gradient, hessian, third = own_log_jets(psi.orbitals, psi._positions(Q), t, order)
        result = Derivatives(jnp.sum(log_phi, axis=1) + psi.log_norm, gradient.reshape(Q.shape))
        if hessian is None:
            return result
        second = jnp.diagonal(hessian, axis1=2, axis2=3)
        result = result._replace(second=second.reshape(Q.shape))
        if third is None:
            return result
        return result._replace(
            cm_gradient=_by_axis(hessian), cm_second=_by_axis(third), cm_third=jnp.sum(third, 1)
        )

    entries = psi.num_particles * _num_packets(psi.orbitals) * psi.num_space**2
    return _in_chunks(one_batch, Q, entries)


def _by_axis(field: Array) -> Array:
    """(batch, N, b, a) to (batch, b, N a)."""
    batch, _, num_space, _ = field.shape
    return jnp.moveaxis(field, 2, 1).reshape(batch, num_space, -1)


@eqx.filter_jit
def _determinant_derivatives(psi: Determinant, Q: Array, t: Array, order: int) -> Derivatives:
    def one_batch(Q: Array) -> Derivatives:
        jets = orbital_jets(psi.orbitals, psi._positions(Q), t, order)
        return _determinant_batch(jets, Q.shape, psi.log_norm)

    entries = psi.num_particles**2 * max(_num_packets(psi.orbitals), psi.num_space)
    return _in_chunks(one_batch, Q, entries * psi.num_space)


def _scaled(jets: OrbitalJets) -> tuple[Array, Array]:
    """Factors e^(L_jk - r_j - c_k) <= 1 with a 1 in each row and column, and Σ(r_j + c_k)."""
    log_scale = jax.lax.stop_gradient(jets.log_scale)
    row = jnp.max(log_scale, axis=2, keepdims=True)
    column = jnp.max(log_scale - row, axis=1, keepdims=True)
    shift = jnp.sum(row, axis=(1, 2)) + jnp.sum(column, axis=(1, 2))
    return jnp.exp(jets.log_scale - row - column), shift


def _determinant_batch(jets: OrbitalJets, shape: tuple, log_norm: Array) -> Derivatives:
    factor, shift = _scaled(jets)
    matrix = factor * jets.value
    sign, log_abs = jnp.linalg.slogdet(matrix)
    log_psi = jnp.log(sign) + log_abs + shift + log_norm
    inverse = jnp.linalg.inv(matrix)
    transposed = jnp.swapaxes(inverse, 1, 2)
    condition = jnp.sum(jnp.abs(matrix * transposed), axis=(1, 2)) / matrix.shape[1]
    condition = jnp.where(jnp.isfinite(condition), condition, jnp.inf)
    weights = factor * transposed
    slopes = jnp.einsum("bik,bika->bia", weights, jets.first)
    result = Derivatives(log_psi, slopes.reshape(shape), condition=condition)
    if jets.second is None:
        return result
    pure = jnp.einsum("bik,bikaa->bia", weights, jets.second)
    result = result._replace(second=(pure - slopes**2).reshape(shape))
    if jets.third is None:
        return result
    return _determinant_third(result, jets, factor, inverse)


def _determinant_third(
    result: Derivatives, jets: OrbitalJets, factor: Array, inverse: Array
) -> Derivatives:
    B = jnp.einsum("bik,bika,bkj->abij", factor, jets.first, inverse)
    K = jnp.einsum("bik,bikac,bkj->acbij", factor, jets.second, inverse)
    T = jnp.einsum("bik,bikac,bki->acbi", factor, jets.third, inverse)
    num_space, batch, num_particles = B.shape[:3]
    axes = range(num_space)
    slope = jnp.diagonal(B, axis1=2, axis2=3)
    cm_gradient = [[_diagonal(K[a, b]) - _product_diagonal(B[a], B[b]) for a in axes] for b in axes]
    cm_second = [
        [
            T[b, a] - _product_diagonal(K[a, a], B[b]) - 2.0 * slope[a] * cm_gradient[b][a]
            for a in axes
        ]
        for b in axes
    ]
    square = [B[b] @ B[b] for b in axes]
    cm_third = [
        [
            jnp.sum(T[a, b] - _product_diagonal(K[b, b], B[a]), axis=1)
            + jnp.sum(
                2.0 * (_product_diagonal(square[b], B[a]) - _product_diagonal(K[a, b], B[b])), 1
            )
            for b in axes
        ]
        for a in axes
    ]
    shape = (batch, num_space, num_particles * num_space)
    return result._replace(
        cm_gradient=_stacked(cm_gradient).transpose(2, 0, 3, 1).reshape(shape),
        cm_second=_stacked(cm_second).transpose(2, 0, 3, 1).reshape(shape),
        cm_third=_stacked(cm_third).transpose(2, 0, 1),
    )


def _diagonal(matrix: Array) -> Array:
    return jnp.diagonal(matrix, axis1=1, axis2=2)


def _product_diagonal(left: Array, right: Array) -> Array:
    """(L R)_ii in O(N²)."""
    return jnp.einsum("bij,bji->bi", left, right)


def _stacked(rows: list[list[Array]]) -> Array:
    return jnp.stack([jnp.stack(row) for row in rows])
