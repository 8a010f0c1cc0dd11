"""The one visual style of all figures: colour-blind safe, readable at a glance, no pyplot state."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

# Okabe and Ito's colours, which are told apart by all common kinds of colour vision.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#222222"
GREY = "#8A8F98"
COLOURS = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_SETTINGS: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 160,
    "font.size": 11,
    "font.family": "DejaVu Sans",
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "grid.color": "#E4E6EA",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "zitter",
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Context in which figures are made and saved."""
    with mpl.rc_context(_SETTINGS):
        yield


def new_figure(
    num_panels: int = 1, *, width: float | None = None, height: float = 3.6, num_rows: int = 1
) -> tuple[Figure, np.ndarray]:
    """Figure with its panels side by side; the panels have shape (num_panels,).

    Args:
        num_panels: number of panels.
        width: width of the figure [inch]; by default 5.6 for one panel, 4.4 for each of more.
        height: height [inch].
        num_rows: rows over which the panels are spread, row by row.
    """
    wide = width if width is not None else (5.6 if num_panels == 1 else 4.4 * num_panels)
    with figure_style():
        figure = Figure(figsize=(wide, height), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(num_rows, num_panels // num_rows, squeeze=False).ravel()
    return figure, panels


def label_axes(ax: Axes, *, x: str, y: str, title: str = "", legend: bool = True) -> None:
    """Labels, title and, where there is something to tell apart, a legend."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if title:
        ax.set_title(title)
    if legend and ax.get_legend_handles_labels()[1]:
        ax.legend()


_PREFIXES = {
    -18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T",
}  # fmt: skip


def readable_unit(values: ArrayLike, unit: str) -> tuple[float, str]:
    """Factor and unit with an SI prefix in which values are of order one: 1e9 and "nm" for 3e-9 m.

    Units that take no prefix (kg, natural ones, none) stay as they are, with factor 1.
    """
    largest = float(np.max(np.abs(np.asarray(values)), initial=0.0))
    if unit not in ("m", "s", "N", "J", "m/s") or largest == 0.0:
        return 1.0, unit
    power = 3 * int(np.floor(np.log10(largest) / 3.0))
    power = min(max(power, min(_PREFIXES)), max(_PREFIXES))
    return 10.0**-power, _PREFIXES[power] + unit


def draw_interval(
    ax: Axes,
    x: ArrayLike,
    middle: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    label: str,
    colour: str = BLUE,
    marker: str = "o",
) -> None:
    """Middle values with their intervals as vertical bars."""
    middle = np.asarray(middle, dtype=float)
    spread = np.abs(np.stack([middle - np.asarray(low), np.asarray(high) - middle]))
    ax.errorbar(x, middle, yerr=spread, fmt=marker, color=colour, label=label, capsize=3)


def draw_slope(
    ax: Axes, x: ArrayLike, exponent: float, *, at: tuple[float, float], label: str
) -> None:
    """Grey power law x^exponent through the point `at`, for logarithmic axes."""
    x = np.asarray(x, dtype=float)
    ax.plot(x, at[1] * (x / at[0]) ** exponent, "--", color=GREY, linewidth=1.4, label=label)
