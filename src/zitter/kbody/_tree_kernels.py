"""A tree of bodies, compiled: halves of halves along the longest side, with multipoles to order 2.

Each node holds a run of the bodies in tree order. Far nodes act by their monopole, dipole and
quadrupole about the mean place of their bodies, which holds for sources of either sign; near
leaves act body by body. The bodies of one leaf share one walk through the tree.
"""

import math

import numpy as np
from numba import njit

from zitter.kbody._pair_kernels import COMPILE, VECTORS

NUM_MOMENTS = 10
MOST_STACK = 256


@njit(**COMPILE)
def _select(x, order, low, high, middle):
    """Reorder order[low:high] so that no x before `middle` is larger than one after it."""
    high -= 1
    while low < high:
        pivot = x[order[(low + high) // 2]]
        i, j = low, high
        while i <= j:
            while x[order[i]] < pivot:
                i += 1
            while x[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@njit(**COMPILE)
def _bounds(X, order, low, high, centre):
    """Mean place into `centre`; the longest axis."""
    longest, axis = -1.0, 0
    for a in range(3):
        least, most, total = math.inf, -math.inf, 0.0
        for n in range(low, high):
            value = X[a, order[n]]
            least, most, total = min(least, value), max(most, value), total + value
        centre[a] = total / (high - low)
        if most - least > longest:
            longest, axis = most - least, a
    return axis


@njit(**COMPILE)
def build(X, leaf_size, order, ranges, centres, radii):
    """Fill ranges (nodes, 2), centres (nodes, 3), radii (nodes,); children of n: 2n + 1, 2n + 2.

    Returns the number of nodes that are used; ranges of others are (0, 0).
    """
    num_nodes = ranges.shape[0]
    ranges[:] = 0
    ranges[0, 1] = X.shape[1]
    for node in range(num_nodes):
        low, high = ranges[node]
        if high == low:
            continue
        axis = _bounds(X, order, low, high, centres[node])
        largest = 0.0
        for n in range(low, high):
            square = 0.0
            for a in range(3):
                square += (X[a, order[n]] - centres[node, a]) ** 2
            largest = max(largest, square)
        radii[node] = math.sqrt(largest)
        if high - low > leaf_size:
            middle = (low + high) // 2
            _select(X[axis], order, low, high, middle)
            ranges[2 * node + 1] = low, middle
            ranges[2 * node + 2] = middle, high


@njit(**COMPILE)
def moments(X, source, ranges, centres, M):
    """Monopole, dipole and second moments xx, yy, zz, xy, xz, yz of each node, (nodes, 10)."""
    M[:] = 0.0
    for node in range(ranges.shape[0]):
        for n in range(ranges[node, 0], ranges[node, 1]):
            dx, dy, dz = (
                X[0, n] - centres[node, 0],
                X[1, n] - centres[node, 1],
                X[2, n] - centres[node, 2],
            )
            s = source[n]
            M[node, 0] += s
            M[node, 1] += s * dx
            M[node, 2] += s * dy
            M[node, 3] += s * dz
            M[node, 4] += s * dx * dx
            M[node, 5] += s * dy * dy
            M[node, 6] += s * dz * dz
            M[node, 7] += s * dx * dy
            M[node, 8] += s * dx * dz
            M[node, 9] += s * dy * dz


@njit(**VECTORS)
def _far(X, low, high, c, M, eps2, A):
    """Field and potential of a far node on bodies low .. high."""
    m, px, py, pz = M[0], M[1], M[2], M[3]
    qxx, qyy, qzz, qxy, qxz, qyz = M[4], M[5], M[6], M[7], M[8], M[9]
    trace = qxx + qyy + qzz
    for n in range(low, high):
        dx, dy, dz = c[0] - X[0, n], c[1] - X[1, n], c[2] - X[2, n]
        inverse2 = 1.0 / (dx * dx + dy * dy + dz * dz + eps2)
        inverse = math.sqrt(inverse2)
        w = inverse * inverse2
        w1 = -3.0 * w * inverse2
        w2 = -5.0 * w1 * inverse2
        qx = qxx * dx + qxy * dy + qxz * dz
        qy = qxy * dx + qyy * dy + qyz * dz
        qz = qxz * dx + qyz * dy + qzz * dz
        pd, qd = px * dx + py * dy + pz * dz, qx * dx + qy * dy + qz * dz
        along = m * w + w1 * pd + 0.5 * (w1 * trace + w2 * qd)
        A[0, n] += along * dx + w * px + w1 * qx
        A[1, n] += along * dy + w * py + w1 * qy
        A[2, n] += along * dz + w * pz + w1 * qz
        A[3, n] -= m * inverse - w * pd - 0.5 * (w * trace + w1 * qd)


@njit(**VECTORS)
def _near(X, low, high, first, last, source, eps2, A):
    """Field and potential of bodies first .. last on bodies low .. high."""
    for n in range(low, high):
        ax, ay, az, phi = 0.0, 0.0, 0.0, 0.0
        xn, yn, zn = X[0, n], X[1, n], X[2, n]
        for j in range(first, last):
            dx, dy, dz = X[0, j] - xn, X[1, j] - yn, X[2, j] - zn
            d2 = dx * dx + dy * dy + dz * dz + eps2
            inverse = 1.0 / math.sqrt(d2) if d2 > 0.0 else 0.0
            s = source[j] * inverse
            w = s * (inverse * inverse)
            ax += w * dx
            ay += w * dy
            az += w * dz
            phi -= s
        A[0, n] += ax
        A[1, n] += ay
        A[2, n] += az
        A[3, n] += phi


@njit(**COMPILE)
def walk(leaves, X, source, ranges, centres, radii, M, eps2, opening, A):
    """Field Σ s_j (x_j - x_i)/d³ and potential -Σ s_j/d on the bodies of these leaves.

    Into A (4, K), in the order of the tree; with softening, each body is in its own potential.
    """
    stack = np.empty(MOST_STACK, dtype=np.int64)
    num_nodes = ranges.shape[0]
    for leaf in leaves:
        low, high = ranges[leaf]
        for a in range(4):
            A[a, low:high] = 0.0
        stack[0], top = 0, 1
        while top:
            top -= 1
            node = stack[top]
            square = 0.0
            for a in range(3):
                square += (centres[node, a] - centres[leaf, a]) ** 2
            if opening * (math.sqrt(square) - radii[leaf]) > radii[node]:
                _far(X, low, high, centres[node], M[node], eps2, A)
            elif 2 * node + 1 >= num_nodes or ranges[2 * node + 1, 1] == 0:
                _near(X, low, high, ranges[node, 0], ranges[node, 1], source, eps2, A)
            else:
                stack[top], stack[top + 1] = 2 * node + 1, 2 * node + 2
                top += 2
