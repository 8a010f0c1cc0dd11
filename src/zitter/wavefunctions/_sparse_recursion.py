"""The subset recursion of a permanent over the few sets that matter when entries lie near a band.

After row j the set of used columns differs from {0 .. j} only within the half-width w of the band.
It is held as a mask over the columns j - w + 1 .. j + w + 1; the columns below are all used. With
entries of at most 1, no permutation is larger than any of its partial products: sets that carry
less than `threshold` of the largest are dropped.
"""

import numpy as np
from numba import njit

MAX_HALF_WIDTH = 31
_options = dict(cache=True, nogil=True, error_model="numpy")


@njit(**_options)
def reachable_sets(sizes, half_width, threshold, first_link, links, totals, shifts):
    """Links between the sets kept after row j and after row j + 1.

    Args:
        sizes: |a| (N, N), at most about 1, zero outside the band.
        half_width: w <= 31.
        threshold: sets with less than this times the largest are dropped.
        first_link: (N + 1,), overwritten: links of row j are first_link[j] to first_link[j + 1].
        links: (capacity, 3), overwritten with (set before, set after, column).
        totals: (N + 1,), overwritten with the number of sets before each row and at the end.
        shifts: (N,), overwritten: amplitudes after row j carry 2^-shifts[j] more.

    Returns:
        perm|a| 2^-Σ shifts of what was kept; -1 where `links` is too short.
    """
    N = sizes.shape[0]
    last_row = _last_rows(sizes)
    masks, weights = np.zeros(1, np.int64), np.ones(1)
    # Columns with negative index count as used.
    masks[0] = (np.int64(1) << half_width) - 1
    first_link[0], totals[0] = 0, 1
    for j in range(N):
        needed = _columns_that_must_be_used(last_row, j, half_width)
        end, new_masks, new_weights = _next_sets(
            masks, weights, sizes[j], j, half_width, needed, links, first_link[j]
        )
        if end < 0:
            return -1.0
        if new_masks.size == 0:
            first_link[j + 1 :], totals[j + 1 :], shifts[j:] = end, 0, 0
            return 0.0
        kept, first_link[j + 1] = _prune(new_weights, threshold, links, first_link[j], end)
        masks, weights = new_masks[kept], new_weights[kept]
        shifts[j] = int(np.ceil(np.log2(weights.max())))
        weights = weights * 2.0 ** -shifts[j]
        totals[j + 1] = masks.size
    return weights[0]


@njit(**_options)
def _last_rows(sizes):
    last = np.zeros(sizes.shape[0], np.int64)
    for j in range(sizes.shape[0]):
        for k in range(sizes.shape[0]):
            if sizes[j, k] > 0.0:
                last[k] = j
    return last


@njit(**_options)
def _columns_that_must_be_used(last_row, j, half_width):
    """Bits, in the window after row j, of columns that no later row can use."""
    needed = np.int64(0)
    for bit in range(2 * half_width + 1):
        k = j + 1 - half_width + bit
        if 0 <= k < last_row.size and last_row[k] <= j:
            needed |= np.int64(1) << bit
    return needed


@njit(**_options)
def _next_sets(masks, weights, row, j, half_width, needed, links, start):
    """Sets after row j by an open-addressing table; links are appended from `start`."""
    low, high = max(0, j - half_width), min(row.size, j + half_width + 1)
    most = masks.size * (high - low)
    capacity = 64
    while capacity < 3 * most:
        capacity *= 2
    table = np.full(capacity, -1, np.int64)
    new_masks, new_weights = np.empty(most, np.int64), np.empty(most)
    count, end = 0, start
    for i in range(masks.size):
        for k in range(low, high):
            bit = np.int64(1) << (k - j + half_width)
            if row[k] == 0.0 or masks[i] & bit:
                continue
            mask = masks[i] | bit
            if not mask & 1:
                continue
            mask >>= 1
            if mask & needed != needed:
                continue
            slot = (mask * 0x9E3779B97F4A7C1 >> 7) & (capacity - 1)
            while table[slot] >= 0 and new_masks[table[slot]] != mask:
                slot = (slot + 1) & (capacity - 1)
            if table[slot] < 0:
                table[slot] = count
                new_masks[count], new_weights[count] = mask, 0.0
                count += 1
            new_weights[table[slot]] += weights[i] * row[k]
            if end == links.shape[0]:
                return -1, new_masks[:0], new_weights[:0]
            links[end, 0], links[end, 1], links[end, 2] = i, table[slot], k
            end += 1
    return end, new_masks[:count], new_weights[:count]


@njit(**_options)
def _prune(weights, threshold, links, start, end):
    """Positions of the sets kept; their links move together. Also the new end of the links."""
    largest = weights.max()
    renumbered = np.full(weights.size, -1, np.int64)
    kept = np.empty(weights.size, np.int64)
    count = 0
    for i in range(weights.size):
        if weights[i] >= threshold * largest:
            renumbered[i], kept[count] = count, i
            count += 1
    to = start
    for i in range(start, end):
        if renumbered[links[i, 1]] >= 0:
            links[to, 0], links[to, 2] = links[i, 0], links[i, 2]
            links[to, 1] = renumbered[links[i, 1]]
            to += 1
    return kept[:count], to


@njit(**_options)
def linked_permanent(entries, first_link, links, totals, shifts, value, minors):
    """Permanent and minors along the links, for entries that are truncated polynomials.

    Args:
        entries: (R, N, N); first_link, links, totals, shifts: from `reachable_sets`.
        value: (R,), overwritten with the coefficients of perm(a) 2^-Σ shifts.
        minors: (R, N, N), overwritten, in the same scale.
    """
    R, N = entries.shape[0], entries.shape[1]
    offsets = np.zeros(N + 2, np.int64)
    offsets[1:] = np.cumsum(totals)
    f = np.zeros((offsets[N + 1], R), np.complex128)
    b = np.zeros((offsets[N + 1], R), np.complex128)
    f[0, 0] = 1.0
    value[:], minors[:] = 0.0, 0.0
    if totals[N] == 0:
        return
    b[offsets[N], 0] = 1.0
    for j in range(N):
        scale = 2.0 ** -shifts[j]
        for i in range(first_link[j], first_link[j + 1]):
            k, before, after = (
                links[i, 2],
                f[offsets[j] + links[i, 0]],
                f[offsets[j + 1] + links[i, 1]],
            )
            for r in range(R):
                for q in range(r + 1):
                    after[r] += scale * entries[q, j, k] * before[r - q]
    for j in range(N - 1, -1, -1):
        scale = 2.0 ** -shifts[j]
        for i in range(first_link[j], first_link[j + 1]):
            k, start = links[i, 2], offsets[j] + links[i, 0]
            after = b[offsets[j + 1] + links[i, 1]]
            for r in range(R):
                for q in range(r + 1):
                    b[start, r] += scale * entries[q, j, k] * after[r - q]
                    minors[r, j, k] += scale * f[start, q] * after[r - q]
    value[:] = f[offsets[N]]
