"""Pictures of a body in a bath: its paths and density, the weights of its packets, coherence."""

import numpy as np
import xarray as xr
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
    """Paths on the density; weights and collapse, if there are packets to tell apart."""
    state, runs = data["state"].to_dataset(), data["runs"].to_dataset()
    found = {"paths": _paths(state, runs, data.attrs.get("title", ""))}
    if "decoherence" in state:
        found["collapse"] = _collapse(state, runs)
    return found


def moving(data: xr.DataTree) -> Moving:
    """Density of X, and the runs that ride on it."""
    state, runs = data["state"].to_dataset(), data["runs"].to_dataset()
    shown = frames_of(state.sizes["time"])
    scale, unit = readable_unit(state.x, state.x.attrs["unit"])
    curve = Curve("density", state.x.values * scale, state.density.values[shown] / scale, BLUE)
    dots = runs.position.values[:MOST_DOTS, shown].T * scale
    axes = (labelled("position", unit), "density")
    layers = (curve, Dots("runs", riding(curve, dots), RED))
    title = data.attrs.get("title", "")
    return Moving(title, axes, *shown_times(state.time, shown), layers)


def _scales(state: xr.Dataset) -> tuple[float, str, float, str]:
    """Factor and label of lengths, and of times."""
    length, unit = readable_unit(state.x, state.x.attrs["unit"])
    time, time_unit = readable_unit(state.time, state.time.attrs["unit"])
    return length, labelled("position", unit), time, labelled("time", time_unit)


def _paths(state: xr.Dataset, runs: xr.Dataset, title: str) -> Figure:
    figure, (history, end) = new_figure(2, width=10.4, height=4.2)
    length, position, factor, time_label = _scales(state)
    time, x = state.time.values * factor, state.x.values * length
    density = state.density.values / length
    history.pcolormesh(
        time, x, np.sqrt(np.maximum(density.T, 0.0)), cmap="Blues", shading="auto", rasterized=True
    )
    lines = runs.position.values[:MOST_LINES].T * length
    history.plot(time, lines, color=GREY, linewidth=0.6, alpha=0.8)
    seen = x[np.max(density, axis=0) > 1e-3 * np.max(density)]
    history.set_ylim(seen[0], seen[-1])
    label_axes(history, x=time_label, y=position, title=title or "Paths, and density of X")
    for index, colour in ((0, GREY), (-1, BLUE)):
        end.plot(x, density[index], color=colour, label=f"t = {time[index]:.3g}")
    if runs.sizes["run"] >= 100:
        last = runs.position.values[:, -1] * length
        span = (seen[0], seen[-1])
        end.hist(last, bins=40, range=span, density=True, color=RED, alpha=0.3, label="runs, end")
    end.set_xlim(seen[0], seen[-1])
    label_axes(end, x=position, y="density", title="Start and end")
    return figure


def _collapse(state: xr.Dataset, runs: xr.Dataset) -> Figure:
    figure, (weights, mean, exponents) = new_figure(3, width=13.6, height=4.0)
    _, _, factor, time_label = _scales(state)
    time = state.time.values * factor
    weights.plot(time, runs.weight.values[:MOST_LINES, :, 0].T, color=GREY, linewidth=0.6)
    weights.set_ylim(-0.03, 1.03)
    label_axes(weights, x=time_label, y="weight of the first packet", title="Runs, one by one")
    smaller = 1.0 - runs.weight.max("packet").values
    error = 2.0 * np.std(smaller, axis=0) / np.sqrt(len(smaller))
    middle = np.mean(smaller, axis=0)
    mean.fill_between(time, middle - error, middle + error, color=RED, alpha=0.3)
    mean.plot(time, middle, color=RED, label=f"{len(smaller)} runs (± 2 s.e.)")
    if "expected" in state:
        mean.plot(time, state.expected, "--", color=GREY, label="Φ(-Δ_B/2) and its like")
    mean.set_ylim(bottom=0.0)
    label_axes(mean, x=time_label, y="mean weight of all but the largest", title="Collapse")
    for name, colour, text in (
        ("decoherence", BLUE, "decoherence A"),
        ("distance", RED, "disjoint in the bath, Δ_B²/8"),
    ):
        exponents.plot(time, state[name], color=colour, label=text)
    exponents.axhline(1.0, color=GREY, linewidth=0.8)
    label_axes(exponents, x=time_label, y="exponent", title="First two packets")
    return figure
