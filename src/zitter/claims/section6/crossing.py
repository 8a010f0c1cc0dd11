"""Crossing against bouncing: do Bohm's runs pass through the other packet when a bath watches?"""

import numpy as np
import xarray as xr

from zitter.bath.branching_paths import bohm_branching_paths, sampled_configurations
from zitter.bath.branching_wave import branching_wave
from zitter.bath.collapse import crossing_fraction
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import Packets
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import Measurement, Preset, verdict_within

SIZES = {"quick": (14, 150, 120), "default": (40, 1000, 240), "full": (60, 4000, 480)}
DAMPINGS, HALVES = (0.0, 0.01, 0.1, 0.4), (3.0, 6.0)


def crossings(preset: Preset, seed: int) -> np.ndarray:
    """Share of runs that cross, (packets, damping) [1].

    After half a period the packets have changed places.
    """
    num_modes, num_runs, num_steps = SIZES[preset]
    rng = np.random.default_rng([seed, 61])
    shares = np.empty((len(HALVES), len(DAMPINGS)))
    for i, half in enumerate(HALVES):
        for j, damping in enumerate(DAMPINGS):
            density = SpectralDensity(damping or 0.1, 5.0, shape="exponential")
            w, c = discretised(density, num_modes)
            bath = OscillatorBath(w, c if damping else 0.0 * c)
            wave = branching_wave(bath, 1.0, 1.0, Packets([-half, half], np.sqrt(0.5)))
            q0 = sampled_configurations(wave, num_runs, rng)
            paths = bohm_branching_paths(wave, q0, [np.pi], num_steps)
            shares[i, j] = crossing_fraction(q0[:, 0], paths.q[0, :, 0])
    return shares


def crossing_measurements(data: xr.Dataset) -> list[Measurement]:
    """Share of Bohm's runs that cross without a bath, and with the strongest coupling."""
    wide, rows = data.crossing.sel(half=max(HALVES)), []
    for k, low, high, text in ((0, -1.0, 0.02, "below 0.02"), (-1, 0.9, 1.01, "above 0.9")):
        value = float(wide[k])
        error = float(np.sqrt(max(value * (1.0 - value), 1e-9) / data.attrs["num_crossing"]))
        regime = f"packets {2.0 * max(HALVES):g} apart, γ = {float(data.strength[k]):g} Ω"
        verdict = verdict_within(value, error, low, high)
        name = "share of Bohm's runs that cross"
        rows.append(Measurement(name, regime, value, error, text, verdict))
    return rows
