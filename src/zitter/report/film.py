"""A moving picture as a film: GIF, or MP4 where ffmpeg is installed."""

import shutil
from pathlib import Path

import numpy as np
from matplotlib.animation import FFMpegWriter, PillowWriter
from matplotlib.axes import Axes

from zitter.scenarios.moving import Curve, Moving, Shade
from zitter.scenarios.style import GREY, figure_style, label_axes, new_figure

FRAMES_PER_SECOND = 12


def write_film(moving: Moving, file: str | Path) -> Path:
    """Path of the film; three dimensions are seen along the third.

    Raises:
        ValueError: another ending than .gif or .mp4, or .mp4 without ffmpeg.
    """
    file = Path(file)
    writer = _writer(file)
    with figure_style():
        figure, (ax,) = new_figure(width=6.4, height=5.6)
        with writer.saving(figure, str(file), dpi=110):
            for index in range(len(moving.times)):
                ax.clear()
                _draw(ax, moving, index)
                writer.grab_frame()
    return file


def _writer(file: Path) -> PillowWriter | FFMpegWriter:
    if file.suffix == ".gif":
        return PillowWriter(FRAMES_PER_SECOND)
    if file.suffix == ".mp4" and shutil.which("ffmpeg"):
        return FFMpegWriter(FRAMES_PER_SECOND, codec="libx264", extra_args=["-pix_fmt", "yuv420p"])
    if file.suffix == ".mp4":
        raise ValueError(f"{file.name} needs ffmpeg, which is not installed: use .gif.")
    raise ValueError(f"A film ends in .gif or .mp4, but {file.name} does not.")


def _draw(ax: Axes, moving: Moving, index: int) -> None:
    for layer in moving.layers:
        if isinstance(layer, Shade):
            root = np.sqrt(np.maximum(layer.values, 0.0))
            ax.pcolormesh(
                layer.x, layer.y, root[index].T, cmap="Blues", vmin=0.0, vmax=np.max(root)
            )
        elif isinstance(layer, Curve):
            ax.plot(layer.x, layer.y[index], color=layer.colour, label=layer.name)
        else:
            way = layer.position[: index + 1]
            if layer.trail:
                ax.plot(way[..., 0], way[..., 1], color=GREY, linewidth=0.7)
            ax.plot(
                way[-1, :, 0], way[-1, :, 1], "o", color=layer.colour,
                markersize=0.8 * layer.size, label=layer.name,
            )  # fmt: skip
    x, y = moving.limits[:2]
    ax.set(xlim=x, ylim=y, aspect="equal" if moving.equal else "auto")
    label_axes(
        ax,
        x=moving.axes[0],
        y=moving.axes[1],
        title=f"t = {moving.times[index]} {moving.time_unit}",
    )
    if moving.title:
        ax.figure.suptitle(moving.title, x=0.02, ha="left")  # pyright: ignore
