"""Gauss-Radau collocation of order 15 for X'' = A(X), compiled, with steps of fixed or own size.

The acceleration is a polynomial of degree 7 in time through its values at 8 nodes, the first at
the start of the step; the positions at the nodes follow from it by integration. Iterated from the
extrapolation of the last polynomial, until nothing changes; sums of positions and velocities carry
their round-off along. The step is chosen as Everhart does, from the size of the last coefficient.
"""

import numpy as np
from numba import njit
from scipy.special import roots_jacobi

from zitter.kbody._pair_kernels import COMPILE, accelerate

NUM_NODES = 8
MAX_ITERATIONS, LARGEST_GROWTH, SMALLEST_FACTOR = 30, 4.0, 0.25


def _lagrange(s: np.ndarray) -> np.ndarray:
    """Lagrange polynomials of the nodes at s (..,), (.., 8), as products."""
    result = np.ones((*s.shape, NUM_NODES))
    for j in range(NUM_NODES):
        for m in range(NUM_NODES):
            if m != j:
                result[..., j] *= (s - NODES[m]) / (NODES[j] - NODES[m])
    return result


def _integrals(end: float) -> tuple[np.ndarray, np.ndarray]:
    """∫ℓ_j ds and ∫(end - s)ℓ_j ds over [0, end], each (8,)."""
    y, w = np.polynomial.legendre.leggauss(8)
    s, w = 0.5 * end * (y + 1.0), 0.5 * end * w
    values = _lagrange(s)
    return w @ values, (w * (end - s)) @ values


NODES = np.concatenate([[0.0], 0.5 * (roots_jacobi(7, 0.0, 1.0)[0] + 1.0)])
# The sum of all weights is the integral of 1, so a_0 can be taken out of the differences.
_ROWS = [_integrals(end) for end in (*NODES, 1.0)]
POSITION_ROWS = np.array([second for _, second in _ROWS])
LAST_POSITION, LAST_VELOCITY = _ROWS[-1][1], _ROWS[-1][0]
TOP = np.array(
    [1.0 / np.prod([NODES[j] - NODES[m] for m in range(NUM_NODES) if m != j]) for j in range(8)]
)


@njit(**COMPILE)
def _extrapolated(F, ratio, G):
    """Values at the nodes of the next step, `ratio` times as long, of the polynomial F."""
    for n in range(1, NUM_NODES):
        s = 1.0 + ratio * NODES[n]
        whole = 1.0
        for m in range(NUM_NODES):
            whole *= s - NODES[m]
        G[n] = 0.0
        for j in range(NUM_NODES):
            G[n] += whole * TOP[j] / (s - NODES[j]) * F[j]


@njit(**COMPILE)
def _place(n, X, V, h, F, Y):
    """Positions Y at node n."""
    first, second = h * NODES[n], h * h
    half = 0.5 * first * first
    for a in range(3):
        for i in range(X.shape[1]):
            total = 0.0
            for j in range(NUM_NODES - 1, 0, -1):
                total += POSITION_ROWS[n, j] * (F[j, a, i] - F[0, a, i])
            Y[a, i] = X[a, i] + (first * V[a, i] + (half * F[0, a, i] + second * total))


@njit(**COMPILE)
def _collocate(law, gm, kq, beta, eps2, X, V, h, F, Y, before):
    """Solve for the accelerations F (8, 3, K) at the nodes; the number of evaluations."""
    last, count = np.inf, 0
    for _ in range(MAX_ITERATIONS):
        before[:] = F[NUM_NODES - 1]
        for n in range(1, NUM_NODES):
            _place(n, X, V, h, F, Y)
            accelerate(law, Y, gm, kq, beta, eps2, F[n])
        count += NUM_NODES - 1
        change, size = 0.0, 0.0
        for a in range(3):
            for i in range(X.shape[1]):
                change = max(change, abs(F[NUM_NODES - 1, a, i] - before[a, i]))
                size = max(size, abs(F[NUM_NODES - 1, a, i]))
        if change <= 1e-16 * size or (change >= last and change <= 1e-12 * size):
            break
        last = change
    return count


@njit(inline="always", **COMPILE)
def _add(X, carry, a, i, increment):
    """X += increment, with the round-off that is lost kept in `carry`."""
    y = increment - carry[a, i]
    total = X[a, i] + y
    carry[a, i] = (total - X[a, i]) - y
    X[a, i] = total


@njit(**COMPILE)
def _finish(X, V, carry, h, F):
    for a in range(3):
        for i in range(X.shape[1]):
            first, second, start = 0.0, 0.0, F[0, a, i]
            for j in range(NUM_NODES - 1, 0, -1):
                difference = F[j, a, i] - start
                first += LAST_VELOCITY[j] * difference
                second += LAST_POSITION[j] * difference
            _add(X, carry[0], a, i, h * V[a, i] + h * h * (second + 0.5 * start))
            _add(V, carry[1], a, i, h * (first + start))


@njit(**COMPILE)
def _top_size(F):
    """Largest coefficient of s⁷ over the largest acceleration."""
    top, size = 0.0, 0.0
    for a in range(3):
        for i in range(F.shape[2]):
            value = 0.0
            for j in range(NUM_NODES):
                value += TOP[j] * F[j, a, i]
            top, size = max(top, abs(value)), max(size, abs(F[0, a, i]))
    return top / size if size > 0.0 else 0.0


@njit(**COMPILE)
def radau_advance(law, gm, kq, beta, eps2, X, V, carry, start, end, step, tolerance, largest):
    """X, V (3, K) and their carries (2, 3, K) from `start` to `end`, in place.

    Steps are of size `step` where `tolerance` is 0. Returns the next step, the number of
    evaluations, and whether the end was reached.
    """
    Y, before = np.empty_like(X), np.empty_like(X)
    F = np.empty((NUM_NODES, 3, X.shape[1]))
    G = np.empty_like(F)
    t, count, taken = start, 1, 0.0
    accelerate(law, X, gm, kq, beta, eps2, G[0])
    while t < end:
        cut = step >= (end - t) * (1.0 - 1e-12)
        h = end - t if cut else step
        if not h > 4e-16 * abs(t):
            return step, count, False
        if taken > 0.0:
            _extrapolated(F, h / taken, G)
        else:
            for n in range(1, NUM_NODES):
                G[n] = G[0]
        count += _collocate(law, gm, kq, beta, eps2, X, V, h, G, Y, before)
        if tolerance > 0.0:
            size = _top_size(G)
            factor = (tolerance / size) ** (1.0 / 7.0) if size > 0.0 else LARGEST_GROWTH
            if not factor > SMALLEST_FACTOR:
                step = h * SMALLEST_FACTOR
                continue
            step = min(h * factor, max(step, LARGEST_GROWTH * h), largest)
        _finish(X, V, carry, h, G)
        F[:] = G
        t, taken = end if cut else t + h, h
        accelerate(law, X, gm, kq, beta, eps2, G[0])
        count += 1
    return step, count, True
