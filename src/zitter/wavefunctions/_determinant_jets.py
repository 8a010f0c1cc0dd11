"""Derivatives of ln det φ_k(x_j) from the jets of the orbitals, in O(N³)."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp

from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.orbitals import OrbitalJets

_SMALL_PIVOT = 1e-8
_UNEVEN = 0.1
_MAX_ROUNDS = 3000


def scaled_factors(jets: OrbitalJets) -> tuple[Array, Array]:
    """Factors e^(L_jk - r_j - c_k) that balance the matrix, and Σ(r_j + c_k).

    Scales by the maxima of rows and columns do for typical configurations. Where they leave a
    pivot near round-off, Sinkhorn's iteration goes on from them, towards unit row and column sums.
    """
    log_scale = jax.lax.stop_gradient(jets.log_scale)
    row = jnp.max(log_scale, axis=2, keepdims=True)
    scaled = log_scale - row
    scaled = scaled - jnp.max(scaled, axis=1, keepdims=True)
    matrix = jnp.exp(scaled) * jax.lax.stop_gradient(jets.value)
    pivots = jnp.abs(jnp.diagonal(jax.lax.linalg.lu(matrix)[0], axis1=1, axis2=2))
    doubtful = ~(jnp.min(pivots, axis=1) > _SMALL_PIVOT * jnp.max(pivots, axis=1))
    shifts = log_scale - _balanced(scaled, doubtful)
    return jnp.exp(jets.log_scale - shifts), jnp.trace(shifts, axis1=1, axis2=2)


def _balanced(scaled: Array, doubtful: Array) -> Array:
    """Sinkhorn's iteration on the logarithms of entries, until all doubtful lanes are balanced."""

    def unbalanced(state: tuple) -> Array:
        entries, count = state
        sums = logsumexp(entries, axis=2)
        uneven = jnp.max(jnp.abs(sums), axis=1) > _UNEVEN
        return (count < _MAX_ROUNDS) & jnp.any(doubtful & ((count == 0) | uneven))

    def once(state: tuple) -> tuple:
        entries, count = state
        entries = entries - logsumexp(entries, axis=2, keepdims=True)
        return entries - logsumexp(entries, axis=1, keepdims=True), count + 1

    return jax.lax.while_loop(unbalanced, once, (scaled, 0))[0]


def determinant_derivatives(jets: OrbitalJets, shape: tuple, log_norm: Array) -> Derivatives:
    """Derivatives of ln det φ_k(x_j) + log_norm to the order of the jets; `shape` (batch, dof)."""
    factor, shift = scaled_factors(jets)
    matrix = factor * jets.value
    log_determinant, inverse = _factorised(matrix)
    log_psi = log_determinant + shift + log_norm
    transposed = jnp.swapaxes(inverse, 1, 2)
    condition = _norm(matrix) * _norm(inverse)
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
    return _third_along_cm(result, jets, factor, inverse)


def _third_along_cm(
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


def _factorised(matrix: Array) -> tuple[Array, Array]:
    """ln det and the inverse from one LU factorisation."""
    factors, pivots, permutation = jax.lax.linalg.lu(matrix)
    pivot_rows = jnp.arange(matrix.shape[-1])
    swaps = jnp.sum(pivots != pivot_rows, axis=1)
    logs = jnp.log(jnp.diagonal(factors, axis1=1, axis2=2))
    log_determinant = jnp.sum(logs, axis=1) + 1j * jnp.pi * (swaps % 2)
    permuted = (permutation[:, :, None] == pivot_rows).astype(matrix.dtype)
    solve = partial(jax.lax.linalg.triangular_solve, factors, left_side=True)
    return log_determinant, solve(solve(permuted, lower=True, unit_diagonal=True))


def _norm(matrix: Array) -> Array:
    """The largest column sum of absolute values."""
    return jnp.max(jnp.sum(jnp.abs(matrix), axis=1), axis=1)


def _diagonal(matrix: Array) -> Array:
    return jnp.diagonal(matrix, axis1=1, axis2=2)


def _product_diagonal(left: Array, right: Array) -> Array:
    """(L R)_ii in O(N²)."""
    return jnp.einsum("bij,bji->bi", left, right)


def _stacked(rows: list[list[Array]]) -> Array:
    return jnp.stack([jnp.stack(row) for row in rows])
