"""Packets that ride on bodies: widths and correlation, by a tangent map that has settled."""

from typing import Any

import numpy as np
import xarray as xr

from zitter.core.checks import ValidityError
from zitter.kbody.bodies import Bodies
from zitter.kbody.packets import canonical_correlation
from zitter.kbody.tangent import tangent_map
from zitter.scenarios.units import Units, label

FIRST_STEPS, MOST_HALVINGS = 25, 14
SETTLED = 1e-6
"""Largest relative change of a block of the map when the steps are halved."""


def settled_maps(system: Bodies, X: np.ndarray, V: np.ndarray, times: np.ndarray) -> np.ndarray:
    """∂(x, p)(t)/∂(x, p)(0) with steps halved until it changes no more, (time, 2n, 2n).

    Raises:
        ValidityError: it does not settle, as where bodies nearly collide.
    """
    steps, before = FIRST_STEPS, None
    for _ in range(MOST_HALVINGS + 1):
        maps = _maps(system, X, V, times, steps)
        if before is not None and maps is not None and _change(before, maps) <= SETTLED:
            return maps
        steps, before = 2 * steps, maps
    raise ValidityError(
        f"The tides on the packets still change with {steps // 2} steps between samples: the "
        "bodies pass too closely. Ask for more samples, or leave out `width`."
    )


def packets_data(
    widths: np.ndarray, maps: np.ndarray, num_space: int, units: Units, time: xr.DataArray
) -> xr.Dataset:
    """Widths of the packets and the correlation of the first two."""
    n = widths.size * num_space
    J = maps[:, :n, :n]
    C = J @ np.diag(np.repeat(widths, num_space) ** 2) @ J.transpose(0, 2, 1)
    variance = np.diagonal(C, axis1=1, axis2=2).reshape(len(C), widths.size, num_space)
    correlation = [canonical_correlation(c, 0, 1, num_space) for c in C]
    unit = {"unit": label(units, "length")}
    width = np.sqrt(variance.mean(axis=2))
    meaning = "rms width of a packet that the paths carry along"
    return xr.Dataset(
        {
            "width": (("time", "body"), width, unit | {"meaning": meaning}),
            "correlation": ("time", correlation, {"meaning": "of the first two packets, (97)"}),
        },
        {"time": time},
    )


def _maps(
    system: Bodies, X: np.ndarray, V: np.ndarray, times: np.ndarray, steps: int
) -> np.ndarray | None:
    """The map with so many steps between samples; None where they do not resolve the paths."""
    try:
        found = tangent_map(system, X, V, times, time_step=float(times[1] - times[0]) / steps)
    except ValidityError:
        return None
    top = np.concatenate([found.x_by_x, found.x_by_p], axis=2)
    return np.concatenate([top, np.concatenate([found.p_by_x, found.p_by_p], axis=2)], axis=1)


def _change(before: np.ndarray, maps: np.ndarray) -> float:
    """Largest change of the four blocks, each in its own unit, against their size at that time."""
    n = maps.shape[1] // 2

    def largest(values: Any) -> np.ndarray:
        return np.abs(values).reshape(len(maps), 2, n, 2, n).max(axis=(2, 4))

    size = largest(maps)
    return float(np.max(largest(before - maps) / np.where(size > 0.0, size, 1.0)))
