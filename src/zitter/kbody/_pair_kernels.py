"""Sums over pairs of bodies, compiled: accelerations, energies, tides.

Coordinates are (3, K), padded with zeros in fewer dimensions. The pull of body j on body i is
c_ij w(d²)(x_j - x_i) with c_ij = G m_j + beta_i k q_j, beta_i = -q_i/m_i and d² = r² + ε²: one
pass for gravity and electrostatics together.
"""

import math

import numpy as np
from numba import njit

COMPILE = {"cache": True, "nogil": True, "error_model": "numpy"}
# Sums may be reordered into vectors; infinities and NaN keep their meaning.
VECTORS = COMPILE | {"fastmath": {"reassoc", "contract", "arcp", "nsz"}}
SHEET, ROD, POINT = 0, 1, 2


@njit(inline="always", **COMPILE)
def _weight(law, d2):
    if law == POINT:
        inverse = 1.0 / math.sqrt(d2)
        return inverse * inverse * inverse
    if law == ROD:
        return 2.0 / d2
    return 2.0 * math.pi / math.sqrt(d2) if d2 > 0.0 else 0.0


@njit(inline="always", **COMPILE)
def _potential(law, d2, reference):
    if law == POINT:
        return -1.0 / math.sqrt(d2)
    if law == ROD:
        return math.log(d2 / reference)
    return 2.0 * math.pi * math.sqrt(d2)


@njit(**VECTORS)
def point_rows(first, X, gm, kq, beta, eps2, A):
    """Accelerations of bodies first .. first + len(A[0]) by all others, law "point"."""
    x, y, z = X[0], X[1], X[2]
    for row in range(A.shape[1]):
        i = first + row
        ax, ay, az = 0.0, 0.0, 0.0
        xi, yi, zi, b = x[i], y[i], z[i], beta[i]
        for part in range(2):
            start, end = (0, i) if part == 0 else (i + 1, x.shape[0])
            for j in range(start, end):
                dx, dy, dz = x[j] - xi, y[j] - yi, z[j] - zi
                inverse = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz + eps2)
                c = (gm[j] + b * kq[j]) * (inverse * inverse * inverse)
                ax += c * dx
                ay += c * dy
                az += c * dz
        A[0, row], A[1, row], A[2, row] = ax, ay, az


@njit(**COMPILE)
def any_rows(law, first, X, gm, kq, beta, eps2, A):
    """As point_rows, for any law."""
    for row in range(A.shape[1]):
        i = first + row
        for a in range(3):
            A[a, row] = 0.0
        for j in range(X.shape[1]):
            if j != i:
                dx, dy, dz = X[0, j] - X[0, i], X[1, j] - X[1, i], X[2, j] - X[2, i]
                d2 = dx * dx + dy * dy + dz * dz + eps2
                c = (gm[j] + beta[i] * kq[j]) * _weight(law, d2)
                A[0, row] += c * dx
                A[1, row] += c * dy
                A[2, row] += c * dz


@njit(**COMPILE)
def accelerate(law, X, gm, kq, beta, eps2, A):
    """All accelerations in one thread; pairs once each where there are few."""
    K = X.shape[1]
    if law == POINT and K > 24:
        point_rows(0, X, gm, kq, beta, eps2, A)
        return
    for i in range(K):
        xi, yi, zi, ax, ay, az = X[0, i], X[1, i], X[2, i], 0.0, 0.0, 0.0
        for j in range(i):
            dx, dy, dz = X[0, j] - xi, X[1, j] - yi, X[2, j] - zi
            w = _weight(law, dx * dx + dy * dy + dz * dz + eps2)
            ci, cj = (gm[j] + beta[i] * kq[j]) * w, (gm[i] + beta[j] * kq[i]) * w
            ax += ci * dx
            ay += ci * dy
            az += ci * dz
            A[0, j] -= cj * dx
            A[1, j] -= cj * dy
            A[2, j] -= cj * dz
        A[0, i], A[1, i], A[2, i] = ax, ay, az


@njit(**COMPILE)
def pair_energies(law, first, X, masses, gm, kq, beta, eps2, reference, E):
    """Energy of each body with all others, m_i Σ_j c_ij φ(d), rows from `first`."""
    for row in range(E.shape[0]):
        i = first + row
        total = 0.0
        for j in range(X.shape[1]):
            if j != i:
                dx, dy, dz = X[0, j] - X[0, i], X[1, j] - X[1, i], X[2, j] - X[2, i]
                c = gm[j] + beta[i] * kq[j]
                if c != 0.0:
                    d2 = dx * dx + dy * dy + dz * dz + eps2
                    total += c * _potential(law, d2, reference)
        E[row] = masses[i] * total


@njit(**COMPILE)
def fields_at(law, targets, X, source, eps2, A, E):
    """Field (3, n) and potential (n,) of sources at X (3, K), without a source at the target."""
    if law == POINT:
        _point_fields_at(targets, X, source, eps2, A, E)
        return
    for row in range(targets.shape[1]):
        A[0, row], A[1, row], A[2, row], E[row] = 0.0, 0.0, 0.0, 0.0
        for j in range(X.shape[1]):
            dx, dy = X[0, j] - targets[0, row], X[1, j] - targets[1, row]
            dz = X[2, j] - targets[2, row]
            r2 = dx * dx + dy * dy + dz * dz
            if r2 > 0.0:
                w = source[j] * _weight(law, r2 + eps2)
                A[0, row] += w * dx
                A[1, row] += w * dy
                A[2, row] += w * dz
                E[row] += source[j] * _potential(law, r2 + eps2, 1.0)


@njit(**VECTORS)
def _point_fields_at(targets, X, source, eps2, A, E):
    x, y, z = X[0], X[1], X[2]
    for row in range(targets.shape[1]):
        ax, ay, az, phi = 0.0, 0.0, 0.0, 0.0
        x0, y0, z0 = targets[0, row], targets[1, row], targets[2, row]
        for j in range(x.shape[0]):
            dx, dy, dz = x[j] - x0, y[j] - y0, z[j] - z0
            r2 = dx * dx + dy * dy + dz * dz
            inverse = 1.0 / math.sqrt(r2 + eps2) if r2 > 0.0 else 0.0
            s = source[j] * inverse
            w = s * (inverse * inverse)
            ax += w * dx
            ay += w * dy
            az += w * dz
            phi -= s
        A[0, row], A[1, row], A[2, row], E[row] = ax, ay, az, phi


@njit(**COMPILE)
def tide(law, X, gm, kq, beta, eps2, only_own, D, T):
    """Derivatives of all accelerations, T[a, i, b, j] = ∂A_ai/∂x_bj (3, K, 3, K).

    With `only_own` the sources are held in their places: ∂A_i/∂x_j = 0 for j ≠ i.
    """
    K = X.shape[1]
    T[:] = 0.0
    d = np.empty(3)
    for i in range(K):
        for j in range(K):
            if i == j:
                continue
            d2 = eps2
            for a in range(3):
                d[a] = X[a, j] - X[a, i]
                d2 += d[a] * d[a]
            c = gm[j] + beta[i] * kq[j]
            if c == 0.0:
                continue
            w = c * _weight(law, d2)
            # w falls as d^-n: w'(d²) = -n w/(2d²).
            slope = -(law + 1.0) * w / d2 if d2 > 0.0 else 0.0
            for a in range(D):
                for b in range(D):
                    value = slope * d[a] * d[b] + (w if a == b else 0.0)
                    T[a, i, b, i] -= value
                    if not only_own:
                        T[a, i, b, j] += value
