"""Passes over a grid that numpy makes slowly: |ψ|² and exp(-iθ)ψ, of flat arrays; products."""

from math import factorial

import numpy as np
from numba import njit

_options = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz", "nnan", "ninf"},
}


def turning_constants(dtype: np.dtype) -> np.ndarray:
    """1/(2π), 2π in two parts, Taylor coefficients of sin(h)/h and cos(h) in h², 1/2, 1, shift."""
    two_pi = dtype.type(2.0 * np.pi)
    rest = 2.4492935982947064e-16 if dtype == np.float64 else 2.0 * np.pi - float(two_pi)
    sine = [(-1) ** n / factorial(2 * n + 1) for n in range(11)]
    cosine = [(-1) ** n / factorial(2 * n) for n in range(11)]
    # Adding and taking away the shift rounds to a whole number.
    shift = 1.5 * 2.0 ** np.finfo(dtype).nmant
    return np.array([0.5 / np.pi, two_pi, rest, *sine, *cosine, 0.5, 1.0, shift], dtype=dtype)


@njit(**_options)
def turn(parts, angle, factor, constants):
    """parts (2n,), real and imaginary in turn, times exp(-i factor angle)."""
    inverse, high, low = constants[0], constants[1], constants[2]
    half, one, shift = constants[25], constants[26], constants[27]
    s0, s1, s2, s3 = constants[3], constants[4], constants[5], constants[6]
    s4, s5, s6, s7 = constants[7], constants[8], constants[9], constants[10]
    s8, s9, s10 = constants[11], constants[12], constants[13]
    c0, c1, c2, c3 = constants[14], constants[15], constants[16], constants[17]
    c4, c5, c6, c7 = constants[18], constants[19], constants[20], constants[21]
    c8, c9, c10 = constants[22], constants[23], constants[24]
    for i in range(len(angle)):
        theta = factor * angle[i]
        k = (theta * inverse + shift) - shift
        h = half * ((theta - k * high) - k * low)
        z = h * h
        s = s5 + z * (s6 + z * (s7 + z * (s8 + z * (s9 + z * s10))))
        s = h * (s0 + z * (s1 + z * (s2 + z * (s3 + z * (s4 + z * s)))))
        c = c5 + z * (c6 + z * (c7 + z * (c8 + z * (c9 + z * c10))))
        c = c0 + z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * c))))
        sine = (s + s) * c
        cosine = one - (s + s) * s
        x, y = parts[2 * i], parts[2 * i + 1]
        parts[2 * i] = x * cosine + y * sine
        parts[2 * i + 1] = y * cosine - x * sine


@njit(**_options)
def squared_modulus(parts, density):
    """density (n,) = x² + y² of parts (2n,)."""
    for i in range(len(density)):
        density[i] = parts[2 * i] * parts[2 * i] + parts[2 * i + 1] * parts[2 * i + 1]


@njit(**_options)
def multiply_outer(psi, p0, p1, p2):
    """psi (n₀, n₁, n₂) times p0 p1 p2, one factor per axis; all complex."""
    for i in range(psi.shape[0]):
        for j in range(psi.shape[1]):
            q = p0[i] * p1[j]
            for k in range(psi.shape[2]):
                psi[i, j, k] *= q * p2[k]


@njit(**_options)
def multiply_even(hat, kernel):
    """hat (n₀, n₁, n₂//2 + 1) times a kernel that is even: wavenumbers 0 .. n//2 per axis."""
    for i in range(hat.shape[0]):
        row = min(i, hat.shape[0] - i)
        for j in range(hat.shape[1]):
            column = min(j, hat.shape[1] - j)
            for k in range(hat.shape[2]):
                hat[i, j, k] *= kernel[row, column, k]


def as_3d(f: np.ndarray) -> np.ndarray:
    """f with leading axes of length 1."""
    return f.reshape((1,) * (3 - f.ndim) + f.shape)
