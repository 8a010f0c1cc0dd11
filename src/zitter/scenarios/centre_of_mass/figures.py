"""Pictures of N particles and of their centre of mass."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.scenarios.moving import (
    MOST_DOTS,
    Curve,
    Dots,
    Moving,
    frames_of,
    labelled,
    riding,
    shown_times,
)
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure, readable_unit

MOST_LINES = 60


def figures(data: xr.DataTree) -> dict[str, Figure]:
    """Paths of one run and of the centre of mass of all; the spread against Newton's path."""
    runs = in_readable_units(data["runs"].to_dataset())
    result = {"centre_of_mass": _centre_of_mass(runs, data.attrs)}
    if "position" in runs:
        result["particles"] = _particles(runs, data.attrs)
    return result


def moving(data: xr.DataTree) -> Moving:
    """The centres of mass of all runs, and the particles of the first run with Newton's path."""
    runs = in_readable_units(data["runs"].to_dataset())
    shown = frames_of(runs.sizes["time"])
    runs = runs.isel(time=shown)
    times = shown_times(data["runs"].time, shown)
    x = labelled("position", runs.x_cm.attrs["unit"])
    on_line = runs.sizes["space"] == 1
    layers = _moving_line(runs) if on_line else _moving_plane(runs)
    axes = (x, "share of the runs") if on_line else (x, labelled("y", runs.x_cm.attrs["unit"]))
    return Moving(data.attrs.get("title", ""), axes, *times, layers, not on_line)


def _moving_line(runs: xr.Dataset) -> tuple[Curve | Dots, ...]:
    """Histogram of the centres of mass; the first run's particles ride on it."""
    x_cm = runs.x_cm.isel(space=0).transpose("time", "run").values
    first = runs.isel(run=0, space=0)
    particles = (
        first.position.isel(particle=slice(0, MOST_DOTS)).values if "position" in runs else None
    )
    seen = x_cm if particles is None else np.concatenate([x_cm, particles], axis=1)
    edges = np.linspace(seen.min(), seen.max(), 41)
    share = np.array([np.histogram(row, edges)[0] / row.size for row in x_cm])
    curve = Curve("centre of mass, all runs", 0.5 * (edges[1:] + edges[:-1]), share, BLUE)
    newton = Dots("Newton, run 1", riding(curve, first.newton.values[:, None]), RED, 11.0)
    centre = Dots("centre of mass, run 1", riding(curve, first.x_cm.values[:, None]), BLUE, 8.0)
    if particles is None:
        return curve, newton, centre
    return curve, Dots("particles, run 1", riding(curve, particles), GREY), newton, centre


def _moving_plane(runs: xr.Dataset) -> tuple[Dots, ...]:
    x_cm = runs.x_cm.isel(run=slice(0, MOST_LINES)).transpose("time", "run", "space").values
    first = runs.isel(run=0)
    layers = [Dots("centre of mass of each run", x_cm[..., :2], BLUE)]
    if "position" in runs:
        particles = first.position.isel(particle=slice(0, MOST_DOTS)).values
        layers.append(Dots("particles, run 1", particles[..., :2], GREY))
    return *layers, Dots("Newton, run 1", first.newton.values[:, None, :2], RED, 11.0, trail=True)


def in_readable_units(runs: xr.Dataset) -> xr.Dataset:
    """The runs with lengths and times in units with SI prefixes that suit them."""
    largest = "position" if "position" in runs else "x_cm"
    length, unit = readable_unit(np.abs(runs[largest]).max(), runs.x_cm.attrs["unit"])
    time, time_unit = readable_unit(runs.time, runs.time.attrs["unit"])
    lengths = [name for name in ("x_cm", "newton", "position") if name in runs]
    scaled = runs.assign({name: runs[name] * length for name in lengths})
    scaled = scaled.assign_coords(time=runs.time * time)
    for name in lengths:
        scaled[name].attrs["unit"] = unit
    scaled.time.attrs["unit"] = time_unit
    return scaled


def _centre_of_mass(runs: xr.Dataset, about: dict) -> Figure:
    figure, (paths, spread) = new_figure(2, width=10.4, height=4.0)
    shown = runs.isel(run=slice(0, MOST_LINES), space=0)
    time = runs.time.values
    paths.plot(time, shown.x_cm.values.T, color=BLUE, linewidth=0.7, alpha=0.6)
    paths.plot(time, shown.newton.mean("run"), "--", color=RED, label="mean of Newton's paths")
    x, t = _labels(runs)
    label_axes(paths, x=t, y=f"centre of mass {x}", title=about.get("title") or "Centre of mass")
    deviation = (runs.x_cm - runs.newton).isel(space=0)
    if runs.sizes["run"] > 1:
        _draw_spread(spread, time, deviation.values)
        label_axes(spread, x=t, y=f"distance from Newton's path {x}", title="16-84% of the runs")
    else:
        spread.plot(time, deviation.values[0], color=BLUE)
        label_axes(spread, x=t, y=f"distance from Newton's path {x}")
    return figure


def _draw_spread(ax: Axes, time: np.ndarray, deviation: np.ndarray) -> None:
    low, middle, high = np.quantile(deviation, [0.16, 0.5, 0.84], axis=0)
    ax.fill_between(time, low, high, color=BLUE, alpha=0.2, linewidth=0)
    ax.plot(time, middle, color=BLUE, label="median")
    ax.axhline(0.0, color=GREY, linewidth=1.0)


def _particles(runs: xr.Dataset, about: dict) -> Figure:
    figure, (one, end) = new_figure(2, width=10.4, height=4.0)
    first = runs.isel(run=0, space=0)
    x, t = _labels(runs)
    positions = first.position.isel(particle=slice(0, MOST_LINES))
    one.plot(runs.time.values, positions.values, color=GREY, linewidth=0.7)
    one.plot(runs.time.values, first.x_cm.values, color=BLUE, label="centre of mass")
    one.plot(runs.time.values, first.newton.values, "--", color=RED, label="Newton")
    label_axes(one, x=t, y=f"position {x}", title="One run")
    last = runs.position.isel(time=-1, space=0).values.ravel()
    end.hist(last, bins=40, density=True, color=BLUE, alpha=0.7)
    y = f"density of particles {x.replace('[', '[1/')}"
    label_axes(end, x=f"position {x}", y=y, title="All runs, at the end")
    return figure


def _labels(runs: xr.Dataset) -> tuple[str, str]:
    def bracket(variable: xr.DataArray) -> str:
        unit = variable.attrs.get("unit", "")
        return f"[{unit}]" if unit else ""

    return bracket(runs.x_cm), f"time {bracket(runs.time)}".strip()
