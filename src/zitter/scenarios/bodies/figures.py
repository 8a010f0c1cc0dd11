"""Pictures of K bodies: their paths or phase space, their energy, the tides on their packets."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.scenarios.moving import Dots, Moving, frames_of, labelled, shown_times, thinned
from zitter.scenarios.style import BLUE, COLOURS, GREY, RED, label_axes, new_figure, readable_unit

MOST_PATHS, MOST_POINTS = 12, 1500


def figures(data: xr.DataTree) -> dict[str, Figure]:
    """Motion and energy; packets if they were followed."""
    bodies = data["bodies"].to_dataset()
    result = {"motion": _motion(bodies, data.attrs.get("title", ""))}
    if "correlation" in bodies:
        result["packets"] = _packets(bodies)
    if "wave" in bodies:
        result["wave"] = _wave(bodies)
    return result


def moving(data: xr.DataTree) -> Moving:
    """The bodies: on a line in phase space, else in space, with their ways if they are few."""
    bodies = data["bodies"].to_dataset()
    shown = frames_of(bodies.sizes["time"])
    scale, unit = readable_unit(bodies.position, bodies.position.attrs["unit"])
    some = thinned(bodies.sizes["body"], MOST_POINTS)
    X = bodies.position.values[shown][:, some] * scale
    axes = tuple(labelled(name, unit) for name in "xyz"[: X.shape[2]])
    if X.shape[2] == 1:
        X = np.concatenate([X, bodies.velocity.values[shown][:, some]], axis=2)
        axes = (labelled("position", unit), labelled("velocity", bodies.velocity.attrs["unit"]))
    few = X.shape[1] <= MOST_PATHS
    dots = Dots("bodies", X, BLUE, 8.0 if few else 2.5, trail=few)
    title = data.attrs.get("title", "")
    equal = bodies.sizes["space"] > 1
    return Moving(title, axes, *shown_times(bodies.time, shown), (dots,), equal)


def _motion(bodies: xr.Dataset, title: str) -> Figure:
    figure, (motion, energy) = new_figure(2, width=10.8, height=4.4)
    scale, unit = readable_unit(bodies.position, bodies.position.attrs["unit"])
    place = f" [{unit}]" if unit else ""
    X = bodies.position.values * scale
    if bodies.sizes["space"] == 1:
        _phase_space(motion, X[[0, -1], :, 0], bodies.velocity.values[[0, -1], :, 0])
        label_axes(motion, x=f"position{place}", y="velocity", title=title or "Phase space")
    elif bodies.sizes["body"] <= MOST_PATHS:
        for body, colour in zip(range(X.shape[1]), COLOURS * 2, strict=False):
            motion.plot(X[:, body, 0], X[:, body, 1], color=colour, linewidth=1.0)
            motion.plot(*X[-1, body, :2], "o", color=colour)
        motion.set_aspect("equal", adjustable="datalim")
        label_axes(motion, x=f"x{place}", y=f"y{place}", title=title or "Paths")
    else:
        _cloud(motion, X[[0, -1]])
        label_axes(motion, x=f"x{place}", y=f"y{place}", title=title or "Start and end")
    _draw_energy(energy, bodies)
    return figure


def _phase_space(ax: Axes, X: np.ndarray, V: np.ndarray) -> None:
    for x, v, colour, name in zip(X, V, (GREY, BLUE), ("start", "end"), strict=True):
        ax.plot(x, v, ".", markersize=2, color=colour, label=name)


def _cloud(ax: Axes, X: np.ndarray) -> None:
    for x, colour, name in zip(X, (GREY, BLUE), ("start", "end"), strict=True):
        ax.plot(x[:, 0], x[:, 1], ".", markersize=2, color=colour, label=name)
    x, y = np.median(X[0, :, :2], axis=0)
    reach = np.quantile(np.abs(X[0, :, :2] - [x, y]), 0.98)
    ax.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach), aspect="equal")


def _time(bodies: xr.Dataset) -> tuple[np.ndarray, str]:
    factor, unit = readable_unit(bodies.time, bodies.time.attrs["unit"])
    return bodies.time.values * factor, f"time [{unit}]" if unit else "time"


def _draw_energy(ax: Axes, bodies: xr.Dataset) -> None:
    time, name = _time(bodies)
    E = bodies.energy.values
    ax.plot(time, (E - E[0]) / abs(E[0]), color=RED)
    label_axes(ax, x=name, y="change of the energy / energy")


def _wave(bodies: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure(width=6.0)
    time, name = _time(bodies)
    ax.semilogy(time, bodies.wave.values, color=BLUE)
    noise = 1.0 / np.sqrt(bodies.sizes["body"])
    ax.axhline(noise, color=GREY, linestyle="--", label="noise of a random start")
    label_axes(ax, x=name, y="|⟨exp(-ikx)⟩|", title="First wave of the density")
    return figure


def _packets(bodies: xr.Dataset) -> Figure:
    figure, (widths, correlation) = new_figure(2, width=10.8, height=3.6)
    time, name = _time(bodies)
    for body, colour in zip(range(bodies.sizes["body"]), COLOURS, strict=False):
        w = bodies.width.values[:, body]
        widths.semilogy(time, w / w[0], color=colour, label=f"body {body + 1}")
    label_axes(widths, x=name, y="width / first width", title="Packets under tides")
    correlation.plot(time, bodies.correlation.values, color=BLUE)
    label_axes(correlation, x=name, y="correlation of the first two packets", title="Two packets")
    return figure
