"""Figures of claims as text that a page can hold."""

import base64
from io import BytesIO
from typing import NamedTuple

import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import Claim
from zitter.scenarios.style import figure_style

# Above this many bytes a drawing with many points is smaller, and faster to show, as a picture.
_LARGEST_DRAWING = 250_000


class Picture(NamedTuple):
    """A figure as a data address and its natural width on a page [pixel]."""

    address: str
    width: int


def picture(figure: Figure) -> Picture:
    """Figure as SVG, or as PNG where the drawing is large."""
    width = round(96 * figure.get_figwidth())
    drawing = BytesIO()
    figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    if drawing.tell() <= _LARGEST_DRAWING:
        return Picture(_address("svg+xml", drawing), width)
    pixels = BytesIO()
    figure.savefig(pixels, format="png")
    return Picture(_address("png", pixels), width)


def claim_picture(claim: Claim, data: xr.Dataset) -> Picture:
    """Figure of a claim, in the one style."""
    with figure_style():
        return picture(claim.figure(data))


def _address(kind: str, content: BytesIO) -> str:
    return f"data:image/{kind};base64," + base64.b64encode(content.getvalue()).decode()
