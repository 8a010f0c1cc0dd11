"""Row and column scales that bring a matrix to entries of at most 1 with one assignment of all 1s.

They are the dual of the linear assignment problem (shortest augmenting paths, O(N³)). Scaling by
row maxima alone underflows where the particles sit on few of the orbitals.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def assignment_scales(log_entries, row_scale, column_scale, owners):
    """Fill r and c with log_entries[j, k] <= r_j + c_k, equal along a best assignment j -> k.

    Args:
        log_entries: (batch, N, N), finite.
        row_scale, column_scale: (batch, N), overwritten.
        owners: (batch, N), overwritten with the row assigned to each column.
    """
    batch, n = log_entries.shape[0], log_entries.shape[1]
    came_from = np.empty(n, np.int64)
    distance = np.empty(n)
    settled = np.empty(n, np.bool_)
    for b in range(batch):
        row_scale[b] = 0.0
        column_scale[b] = 0.0
        owners[b] = -1
        for row in range(n):
            _augment(
                row, log_entries[b], row_scale[b], column_scale[b],
                owners[b], came_from, distance, settled,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _augment(row, log_entries, r, c, owner, came_from, distance, settled):
    n = owner.size
    distance[:] = np.inf
    settled[:] = False
    # The slack of an entry, r + c - log a, is its length; it stays >= 0 for rows already in.
    best = -np.inf
    for k in range(n):
        best = max(best, log_entries[row, k] - c[k])
    r[row] = best
    current, column, reached = row, -1, 0.0
    while True:
        nearest = -1
        for k in range(n):
            if settled[k]:
                continue
            length = reached + r[current] + c[k] - log_entries[current, k]
            if length < distance[k]:
                distance[k] = length
                came_from[k] = column
            if nearest < 0 or distance[k] < distance[nearest]:
                nearest = k
        column, reached = nearest, distance[nearest]
        settled[column] = True
        if owner[column] < 0:
            break
        current = owner[column]
    r[row] -= reached
    for k in range(n):
        if settled[k] and k != column:
            c[k] += reached - distance[k]
            r[owner[k]] -= reached - distance[k]
    while column >= 0:
        previous = came_from[column]
        owner[column] = row if previous < 0 else owner[previous]
        column = previous
