"""Paths over |ψ|²: the picture that a first look at one body on a line asks for."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from zitter.core.checks import require_finite, require_shape
from zitter.scenarios.style import GREY, RED, label_axes, new_figure
from zitter.trajectories.bohm import Paths
from zitter.wavefunctions.madelung import density

MARGIN, NUM_POINTS, DOTS_PER_INCH = 0.15, 800, 130


def draw_paths(
    psi: Any, times: ArrayLike, paths: Paths | ArrayLike, *, unit: tuple[str, str] = ("", "")
) -> Figure:
    """Paths of one body on a line over |ψ(x, t)|², darker where it is more probable.

    Args:
        psi: ln ψ of one configuration, as for `bohm_paths`.
        times: (num_times,) [time].
        paths: positions (num_times, num_paths, 1) [length], or what `bohm_paths` returns.
        unit: names of the units of time and length, for the labels.

    Returns:
        Figure; its `savefig` writes it as PNG, PDF or SVG.

    Raises:
        ValueError: paths of more than one degree of freedom, of other times, or not finite.
    """
    t, Q = np.asarray(times, dtype=float), np.asarray(getattr(paths, "Q", paths))
    require_shape("times", t, (None,))
    require_shape("paths", Q, (len(t), None, 1))
    require_finite("times", t)
    require_finite("paths", Q)
    if Q.size == 0:
        raise ValueError("`paths` holds no path or no time: nothing can be drawn.")
    edge = MARGIN * np.ptp(Q)
    if edge == 0.0:
        raise ValueError("`paths` never leave one point: draw at least two, or one that moves.")
    x = np.linspace(Q.min() - edge, Q.max() + edge, NUM_POINTS)
    rho = np.array([density(psi, x[:, None], at) for at in t])
    figure, (panel,) = new_figure(width=7.2, height=4.2)
    figure.set_dpi(DOTS_PER_INCH)
    draw_history(panel, t, x, rho, Q[..., 0], RED)
    time_unit, length_unit = (f" [{name}]" if name else "" for name in unit)
    label_axes(panel, x=f"time{time_unit}", y=f"position{length_unit}")
    return figure


def draw_history(
    panel: Axes,
    time: np.ndarray,
    x: np.ndarray,
    density: np.ndarray,
    lines: np.ndarray | None,
    colour: str = GREY,
) -> None:
    """√|ψ|² as a shade, density (time, x), and paths (time, path) as lines."""
    panel.pcolormesh(time, x, np.sqrt(density.T), cmap="Blues", shading="auto", rasterized=True)
    if lines is not None:
        panel.plot(time, lines, color=colour, linewidth=0.6, alpha=0.8)
