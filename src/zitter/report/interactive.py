"""A moving picture as a part of a page: a slider over the times, buttons, layers to toggle."""

import numpy as np
import plotly.graph_objects as go

from zitter.scenarios.moving import Curve, Dots, Moving, Shade
from zitter.scenarios.style import GREY

_MILLISECONDS = 80

BELOW_THE_SLIDER = 125
"""Where the buttons are [pixel]: beside it there is no room for them on a phone."""


def moving_html(moving: Moving, name: str, *, with_script: bool = True) -> str:
    """The picture as HTML with plotly's script inside, so that it works without a network.

    A second picture on the same page needs no script of its own.
    """
    return player(moving).to_html(
        full_html=False,
        include_plotlyjs=with_script,
        div_id=name,
        auto_play=False,
        config={"displaylogo": False, "responsive": True},
    )


def player(moving: Moving) -> go.Figure:
    """Plotly figure with one frame for each time."""
    frames = [
        go.Frame(data=_traces(moving, index), name=words)
        for index, words in enumerate(moving.times)
    ]
    figure = go.Figure(data=_traces(moving, 0), frames=frames)
    figure.update_layout(
        title=moving.title,
        template="plotly_white",
        height=660,
        margin=dict(l=60, r=20, t=70, b=20),
        legend=dict(orientation="h", y=1.02, x=1.0, xanchor="right", yanchor="bottom"),
        sliders=[_slider(moving)],
        updatemenus=[_buttons()],
    )
    if len(moving.axes) == 3:
        figure.update_layout(scene=_scene(moving))
    else:
        _flat_axes(figure, moving)
    return figure


def _traces(moving: Moving, index: int) -> list:
    traces = []
    for layer in moving.layers:
        if isinstance(layer, Shade):
            traces.append(_shade(layer, index))
        elif isinstance(layer, Curve):
            style = dict(color=layer.colour)
            y = layer.y[index].astype(np.float32)
            traces.append(go.Scatter(x=layer.x, y=y, name=layer.name, mode="lines", line=style))
        else:
            traces += _dots(layer, index)
    return traces


def _shade(layer: Shade, index: int) -> go.Heatmap:
    # A byte for each pixel keeps the page small.
    share = layer.values[index] / max(float(np.max(layer.values)), np.finfo(float).tiny)
    bytes_ = np.round(255.0 * np.sqrt(np.maximum(share.T, 0.0))).astype(np.uint8)
    return go.Heatmap(
        x=layer.x, y=layer.y, z=bytes_, zmin=0, zmax=255, colorscale="Blues", showscale=False,
        name=layer.name, hoverinfo="x+y",
    )  # fmt: skip


def _dots(layer: Dots, index: int) -> list:
    now = layer.position[index].astype(np.float32)
    marker = dict(color=layer.colour, size=layer.size)
    traces = [_points(now, name=layer.name, mode="markers", marker=marker)]
    if layer.trail:
        way = layer.position[: index + 1].astype(np.float32)
        gap = np.full((1, *way.shape[1:]), np.nan, np.float32)
        joined = np.concatenate([way, gap]).swapaxes(0, 1).reshape(-1, way.shape[-1])
        line = dict(color=GREY, width=1)
        traces.append(_points(joined, name=f"way of {layer.name}", mode="lines", line=line))
    return traces


def _points(position: np.ndarray, **how):
    if position.shape[-1] == 3:
        x, y, z = position.T
        return go.Scatter3d(x=x, y=y, z=z, **how)
    x, y = position.T
    return go.Scatter(x=x, y=y, **how)


def _flat_axes(figure: go.Figure, moving: Moving) -> None:
    (x_label, y_label), (x, y) = moving.axes, moving.limits
    figure.update_xaxes(title=x_label, range=x)
    figure.update_yaxes(title=y_label, range=y)
    if moving.equal:
        figure.update_yaxes(scaleanchor="x", constrain="domain")
        figure.update_xaxes(constrain="domain")


def _scene(moving: Moving) -> dict:
    axes = {
        f"{axis}axis": dict(title=label, range=ends)
        for axis, label, ends in zip("xyz", moving.axes, moving.limits, strict=True)
    }
    return axes | dict(aspectmode="cube" if moving.equal else "auto")


def _how(duration: int, *, onwards: bool = False) -> dict:
    frame = dict(duration=duration, redraw=True)
    return dict(frame=frame, mode="immediate", fromcurrent=onwards, transition=dict(duration=0))


def _slider(moving: Moving) -> dict:
    steps = [dict(method="animate", args=[[words], _how(0)], label=words) for words in moving.times]
    return dict(
        steps=steps,
        currentvalue=dict(prefix="t = ", suffix=f" {moving.time_unit}"),
        transition=dict(duration=0),
        pad=dict(t=40),
    )


def _buttons() -> dict:
    play = dict(label="Play", method="animate", args=[None, _how(_MILLISECONDS, onwards=True)])
    pause = dict(label="Pause", method="animate", args=[[None], _how(0)])
    return dict(
        type="buttons",
        direction="left",
        buttons=[play, pause],
        x=0.0,
        y=0.0,
        xanchor="left",
        yanchor="top",
        pad=dict(t=BELOW_THE_SLIDER),
    )
