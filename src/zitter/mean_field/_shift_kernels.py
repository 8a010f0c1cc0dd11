"""Shifts of periodic lines of cell values by interpolation, compiled.

f_new(x) = f(x - s): a whole number of cells, and a rest θ in [0, 1) by polynomials through an even
number of points or by a cubic spline. On lines of one shift each such scheme conserves the sum.
The positive scheme is the same polynomial written with fluxes Φ_(i+1/2) between the cells, each
held in 0 <= Φ <= f_i: a cell can give no more than it has.
"""

import math

import numpy as np
from numba import njit

COMPILE = {"cache": True, "nogil": True, "error_model": "numpy"}
VECTORS = COMPILE | {"fastmath": {"reassoc", "contract", "arcp", "nsz"}}
POLYNOMIAL, POSITIVE, SPLINE = 0, 1, 2
# Nodes of a line that each scheme looks at, those that it does not use with weight zero.
POINTS, TILE = 10, 16
# Pole of the cubic B-spline's inverse filter, and the terms after which its powers are round-off.
_POLE = math.sqrt(3.0) - 2.0
_TERMS = 30


@njit(**COMPILE)
def lagrange_weights_of(theta, w):
    """Weights of the nodes m = -p/2 .. p/2 - 1 in the polynomial's value at -θ."""
    p = w.shape[0]
    y = p // 2 - theta
    w[p - 1] = 1.0
    for a in range(p - 1, 0, -1):
        w[a - 1] = w[a] * (y - a)
    # Π(y - b) over b < a, and 1/Π(a - b) over b ≠ a, from one node to the next.
    before, inverse = 1.0, 1.0
    for b in range(1, p):
        inverse /= -b
    for a in range(p):
        w[a] *= before * inverse
        before *= y - a
        inverse *= -(p - 1 - a) / (a + 1)


@njit(**COMPILE)
def _spline_weights(theta, w):
    u = 1.0 - theta
    w[0] = (1.0 - u) ** 3 / 6.0
    w[1] = (4.0 - 6.0 * u**2 + 3.0 * u**3) / 6.0
    w[2] = (1.0 + 3.0 * u + 3.0 * u**2 - 3.0 * u**3) / 6.0
    w[3] = u**3 / 6.0


@njit(**COMPILE)
def _spline_coefficients(line):
    """Values to coefficients of the periodic cubic spline, in place: two recursions."""
    n, z = line.shape[0], _POLE
    start, power = line[0], z
    for k in range(1, _TERMS):
        start += power * line[(-k) % n]
        power *= z
    line[0] = start
    for i in range(1, n):
        line[i] += z * line[i - 1]
    last, power = line[n - 1], z
    for k in range(_TERMS - 1):
        last += power * line[k % n]
        power *= z
    line[n - 1] = -6.0 * z * last
    for i in range(n - 2, -1, -1):
        line[i] = z * (line[i + 1] - 6.0 * line[i])


@njit(**VECTORS)
def _filtered(padded, w, line):
    """line[i] = Σ_m w[m] padded[i + m], ten terms in one pass: more passes cost more than terms."""
    w0, w1, w2, w3, w4 = w[0], w[1], w[2], w[3], w[4]
    w5, w6, w7, w8, w9 = w[5], w[6], w[7], w[8], w[9]
    for i in range(line.shape[0]):
        low = w0 * padded[i] + w1 * padded[i + 1] + w2 * padded[i + 2] + w3 * padded[i + 3]
        high = w6 * padded[i + 6] + w7 * padded[i + 7] + w8 * padded[i + 8] + w9 * padded[i + 9]
        line[i] = low + (w4 * padded[i + 4] + w5 * padded[i + 5]) + high


@njit(**COMPILE)
def _flux_weights(w, share):
    """Of the flux Φ_(i-1/2) = Σ_m share[m] padded[i + m] whose differences are the filter."""
    share[9] = 0.0
    total = 0.0
    for m in range(9, 0, -1):
        total += (1.0 if m == 5 else 0.0) - w[m]
        share[m - 1] = total


@njit(**COMPILE)
def _positive(padded, line, flux):
    """The filter as a difference of fluxes, each at most what its cell holds."""
    n = line.shape[0]
    for i in range(n + 1):
        flux[i] = min(max(flux[i], 0.0), padded[i + 4])
    for i in range(n):
        line[i] = (padded[i + 5] - flux[i + 1]) + flux[i]


@njit(**COMPILE)
def _shift_line(scheme, degree, line, shift, w, share, padded, flux):
    n, p = line.shape[0], POINTS
    whole = math.floor(shift)
    theta = shift - whole
    side = (p - 1 - degree) // 2
    w[:] = 0.0
    if scheme == SPLINE:
        _spline_coefficients(line)
        _spline_weights(theta, w[side : p - side])
    else:
        lagrange_weights_of(theta, w[side : p - side])
    first = (-int(whole) - p // 2) % n
    padded[: n - first] = line[first:]
    done = n - first
    while done < n + p:
        more = min(n, n + p - done)
        padded[done : done + more] = line[:more]
        done += more
    if scheme == POSITIVE:
        _flux_weights(w, share)
        _filtered(padded, share, flux)
        _positive(padded, line, flux)
    else:
        _filtered(padded, w, line)


@njit(**COMPILE)
def shift_tiles(tiles, scheme, degree, f, shifts):
    """Lines along the middle axis of f (B, n, C) by shifts (B or 1, C or 1) cells, in place."""
    _, n, C = f.shape
    # Lines a power of two apart would meet in one set of the cache.
    lines = np.empty((TILE, n + 8))
    w, share, flux = np.empty(POINTS), np.empty(POINTS), np.empty(n + 1)
    padded = np.empty(n + POINTS)
    row_step = 1 if shifts.shape[0] > 1 else 0
    column_step = 1 if shifts.shape[1] > 1 else 0
    per_block = (C + TILE - 1) // TILE
    rows = f.reshape(-1, n)
    for tile in tiles:
        b = tile // per_block
        if C == 1:
            _shift_line(scheme, degree, rows[b], shifts[b * row_step, 0], w, share, padded, flux)
            continue
        first = (tile % per_block) * TILE
        width = min(TILE, C - first)
        for i in range(n):
            for c in range(width):
                lines[c, i] = f[b, i, first + c]
        for c in range(width):
            s = shifts[b * row_step, (first + c) * column_step]
            _shift_line(scheme, degree, lines[c, :n], s, w, share, padded, flux)
        for i in range(n):
            for c in range(width):
                f[b, i, first + c] = lines[c, i]


@njit(**COMPILE)
def turn_tiles(tiles, f_hat, angles):
    """Coefficients m of f_hat (B, n//2 + 1, C) times exp(-i m angle), angles (B or 1, C or 1)."""
    _, num, C = f_hat.shape
    row_step = 1 if angles.shape[0] > 1 else 0
    column_step = 1 if angles.shape[1] > 1 else 0
    per_block = (C + TILE - 1) // TILE
    for tile in tiles:
        b = tile // per_block
        first = (tile % per_block) * TILE
        width = min(TILE, C - first)
        now, step = np.empty(width, np.complex128), np.empty(width, np.complex128)
        for c in range(width):
            angle = angles[b * row_step, (first + c) * column_step]
            step[c] = complex(math.cos(angle), -math.sin(angle))
        for m in range(num):
            # Afresh now and then: the products' rounding adds up.
            if m % 16 == 0:
                for c in range(width):
                    angle = m * angles[b * row_step, (first + c) * column_step]
                    now[c] = complex(math.cos(angle), -math.sin(angle))
            for c in range(width):
                f_hat[b, m, first + c] *= now[c]
                now[c] *= step[c]
