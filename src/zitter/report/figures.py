"""Figures of claims as text that a page can hold."""

import base64
from io import BytesIO

import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import Claim
from zitter.scenarios.style import figure_style

# Above this many bytes a drawing with many points is smaller, and faster to show, as a picture.
_LARGEST_DRAWING = 250_000


def figure_data_uri(figure: Figure) -> str:
    """Figure as a data address: SVG, or PNG where the drawing is large."""
    drawing = BytesIO()
    figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    if drawing.tell() <= _LARGEST_DRAWING:
        return "data:image/svg+xml;base64," + base64.b64encode(drawing.getvalue()).decode()
    picture = BytesIO()
    figure.savefig(picture, format="png")
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()


def claim_figure(claim: Claim, data: xr.Dataset) -> str:
    """Figure of a claim, in the one style, as a data address."""
    with figure_style():
        return figure_data_uri(claim.figure(data))
