"""Who has run through whom: rays out of order on a line, and when packets come closest."""

from itertools import combinations
from typing import Any

import numba
import numpy as np
from scipy import ndimage

from zitter.classical_limit._branches import Lattice
from zitter.classical_limit.hamilton_jacobi import Rays
from zitter.core.checks import ValidityError

# Packets are the islands of ρ₀ above these shares of its largest value.
_LEVELS = (1e-2, 1e-5, 1e-8)
# All but the lightest that together have less than this share of them are followed, in pairs.
_LIGHTEST, _MOST_PACKETS = 1e-7, 64
_NUM_FINE, _FAR = 64, 10.0


def exchanged_mass(x: np.ndarray, rho: np.ndarray) -> float:
    """Least share of ρ whose removal leaves the rays (n,) of a line in their first order [1].

    What has changed places stays so, however fast it went: no time between can be missed.
    """
    if np.all(np.diff(x) >= 0.0):
        return 0.0
    rank = np.empty(len(x), dtype=np.int64)
    rank[np.argsort(x, kind="stable")] = np.arange(len(x))
    return max(0.0, 1.0 - _heaviest_in_order(rank, rho) / float(np.sum(rho)))


@numba.njit(cache=True)
def _heaviest_in_order(rank, weight):
    """Largest weight of a subsequence with increasing ranks, by a tree of prefix maxima."""
    n = len(rank)
    tree = np.zeros(n + 1)
    best = 0.0
    for i in range(n):
        found, j = 0.0, rank[i]
        while j > 0:
            found = max(found, tree[j])
            j -= j & -j
        found += weight[i]
        best = max(best, found)
        j = rank[i] + 1
        while j <= n:
            tree[j] = max(tree[j], found)
            j += j & -j
    return best


def closest_times(lattice: Lattice, rays: Rays, masses: np.ndarray) -> np.ndarray:
    """Times between those of the rays at which two packets come closest, in units of their width.

    A sample there sees an encounter of packets that is over at the times before and after.

    Raises:
        ValidityError: more packets than can be followed.
    """
    rho = np.asarray(rays.amplitude).reshape(lattice.num) ** 2
    times, found = np.asarray(rays.times), []
    for level in _LEVELS:
        labelled: Any = ndimage.label(rho > level * np.max(rho))
        islands, count = labelled
        mass = np.bincount(islands.ravel(), rho.ravel(), count + 1)[1:] / np.sum(rho)
        chosen = _heaviest(mass) + 1
        weights = ((rho * (islands == i)).ravel() for i in chosen)
        moments = [_moments(rays, weight, masses) for weight in weights]
        found += [_minima(times, *pair) for pair in combinations(moments, 2)]
    new = np.unique(np.concatenate(found)) if found else np.zeros(0)
    apart = 1e-6 * (times[-1] - times[0])
    new = new[np.min(np.abs(new[:, None] - times), axis=1) > apart]
    return new[np.diff(new, prepend=-np.inf) > apart]


def _heaviest(mass: np.ndarray) -> np.ndarray:
    """Numbers of the packets to follow, the heaviest first."""
    order = np.argsort(mass)
    kept = order[np.cumsum(mass[order]) > _LIGHTEST][::-1]
    if len(kept) > _MOST_PACKETS:
        raise ValidityError(
            f"The density is in {len(kept)} packets: the encounters of more than {_MOST_PACKETS} "
            "are not followed. Use fewer packets, or a smoother density."
        )
    return kept


def _moments(rays: Rays, weight: np.ndarray, masses: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mean, its velocity, and covariance of a packet with its rate, (time, ..)."""
    held = weight > 0.0
    weight = weight[held] / np.sum(weight)
    x, v = np.asarray(rays.x)[:, held], np.asarray(rays.p)[:, held] / masses
    mean, speed = weight @ x, weight @ v
    x, v = x - mean[:, None], v - speed[:, None]
    half = np.einsum("n,tna,tnb->tab", weight, x, v)
    spread = np.einsum("n,tna,tnb->tab", weight, x, x)
    return mean, speed, spread, half + np.swapaxes(half, 1, 2)


def _minima(times: np.ndarray, one: tuple, two: tuple) -> np.ndarray:
    """Times where d·(C₁ + C₂)⁻¹d is least, d the distance of the means."""
    t, d = _between(times, one[0] - two[0], one[1] - two[1])
    _, spread = _between(times, one[2] + two[2], one[3] + two[3])
    width, axes = np.linalg.eigh(spread)
    width = np.maximum(width, 1e-12 * np.max(width))
    gap = np.sum(np.einsum("tab,ta->tb", axes, d) ** 2 / width, axis=1)
    near = 1 + np.flatnonzero((gap[1:-1] <= gap[:-2]) & (gap[1:-1] < gap[2:]))
    # Between two samples the distance is as good as straight, however fast it passes 0.
    speed = (d[near + 1] - d[near - 1]) / (t[near + 1] - t[near - 1])[:, None]
    along, across = (np.einsum("tab,ta->tb", axes[near], a) for a in (speed, d[near]))
    square = np.sum(along**2 / width[near], axis=1)
    shift = -np.sum(along * across / width[near], axis=1) / np.maximum(square, 1e-300)
    closest = np.clip(t[near] + shift, t[near - 1], t[near + 1])
    across = across + along * (closest - t[near])[:, None]
    return closest[np.sum(across**2 / width[near], axis=1) < _FAR**2]


def _between(times: np.ndarray, f: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f on 64 times in each interval, by Hermite cubics."""
    s = np.arange(_NUM_FINE) / _NUM_FINE
    h = np.diff(times).reshape(-1, 1, *[1] * (f.ndim - 1))
    a, b, c, d = f[:-1, None], f[1:, None], rate[:-1, None] * h, rate[1:, None] * h
    s = s.reshape(1, -1, *[1] * (f.ndim - 1))
    cubic = a + s * (c + s * (3.0 * (b - a) - 2.0 * c - d + s * (2.0 * (a - b) + c + d)))
    t = times[:-1, None] + np.diff(times)[:, None] * s.reshape(1, -1)
    ends = np.append(t.ravel(), times[-1])
    return ends, np.concatenate([cubic.reshape(-1, *f.shape[1:]), f[-1:]])
