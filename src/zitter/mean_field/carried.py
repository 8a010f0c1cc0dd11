"""Particles carried by the field of a Vlasov solution, with the same drifts and kicks."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from zitter.core.checks import ValidityError, require_count, require_finite, require_shape
from zitter.core.grid import Grid
from zitter.mean_field._shift_kernels import COMPILE, lagrange_weights_of
from zitter.wavefunctions._threads import over_batch

NUM_POINTS = 8


class KickHistory(NamedTuple):
    """The drifts and kicks of a run, span by span of its output times."""

    space: Grid
    boundary: str
    times: np.ndarray
    """(time,) [time]"""
    before: list[np.ndarray]
    """drift before each kick, (kick,) per span [time]"""
    weights: list[np.ndarray]
    """duration of each kick, (kick,) per span [time]"""
    fields: list[np.ndarray]
    """acceleration in each kick, (kick, S, D, *num) per span [length/time^2]"""
    last: list[np.ndarray]
    """drift after the last kick, per span [time]"""


class Carried(NamedTuple):
    """Particles in the mean field."""

    times: np.ndarray
    """(time,) [time]"""
    X: np.ndarray
    """not wrapped where periodic, (time, particle, D) [length]"""
    V: np.ndarray
    """(time, particle, D) [length/time]"""


def carried(kicks: KickHistory, X0: Any, V0: Any, species: int = 0) -> Carried:
    """Paths dx/dt = v, dv/dt = a(x, t) of test particles in the mean field of a Vlasov solution.

    Equation: (115), as the force of the characteristics of (112)

    Args:
        kicks: of a solution made with keep_kicks=True.
        X0: at times[0], (particle, D) [length].
        V0: (particle, D) [length/time].
        species: the one whose acceleration acts.

    Returns:
        Carried.

    Raises:
        ValueError: no kicks, shapes, or another species.
        ValidityError: a particle leaves an isolated box.

    Validity: a(x) between the points by polynomials of degree 7; in time with the drifts and
        kicks of the solution, so that its splitting error is shared.
    """
    if kicks is None:
        raise ValueError("`kicks` must be those of a solution made with keep_kicks=True.")
    grid = kicks.space
    require_count("species", species, 0, kicks.fields[0].shape[1] - 1)
    for name, array in (("X0", X0), ("V0", V0)):
        require_shape(name, array, (None, grid.num_axes), "(particle, num_axes)")
        require_finite(name, array)
    require_shape("V0", V0, np.shape(X0), "those of X0")
    x, v = np.array(X0, dtype=float), np.array(V0, dtype=float)
    X, V = [x.copy()], [v.copy()]
    for span in range(len(kicks.times) - 1):
        parts = zip(kicks.before[span], kicks.weights[span], kicks.fields[span], strict=True)
        for drift, weight, fields in parts:
            x += drift * v
            v += weight * field_at(fields[species], grid, kicks.boundary, x)
        x += kicks.last[span] * v
        X.append(x.copy())
        V.append(v.copy())
    return Carried(kicks.times, np.array(X), np.array(V))


def field_at(field: np.ndarray, grid: Grid, boundary: str, X: np.ndarray) -> np.ndarray:
    """Components of a field (D, *num) at positions X (particle, D), by polynomials of degree 7."""
    periodic = boundary == "periodic"
    low, h = np.array(grid.lower), np.array(grid.spacing)
    cells = (X - low) / h
    if not periodic and (np.min(cells) < 0.0 or np.any(cells > np.array(grid.num) - 1.0)):
        raise ValidityError("A particle has left the box of the mean field: use a wider box.")
    result = np.empty(X.shape)
    num = np.array(grid.num)
    flat = field.reshape(len(num), -1)
    over_batch(
        lambda at, out: _interpolate(flat, num, periodic, at, out),
        cells,
        result,
        steps=100.0 * NUM_POINTS ** len(num),
    )
    return result


@njit(**COMPILE)
def _interpolate(field, num, periodic, cells, result):
    D, P = cells.shape[1], NUM_POINTS
    weights, index = np.ones((2, P)), np.zeros((2, P), np.int64)
    for i in range(cells.shape[0]):
        for axis in range(D):
            n = num[axis]
            first = int(np.floor(cells[i, axis])) - P // 2 + 1
            if not periodic:
                first = min(max(first, 0), n - P)
            lagrange_weights_of(first + P // 2 - cells[i, axis], weights[axis])
            for m in range(P):
                index[axis, m] = (first + m) % n
        rows = P if D == 2 else 1
        for axis in range(D):
            total = 0.0
            for a in range(rows):
                for b in range(P):
                    if D == 2:
                        place = index[0, a] * num[1] + index[1, b]
                        total += weights[0, a] * weights[1, b] * field[axis, place]
                    else:
                        total += weights[0, b] * field[axis, index[0, b]]
            result[i, axis] = total
