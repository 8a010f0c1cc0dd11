"""How much later branches are disjoint in the bath than they are orthogonal, against the coupling.

Momenta of the bath tell the branches apart first, ∝ c t, its positions later, ∝ c t²: while t is
short against 1/ω_c, times go as 1/c and 1/√c, and their ratio as √c.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from zitter.bath.branching_wave import branching_wave
from zitter.bath.collapse import branch_distances
from zitter.bath.decoherence import decoherence_exponent
from zitter.bath.discretisation import discretised
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import Measurement, verdict_within
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import with_interval
from zitter.core.checks import ValidityError
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, MARKERS, label_axes

_DAMPINGS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
_HALVES = (6.0, 2000.0)
_EARLIEST, _LATEST = 1e-6, 20.0


def lags(num_modes: int) -> dict[str, Any]:
    """Times when the branches are orthogonal (A = 1) and disjoint (Δ_B²/8 = 1), in the vacuum."""
    rows = [[_two_times(half, damping, num_modes) for damping in _DAMPINGS] for half in _HALVES]
    return {
        "lag_time": (("apart", "damping", "what"), rows, {"unit": "1/Omega"}),
        "apart": ("apart", [2.0 * half for half in _HALVES], {"unit": "x0"}),
        "damping": ("damping", list(_DAMPINGS), {"unit": "Omega"}),
        "what": ["orthogonal", "disjoint"],
    }


def lag_measurements(data: xr.Dataset) -> list[Measurement]:
    """That disjoint is later than orthogonal; exponents of the ratio in the coupling √γ."""
    ratio = _ratio(data)
    value, spread = float(ratio.mean()), float(ratio.std() / np.sqrt(ratio.size))
    later = verdict_within(float(ratio.min()), 1e-6, low=1.0)
    name = "time until disjoint / until orthogonal"
    rows = [Measurement(name, "vacuum, all couplings", value, spread, "above 1", later)]
    for apart, law in zip(data.apart.values, lag_laws(data), strict=True):
        regime = with_interval(f"packets {apart:g} apart", law)
        text = f"exponent of {name} in the coupling"
        rows.append(exponent_measurement(text, regime, law, 0.5, 0.05))
    return rows


def lag_laws(data: xr.Dataset) -> list[PowerLaw]:
    """Power laws of the ratio of times in the coupling, one for each distance of the packets."""
    coupling = np.sqrt(data.damping.values)
    return [power_law_fit(coupling, row) for row in _ratio(data).values]


def draw_lags(ax: Axes, data: xr.Dataset) -> None:
    """Both times against the damping rate, for packets close and far apart."""
    for apart, colour, marker in zip(data.apart.values, COLOURS, MARKERS, strict=False):
        for what, fill in zip(data.what.values, ("full", "none"), strict=True):
            times = data.lag_time.sel(apart=apart, what=what)
            label = f"{what}, {apart:g} x₀ apart"
            ax.plot(
                data.damping, times, marker + "-", color=colour, fillstyle=str(fill), label=label
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(top=300.0 * float(data.lag_time.max()))
    label_axes(
        ax,
        x="damping rate γ [Ω]",
        y="time [1/Ω]",
        title="When branches are orthogonal, and disjoint",
    )


def _ratio(data: xr.Dataset) -> xr.DataArray:
    return data.lag_time.sel(what="disjoint") / data.lag_time.sel(what="orthogonal")


def _two_times(half: float, damping: float, num_modes: int) -> tuple[float, float]:
    bath = discretised(SpectralDensity(damping, 5.0, shape="exponential"), num_modes)
    modes = bath_modes(bath, 1.0, 1.0)
    packets = Packets([-half, half], np.sqrt(0.5))
    wave = branching_wave(bath, 1.0, 1.0, packets)

    def coherence(times: np.ndarray) -> np.ndarray:
        noise = exact_noise(modes, bath, 1.0, times, 0.0)
        return decoherence_exponent(packets, exact_response(modes, times), noise, 1.0)

    def distance(times: np.ndarray) -> np.ndarray:
        return branch_distances(wave, times).bath / 8.0

    return _first_at_one(coherence), _first_at_one(distance)


def _first_at_one(exponent: Callable[[np.ndarray], np.ndarray]) -> float:
    """First time when an exponent is 1, on two grids, the finer one between two of the coarse."""
    low, high = _EARLIEST, _LATEST
    for num in (60, 20):
        times = np.geomspace(low, high, num)
        values = exponent(times)
        above = np.flatnonzero(values >= 1.0)
        if above.size == 0 or above[0] == 0:
            raise ValidityError(f"The exponent does not cross 1 between t = {low:g} and {high:g}.")
        low, high = times[above[0] - 1], times[above[0]]
    i = above[0]
    ends = slice(i - 1, i + 1)
    return float(np.exp(np.interp(0.0, np.log(values[ends]), np.log(times[ends]))))
