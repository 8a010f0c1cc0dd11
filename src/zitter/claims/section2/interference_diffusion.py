"""Diffusions (9) and (10) of one particle through the interference of two packets (ħ = m = 1)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from zitter.claims.claim import Measurement, verdict_within
from zitter.core.statistics import ks_distance
from zitter.trajectories.nelson import nelson_paths
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.overlaps import normalised

# Packets of width 1 that meet at t = 1.5, where ψ has exact nodes, and have passed at t = 3.
_TIMES = (0.0, 1.5, 3.0)
_BOX, _NUM_POINTS = 25.0, 20_001


class _Passage(NamedTuple):
    """Paths at _TIMES (time, paths), forward and backward, and their distances to |ψ|² (2, 3)."""

    forward: np.ndarray
    backward: np.ndarray
    distance: np.ndarray


def _two_packets() -> Superposition:
    """Two packets that run into each other, with equal weights."""
    packets = GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]], [[2.0], [-2.0]])
    return normalised(Superposition(packets, [1.0, 1.0]))


def _density(x: np.ndarray, t: float) -> np.ndarray:
    """|ψ|² at positions (num,)."""
    orbital = _two_packets()
    log_psi = jax.vmap(lambda z: orbital(z, t))(jnp.asarray(x)[:, None])
    return np.exp(2.0 * np.real(np.asarray(log_psi)))


def _passage(num: int, num_steps: int, seed: int) -> _Passage:
    """Node-safe paths through the interference, forward from |ψ|² at 0, backward from it at T."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(-_BOX, _BOX, _NUM_POINTS)
    cumulated = [np.cumsum(_density(grid, t)) for t in _TIMES]
    orbital, found, distances = _two_packets(), [], []
    for direction, order in (("forward", (0, 1, 2)), ("backward", (2, 1, 0))):
        first = cumulated[order[0]]
        start = np.interp(first[-1] * rng.random(num), first, grid)[:, None]
        paths = nelson_paths(
            orbital,
            start,
            [_TIMES[k] for k in order],
            jax.random.key(seed),
            masses=1.0,
            num_steps=num_steps,
            direction=direction,
        )
        paths = np.asarray(paths)[list(order), :, 0]
        found.append(paths)
        distances.append(
            [
                ks_distance(x, lambda z, F=F: np.interp(z, grid, F / F[-1]))
                for x, F in zip(paths, cumulated, strict=True)
            ]
        )
    return _Passage(*found, np.asarray(distances))


def node_dataset(num: int, num_steps: int, seed: int) -> xr.Dataset:
    """Distances to |ψ|², two-time statistic, and the histogram in the fringes."""
    through = _passage(num, num_steps, seed)
    counts, edges = np.histogram(through.forward[1], bins=100, range=(-5.0, 5.0), density=True)
    middle = 0.5 * (edges[1:] + edges[:-1])
    sides = [np.mean(x[0] * x[-1] > 0.0) for x in (through.forward, through.backward)]
    return xr.Dataset(
        {
            "node_distance": (("direction", "node_time"), through.distance, {"unit": "1"}),
            "same_side": ("direction", sides, {"unit": "1", "meaning": "P(x(0) x(T) > 0)"}),
            "histogram": ("x", counts, {"unit": "1/σ₀", "meaning": "forward, at the nodes"}),
            "density": ("x", _density(middle, _TIMES[1]), {"unit": "1/σ₀"}),
            "num_node_paths": ((), num),
        },
        {"direction": ["forward", "backward"], "node_time": list(_TIMES), "x": middle},
    )


def node_measurements(data: xr.Dataset) -> list[Measurement]:
    """Whether both processes keep |ψ|² through nodes, and whether they are one process."""
    num = int(data.num_node_paths)
    found = []
    for direction, start in (("forward", _TIMES[0]), ("backward", _TIMES[-1])):
        times = [t for t in _TIMES if t != start]
        value = float(data.node_distance.sel(direction=direction, node_time=times).max())
        error = 0.26 / np.sqrt(num)
        verdict = verdict_within(value, error, high=0.02)
        name, regime = "Kolmogorov-Smirnov distance to |ψ|²", f"two packets, nodes, {direction}"
        found.append(Measurement(name, regime, value, error, "below 0.02", verdict))
    value = float(data.same_side[0] - data.same_side[1])
    share = float(data.same_side.mean())
    error = float(np.sqrt(2.0 * share * (1.0 - share) / num))
    verdict = verdict_within(value, error, -0.03, 0.03)
    name = "P(x(0), x(T) on one side), forward - backward"
    return [*found, Measurement(name, "two packets, nodes", value, error, "0", verdict)]
