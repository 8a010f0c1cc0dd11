"""Fluctuations of periodic sheets on a background, beside linear response."""

from typing import NamedTuple

import numpy as np

from zitter.claims.claim import Preset
from zitter.mean_field.batches import batch_paths, sheet_accelerations
from zitter.mean_field.fluctuations import density_modes, fluctuation_strength

INTERACTIONS = ("like charges", "gravity")
_WAVENUMBER, _RING = 0.5, 4.0 * np.pi


class _Noise(NamedTuple):
    num_bodies: int
    num_runs: int
    time_step: float
    last: float


_NOISE: dict[Preset, _Noise] = {
    "quick": _Noise(1000, 64, 0.1, 3.0),
    "default": _Noise(4000, 200, 0.05, 4.0),
    "full": _Noise(8000, 600, 0.05, 5.0),
}


def noise_of_sheets(preset: Preset, seed: int, factor: float) -> dict:
    """K E|ρ_k|² of periodic sheets on a background, and of linear response."""
    size = _NOISE[preset]
    record = np.unique(np.linspace(0, size.last / size.time_step, 7).astype(int))
    times = size.time_step * record
    mean, error, expected = (np.empty((2, len(times))) for _ in range(3))
    for n, sign in enumerate((-1.0, 1.0)):
        rng = np.random.default_rng([seed, 31])
        coupling = factor * sign * _RING / (4.0 * np.pi)
        strength = []
        for _ in range(0, size.num_runs, 8):
            X0 = _RING * rng.random((8, size.num_bodies))
            V0 = rng.normal(size=(8, size.num_bodies))
            X = batch_paths(
                lambda _, x, g=coupling: sheet_accelerations(x, g, _RING),
                X0, V0, size.time_step, record,
            ).X  # fmt: skip
            strength.append(size.num_bodies * np.abs(density_modes(X, _WAVENUMBER)) ** 2)
        runs_of = np.concatenate(strength, axis=1)
        mean[n] = runs_of.mean(axis=1)
        error[n] = runs_of.std(axis=1, ddof=1) / np.sqrt(runs_of.shape[1])
        expected[n] = fluctuation_strength(times, _WAVENUMBER, 1.0, sign)
    dims = ("interaction", "noise_time")
    return {
        "noise": (dims, mean, {"unit": "1/K"}),
        "noise_error": (dims, error, {"unit": "1/K"}),
        "noise_expected": (dims, expected, {"unit": "1/K"}),
        "noise_time": ("noise_time", times, {"unit": "1/ω"}),
        "noise_bodies": ((), size.num_bodies),
    }
