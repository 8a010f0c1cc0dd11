"""∇ ln ψ of determinants and permanents of packet orbitals, compiled for single paths."""

import math

import numpy as np
from numba import njit

from zitter.trajectories._packet_velocity import COMPILE, NODE, fill_states, orbital_value
from zitter.wavefunctions._subset_recursion import LOW, permanent_sweeps


def new_matrices(num_particles: int, num_space: int) -> tuple:
    """Scratch: Φ, ∇Φ, scales, Φ⁻¹ or the minors of Φ, and the gradient of one orbital."""
    square = (num_particles, num_particles)
    size = max(num_particles, LOW)
    entries = np.zeros((1, 1, size, size), dtype=complex)
    entries[0, 0] = np.eye(size)
    return (
        entries,
        np.empty((*square, num_space), dtype=complex),
        np.empty(square),
        np.empty((1, 1, size, size), dtype=complex),
        np.empty(num_particles * num_space, dtype=complex),
    )


@njit(**COMPILE)
def fill_matrices(t, x, packets, states, values, slopes, scales, gradient):
    """Φ_jk = φ_k(x_j) and ∇Φ up to factors of rows and columns; False where x is out of reach."""
    num, num_space = values.shape[0], slopes.shape[2]
    for k in range(num):
        fill_states(k, t, packets, states)
        for j in range(num):
            first = j * num_space
            values[j, k], scales[j, k], _ = orbital_value(k, x, first, states, gradient)
            if not math.isfinite(scales[j, k]):
                return False
            for a in range(num_space):
                slopes[j, k, a] = gradient[first + a]
    _remove_scales(scales)
    for j in range(num):
        for k in range(num):
            factor = math.exp(scales[j, k])
            values[j, k] *= factor
            for a in range(num_space):
                slopes[j, k, a] *= factor
    return True


@njit(**COMPILE)
def _remove_scales(scales):
    # One factor per row and one per column drop out of ∇ ln ψ and keep all entries below 1.
    num = scales.shape[0]
    for j in range(num):
        largest = scales[j, 0]
        for k in range(num):
            largest = max(largest, scales[j, k])
        for k in range(num):
            scales[j, k] -= largest
    for k in range(num):
        largest = scales[0, k]
        for j in range(num):
            largest = max(largest, scales[j, k])
        for j in range(num):
            scales[j, k] -= largest


@njit(**COMPILE)
def determinant_gradient(t, x, packets, states, matrices, gradient):
    """∇ ln det Φ: row j of ∇Φ times column j of Φ⁻¹; False where Φ is singular."""
    entries, slopes, scales, cofactors, scratch = matrices
    num = slopes.shape[0]
    values, inverse = entries[0, 0, :num, :num], cofactors[0, 0, :num, :num]
    if not fill_matrices(t, x, packets, states, values, slopes, scales, scratch):
        return False
    if not _invert(values, inverse):
        return False
    for j in range(num):
        for a in range(slopes.shape[2]):
            total = 0.0j
            for k in range(num):
                total += slopes[j, k, a] * inverse[k, j]
            gradient[j * slopes.shape[2] + a] = total
    return True


@njit(**COMPILE)
def permanent_gradient(t, x, packets, states, matrices, gradient):
    """∇ ln perm Φ: row j of ∇Φ times the minors of row j, by perm Φ; False at a node."""
    entries, slopes, scales, minors, scratch = matrices
    num = slopes.shape[0]
    if not fill_matrices(t, x, packets, states, entries[0, 0, :num, :num], slopes, scales, scratch):
        return False
    value, magnitude = np.empty((1, 1), dtype=np.complex128), np.empty(1)
    permanent_sweeps(entries, value, minors, magnitude, (0,))
    if not abs(value[0, 0]) > NODE * magnitude[0]:
        return False
    inverse = 1.0 / value[0, 0]
    for j in range(num):
        for a in range(slopes.shape[2]):
            total = 0.0j
            for k in range(num):
                total += slopes[j, k, a] * minors[0, 0, j, k]
            gradient[j * slopes.shape[2] + a] = total * inverse
    return True


@njit(**COMPILE)
def _pivot(matrix, i):
    best, row = -1.0, i
    for j in range(i, matrix.shape[0]):
        size = matrix[j, i].real ** 2 + matrix[j, i].imag ** 2
        if size > best:
            best, row = size, j
    return best, row


@njit(**COMPILE)
def _invert(matrix, inverse):
    """Gauss-Jordan with row pivots; destroys `matrix`; False where it is singular."""
    num = matrix.shape[0]
    for i in range(num):
        for k in range(num):
            inverse[i, k] = 1.0 if i == k else 0.0
    for i in range(num):
        best, row = _pivot(matrix, i)
        if not best > (num * NODE) ** 2:
            return False
        if row != i:
            for k in range(num):
                matrix[i, k], matrix[row, k] = matrix[row, k], matrix[i, k]
                inverse[i, k], inverse[row, k] = inverse[row, k], inverse[i, k]
        factor = 1.0 / matrix[i, i]
        for k in range(num):
            matrix[i, k] *= factor
            inverse[i, k] *= factor
        for j in range(num):
            factor = matrix[j, i]
            if j != i:
                for k in range(num):
                    matrix[j, k] -= factor * matrix[i, k]
                    inverse[j, k] -= factor * inverse[i, k]
    return True
