"""Runs of a probe beside a body in a superposition, under five theories.

ħ = 1, lengths in the half separation of the two packets, masses in that of the probe's
constituents. The body is ten times heavier than the probe.
"""

from typing import Any

import jax
import numpy as np
import xarray as xr

from zitter.core.grid import Grid
from zitter.core.statistics import wasserstein_1
from zitter.mean_field.probe import (
    ProbeExperiment,
    actual_source_paths,
    classical_mean_field_paths,
    draw_start,
    even_start,
    macroscopic,
    probe_force,
)
from zitter.mean_field.probe_quantum import (
    exact_evolution,
    guiding_psi,
    mean_field_evolution,
)
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths

MEAN_FIELD = "Schroedinger equation, source |ψ|²"
CLASSICAL_MEAN_FIELD = "(72), source |ψ_cl|²"
ACTUAL = "(72), source at the actual position (100)"
BOHM = "exact, Bohm's paths"
NELSON = "exact, Nelson's paths"

ONE_CONSTITUENT = ProbeExperiment(
    source_mass=10.0,
    probe_mass=1.0,
    half_separation=1.0,
    distance=1.0,
    source_width=0.25,
    probe_width=0.9,
    gravitational_constant=0.2,
)
LAST_TIME, _NUM_FRAMES = 1.6, 17
_CLASSICAL_STEPS, _NELSON_STEPS = 24, 80


def deflection() -> float:
    """Distance by which a body on one side draws the probe, by Newton's law."""
    start = np.array([[ONE_CONSTITUENT.half_separation, 0.0]])
    path = actual_source_paths(ONE_CONSTITUENT, start, [0.0, LAST_TIME])
    return float(path[-1, 0, 1])


def probe_dataset(num_constituents: int, num: int, seed: int, classical_source: Any) -> xr.Dataset:
    """Ends of `num` runs under each theory, from the same starts, and forces at the start.

    `classical_source` gives the paths of (72) that stand for (100).
    """
    e = macroscopic(ONE_CONSTITUENT, num_constituents)
    rng = np.random.default_rng([seed, 3])
    Q0, ends = draw_start(e, num, rng), [0.0, LAST_TIME]
    grid = _grid(e)
    times = np.linspace(0.0, LAST_TIME, _NUM_FRAMES + num_constituents // 4)
    exact = exact_evolution(e, grid, times, time_step=_time_step(num_constituents))
    psi = guiding_psi(e, grid, exact)
    product = mean_field_evolution(e, grid, ends, time_step=0.01)
    steps = dict(num_steps=_CLASSICAL_STEPS)
    runs = {
        MEAN_FIELD: np.stack(
            [
                _draws(points, np.abs(np.asarray(f[-1])) ** 2, num, rng)
                for points, f in zip(grid.axes, product[:2], strict=True)
            ],
            axis=1,
        ),
        CLASSICAL_MEAN_FIELD: classical_mean_field_paths(e, Q0, ends, **steps)[-1],
        ACTUAL: classical_source(e, Q0, ends, **steps)[-1],
        BOHM: bohm_paths(psi, Q0, ends, masses=e.masses, rtol=1e-6, atol=1e-8).Q[-1],
        NELSON: np.asarray(
            nelson_paths(
                psi, Q0, ends, jax.random.key(seed), masses=e.masses, num_steps=_NELSON_STEPS
            )[-1]
        ),
    }
    Q = np.stack(list(runs.values()))
    joint = np.abs(np.asarray(exact.psi[-1])) ** 2
    same = np.sign(grid.axes[0])[:, None] == np.sign(grid.axes[1])
    length = {"unit": "half separation a"}
    return xr.Dataset(
        {
            "body": (("theory", "draw"), Q[..., 0], length),
            "probe": (("theory", "draw"), Q[..., 1], length),
            "same_side": (("theory", "draw"), np.sign(Q[..., 0]) == np.sign(Q[..., 1])),
            "force": (("source", "draw"), _start_forces(e, Q0), {"unit": "G M m/a²"}),
            "exact_density": ("x", _normalised(joint.sum(axis=0), grid), {"unit": "1/a"}),
            "mean_field_density": (
                "x",
                _normalised(np.abs(np.asarray(product.probe[-1])) ** 2, grid),
                {"unit": "1/a"},
            ),
            "same_side_exact": ((), float(np.sum(joint * same) / np.sum(joint))),
            "deflection": ((), deflection(), length),
        },
        coords={
            "theory": list(runs),
            "source": ["|ψ|²", "actual position"],
            "x": ("x", grid.axes[1], length),
        },
        attrs={"constituents": num_constituents},
    )


def agreement(counts: tuple[int, ...], classical_source: Any) -> xr.Dataset:
    """Wasserstein distance of the probe's laws, exact and by `classical_source`, for each N."""
    distances = {num: [] for num in (20, 32)}
    for count in counts:
        e = macroscopic(ONE_CONSTITUENT, count)
        grid, ends = _grid(e), [0.0, LAST_TIME]
        exact = exact_evolution(e, grid, ends, time_step=_time_step(count))
        density = np.sum(np.abs(np.asarray(exact.psi[-1])) ** 2, axis=0)
        for num, found in distances.items():
            start = even_start(e, num, num)
            x = classical_source(e, start, ends, num_steps=_CLASSICAL_STEPS)[-1, :, 1]
            levels = (np.arange(num**2) + 0.5) / num**2
            found.append(wasserstein_1(_quantiles(grid.axes[1], density, levels), x))
    scale = deflection()
    return xr.Dataset(
        {
            name: ("num_constituents", np.array(distances[num]) / scale)
            for name, num in (("distance", 32), ("distance_coarse", 20))
        },
        coords={"num_constituents": list(counts)},
    )


def _start_forces(e: ProbeExperiment, Q0: np.ndarray) -> np.ndarray:
    """Force along the line of the probe, from |ψ|² and from the actual position, (2, draw)."""
    X = even_start(e, 40, 1)[:, 0]
    probes = np.stack([Q0[:, 1], np.full(len(Q0), e.distance)], axis=1)
    sources = np.stack([X, np.zeros_like(X)], axis=1)
    unit = dict(source_mass=1.0, probe_mass=1.0)
    spread = probe_force(probes, sources, np.full(len(X), 1.0 / len(X)), **unit)[:, 0]
    shifted = probes - np.stack([Q0[:, 0], np.zeros(len(Q0))], axis=1)
    return np.stack([spread, probe_force(shifted, np.zeros((1, 2)), [1.0], **unit)[:, 0]])


def _grid(e: ProbeExperiment) -> Grid:
    """Box for both, resolved for the momenta that they get; a few sizes, to compile few times."""
    spreads = np.hypot(
        [e.source_width, e.probe_width],
        0.5 * e.hbar * LAST_TIME / (e.masses * np.array([e.source_width, e.probe_width])),
    )
    half = np.array([1.1, 1.2]) + 6.5 * spreads
    widths = np.array([e.source_width, e.probe_width])
    k = np.array([1.4, 1.4]) * e.probe_mass / e.hbar + 3.0 / widths
    num = np.ceil(2.0 * half * k / 2.3 / 32.0).astype(int) * 32
    # Half a cell off the middle, so that no point is on neither side.
    shift = half / num
    return Grid(tuple(-half + shift), tuple(half + shift), tuple(int(n) for n in num))


def _time_step(num_constituents: int) -> float:
    return min(0.08, 8.0 / num_constituents)


def _normalised(density: np.ndarray, grid: Grid) -> np.ndarray:
    return density / (np.sum(density) * grid.spacing[1])


def _quantiles(points: np.ndarray, density: np.ndarray, levels: np.ndarray) -> np.ndarray:
    spacing = points[1] - points[0]
    return np.interp(levels, np.cumsum(density) / np.sum(density), points + 0.5 * spacing)


def _draws(
    points: np.ndarray, density: np.ndarray, num: int, rng: np.random.Generator
) -> np.ndarray:
    return _quantiles(points, density, rng.random(num))
