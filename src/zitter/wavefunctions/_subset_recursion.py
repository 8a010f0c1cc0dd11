"""Permanent and all its minors by one forward and one backward recursion over subsets.

f(S) = Σ_{k in S} a_{|S|-1,k} f(S \\ k) adds row after row; b(S) = Σ_{k not in S} a_{|S|,k} b(S ∪ k)
takes them away from the full set. perm(a) = f(full) and the minor without row j and column k is
Σ f(S) b(S ∪ k) over |S| = j, k not in S. Nothing is subtracted, so that the result is as exact
as the matrix. b overwrites f on the way down.

The entries are polynomials a₀ + a₁ε + .. in a shift ε, truncated after R = len(powers) terms:
R = 1 for values and minors, R = 3 for their derivatives along the shift. A set is split into a
block (high columns) and LOW columns inside the block, whose 2^LOW sets lie next to each other in
memory, real and imaginary parts apart, so that the compiler works on all of them at once.
"""

import numpy as np
from numba import njit

LOW = 4
WIDTH = 1 << LOW
_options = dict(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})


@njit(**_options)
def permanent_sweeps(entries, values, minors, magnitudes, powers):
    """Fill the permanents, their minors and the permanents of the absolute values.

    Args:
        entries: (batch, R, N, N) complex, N >= LOW.
        values: (batch, R), overwritten with the coefficients of perm(a).
        minors: (batch, R, N, N), overwritten with those of the minors.
        magnitudes: (batch,), overwritten with perm|a₀|.
        powers: tuple of length R (known to the compiler).
    """
    high = entries.shape[2] - LOW
    sizes = _set_sizes(max(1 << high, WIDTH))
    f = np.empty((1 << high, len(powers), 2, WIDTH))
    g = np.empty((1 << high, WIDTH))
    last = (1 << high) - 1
    for i in range(entries.shape[0]):
        table = _table(entries[i], powers)
        magnitudes[i] = _absolute_permanent(entries[i, 0], g, sizes)
        _forward(entries[i], table, f, sizes, powers)
        for r in range(len(powers)):
            values[i, r] = complex(f[last, r, 0, WIDTH - 1], f[last, r, 1, WIDTH - 1])
        _backward(entries[i], table, f, minors[i], sizes, powers)


@njit(**_options)
def _set_sizes(count):
    sizes = np.zeros(count, np.int64)
    for i in range(1, count):
        sizes[i] = sizes[i >> 1] + (i & 1)
    return sizes


@njit(**_options)
def _table(a, powers):
    """Entry of high column k for each set of a block that holds p high columns, k among them."""
    high = a.shape[1] - LOW
    sizes = _set_sizes(WIDTH)
    table = np.zeros((high + 1, high, len(powers), 2, WIDTH))
    for p in range(1, high + 1):
        for k in range(high):
            for r in range(len(powers)):
                for s in range(WIDTH):
                    entry = a[r, p + sizes[s] - 1, LOW + k]
                    table[p, k, r, 0, s] = entry.real
                    table[p, k, r, 1, s] = entry.imag
    return table


@njit(inline="always", **_options)
def _multiply_add(total, x, y, powers):
    """total += x y for truncated polynomials, on the WIDTH sets of a block."""
    for r in range(len(powers)):
        for q in range(r + 1):
            for s in range(WIDTH):
                x_re, x_im = x[q, 0, s], x[q, 1, s]
                y_re, y_im = y[r - q, 0, s], y[r - q, 1, s]
                total[r, 0, s] += x_re * y_re - x_im * y_im
                total[r, 1, s] += x_re * y_im + x_im * y_re


@njit(inline="always", **_options)
def _add_one(total, to, a, row, column, source, powers):
    """total[to] += a[row, column] total[source] inside a block."""
    for r in range(len(powers)):
        for q in range(r + 1):
            entry = a[q, row, column]
            y_re, y_im = total[r - q, 0, source], total[r - q, 1, source]
            total[r, 0, to] += entry.real * y_re - entry.imag * y_im
            total[r, 1, to] += entry.real * y_im + entry.imag * y_re


@njit(**_options)
def _forward(a, table, f, sizes, powers):
    total = np.empty((len(powers), 2, WIDTH))
    for block in range(f.shape[0]):
        total[:] = 0.0
        if block == 0:
            total[0, 0, 0] = 1.0
        p = sizes[block]
        for k in range(table.shape[1]):
            if (block >> k) & 1:
                _multiply_add(total, table[p, k], f[block ^ (1 << k)], powers)
        for s in range(1, WIDTH):
            for k in range(LOW):
                if (s >> k) & 1:
                    _add_one(total, s, a, p + sizes[s] - 1, k, s ^ (1 << k), powers)
        f[block] = total


@njit(**_options)
def _backward(a, table, f, minors, sizes, powers):
    total = np.empty((len(powers), 2, WIDTH))
    reached = np.empty((len(powers), 2, WIDTH))
    high_minors = np.zeros(table.shape)
    minors[:] = 0.0
    for block in range(f.shape[0] - 1, -1, -1):
        reached[:] = f[block]
        total[:] = 0.0
        if block == f.shape[0] - 1:
            total[0, 0, WIDTH - 1] = 1.0
        p = sizes[block]
        for k in range(table.shape[1]):
            if not (block >> k) & 1:
                above = f[block | (1 << k)]
                _multiply_add(total, table[p + 1, k], above, powers)
                _multiply_add(high_minors[p + 1, k], reached, above, powers)
        for s in range(WIDTH - 2, -1, -1):
            for k in range(LOW):
                if not (s >> k) & 1:
                    row, above_s = p + sizes[s], s | (1 << k)
                    _add_one(total, s, a, row, k, above_s, powers)
                    _add_minor(minors, row, k, reached, s, total, above_s, powers)
        f[block] = total
    for p in range(1, table.shape[0]):
        for k in range(table.shape[1]):
            for r in range(len(powers)):
                for s in range(WIDTH):
                    part = high_minors[p, k, r]
                    minors[r, p - 1 + sizes[s], LOW + k] += complex(part[0, s], part[1, s])


@njit(inline="always", **_options)
def _add_minor(minors, row, column, reached, s, total, above, powers):
    for r in range(len(powers)):
        for q in range(r + 1):
            x = complex(reached[q, 0, s], reached[q, 1, s])
            y = complex(total[r - q, 0, above], total[r - q, 1, above])
            minors[r, row, column] += x * y


@njit(**_options)
def _absolute_permanent(a, g, sizes):
    a, high = np.abs(a), a.shape[0] - LOW
    table = np.zeros((high + 1, high, WIDTH))
    for p in range(1, high + 1):
        for k in range(high):
            for s in range(WIDTH):
                table[p, k, s] = a[p + sizes[s] - 1, LOW + k]
    total = np.empty(WIDTH)
    for block in range(1 << high):
        total[:] = 0.0
        if block == 0:
            total[0] = 1.0
        p = sizes[block]
        for k in range(high):
            if (block >> k) & 1:
                below = g[block ^ (1 << k)]
                for s in range(WIDTH):
                    total[s] += table[p, k, s] * below[s]
        for s in range(1, WIDTH):
            for k in range(LOW):
                if (s >> k) & 1:
                    total[s] += a[p + sizes[s] - 1, k] * total[s ^ (1 << k)]
        g[block] = total
    return g[(1 << high) - 1, WIDTH - 1]
