"""Samples of a function in a file, and the cubic splines through them, for JAX to differentiate."""

from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import error as BadStream

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.interpolate import make_interp_spline

from zitter.core.checks import require_finite, require_shape

FORMATS = (".csv", ".txt", ".dat", ".npz")
DEGREE = 3
FEWEST = 4


class Samples(eqx.Module):
    """Tensor product of cubic splines through values (*num) at the points of each axis.

    Beyond its ends along an axis it keeps the value of the end.
    """

    knots: tuple[Array, ...]
    coefficients: Array
    ends: tuple[tuple[float, float], ...] = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        """Value at one place x (num_axes,)."""
        parts = [self._basis(axis, x[axis]) for axis in range(len(self.knots))]
        value: Any = 0.0
        for offsets in product(range(DEGREE + 1), repeat=len(parts)):
            index = tuple(first + k for (first, _), k in zip(parts, offsets, strict=True))
            weight: Any = 1.0
            for (_, weights), k in zip(parts, offsets, strict=True):
                weight = weight * weights[k]
            value = value + weight * self.coefficients[index]
        return value

    def _basis(self, axis: int, x: Array) -> tuple[Array, list[Array]]:
        """First of the four B-splines that are not zero at x, and their values."""
        t = self.knots[axis]
        x = jnp.clip(x, *self.ends[axis])
        i = jnp.clip(jnp.searchsorted(t, x, side="right") - 1, DEGREE, len(t) - DEGREE - 2)
        values = [jnp.ones_like(x)]
        for degree in range(1, DEGREE + 1):
            new = [jnp.zeros_like(x) for _ in range(degree + 1)]
            for k, b in enumerate(values):
                left, right = t[i + k - degree + 1], t[i + k + 1]
                part = b / (right - left)
                new[k] = new[k] + (right - x) * part
                new[k + 1] = new[k + 1] + (x - left) * part
            values = new
        return i - DEGREE, values


def samples_of(axes: list[np.ndarray], values: np.ndarray) -> Samples:
    """The cubic splines through values (*num) at rising points of one to three axes.

    Raises:
        ValueError: shapes, points that do not rise, fewer than four on an axis, numbers that are
            not finite.
    """
    require_shape("values", values, [len(axis) for axis in axes], "points of each axis")
    require_finite("values", values)
    knots, coefficients = [], values
    for n, axis in enumerate(axes):
        require_finite("points", axis)
        if len(axis) < FEWEST or np.any(np.diff(axis) <= 0.0):
            raise ValueError(f"`points` must be at least {FEWEST} along an axis, and rise.")
        spline = make_interp_spline(axis, np.moveaxis(coefficients, n, 0), DEGREE)
        knots.append(jnp.asarray(spline.t))
        coefficients = np.moveaxis(spline.c, 0, n)
    ends = tuple((float(axis[0]), float(axis[-1])) for axis in axes)
    return Samples(tuple(knots), jnp.asarray(coefficients), ends)


def read_samples(file: Path, num_axes: int) -> Samples:
    """Splines through the samples in a file.

    Text has the columns x, value and, for complex values, imaginary part, with commas or spaces
    between them and comments after #; it is for one axis. An .npz file holds the arrays x, y, z as
    far as there are axes, and `values`.

    Raises:
        ValueError: it cannot be read, or is not of that form.
    """
    return _read(file, num_axes, file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(file: Path, num_axes: int, changed: int) -> Samples:
    try:
        axes, values = _arrays(file, num_axes) if file.suffix == ".npz" else _columns(file)
        if len(axes) != num_axes:
            raise ValueError(f"it has {len(axes)} axes, but {num_axes} are needed")
        return samples_of(axes, values)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, BadStream) as error:
        said = str(error).removesuffix(".")
        raise ValueError(f"The samples in {file.name} cannot be read: {said}.") from None


def _columns(file: Path) -> tuple[list[np.ndarray], np.ndarray]:
    text = file.read_text("utf-8").replace(",", " ")
    lines = [line for line in text.splitlines() if line.split("#")[0].strip()]
    if not lines:
        raise ValueError("it holds no numbers")
    table = np.loadtxt(lines, ndmin=2)
    if table.shape[1] not in (2, 3):
        raise ValueError(f"text must have columns x, value[, imaginary part], not {table.shape[1]}")
    values = table[:, 1] if table.shape[1] == 2 else table[:, 1] + 1j * table[:, 2]
    return [table[:, 0]], values


def _arrays(file: Path, num_axes: int) -> tuple[list[np.ndarray], np.ndarray]:
    with np.load(file) as stored:
        missing = [name for name in (*"xyz"[:num_axes], "values") if name not in stored]
        if missing:
            raise ValueError(f"the array {missing[0]!r} is missing")
        return [np.asarray(stored[n], dtype=float) for n in "xyz"[:num_axes]], stored["values"]
