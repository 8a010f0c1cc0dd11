"""Decoherence times of cats of any size, beside the two estimates where these may be used."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from zitter.bath.continuum import continuum_motion
from zitter.bath.decoherence import (
    decoherence_exponent,
    decoherence_time,
    early_decoherence_time,
    zurek_time,
)
from zitter.bath.packets import Packets
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError
from zitter.scenarios.style import COLOURS, MARKERS, label_axes

_SEPARATIONS = (3.0, 5.0, 8.0, 12.0, 20.0, 32.0, 48.0)
_BATHS = (
    ("γ = 4·10⁻⁵, ω_c = 1000, kT = 5000", SpectralDensity(4e-5, 1000.0), 5000.0),
    ("γ = 0.1, ω_c = 5, kT = 5", SpectralDensity(0.1, 5.0, shape="exponential"), 5.0),
    ("γ = 0.1, ω_c = 50, kT = 5", SpectralDensity(0.1, 50.0), 5.0),
    ("γ = 0.001, ω_c = 50, kT = 20", SpectralDensity(0.001, 50.0), 20.0),
)


def decoherence_times() -> dict[str, Any]:
    """Times of the exact exponent, of Zurek and of the law for early times; NaN where refused."""
    rows = np.empty((len(_BATHS), len(_SEPARATIONS), 3))
    for i, (_, density, kT) in enumerate(_BATHS):
        for j, separation in enumerate(_SEPARATIONS):
            packets = Packets([-0.5 * separation, 0.5 * separation], np.sqrt(0.5))
            rows[i, j] = (
                _exact(density, kT, packets),
                _or_nan(lambda d=density, k=kT, p=packets: zurek_time(d, 1.0, k, p)),
                _or_nan(
                    lambda d=density, k=kT, p=packets: early_decoherence_time(d, 1.0, 1.0, k, p)
                ),
            )
    return {
        "decoherence_time": (("environment", "separation", "way"), rows, {"unit": "1/Omega"}),
        "environment": [name for name, _, _ in _BATHS],
        "separation": ("separation", list(_SEPARATIONS), {"unit": "x0"}),
        "way": ["exact", "Zurek", "early"],
    }


def draw_decoherence_times(ax: Axes, data: xr.Dataset) -> None:
    """Exact times as points, estimates as lines where they may be used."""
    for name, colour, marker in zip(data.environment.values, COLOURS, MARKERS, strict=False):
        here = data.decoherence_time.sel(environment=name)
        ax.plot(data.separation, here.sel(way="exact"), marker, color=colour, label=str(name))
        ax.plot(data.separation, here.sel(way="Zurek"), "--", color=colour, label="_")
        ax.plot(data.separation, here.sel(way="early"), "-", color=colour, label="_")
    ax.plot([], [], "--", color="#555555", label="ħ²/(Mγ kT Δx²), where allowed")
    ax.plot([], [], "-", color="#555555", label="√2 ħ/(Δx √ν(0)), where allowed")
    ax.set_xscale("log")
    ax.set_yscale("log")
    label_axes(
        ax,
        x="distance of the packets [x₀]",
        y="decoherence time [1/Ω]",
        title="Decoherence time: A = 1",
    )
    ax.set_xticks([3.0, 10.0, 30.0], ["3", "10", "30"])
    ax.minorticks_off()
    ax.set_ylim(top=3000.0)


def _exact(density: SpectralDensity, kT: float, packets: Packets) -> float:
    duration = 0.02
    for _ in range(12):
        response, noise = continuum_motion(density, 1.0, 1.0, duration, kT, 201)
        exponent = decoherence_exponent(packets, response, noise, 1.0)
        if exponent[-1] > 1.0 > exponent[4]:
            return decoherence_time(response.times, exponent)
        duration *= 2.5 if exponent[-1] <= 1.0 else 0.2
    raise ValidityError("No decoherence time was found: the exponent does not reach 1.")


def _or_nan(estimate: Callable[[], float]) -> float:
    """NaN where an estimate refuses, so that nothing is drawn there."""
    try:
        return estimate()
    except ValueError:
        return float("nan")
