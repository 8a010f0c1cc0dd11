"""Inverse of the map q -> x(q) given on a lattice of labels: every label that arrives at a point.

The lattice cells are cut into simplices (Kuhn), whose images are searched for the points; each
find is refined by Newton steps on polynomials through 4 labels per axis, which err as h⁴.
"""

from itertools import permutations
from typing import NamedTuple

import numpy as np

NUM_NODES = 4
NUM_NEWTON_STEPS = 8
_LARGEST_BATCH = 1_000_000
_SLACK = 1e-9


class Lattice(NamedTuple):
    """Labels lower + i spacing, i = 0 .. num - 1, per axis; the last axis runs fastest."""

    lower: np.ndarray
    spacing: np.ndarray
    num: tuple[int, ...]

    @property
    def labels(self) -> np.ndarray:
        axes = [a + h * np.arange(n) for a, h, n in zip(*self, strict=True)]
        return np.stack([m.ravel() for m in np.meshgrid(*axes, indexing="ij")], axis=-1)


class Branches(NamedTuple):
    """Pairs of a point and a label that arrives there, sorted by point."""

    point: np.ndarray
    label: np.ndarray


def interpolated(lattice: Lattice, fields: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Values (m, ..) at labels q (m, D) of fields (n, ..) on the lattice."""
    index, weight = np.zeros((len(q), 1), dtype=int), np.ones((len(q), 1))
    for axis, n in enumerate(lattice.num):
        u = (q[:, axis] - lattice.lower[axis]) / lattice.spacing[axis]
        first = np.clip(np.floor(u).astype(int) - 1, 0, n - NUM_NODES)
        w = _lagrange(u - first)
        i = first[:, None] + np.arange(NUM_NODES)
        index = (index[:, :, None] * n + i[:, None, :]).reshape(len(q), -1)
        weight = (weight[:, :, None] * w[:, None, :]).reshape(len(q), -1)
    return np.einsum("mk,mk...->m...", weight, fields[index])


def _lagrange(s: np.ndarray) -> np.ndarray:
    """Weights of the cubic through 0, 1, 2, 3."""
    a, b, c, d = s, s - 1.0, s - 2.0, s - 3.0
    return np.stack([-b * c * d / 6.0, a * c * d / 2.0, -a * b * d / 2.0, a * b * c / 6.0], axis=-1)


def branches(lattice: Lattice, X: np.ndarray, J: np.ndarray, points: np.ndarray) -> Branches:
    """All labels whose x(q) is one of `points` (m, D); X (n, D), J (n, D, D) on the lattice."""
    found = [
        _found_in(lattice, X, simplices, points, buckets)
        for buckets in [_buckets(points)]
        for simplices in _simplices(lattice.num)
    ]
    point = np.concatenate([f.point for f in found])
    label = np.concatenate([f.label for f in found])
    label, settled = _refined(lattice, X, J, label, points[point])
    return _without_copies(lattice, point[settled], label[settled])


def folded_cells(lattice: Lattice, X: np.ndarray) -> bool:
    """Whether the image of a cell is turned over: then two rays have met."""
    for simplices in _simplices(lattice.num):
        edges = _edges(X[simplices])
        upright = _edges(lattice.labels[simplices[:1]])
        if np.any(np.linalg.det(edges) * np.linalg.det(upright) <= 0.0):
            return True
    return False


def _simplices(num: tuple[int, ...]) -> list[np.ndarray]:
    """Vertices (cells, D + 1) of the D! simplices of every cell, a list over permutations."""
    D = len(num)
    corners = np.stack(
        [m.ravel() for m in np.meshgrid(*[np.arange(n - 1) for n in num], indexing="ij")], axis=-1
    )
    found = []
    for order in permutations(range(D)):
        vertex, flat = corners.copy(), [np.ravel_multi_index(corners.T, num)]
        for axis in order:
            vertex[:, axis] += 1
            flat.append(np.ravel_multi_index(vertex.T, num))
        found.append(np.stack(flat, axis=-1))
    return found


def _edges(V: np.ndarray) -> np.ndarray:
    """Edges (s, D, D) from the first vertex, as columns; V (s, D + 1, D)."""
    return np.swapaxes(V[:, 1:] - V[:, :1], 1, 2)


class _Buckets(NamedTuple):
    lower: np.ndarray
    width: np.ndarray
    num: np.ndarray
    start: np.ndarray
    order: np.ndarray


def _buckets(points: np.ndarray) -> _Buckets:
    """The points sorted into boxes, about one point in each."""
    D = points.shape[1]
    lower, size = points.min(axis=0), np.ptp(points, axis=0)
    num = np.full(D, max(1, int(len(points) ** (1.0 / D))))
    width = np.where(size > 0.0, size, 1.0) * (1.0 + 1e-9) / num
    flat = _flat((points - lower) // width, num)
    order = np.argsort(flat, kind="stable")
    start = np.searchsorted(flat[order], np.arange(np.prod(num) + 1))
    return _Buckets(lower, width, num, start, order)


def _flat(index: np.ndarray, num: np.ndarray) -> np.ndarray:
    return np.ravel_multi_index(np.clip(index, 0, num - 1).astype(int).T, tuple(num))


def _found_in(
    lattice: Lattice, X: np.ndarray, simplices: np.ndarray, points: np.ndarray, b: _Buckets
) -> Branches:
    V = X[simplices]
    low = np.floor((V.min(axis=1) - b.lower) / b.width)
    high = np.floor((V.max(axis=1) - b.lower) / b.width)
    meets = np.all((high >= 0) & (low < b.num), axis=1) & np.all(np.isfinite(V), axis=(1, 2))
    simplices, V = simplices[meets], V[meets]
    low, high = np.maximum(low[meets], 0), np.minimum(high[meets], b.num - 1)
    extent = (high - low + 1).astype(int)
    counts = np.prod(extent, axis=1)
    parts = []
    for chunk in _chunks(counts):
        s, k = _expanded(counts[chunk], chunk)
        box = _flat(low[s] + _digits(k, extent[s]), b.num)
        held = b.start[box + 1] - b.start[box]
        pair, j = _expanded(held, np.arange(len(box)))
        point, s = b.order[b.start[box[pair]] + j], s[pair]
        parts.append(_inside(lattice, V, simplices, s, point, points))
    point = np.concatenate([p.point for p in parts]) if parts else np.zeros(0, dtype=int)
    label = np.concatenate([p.label for p in parts]) if parts else np.zeros((0, points.shape[1]))
    return Branches(point, label)


def _chunks(counts: np.ndarray) -> list[np.ndarray]:
    """Runs of simplices that belong to a bounded number of pairs."""
    if not len(counts):
        return []
    edges = np.searchsorted(np.cumsum(counts), np.arange(1, counts.sum(), _LARGEST_BATCH))
    return [part for part in np.split(np.arange(len(counts)), np.unique(edges)) if len(part)]


def _expanded(counts: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each item as often as it counts, with a running number 0 .. count - 1."""
    first = np.cumsum(counts) - counts
    running = np.arange(counts.sum()) - np.repeat(first, counts)
    return np.repeat(items, counts), running


def _digits(k: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """Index along each axis of the k-th of the boxes that a simplex meets."""
    digits = np.empty_like(extent)
    for axis in reversed(range(extent.shape[1])):
        k, digits[:, axis] = np.divmod(k, extent[:, axis])
    return digits


def _inside(lattice, V, simplices, s, point, points) -> Branches:
    """Those of the pairs (simplex, point) in which the point lies in the image."""
    E, d = _edges(V[s]), points[point] - V[s, 0]
    solid = np.linalg.det(E) != 0.0
    s, point, E, d = s[solid], point[solid], E[solid], d[solid]
    share = np.linalg.solve(E, d[:, :, None])[:, :, 0]
    within = np.all(share >= -_SLACK, axis=1) & (np.sum(share, axis=1) <= 1.0 + _SLACK)
    s, point, share = s[within], point[within], share[within]
    corner = np.stack(np.unravel_index(simplices[s], lattice.num), axis=-1)
    q = corner[:, 0] + np.einsum("skd,sk->sd", corner[:, 1:] - corner[:, :1], share)
    return Branches(point, lattice.lower + lattice.spacing * q)


def _refined(lattice, X, J, q, x) -> tuple[np.ndarray, np.ndarray]:
    """Labels after Newton steps, and which of them have settled next to their start.

    Near a fold the simplices may claim a point that no label reaches: it does not settle.
    """
    start, scale = q, np.max(lattice.spacing)
    miss = np.full(len(q), np.inf)
    for _ in range(NUM_NEWTON_STEPS):
        if not len(q):
            break
        here = interpolated(lattice, J, q)
        gap = x - interpolated(lattice, X, q)
        move = _solved(here, gap)
        miss = np.max(np.abs(move) / lattice.spacing, axis=1)
        q = q + move / np.maximum(1.0, miss)[:, None]
        if np.all(miss < 1e-13):
            break
    strayed = np.max(np.abs(q - start) / scale, axis=1) if len(q) else np.zeros(0)
    return q, (miss < 1e-8) & (strayed < 2.0)


def _solved(J: np.ndarray, gap: np.ndarray) -> np.ndarray:
    regular = np.linalg.det(J) != 0.0
    move = np.zeros_like(gap)
    move[regular] = np.linalg.solve(J[regular], gap[regular][:, :, None])[:, :, 0]
    return move


def _without_copies(lattice: Lattice, point: np.ndarray, label: np.ndarray) -> Branches:
    """A point on a common face belongs to several simplices but is one branch."""
    key = np.round((label - lattice.lower) / lattice.spacing * 1e4).astype(int)
    _, first = np.unique(np.column_stack([point, key]), axis=0, return_index=True)
    return Branches(point[first], label[first])
