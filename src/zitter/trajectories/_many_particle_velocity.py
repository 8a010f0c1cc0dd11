"""∇ ln ψ of determinants and permanents of packet orbitals, compiled for single paths."""

import math

import numpy as np
from numba import njit

from zitter.trajectories._packet_velocity import COMPILE, NODE, fill_states, orbital_value
from zitter.wavefunctions._subset_recursion import LOW, permanent_sweeps


def new_matrices(num_particles: int, num_space: int) -> np.ndarray:
    """Scratch (3 + D, N', N'): Φ, then Φ⁻¹ or the minors of Φ, the scales, ∇Φ for each axis."""
    size = max(num_particles, LOW)
    matrices = np.zeros((3 + num_space, size, size), dtype=complex)
    matrices[0] = np.eye(size)
    return matrices


@njit(**COMPILE)
def _fill_matrices(t, x, packets, states, matrices, gradient):
    """Φ_jk = φ_k(x_j) and ∇Φ up to factors of rows and columns; False where x is out of reach."""
    num, num_space = packets.shape[0], matrices.shape[0] - 3
    values, scales, slopes = matrices[0], matrices[2], matrices[3:]
    for k in range(num):
        fill_states(k, t, packets, states)
        for j in range(num):
            first = j * num_space
            values[j, k], scale = orbital_value(k, x, first, states, gradient)
            if not math.isfinite(scale):
                return False
            scales[j, k] = scale
            for a in range(num_space):
                slopes[a, j, k] = gradient[first + a]
    _remove_scales(num, scales)
    for j in range(num):
        for k in range(num):
            factor = math.exp(scales[j, k].real)
            values[j, k] *= factor
            for a in range(num_space):
                slopes[a, j, k] *= factor
    return True


@njit(**COMPILE)
def _remove_scales(num, scales):
    # One factor per row and one per column drop out of ∇ ln ψ and keep all entries below 1.
    for j in range(num):
        largest = scales[j, 0].real
        for k in range(num):
            largest = max(largest, scales[j, k].real)
        for k in range(num):
            scales[j, k] -= largest
    for k in range(num):
        largest = scales[0, k].real
        for j in range(num):
            largest = max(largest, scales[j, k].real)
        for j in range(num):
            scales[j, k] -= largest


@njit(**COMPILE)
def determinant_gradient(t, x, packets, states, matrices, gradient):
    """∇ ln det Φ: row j of ∇Φ times column j of Φ⁻¹; False where Φ is singular."""
    num, num_space = packets.shape[0], matrices.shape[0] - 3
    if not _fill_matrices(t, x, packets, states, matrices, gradient):
        return False
    inverse, slopes = matrices[1], matrices[3:]
    if not _invert(num, matrices[0], inverse):
        return False
    for j in range(num):
        for a in range(num_space):
            total = 0.0j
            for k in range(num):
                total += slopes[a, j, k] * inverse[k, j]
            gradient[j * num_space + a] = total
    return True


@njit(**COMPILE)
def permanent_gradient(t, x, packets, states, matrices, gradient):
    """∇ ln perm Φ: row j of ∇Φ times the minors of row j, by perm Φ; False at a node."""
    num, size, num_space = packets.shape[0], matrices.shape[1], matrices.shape[0] - 3
    if not _fill_matrices(t, x, packets, states, matrices, gradient):
        return False
    value, magnitude = np.empty((1, 1), dtype=np.complex128), np.empty(1)
    minors, slopes = matrices[1], matrices[3:]
    permanent_sweeps(
        matrices[0].reshape((1, 1, size, size)), value, minors.reshape((1, 1, size, size)),
        magnitude, (0,),
    )  # fmt: skip
    if not abs(value[0, 0]) > NODE * magnitude[0]:
        return False
    inverse = 1.0 / value[0, 0]
    for j in range(num):
        for a in range(num_space):
            total = 0.0j
            for k in range(num):
                total += slopes[a, j, k] * minors[j, k]
            gradient[j * num_space + a] = total * inverse
    return True


@njit(**COMPILE)
def _pivot(num, matrix, i):
    best, row = -1.0, i
    for j in range(i, num):
        size = matrix[j, i].real ** 2 + matrix[j, i].imag ** 2
        if size > best:
            best, row = size, j
    return best, row


@njit(**COMPILE)
def _invert(num, matrix, inverse):
    """Gauss-Jordan with row pivots; destroys `matrix`; False where it is singular."""
    for i in range(num):
        for k in range(num):
            inverse[i, k] = 1.0 if i == k else 0.0
    for i in range(num):
        best, row = _pivot(num, matrix, i)
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
