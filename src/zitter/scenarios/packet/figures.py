"""Pictures of one body on a grid: its density in space and time, its paths, what is conserved."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.scenarios.drawing import draw_history
from zitter.scenarios.moving import (
    MOST_DOTS,
    MOST_PIXELS,
    Curve,
    Dots,
    Moving,
    Shade,
    frames_of,
    labelled,
    riding,
    shown_times,
    thinned,
)
from zitter.scenarios.packet.config import Config
from zitter.scenarios.packet.extended import trapped_theory
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure, readable_unit

MOST_LINES, VISIBLE = 60, 1e-3


def figures(data: xr.DataTree) -> dict[str, Figure]:
    """Density and paths; conserved quantities."""
    field = data["field"].to_dataset()
    paths = data["paths"].to_dataset() if "paths" in data else None
    axes = [name for name in "xyz" if name in field.coords]
    draw = _in_time if len(axes) == 1 else _snapshots
    drawn = {"density": draw(field, paths, axes, data.attrs.get("title", ""))}
    if "spread" in field:
        drawn["moments"] = _moments(field, data.attrs["scenario"])
    return drawn | {"conserved": _conserved(field)}


def moving(data: xr.DataTree) -> Moving:
    """|ψ|² and paths that ride on it; from two axes on, in the plane of the first two."""
    field = data["field"].to_dataset()
    shown = frames_of(field.sizes["time"])
    scale = _Scales(field, "x")
    paths = data["paths"].position.values[shown, :MOST_DOTS] if "paths" in data else None
    draw = _moving_line if "y" not in field.coords else _moving_plane
    layers = draw(field.density.isel(time=shown), scale.length, paths)
    names = ("position", "density") if "y" not in field.coords else ("x", "y")
    units = (scale.unit, "") if "y" not in field.coords else (scale.unit, scale.unit)
    axes = tuple(name + unit for name, unit in zip(names, units, strict=True))
    title = data.attrs.get("title", "")
    return Moving(title, axes, *shown_times(field.time, shown), layers, "y" in field.coords)


def _moving_line(density: xr.DataArray, length: float, paths: np.ndarray | None) -> tuple:
    seen = density.sel(x=slice(*_seen(density, "x")))
    curve = Curve("|ψ|²", seen.x.values * length, seen.values / length, BLUE)
    if paths is None:
        return (curve,)
    return curve, Dots("paths", riding(curve, paths[..., 0] * length), RED)


def _moving_plane(density: xr.DataArray, length: float, paths: np.ndarray | None) -> tuple:
    seen = density.sum("z") if "z" in density.dims else density
    for axis in "xy":
        part = seen.sel({axis: slice(*_seen(density, axis))})
        seen = part.isel({axis: thinned(part.sizes[axis], MOST_PIXELS)})
    x, y = (seen[axis].values * length for axis in "xy")
    shade = Shade("|ψ|²", x, y, seen.transpose("time", "x", "y").values)
    if paths is None:
        return (shade,)
    return shade, Dots("paths", paths[..., :2] * length, RED, trail=True)


class _Scales:
    """Factors and labels of lengths and times in readable units."""

    def __init__(self, field: xr.Dataset, axis: str) -> None:
        self.length, unit = readable_unit(field[axis], field[axis].attrs["unit"])
        self.time, time_unit = readable_unit(field.time, field.time.attrs["unit"])
        self.unit, self.inverse = (f" [{unit}]", f" [1/{unit}]") if unit else ("", "")
        self.time_label = f"time [{time_unit}]" if time_unit else "time"


def _in_time(field: xr.Dataset, paths: xr.Dataset | None, axes: list[str], title: str) -> Figure:
    figure, (history, end) = new_figure(2, width=10.4, height=4.2)
    scale = _Scales(field, "x")
    time, x = field.time.values * scale.time, field.x.values * scale.length
    density = field.density.values / scale.length
    lines = None
    if paths is not None:
        lines = paths.position.isel(path=slice(0, MOST_LINES), space=0).values * scale.length
    draw_history(history, time, x, density, lines)
    seen = x[np.max(density, axis=0) > VISIBLE * np.max(density[0])]
    history.set_ylim(seen[0], seen[-1])
    label_axes(history, x=scale.time_label, y=f"position{scale.unit}", title=title or "|ψ|²")
    end.set_xlim(seen[0], seen[-1])
    for index, colour in ((0, GREY), (-1, BLUE)):
        end.plot(x, density[index], color=colour, label=f"t = {time[index]:.3g}")
    if paths is not None and paths.sizes["path"] >= 100:
        last = paths.position.isel(time=-1, space=0).values * scale.length
        end.hist(
            last,
            bins=40,
            range=(seen[0], seen[-1]),
            density=True,
            color=RED,
            alpha=0.3,
            label="paths at the end",
        )
    label_axes(end, x=f"position{scale.unit}", y=f"density{scale.inverse}", title="Start and end")
    return figure


def _moments(field: xr.Dataset, scenario: dict) -> Figure:
    """Mean and width; of a trapped body beside the moments with and without its gravity."""
    figure, panels = new_figure(2, width=10.4, height=3.6)
    scale = _Scales(field, "x")
    time = field.time.values * scale.time
    theory = {}
    if _is_trapped_body(scenario):
        theory = trapped_theory(Config.model_validate(scenario), field.time.values)
    for panel, name, words in zip(
        panels, ("mean", "spread"), ("mean of x", "standard deviation of x"), strict=True
    ):
        factor, unit = readable_unit(field[name], field[name].attrs["unit"])
        panel.plot(time, field[name].values * factor, color=BLUE, label="|ψ|²")
        for (label, values), colour in zip(theory.items(), (RED, GREY), strict=False):
            panel.plot(time, values[name] * factor, "--", color=colour, label=label)
        label_axes(panel, x=scale.time_label, y=labelled(words, unit), legend=name == "spread")
    panels[1].set_ylim(bottom=0.0)
    return figure


def _is_trapped_body(scenario: dict) -> bool:
    one = len(scenario["packets"]) == 1 and not scenario.get("psi")
    return bool(scenario.get("body")) and one and scenario["potential"]["kind"] == "harmonic"


def _snapshots(field: xr.Dataset, paths: xr.Dataset | None, axes: list[str], title: str) -> Figure:
    """Density in the plane of the first two axes, summed over the third, at four times."""
    figure, panels = new_figure(4, width=14.0, height=3.9)
    scale = _Scales(field, "x")
    x, y = (field[name].values * scale.length for name in axes[:2])
    seen_x, seen_y = (_seen(field.density, name) * scale.length for name in axes[:2])
    for panel, index in zip(
        panels, np.linspace(0, field.sizes["time"] - 1, 4, dtype=int), strict=True
    ):
        frame = field.density.isel(time=index)
        frame = frame.sum(axes[2]) if len(axes) == 3 else frame
        panel.pcolormesh(x, y, np.sqrt(frame.values.T), cmap="Blues", rasterized=True)
        if paths is not None and index:
            _draw_plane(panel, paths.isel(time=slice(0, index + 1)), scale.length)
        at = field.time.values[index] * scale.time
        heading = f"{title}, t = {at:.3g}" if index == 0 and title else f"t = {at:.3g}"
        panel.set(aspect="equal", xlim=seen_x, ylim=seen_y)
        label_axes(panel, x=f"x{scale.unit}", y=f"y{scale.unit}", title=heading)
    return figure


def _seen(density: xr.DataArray, axis: str) -> np.ndarray:
    """Ends of the part of an axis where the density is ever visible."""
    along = density.max([d for d in density.dims if d != axis])
    values = along[axis].values[(along > VISIBLE * along.max()).values]
    return values[[0, -1]]


def _draw_plane(panel: Axes, paths: xr.Dataset, length: float) -> None:
    shown = paths.position.isel(path=slice(0, MOST_LINES)).values * length
    panel.plot(shown[:, :, 0], shown[:, :, 1], color=RED, linewidth=0.4, alpha=0.7)


def _conserved(field: xr.Dataset) -> Figure:
    figure, panels = new_figure(2, width=10.4, height=3.2)
    scale = _Scales(field, "x")
    time = field.time.values * scale.time
    energy = field.energy.values
    names = {"edge": "share near the ends", "crossed_mass": "mass whose rays have crossed"}
    panels[0].plot(time, energy - energy[0], color=BLUE)
    label_axes(panels[0], x=scale.time_label, y="energy - energy at the start")
    for name in (n for n in names if n in field):
        panels[1].plot(time, field[name].values, color=RED)
        label_axes(panels[1], x=scale.time_label, y=names[name])
    return figure
