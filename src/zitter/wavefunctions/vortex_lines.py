"""Vortex lines and rings of a ψ on a three-dimensional grid, traced to a fraction of a cell.

Round each face of each cell the phase turns by a whole number of 2π. These windings have no
divergence: what enters a cell leaves it, so that lines either close or end at the box. In a face,
the line passes where the bilinear interpolation of ψ through the corners vanishes, or rather, as
far as Newton's method finds it from there, the bicubic one through the nearest 4 by 4 points.
"""

from collections.abc import Iterable
from itertools import permutations
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.wavefunctions.vortices import Loop, circle

_NUM_NEWTON_STEPS = 4
# In cells: further from the bilinear zero lies another zero, or none.
_LARGEST_MOVE = 0.3


class VortexLine(NamedTuple):
    """A line on which ψ vanishes, directed so that the phase turns by +2π round it."""

    points: np.ndarray
    """where it passes the faces of cells, in order; across a periodic box it runs on,
    (num_points, 3) [length]"""
    closed: bool
    """whether it runs back into itself; if not, it ends at the box or below the threshold"""
    length: float
    """[length]"""


class _Faces(NamedTuple):
    """Faces with a winding; axis: of the normal, corner: lowest grid point."""

    axis: np.ndarray
    corner: np.ndarray
    sign: np.ndarray
    offset: np.ndarray
    """position from the corner in cells, (faces, 3)"""


def vortex_lines(
    psi: Any, grid: Grid, *, periodic: bool = False, threshold: float = 0.0
) -> tuple[VortexLine, ...]:
    """Vortex lines of ψ, the longest first; in each, ∮∇S·dx = h round the direction of the line.

    A vortex of winding n shows as |n| lines, which part within about a cell.

    Equation: (63), (94), round each face of each cell

    Args:
        psi: values (*num), complex, of three axes.
        grid: Grid of three axes.
        periodic: whether ψ goes on periodically; else lines end at the outermost points.
        threshold: faces with |ψ| below this share of the largest |ψ| at all corners are left out:
            in the tails of a packet the phase of ψ is round-off [1].

    Returns:
        tuple of VortexLine.

    Raises:
        ValueError: wrong shapes, values that are not finite, or a negative threshold.
        ValidityError: ψ vanishes at a grid point.

    Validity: lines are resolved if they bend, and stay apart, by more than a cell; positions are
        then of fourth order in the spacing, and lengths, of straight pieces, of second.
    """
    require_grid(grid, 3)
    require_numbers(threshold=threshold)
    require_shape("psi", psi, grid.num, "num")
    require_finite("psi", psi)
    if not threshold >= 0.0:
        raise ValueError(f"`threshold` must not be negative, but is {threshold:g}.")
    values = np.asarray(psi, dtype=complex)
    if np.any(values == 0.0):
        raise ValidityError(
            f"ψ vanishes at {int(np.sum(values == 0.0))} points of the grid, where it has no "
            "phase. Shift the grid by a fraction of a cell."
        )
    if periodic:
        values = np.pad(values, (0, 1), mode="wrap")
    faces = _faces(values, periodic, threshold * float(np.max(np.abs(values))))
    num_cells = np.array(values.shape) - 1
    follows = _links(faces, num_cells, periodic)
    lines = [_line(faces, chain, closed, grid, periodic) for chain, closed in _chains(follows)]
    return tuple(sorted(lines, key=lambda line: -line.length))


def loop_round(line: VortexLine, index: int, radius: float) -> Loop:
    """Circle round a vortex line, in its sense, for `circulation` and `winding_number`.

    Args:
        line: VortexLine.
        index: of the point that is the centre.
        radius: [length].

    Returns:
        Loop s in [0, 1] -> (3,) [length].

    Raises:
        ValueError: no such point, a line of a single point, or a radius that is not positive.
    """
    require_kind("line", line, VortexLine)
    require_numbers(radius=radius)
    require_positive("radius", radius)
    num = len(line.points)
    require_count("number of points of the line", num, 2)
    require_count("index", index, 0, num - 1)
    last = [index - 1, (index + 1) % num] if line.closed else [max(index - 1, 0), index + 1]
    before, after = line.points[[last[0], min(last[1], num - 1)]]
    tangent = after - before
    first = np.cross(tangent, np.eye(3)[int(np.argmin(np.abs(tangent)))])
    first /= np.linalg.norm(first)
    second = np.cross(tangent, first)
    second /= np.linalg.norm(second)
    return circle(jnp.asarray(line.points[index]), radius, first, second)


def _faces(psi: np.ndarray, periodic: bool, floor: float) -> _Faces:
    found = [_faces_across(psi, axis, periodic, floor) for axis in range(3)]
    return _Faces(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _faces_across(psi: np.ndarray, axis: int, periodic: bool, floor: float) -> _Faces:
    """Faces with normal along `axis`; in a periodic box the last layer repeats the first."""
    b, c = (axis + 1) % 3, (axis + 2) % 3
    phase = np.angle(psi)
    along_b, along_c = (_wrapped(np.diff(phase, axis=i)) for i in (b, c))
    turn = _first(along_b, c) + _rest(along_c, b) - _rest(along_b, c) - _first(along_c, b)
    winding = np.rint(turn / (2.0 * np.pi)).astype(int)
    if periodic:
        winding = _first(winding, axis)
    corner = np.argwhere(winding)
    steps = np.zeros((4, 3), dtype=int)
    steps[1, b] = steps[2, c] = steps[3, b] = steps[3, c] = 1
    at = corner[:, None, :] + steps
    corners = psi[at[..., 0], at[..., 1], at[..., 2]]
    kept = np.max(np.abs(corners), axis=1) >= floor
    corner, corners = corner[kept], corners[kept]
    offset = np.zeros((len(corner), 3))
    stencils = [_stencil(corner[:, i], psi.shape[i], periodic) for i in (b, c)]
    patch = _patch(psi, axis, corner, stencils, periodic)
    nodes = [stencil - corner[:, [i]] for stencil, i in zip(stencils, (b, c), strict=True)]
    offset[:, b], offset[:, c] = _refined_zero(patch, *nodes, *_bilinear_zero(corners))
    return _Faces(np.full(len(corner), axis), corner, winding[tuple(corner.T)], offset)


def _first(values: np.ndarray, axis: int) -> np.ndarray:
    return np.delete(values, -1, axis=axis)


def _rest(values: np.ndarray, axis: int) -> np.ndarray:
    return np.delete(values, 0, axis=axis)


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return angle - 2.0 * np.pi * np.rint(angle / (2.0 * np.pi))


def _bilinear_zero(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zero (s, t) in the unit square of f = a + b s + c t + d s t through the corners (faces, 4).

    s = -(a + c t)/(b + d t) is real where a quadratic in t vanishes. The phase of f turns once
    along the edges, so one of its roots lies in the square.
    """
    a = corners[:, 0]
    b, c = corners[:, 1] - a, corners[:, 2] - a
    d = corners[:, 3] - a - b - c
    q0, q1, q2 = ((x * np.conj(y)).imag for x, y in ((a, b), (a, d), (c, d)))
    q1 = q1 + (c * np.conj(b)).imag
    root = np.sqrt(np.maximum(q1**2 - 4.0 * q0 * q2, 0.0))
    # The two forms of each root: neither cancels where the other does.
    half = -0.5 * (q1 + np.where(q1 < 0.0, -root, root))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.stack([half / q2, q0 / half])
        s = -np.real((a + c * t) / (b + d * t))
    outside = np.maximum(np.abs(s - 0.5), np.abs(t - 0.5))
    best = np.argmin(np.where(np.isfinite(outside), outside, np.inf), axis=0)
    columns = np.arange(len(best))
    return s[best, columns], t[best, columns]


def _stencil(first: np.ndarray, num: int, periodic: bool) -> np.ndarray:
    """Indices of the four points about a cell, (faces, 4), all inside unless periodic."""
    start = first - 1 if periodic else np.clip(first - 1, 0, num - 4)
    return start[:, None] + np.arange(4)


def _patch(
    psi: np.ndarray, axis: int, corner: np.ndarray, stencils: list[np.ndarray], periodic: bool
) -> np.ndarray:
    """ψ at 4 by 4 points in the plane of each face, (faces, 4, 4)."""
    b, c = (axis + 1) % 3, (axis + 2) % 3
    at: list[Any] = [None, None, None]
    at[axis] = corner[:, axis, None, None]
    at[b], at[c] = stencils[0][:, :, None], stencils[1][:, None, :]
    if periodic:
        # The last layer repeats the first.
        at[b], at[c] = at[b] % (psi.shape[b] - 1), at[c] % (psi.shape[c] - 1)
    return psi[tuple(at)]


def _refined_zero(
    patch: np.ndarray, nodes_s: np.ndarray, nodes_t: np.ndarray, s: np.ndarray, t: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Zero of the bicubic interpolation near (s, t), which stays where Newton's steps leave."""
    old_s, old_t = s, t
    for _ in range(_NUM_NEWTON_STEPS):
        (ws, ds), (wt, dt) = _cubic_weights(nodes_s, s), _cubic_weights(nodes_t, t)
        f, f_s, f_t = (
            np.einsum("fij,fi,fj->f", patch, u, v) for u, v in ((ws, wt), (ds, wt), (ws, dt))
        )
        determinant = (np.conj(f_s) * f_t).imag
        with np.errstate(divide="ignore", invalid="ignore"):
            s = s - (np.conj(f) * f_t).imag / determinant
            t = t - (np.conj(f_s) * f).imag / determinant
    moved = np.maximum(np.abs(s - old_s), np.abs(t - old_t))
    kept = moved < _LARGEST_MOVE
    return np.where(kept, s, old_s), np.where(kept, t, old_t)


def _cubic_weights(nodes: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lagrange weights through four nodes (faces, 4) at x (faces,), and their derivatives."""
    weights, slopes = np.empty(nodes.shape), np.empty(nodes.shape)
    for k in range(4):
        others = nodes[:, [i for i in range(4) if i != k]]
        scale = np.prod(nodes[:, [k]] - others, axis=1)
        a, b, c = (x[:, None] - others).T
        weights[:, k], slopes[:, k] = a * b * c / scale, (a * b + b * c + a * c) / scale
    return weights, slopes


def _links(faces: _Faces, num_cells: np.ndarray, periodic: bool) -> np.ndarray:
    """Index of the next face along the line, -1 where it ends, (faces,)."""
    ahead, behind = faces.corner.copy(), faces.corner.copy()
    rows = np.arange(len(faces.axis))
    behind[rows, faces.axis] -= 1
    forward = (faces.sign > 0)[:, None]
    into, out_of = np.where(forward, ahead, behind), np.where(forward, behind, ahead)
    entering, leaving = (_by_cell(cells, num_cells, periodic) for cells in (into, out_of))
    follows = np.full(len(rows), -1)
    for cell, ins in entering.items():
        outs = leaving.get(cell, [])
        for i, o in _pairs(faces, ins, outs):
            follows[i] = o
    return follows


def _by_cell(cells: np.ndarray, num_cells: np.ndarray, periodic: bool) -> dict[int, list[int]]:
    cells = cells % num_cells if periodic else cells
    inside = np.all((cells >= 0) & (cells < num_cells), axis=1)
    places = tuple(np.where(inside[:, None], cells, 0).T)
    flat = np.atleast_1d(np.ravel_multi_index(places, tuple(num_cells)))
    found: dict[int, list[int]] = {}
    for face in np.flatnonzero(inside):
        found.setdefault(int(flat[face]), []).append(int(face))
    return found


def _pairs(faces: _Faces, ins: list[int], outs: list[int]) -> Iterable[tuple[int, int]]:
    """Who goes on as whom in one cell: all by the shortest way."""
    if len(ins) <= 1 and len(outs) <= 1:
        return list(zip(ins, outs, strict=False))
    entry, exit_ = (_in_cell(faces, chosen, end) for chosen, end in ((ins, -1), (outs, 1)))
    distance = np.linalg.norm(entry[:, None] - exit_[None], axis=-1)
    short = min(len(ins), len(outs))
    ways = (
        list(zip(i, o, strict=True))
        for i in permutations(range(len(ins)), short)
        for o in [tuple(range(short))]
    )
    if len(outs) > short:
        ways = (
            list(zip(range(short), o, strict=True)) for o in permutations(range(len(outs)), short)
        )
    best = min(ways, key=lambda way: sum(distance[i, o] for i, o in way))
    return [(ins[i], outs[o]) for i, o in best]


def _in_cell(faces: _Faces, chosen: list[int], end: int) -> np.ndarray:
    """Positions in the cell that the lines enter (end = -1) or leave (end = 1), in cells."""
    offset = faces.offset[chosen].copy()
    axis, sign = faces.axis[chosen], faces.sign[chosen]
    offset[np.arange(len(chosen)), axis] = np.where(sign * end > 0, 1.0, 0.0)
    return offset


def _chains(follows: np.ndarray) -> list[tuple[list[int], bool]]:
    """Chains of faces, those with a beginning first, each with whether it is closed."""
    used = np.zeros(len(follows), dtype=bool)
    has_before = np.zeros(len(follows), dtype=bool)
    has_before[follows[follows >= 0]] = True
    chains = []
    for start in [*np.flatnonzero(~has_before), *np.flatnonzero(has_before)]:
        if used[start]:
            continue
        chain, face = [], int(start)
        while face >= 0 and not used[face]:
            used[face] = True
            chain.append(face)
            face = int(follows[face])
        chains.append((chain, face == start))
    return chains


def _line(faces: _Faces, chain: list[int], closed: bool, grid: Grid, periodic: bool) -> VortexLine:
    spacing, lower = np.array(grid.spacing), np.array(grid.lower)
    points = lower + spacing * (faces.corner[chain] + faces.offset[chain])
    steps = np.diff(points, axis=0, append=points[:1] if closed else points[-1:])
    if periodic:
        box = spacing * np.array(grid.num)
        steps = steps - box * np.rint(steps / box)
        points = points[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(steps[:-1], axis=0)])
    length = float(np.sum(np.linalg.norm(steps, axis=1)))
    return VortexLine(points, bool(closed), length)
