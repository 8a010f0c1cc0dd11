"""Shift of phase-space functions along one axis, by an interpolator chosen by name."""

from collections.abc import Callable

import numpy as np

from zitter.core.fft import inverse_transform_real_lines, transform_real_lines
from zitter.mean_field import _shift_kernels as kernels
from zitter.wavefunctions._threads import over_batch

_LOCAL = {
    "lagrange5": (kernels.POLYNOMIAL, 5),
    "lagrange9": (kernels.POLYNOMIAL, 9),
    "spline": (kernels.SPLINE, 3),
    "positive": (kernels.POSITIVE, 9),
}
INTERPOLATORS = ("spectral", *_LOCAL)
# Order of the error in the cell, with steps of one length.
ORDERS_IN_SPACE = {"lagrange5": 6, "lagrange9": 10, "spline": 4, "positive": 10}


def shift_axis(f: np.ndarray, axis: int, cells: np.ndarray, interpolator: str) -> np.ndarray:
    """f(.., x - cells·h, ..) along one periodic axis; f is used up.

    Args:
        f: C-contiguous, any number of axes.
        axis: the one along which to shift.
        cells: one shift per line, broadcast against f, of length 1 along `axis`; constant over
            all axes before, or over all axes after it, or over neither.
        interpolator: one of INTERPOLATORS.
    """
    before, after = f.shape[:axis], f.shape[axis + 1 :]
    shifts = _as_matrix(cells, axis, before, after)
    if interpolator == "spectral":
        return _spectral(f, axis, shifts)
    scheme, degree = _LOCAL[interpolator]
    _over_tiles(
        lambda part, lines: kernels.shift_tiles(part, scheme, degree, lines, shifts),
        f,
        axis,
        20.0,
    )
    return f


def _over_tiles(kernel: Callable, f: np.ndarray, axis: int, steps: float) -> None:
    """`kernel(tiles, lines)` with f as lines (B, n, C), spread over threads."""
    shape = f.shape
    before, after = (int(np.prod(s, dtype=int)) for s in (shape[:axis], shape[axis + 1 :]))
    lines = f.reshape(before, shape[axis], after)
    tiles = np.arange(before * -(-after // kernels.TILE))
    steps_each = steps * shape[axis] * min(kernels.TILE, after)
    over_batch(lambda part: kernel(part, lines), tiles, steps=steps_each)


def _as_matrix(
    cells: np.ndarray, axis: int, before: tuple[int, ...], after: tuple[int, ...]
) -> np.ndarray:
    """(B or 1, C or 1): what is constant is not spread out."""
    sides = ((before, cells.shape[:axis]), (after, cells.shape[axis + 1 :]))
    parts = [size if max(has, default=1) > 1 else (1,) * len(size) for size, has in sides]
    full = np.broadcast_to(cells, (*parts[0], 1, *parts[1]))
    count = [int(np.prod(part, dtype=int)) for part in parts]
    return np.ascontiguousarray(full, dtype=float).reshape(count)


def _spectral(f: np.ndarray, axis: int, shifts: np.ndarray) -> np.ndarray:
    f_hat = transform_real_lines(f, axis)
    angles = 2.0 * np.pi / f.shape[axis] * shifts
    _over_tiles(lambda part, m: kernels.turn_tiles(part, m, angles), f_hat, axis, 4.0)
    return inverse_transform_real_lines(f_hat, f.shape[axis], axis)
