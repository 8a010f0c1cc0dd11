"""Sheets on a line from crossing to crossing, compiled: parabolas between two crossings.

The sheets are kept in their order; for each pair of neighbours the time of the next crossing is a
leaf of a tournament tree, whose root is the next event. A crossing changes the accelerations of
the two sheets and three leaves.
"""

import math

import numpy as np
from numba import njit

from zitter.kbody._pair_kernels import COMPILE


@njit(inline="always", **COMPILE)
def crossing_delay(gap, rate, bend):
    """Smallest τ ≥ 0 at which gap + rate τ + bend τ²/2 falls below zero, or infinity."""
    if gap <= 0.0:
        if rate < 0.0:
            return 0.0
        return -2.0 * rate / bend if bend < 0.0 else math.inf
    square = rate * rate - 2.0 * bend * gap
    if bend >= 0.0 and (rate >= 0.0 or square <= 0.0):
        return math.inf
    if rate <= 0.0:
        return 2.0 * gap / (math.sqrt(square) - rate)
    return (rate + math.sqrt(square)) / -bend


@njit(inline="always", **COMPILE)
def _pull(r, body, left, left_charge, beta):
    """Acceleration of the sheet of rank r, from what lies to its right less what lies left."""
    last = left.shape[0] - 1
    mass = (left[last] - left[r + 1]) - left[r]
    charge = (left_charge[last] - left_charge[r + 1]) - left_charge[r]
    return 2.0 * math.pi * (mass + beta[body] * charge)


@njit(inline="always", **COMPILE)
def _settle(body, t, x, v, a, at):
    s = t - at[body]
    x[body] += s * (v[body] + 0.5 * s * a[body])
    v[body] += s * a[body]
    at[body] = t


@njit(inline="always", **COMPILE)
def _meeting(r, t, order, x, v, a, at):
    """Time at which the sheets of ranks r and r + 1 next cross."""
    i, j = order[r], order[r + 1]
    si, sj = t - at[i], t - at[j]
    gap = (x[j] + sj * (v[j] + 0.5 * sj * a[j])) - (x[i] + si * (v[i] + 0.5 * si * a[i]))
    rate = (v[j] + sj * a[j]) - (v[i] + si * a[i])
    return t + crossing_delay(gap, rate, a[j] - a[i])


@njit(inline="always", **COMPILE)
def _replay(tree, num_leaves, r, value):
    node = num_leaves + r
    tree[node] = value
    node //= 2
    while node >= 1:
        tree[node] = min(tree[2 * node], tree[2 * node + 1])
        node //= 2


@njit(inline="always", **COMPILE)
def _first(tree, num_leaves):
    node = 1
    while node < num_leaves:
        node = 2 * node if tree[2 * node] <= tree[2 * node + 1] else 2 * node + 1
    return node - num_leaves


@njit(**COMPILE)
def sheets_until(start, end, order, x, v, gm, kq, beta, most):
    """Positions and velocities (K,) of the sheets from `start` to `end`, in place.

    `order` (K,) holds the sheets from left to right and is kept up to date. Returns the number of
    crossings; -1 where more than `most` would be needed.
    """
    K = x.shape[0]
    left, left_charge = np.zeros(K + 1), np.zeros(K + 1)
    for r in range(K):
        left[r + 1] = left[r] + gm[order[r]]
        left_charge[r + 1] = left_charge[r] + kq[order[r]]
    a, at = np.empty(K), np.full(K, start)
    for r in range(K):
        a[order[r]] = _pull(r, order[r], left, left_charge, beta)
    num_leaves = 1
    while num_leaves < K - 1:
        num_leaves *= 2
    tree = np.full(2 * num_leaves, math.inf)
    for r in range(K - 1):
        tree[num_leaves + r] = _meeting(r, start, order, x, v, a, at)
    for node in range(num_leaves - 1, 0, -1):
        tree[node] = min(tree[2 * node], tree[2 * node + 1])
    count = 0
    while tree[1] < end:
        if count == most:
            return -1
        t, r = tree[1], _first(tree, num_leaves)
        i, j = order[r], order[r + 1]
        _settle(i, t, x, v, a, at)
        _settle(j, t, x, v, a, at)
        x[i] = x[j] = 0.5 * (x[i] + x[j])
        order[r], order[r + 1] = j, i
        left[r + 1] = left[r] + gm[j]
        left_charge[r + 1] = left_charge[r] + kq[j]
        a[j] = _pull(r, j, left, left_charge, beta)
        a[i] = _pull(r + 1, i, left, left_charge, beta)
        for s in range(max(r - 1, 0), min(r + 2, K - 1)):
            _replay(tree, num_leaves, s, _meeting(s, t, order, x, v, a, at))
        count += 1
    for i in range(K):
        _settle(i, end, x, v, a, at)
    return count
