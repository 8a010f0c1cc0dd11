"""Charges onto a mesh and fields back from it, compiled, with one window for both.

Positions are (3, K) in units of the spacing, counted from the first point of the mesh; a mesh of
fewer dimensions has one point along the axes that are not there. The window has p = 2 points per
axis (linear) or p = 3 (quadratic), or 1 along an axis of one point.
"""

import math

import numpy as np
from numba import njit

from zitter.kbody._pair_kernels import COMPILE

# The central difference of order 4 reaches two points beyond the window.
REACH, LONGEST = 2, 7


@njit(inline="always", **COMPILE)
def _window(u, p, num, periodic, index, weight, slope):
    """Points, weights and differences of one axis; the window is the middle part of each."""
    for m in range(p + 2 * REACH):
        weight[m], slope[m] = 0.0, 0.0
    if p == 1:
        weight[REACH], index[REACH] = 1.0, 0
        return
    first = math.floor(u) if p == 2 else math.floor(u + 0.5) - 1
    d = u - first if p == 2 else u - first - 1.0
    if p == 2:
        weight[REACH], weight[REACH + 1] = 1.0 - d, d
    else:
        weight[REACH] = 0.5 * (0.5 - d) ** 2
        weight[REACH + 1] = 0.75 - d * d
        weight[REACH + 2] = 0.5 * (0.5 + d) ** 2
    for m in range(p):
        w = weight[REACH + m] / 12.0
        slope[m] += w
        slope[m + 1] -= 8.0 * w
        slope[m + 3] += 8.0 * w
        slope[m + 4] -= w
    for m in range(p + 2 * REACH):
        i = first - REACH + m
        index[m] = i % num if periodic else i


@njit(**COMPILE)
def deposit(U, source, points, periodic, mesh):
    """Add each source to the mesh (n₀, n₁, n₂), spread by the window."""
    index = np.empty((3, LONGEST), dtype=np.int64)
    weight, slope = np.empty((3, LONGEST)), np.empty((3, LONGEST))
    for body in range(U.shape[1]):
        for a in range(3):
            _window(U[a, body], points[a], mesh.shape[a], periodic, index[a], weight[a], slope[a])
        for i in range(REACH, REACH + points[0]):
            for j in range(REACH, REACH + points[1]):
                w = source[body] * weight[0, i] * weight[1, j]
                for k in range(REACH, REACH + points[2]):
                    mesh[index[0, i], index[1, j], index[2, k]] += w * weight[2, k]


@njit(**COMPILE)
def gather_slopes(first, U, points, periodic, mesh, result):
    """Differences of the mesh per spacing at the bodies first .. first + len(result), (.., 3)."""
    index = np.empty((3, LONGEST), dtype=np.int64)
    weight, slope = np.empty((3, LONGEST)), np.empty((3, LONGEST))
    low, high = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    for row in range(len(result)):
        for a in range(3):
            u = U[a, first + row]
            _window(u, points[a], mesh.shape[a], periodic, index[a], weight[a], slope[a])
        for c in range(3):
            total = 0.0
            if points[c] > 1:
                for a in range(3):
                    low[a], high[a] = REACH, REACH + points[a]
                low[c], high[c] = 0, points[c] + 2 * REACH
                for i in range(low[0], high[0]):
                    wi = slope[0, i] if c == 0 else weight[0, i]
                    for j in range(low[1], high[1]):
                        wj = wi * (slope[1, j] if c == 1 else weight[1, j])
                        for k in range(low[2], high[2]):
                            wk = slope[2, k] if c == 2 else weight[2, k]
                            total += wj * wk * mesh[index[0, i], index[1, j], index[2, k]]
            result[row, c] = total


@njit(**COMPILE)
def gather(U, points, periodic, mesh, near, values, own):
    """Values of the mesh at the bodies, and what a unit source at each adds to its own value.

    near[i, j, k] is the value that a unit source on one point has (i, j, k) points from it.
    """
    index = np.empty((3, LONGEST), dtype=np.int64)
    weight, slope = np.empty((3, LONGEST)), np.empty((3, LONGEST))
    for body in range(U.shape[1]):
        for a in range(3):
            _window(U[a, body], points[a], mesh.shape[a], periodic, index[a], weight[a], slope[a])
        total, alone = 0.0, 0.0
        for i in range(points[0]):
            for j in range(points[1]):
                for k in range(points[2]):
                    w = weight[0, REACH + i] * weight[1, REACH + j] * weight[2, REACH + k]
                    total += w * mesh[index[0, REACH + i], index[1, REACH + j], index[2, REACH + k]]
                    for i2 in range(points[0]):
                        for j2 in range(points[1]):
                            for k2 in range(points[2]):
                                other = weight[0, REACH + i2] * weight[1, REACH + j2]
                                other *= weight[2, REACH + k2]
                                alone += w * other * near[abs(i - i2), abs(j - j2), abs(k - k2)]
        values[body], own[body] = total, alone
