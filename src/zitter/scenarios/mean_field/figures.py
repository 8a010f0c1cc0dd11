"""Pictures of a mean field: phase space, the wave beside linear theory, what is conserved."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.scenarios.mean_field.config import Config
from zitter.scenarios.mean_field.run import linear_root
from zitter.scenarios.mean_field.start import scales_of
from zitter.scenarios.moving import (
    MOST_PIXELS,
    Dots,
    Moving,
    Shade,
    frames_of,
    labelled,
    shown_times,
    thinned,
)
from zitter.scenarios.style import BLACK, BLUE, GREY, RED, label_axes, new_figure, readable_unit

MOST_POINTS, VISIBLE = 1500, 1e-4


def figures(data: xr.DataTree) -> dict[str, Figure]:
    """Phase space at four times; the wave and what is conserved."""
    field = data["field"].to_dataset()
    bodies = data["bodies"].to_dataset() if "bodies" in data else None
    title = data.attrs.get("title", "")
    return {
        "phase_space": _phase_space(field, bodies, title),
        "wave": _wave_and_drift(data.attrs, field, bodies),
    }


def moving(data: xr.DataTree) -> Moving:
    """f of the first species, and the bodies if there are any."""
    field = data["field"].to_dataset()
    shown = frames_of(field.sizes["time"])
    x, v, f, axes = _plane(field.isel(time=shown))
    f = f[:, thinned(len(x), MOST_PIXELS), thinned(len(v), MOST_PIXELS)]
    x, v = x[thinned(len(x), MOST_PIXELS)], v[thinned(len(v), MOST_PIXELS)]
    layers: tuple = (Shade("f", x, v, f),)
    if "bodies" in data:
        points = _points(data["bodies"].to_dataset().isel(time=shown), field)
        layers += (Dots("bodies", points, RED, 2.5),)
    title = data.attrs.get("title", "")
    return Moving(title, axes, *shown_times(field.time, shown), layers)


def _plane(field: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, str]]:
    """x, v, f (time, x, v) where f is ever visible, and the labels of the axes."""
    scale, unit = readable_unit(field.x, field.x.attrs["unit"])
    speed, speed_unit = readable_unit(field.v, field.v.attrs["unit"])
    marginal = field.f.max(["time", "x"])
    seen = field.v.values[(marginal > VISIBLE * marginal.max()).values]
    field = field.sel(v=slice(seen[0], seen[-1]))
    labels = (labelled("x", unit), labelled("v", speed_unit))
    return field.x.values * scale, field.v.values * speed, field.f.values, labels


def _points(bodies: xr.Dataset, field: xr.Dataset) -> np.ndarray:
    """Bodies in the plane (time, body, 2), wrapped into the box."""
    bodies = bodies.isel(body=thinned(bodies.sizes["body"], MOST_POINTS), space=0)
    scale, _ = readable_unit(field.x, field.x.attrs["unit"])
    speed, _ = readable_unit(field.v, field.v.attrs["unit"])
    length = _length(field)
    x = bodies.position.values
    x = (x - length * np.round(x / length)) * scale
    return np.stack([x, bodies.velocity.values * speed], axis=-1)


def _length(field: xr.Dataset) -> float:
    x = field.x.values
    return float(x[-1] + x[1] - 2.0 * x[0])


def _phase_space(field: xr.Dataset, bodies: xr.Dataset | None, title: str) -> Figure:
    figure, panels = new_figure(4, width=14.0, height=3.9)
    x, v, f, axes = _plane(field)
    at = np.linspace(0, field.sizes["time"] - 1, 4).astype(int)
    times, unit = shown_times(field.time, at)
    points = None if bodies is None else _points(bodies, field)
    for panel, index, words in zip(panels, at, times, strict=True):
        image = np.maximum(f[index].T, 0.0)
        panel.pcolormesh(x, v, np.sqrt(image), cmap="Blues", rasterized=True)
        if points is not None:
            panel.plot(*points[index].T, ".", color=RED, markersize=1.5, alpha=0.5)
        heading = f"t = {words} {unit}".rstrip()
        first = title and index == 0
        label_axes(panel, x=axes[0], y=axes[1], title=f"{title}, {heading}" if first else heading)
        panel.set(xlim=(x[0], x[-1]), ylim=(v[0], v[-1]))
    return figure


def _wave_and_drift(about: dict, field: xr.Dataset, bodies: xr.Dataset | None) -> Figure:
    figure, (wave, drift) = new_figure(2, width=10.8, height=4.0)
    factor, unit = readable_unit(field.time, field.time.attrs["unit"])
    time = field.time.values * factor
    if bodies is not None:
        name = f"{bodies.sizes['body']} bodies"
        wave.semilogy(time, bodies.wave, color=RED, linewidth=1.0, label=name)
    wave.semilogy(time, field.wave, color=BLUE, label="mean field")
    _draw_theory(wave, about, field, factor)
    label_axes(wave, x=labelled("time", unit), y="wave of the source, share", title="The wave")
    energy, number = field.energy.values, field.number.values
    drift.plot(time, energy / energy[0] - 1.0, color=BLUE, label="energy")
    drift.plot(time, number[:, 0] / number[0, 0] - 1.0, color=GREY, label="number")
    label_axes(drift, x=labelled("time", unit), y="relative change", title="What is conserved")
    return figure


def _draw_theory(ax: Axes, about: dict, field: xr.Dataset, factor: float) -> None:
    if about["scenario"].get("f0"):
        return
    config = Config.model_validate(about["scenario"])
    k = 2.0 * np.pi * config.mode / _length(field)
    root = linear_root(config, scales_of(config), k)
    if root is None:
        return
    line = float(field.wave[0]) * np.exp(root.imag * field.time.values)
    low, high = ax.get_ylim()
    ax.plot(field.time.values * factor, line, "--", color=BLACK, label="linear theory, slope")
    ax.set_ylim(low, high)
