"""Ewald's two sums, compiled: near pairs, and waves over all bodies."""

import math

import numpy as np
from numba import njit

from zitter.kbody._pair_kernels import COMPILE, POINT


@njit(**COMPILE)
def _exponential_integral(x):
    """E₁(x) for x > 0: by its series below 1, by its continued fraction above."""
    if x > 700.0:
        return 0.0
    if x <= 1.0:
        total, term = -0.57721566490153286061 - math.log(x), 1.0
        for n in range(1, 30):
            term *= -x / n
            total -= term / n
        return total
    b = x + 1.0
    c, d = 1e300, 1.0 / b
    h = d
    for n in range(1, 100):
        a = -float(n * n)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        step = c * d
        h *= step
        if abs(step - 1.0) < 1e-16:
            break
    return h * math.exp(-x)


@njit(**COMPILE)
def near(law, X, targets, source, period, alpha, own, A, E):
    """Field (3, n) and potential (n,) of the nearest images at targets (3, n), screened.

    A source at the place of the target adds `own`, what its cloud leaves there.
    """
    scale = 2.0 * alpha / math.sqrt(math.pi)
    d = np.empty(3)
    for row in range(E.shape[0]):
        for a in range(3):
            A[a, row] = 0.0
        E[row] = 0.0
        for j in range(X.shape[1]):
            r2 = 0.0
            for a in range(3):
                d[a] = X[a, j] - targets[a, row]
                d[a] -= period * math.floor(d[a] / period + 0.5)
                r2 += d[a] * d[a]
            x = alpha * alpha * r2
            # exp(-45) is nothing beside what the other sum leaves.
            if r2 == 0.0:
                E[row] += own * source[j]
                continue
            if x > 45.0:
                continue
            gauss = math.exp(-x)
            if law == POINT:
                r = math.sqrt(r2)
                potential = math.erfc(alpha * r) / r
                w = (potential + scale * gauss) / r2
            else:
                potential, w = _exponential_integral(x), 2.0 * gauss / r2
            E[row] -= source[j] * potential
            for a in range(3):
                A[a, row] += source[j] * w * d[a]


@njit(**COMPILE)
def _waves(X, period, largest, axes, real, imag):
    """exp(i 2π n x/L) for n = -largest .. largest of each axis, (3, 2 largest + 1, K)."""
    for a in range(axes):
        for j in range(X.shape[1]):
            angle = 2.0 * math.pi * X[a, j] / period
            c, s = math.cos(angle), math.sin(angle)
            re, im = 1.0, 0.0
            for n in range(largest + 1):
                real[a, largest + n, j], imag[a, largest + n, j] = re, im
                real[a, largest - n, j], imag[a, largest - n, j] = re, -im
                re, im = re * c - im * s, re * s + im * c


@njit(**COMPILE)
def structure(numbers, X, source, period, largest, S):
    """Σ_j c_j exp(ik x_j) of the waves `numbers` (n, 3), real and imaginary part (n, 2)."""
    K = X.shape[1]
    axes = X.shape[0]
    real, imag = np.ones((3, 2 * largest + 1, K)), np.zeros((3, 2 * largest + 1, K))
    _waves(X, period, largest, axes, real, imag)
    for k in range(len(numbers)):
        n0, n1, n2 = numbers[k, 0] + largest, numbers[k, 1] + largest, numbers[k, 2] + largest
        re, im = 0.0, 0.0
        for j in range(K):
            x, y = real[0, n0, j], imag[0, n0, j]
            u, v = real[1, n1, j], imag[1, n1, j]
            p, q = x * u - y * v, x * v + y * u
            u, v = real[2, n2, j], imag[2, n2, j]
            re += source[j] * (p * u - q * v)
            im += source[j] * (p * v + q * u)
        S[k, 0], S[k, 1] = re, im


@njit(**COMPILE)
def far(numbers, weights, S, targets, period, largest, A, E):
    """Add the field and the potential of all waves at targets (3, n), weights (waves,)."""
    K = targets.shape[1]
    real, imag = np.ones((3, 2 * largest + 1, K)), np.zeros((3, 2 * largest + 1, K))
    _waves(targets, period, largest, targets.shape[0], real, imag)
    unit = 2.0 * math.pi / period
    for k in range(len(numbers)):
        n0, n1, n2 = numbers[k, 0] + largest, numbers[k, 1] + largest, numbers[k, 2] + largest
        c, s = weights[k] * S[k, 0], weights[k] * S[k, 1]
        k0, k1, k2 = unit * numbers[k, 0], unit * numbers[k, 1], unit * numbers[k, 2]
        for j in range(K):
            x, y = real[0, n0, j], imag[0, n0, j]
            u, v = real[1, n1, j], imag[1, n1, j]
            p, q = x * u - y * v, x * v + y * u
            u, v = real[2, n2, j], imag[2, n2, j]
            cosine, sine = p * u - q * v, p * v + q * u
            E[j] -= cosine * c + sine * s
            w = sine * c - cosine * s
            A[0, j] -= k0 * w
            A[1, j] -= k1 * w
            A[2, j] -= k2 * w
