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
DONE, UNDERFLOW, NO_SOLUTION = 0, 1, 2
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


# Sums of eight terms in vectors; the round-off that matters is carried apart from them.
FAST = COMPILE | {"fastmath": {"reassoc", "contract", "nsz"}}


@njit(**FAST)
def _predict(F, ratio, table, G):
    """Values at the nodes of the next step, `ratio` times as long, from the polynomial F."""
    for n in range(1, NUM_NODES):
        s, whole = 1.0 + ratio * NODES[n], 1.0
        for m in range(NUM_NODES):
            whole *= s - NODES[m]
        for j in range(NUM_NODES):
            table[n, j] = whole * TOP[j] / (s - NODES[j])
    for c in range(F.shape[0]):
        for n in range(1, NUM_NODES):
            total = 0.0
            for j in range(NUM_NODES):
                total += table[n, j] * F[c, j]
            G[c, n] = total


@njit(**FAST)
def _place(n, x, v, h, F, y):
    """Positions y at node n."""
    first, second = h * NODES[n], h * h
    for c in range(x.shape[0]):
        total = 0.0
        for j in range(NUM_NODES):
            total += POSITION_ROWS[n, j] * F[c, j]
        y[c] = x[c] + (first * v[c] + second * total)


@njit(**COMPILE)
def _collocate(law, gm, kq, beta, eps2, x, v, h, F, Y, A):
    """Solve for the accelerations F (3 K, 8) at the nodes; evaluations, and whether it worked."""
    y, a = Y.reshape(-1), A.reshape(-1)
    last, count = np.inf, 0
    for _ in range(MAX_ITERATIONS):
        change, size = 0.0, 0.0
        for n in range(1, NUM_NODES):
            _place(n, x, v, h, F, y)
            accelerate(law, Y, gm, kq, beta, eps2, A)
            if n == NUM_NODES - 1:
                for c in range(x.shape[0]):
                    change = max(change, abs(a[c] - F[c, n]))
                    size = max(size, abs(a[c]))
            for c in range(x.shape[0]):
                F[c, n] = a[c]
        count += NUM_NODES - 1
        # One more iteration would change this by less than a hundredth of itself.
        if change <= 1e-14 * size or (change >= last and change <= 1e-12 * size):
            return count, True
        last = change
    return count, False


@njit(inline="always", **COMPILE)
def _add(x, carry, c, increment):
    """x += increment, with the round-off that is lost kept in `carry`."""
    y = increment - carry[c]
    total = x[c] + y
    carry[c] = (total - x[c]) - y
    x[c] = total


@njit(**COMPILE)
def _finish(x, v, carry, h, F):
    for c in range(x.shape[0]):
        first, second, start = 0.0, 0.0, F[c, 0]
        for j in range(NUM_NODES - 1, 0, -1):
            difference = F[c, j] - start
            first += LAST_VELOCITY[j] * difference
            second += LAST_POSITION[j] * difference
        _add(x, carry[0], c, h * v[c] + h * h * (second + 0.5 * start))
        _add(v, carry[1], c, h * (first + start))


@njit(**FAST)
def _top_size(F):
    """Largest coefficient of s⁷ over the largest acceleration."""
    top, size = 0.0, 0.0
    for c in range(F.shape[0]):
        value = 0.0
        for j in range(NUM_NODES):
            value += TOP[j] * F[c, j]
        top, size = max(top, abs(value)), max(size, abs(F[c, 0]))
    return top / size if size > 0.0 else 0.0


@njit(**COMPILE)
def radau_advance(law, gm, kq, beta, eps2, X, V, carry, start, end, step, tolerance, largest):
    """X, V (3, K) and their carries (2, 3, K) from `start` to `end`, in place.

    Steps are of size `step` where `tolerance` is 0. Returns the next step, the number of
    evaluations, and DONE, UNDERFLOW (of the step) or NO_SOLUTION (at a fixed step).
    """
    x, v, kept = X.reshape(-1), V.reshape(-1), carry.reshape(2, -1)
    Y, A, table = np.empty_like(X), np.empty_like(X), np.empty((NUM_NODES, NUM_NODES))
    a = A.reshape(-1)
    F = np.empty((x.shape[0], NUM_NODES))
    G = np.empty_like(F)
    t, count, taken = start, 1, 0.0
    accelerate(law, X, gm, kq, beta, eps2, A)
    while t < end:
        cut = step >= (end - t) * (1.0 - 1e-12)
        h = end - t if cut else step
        if not h > 4e-16 * abs(t):
            return step, count, UNDERFLOW
        for c in range(a.shape[0]):
            G[c] = a[c]
        if taken > 0.0:
            _predict(F, h / taken, table, G)
        evaluations, solved = _collocate(law, gm, kq, beta, eps2, x, v, h, G, Y, A)
        count += evaluations
        if tolerance == 0.0 and not solved:
            return step, count, NO_SOLUTION
        size = _top_size(G) if tolerance > 0.0 else 0.0
        factor = (tolerance / size) ** (1.0 / 7.0) if size > 0.0 else LARGEST_GROWTH
        if tolerance > 0.0 and not (solved and factor > SMALLEST_FACTOR):
            step = h * SMALLEST_FACTOR
            for c in range(a.shape[0]):
                a[c] = G[c, 0]
            continue
        if tolerance > 0.0:
            step = min(h * factor, max(step, LARGEST_GROWTH * h), largest)
        _finish(x, v, kept, h, G)
        F[:] = G
        t, taken = end if cut else t + h, h
        accelerate(law, X, gm, kq, beta, eps2, A)
        count += 1
    return step, count, DONE
