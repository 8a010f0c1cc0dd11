"""The classical bath beside its Langevin equation: paths in a double well, and the noise."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from zitter.bath.discretisation import OscillatorBath
from zitter.bath.langevin import (
    bath_force,
    fluctuation_dissipation_scores,
    generalised_langevin_paths,
    kac_zwanzig_paths,
    shifted_canonical_bath,
)
from zitter.claims.claim import Preset
from zitter.scenarios.style import BLUE, GREY, RED, label_axes

_STEPS, _END, _KT, _LAGS = (400, 800), 4.0, 0.7, np.linspace(0.0, 8.0, 20)
_DRAWS = {"quick": 4000, "default": 20_000, "full": 100_000}


def classical_bath(
    bath: OscillatorBath, preset: Preset, rng: np.random.Generator
) -> dict[str, Any]:
    """A double well: all oscillators against the Langevin equation, two steps; ⟨ξξ⟩ = kT K."""
    start = rng.normal(size=(2, 6))
    state = shifted_canonical_bath(bath, start[0], _KT, rng)
    apart, shown = [], []
    for num_steps in _STEPS:
        full = kac_zwanzig_paths(_double_well, 1.0, bath, tuple(start), state, _END, num_steps)
        noise, kernel = bath_force(bath, state, full.times), bath.memory_kernel(full.times)
        short = generalised_langevin_paths(_double_well, 1.0, kernel, noise, tuple(start), _END)
        apart.append(float(np.max(np.abs(short.X - full.X))))
        every = num_steps // 100
        shown = [full.X[::every], short.X[::every]]
    scores = fluctuation_dissipation_scores(bath, _KT, _LAGS, _DRAWS[preset], rng)
    return {
        "path_difference": ("steps", np.array(apart), {"unit": "x0"}),
        "steps": ("steps", list(_STEPS), {"unit": "1"}),
        "classical_paths": (("way", "moment", "start"), np.array(shown), {"unit": "x0"}),
        "way": ["all oscillators", "Langevin equation"],
        "moment": ("moment", np.linspace(0.0, _END, 101), {"unit": "1/Omega"}),
        "scores": ("lag", scores, {"unit": "1"}),
        "lag": ("lag", _LAGS, {"unit": "1/Omega"}),
    }


def draw_classical_paths(ax: Axes, data: xr.Dataset) -> None:
    """Paths of all oscillators as lines, those of the Langevin equation as dots."""
    ax.plot(data.moment, data.classical_paths[0], color=BLUE, linewidth=1.2)
    ax.plot(data.moment[::5], data.classical_paths[1, ::5], ".", color=RED)
    ax.plot([], [], color=BLUE, label="all oscillators")
    ax.plot([], [], ".", color=RED, label="Langevin equation")
    low, high = float(data.classical_paths.min()), float(data.classical_paths.max())
    ax.set_ylim(low - 0.1 * (high - low), high + 0.4 * (high - low))
    label_axes(ax, x="time [1/Ω]", y="X [x₀]", title="Classical bath, double well")


def draw_scores(ax: Axes, data: xr.Dataset) -> None:
    """Scores of the fluctuation-dissipation relation against the lag."""
    ax.plot(data.lag, data.scores, "o", color=BLUE, label="draws of the bath")
    for value in (-2.0, 2.0):
        ax.axhline(value, color=GREY, linestyle="--", linewidth=1.0)
    ax.set_ylim(-5.0, 5.0)
    label_axes(
        ax, x="lag [1/Ω]", y="(⟨ξξ⟩ - kT K)/standard error [1]", title="Noise against memory kernel"
    )


def _double_well(x: np.ndarray) -> np.ndarray:
    return x - x**3
