"""Derivatives of ln det φ_k(x_j) from the jets of the orbitals, in O(N³)."""

import jax
import jax.numpy as jnp
from jax import Array

from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.orbitals import OrbitalJets


def scaled_factors(jets: OrbitalJets) -> tuple[Array, Array]:
    """Factors e^(L_jk - r_j - c_k) <= 1 with a 1 in each row and column, and Σ(r_j + c_k)."""
    log_scale = jax.lax.stop_gradient(jets.log_scale)
    row = jnp.max(log_scale, axis=2, keepdims=True)
    column = jnp.max(log_scale - row, axis=1, keepdims=True)
    shift = jnp.sum(row, axis=(1, 2)) + jnp.sum(column, axis=(1, 2))
    return jnp.exp(jets.log_scale - row - column), shift


def determinant_derivatives(jets: OrbitalJets, shape: tuple, log_norm: Array) -> Derivatives:
    """Derivatives of ln det φ_k(x_j) + log_norm to the order of the jets; `shape` (batch, dof)."""
    factor, shift = scaled_factors(jets)
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


def _diagonal(matrix: Array) -> Array:
    return jnp.diagonal(matrix, axis1=1, axis2=2)


def _product_diagonal(left: Array, right: Array) -> Array:
    """(L R)_ii in O(N²)."""
    return jnp.einsum("bij,bji->bi", left, right)


def _stacked(rows: list[list[Array]]) -> Array:
    return jnp.stack([jnp.stack(row) for row in rows])
