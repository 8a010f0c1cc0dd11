"""A picture that moves: what stands in it at each time, for a page with a slider and for a film."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from zitter.scenarios.style import readable_unit

MOST_FRAMES, MOST_DOTS, MOST_PIXELS = 60, 60, 128


class Curve(NamedTuple):
    """A line whose heights change."""

    name: str
    x: np.ndarray
    """(num,)"""
    y: np.ndarray
    """(time, num)"""
    colour: str


class Dots(NamedTuple):
    """Points that move in two or three dimensions, each with the way that it has come if wanted."""

    name: str
    position: np.ndarray
    """(time, dot, 2 or 3)"""
    colour: str
    size: float = 5.0
    trail: bool = False


class Shade(NamedTuple):
    """A density in a plane, shown by the root of its share of the largest; below 0 it is white."""

    name: str
    x: np.ndarray
    """(x,)"""
    y: np.ndarray
    """(y,)"""
    values: np.ndarray
    """(time, x, y)"""


class Moving(NamedTuple):
    """Layers over one another, axis labels, and the words for each time."""

    title: str
    axes: tuple[str, ...]
    """labels of two or three axes"""
    times: tuple[str, ...]
    """numbers"""
    time_unit: str
    layers: tuple[Curve | Dots | Shade, ...]
    equal: bool = False
    """whether a length is the same on all axes"""

    @property
    def limits(self) -> list[tuple[float, float]]:
        """Ends of each axis, which hold all layers at all times."""
        found = [_ends(layer) for layer in self.layers]
        flat = any(isinstance(layer, Shade) for layer in self.layers)
        around = 0.0 if flat else 0.04
        result = []
        for axis in range(len(self.axes)):
            low = min(ends[axis][0] for ends in found if axis < len(ends))
            high = max(ends[axis][1] for ends in found if axis < len(ends))
            gap = around * (high - low) or around
            result.append((low - gap, high + gap))
        return result


def frames_of(num: int) -> np.ndarray:
    """Indices of the times that are shown: all, or MOST_FRAMES of them evenly."""
    return np.unique(np.linspace(0, num - 1, min(num, MOST_FRAMES)).astype(int))


def shown_times(time: xr.DataArray, shown: np.ndarray) -> tuple[tuple[str, ...], str]:
    """The shown times in a readable unit, and that unit."""
    factor, unit = readable_unit(time, time.attrs.get("unit", ""))
    return tuple(f"{factor * t:.4g}" for t in time.values[shown]), unit


def thinned(num: int, most: int) -> slice:
    """Every so many of `num` that at most `most` are left."""
    return slice(None, None, max(1, -(-num // most)))


def riding(curve: Curve, x: np.ndarray) -> np.ndarray:
    """Points x (time, dot) at the height of a curve, (time, dot, 2)."""
    heights = [np.interp(row, curve.x, y) for row, y in zip(x, curve.y, strict=True)]
    return np.stack([x, np.array(heights)], axis=-1)


def labelled(name: str, unit: str) -> str:
    """ "position [nm]", or the name alone where there is no unit."""
    return f"{name} [{unit}]" if unit else name


def _ends(layer: Curve | Dots | Shade) -> list[tuple[float, float]]:
    if isinstance(layer, Curve):
        return [(layer.x[0], layer.x[-1]), (0.0, 1.05 * float(np.max(layer.y)))]
    if isinstance(layer, Shade):
        return [(layer.x[0], layer.x[-1]), (layer.y[0], layer.y[-1])]
    flat = layer.position.reshape(-1, layer.position.shape[-1])
    # A body that has been thrown out should not shrink the picture of the others.
    low, high = np.quantile(flat, [0.005, 0.995], axis=0) if len(flat) > 400 else _extremes(flat)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _extremes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return points.min(axis=0), points.max(axis=0)
