"""What ensembles of configurations tell: densities, distances, relaxation, arrival times."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_finite, require_positive, require_shape
from zitter.core.statistics import KolmogorovSmirnov, ks_distance, ks_test

Cdf = Callable[[np.ndarray], Any]

REJECTION_LEVEL = 1.358
"""√N · KS that independent particles exceed in 5% of the runs (Kolmogorov's distribution)"""


class CoarseDensity(NamedTuple):
    """Density in bins, each (bins,)."""

    value: np.ndarray
    """[1/length]"""
    error: np.ndarray
    """standard error for independent entries [1/length]"""


class CoarseH(NamedTuple):
    """Coarse-grained H of an ensemble relative to |ψ|²."""

    value: float
    """H, 0 in equilibrium but for the sampling [1]"""
    floor: float
    """mean of H in equilibrium for a sample of this size, (cells - 1)/2n [1]"""
    error: float
    """standard deviation of H in equilibrium, √((cells - 1)/2)/n [1]"""


def empirical_density(values: Any, edges: Any) -> CoarseDensity:
    """Empirical density (1/n) Σ_k δ(y - y_k), coarse-grained to bins.

    Equation: (44), (45): (44) of one coordinate over preparations, the argument being y;
        (45) of the particles k of one preparation, the sum being over k

    Args:
        values: positions (n,) [length].
        edges: increasing edges of the bins (bins + 1,) [length].

    Returns:
        CoarseDensity; values outside of the bins count in n.

    Raises:
        ValueError: no values, values that are not finite, edges that do not increase.
    """
    values = _checked_values(values)
    edges = _checked_edges(edges)
    counts = np.histogram(values, edges)[0]
    share = counts / values.size
    width = np.diff(edges)
    return CoarseDensity(share / width, np.sqrt(share * (1.0 - share) / values.size) / width)


def full_of_particles_statistic(x: Any, cdf: Cdf) -> float | np.ndarray:
    """Distance √N sup|F_N - F| of single configurations from the one-particle marginal.

    Of order 1 for every N (mean 0.87 for independent particles, above REJECTION_LEVEL in 5% of
    the runs) where the wavefunction is full of particles; growing as √N where it is not.

    Equation: (46)

    Args:
        x: positions of the N particles on one axis, (N,), or of several runs (run, N) [length].
        cdf: distribution function of the marginal, vectorised.

    Returns:
        a number [1], or (run,) [1].

    Raises:
        ValueError: shapes, values that are not finite, a cdf that leaves [0, 1].
    """
    x = np.asarray(x, dtype=float)
    if x.ndim == 1:
        return float(np.sqrt(x.size) * ks_distance(x, cdf))
    require_shape("x", x, (None, None), "(run, N)")
    return np.sqrt(x.shape[1]) * np.array([ks_distance(row, cdf) for row in x])


def equivariance(Q: Any, cdfs: Sequence[Cdf]) -> list[KolmogorovSmirnov]:
    """Kolmogorov-Smirnov tests of an ensemble against the marginal of |ψ_t|² at each time.

    Equation: (7), (23): an ensemble of |ψ|² stays one

    Args:
        Q: one coordinate of each path (time, batch) [length].
        cdfs: distribution function of that coordinate at each time.

    Returns:
        distance and p-value for each time.

    Raises:
        ValueError: as many cdfs as times are needed.
    """
    require_shape("Q", Q, (len(cdfs), None), "(time, batch)")
    return [ks_test(row, cdf) for row, cdf in zip(np.asarray(Q), cdfs, strict=True)]


def coarse_grained_h(counts: Any, probabilities: Any) -> CoarseH:
    """Coarse-grained H = Σ_cells P ln(P/p) of an ensemble, P = n_cell/n, p = ∫_cell |ψ|².

    It falls from a non-equilibrium ensemble to `floor` as the ensemble relaxes to |ψ|²
    (Valentini 1991).

    Args:
        counts: configurations in each cell, any shape.
        probabilities: ∫|ψ|² over each cell, the same shape, positive; rescaled to sum 1.

    Returns:
        CoarseH.

    Raises:
        ValueError: shapes do not match, nothing counted, a probability that is not positive.
    """
    counts = np.asarray(counts, dtype=float)
    require_shape("probabilities", probabilities, counts.shape, "shape of counts")
    require_finite("counts", counts)
    require_positive("probabilities", probabilities)
    n = counts.sum()
    if n <= 0.0 or np.any(counts < 0.0):
        raise ValueError("`counts` must not be negative, and must have at least one entry.")
    p = np.asarray(probabilities, dtype=float)
    P = counts / n
    held = P > 0.0
    value = np.sum(P[held] * np.log(P[held] * p.sum() / p[held]))
    free = counts.size - 1
    return CoarseH(float(value), 0.5 * free / float(n), float(np.sqrt(0.5 * free) / n))


def arrival_times(
    times: Any,
    positions: Any,
    level: float,
    *,
    diffusion: float = 0.0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """First times at which paths reach x = level.

    Smooth paths are interpolated linearly between the output times, an error of second order in
    their distance. A diffusion can reach the level and come back between two outputs; with
    `diffusion` this is drawn from the law of the Brownian bridge between them, the time too.

    Args:
        times: increasing (time,) [time].
        positions: one coordinate of each path (time, batch) [length].
        level: [length].
        diffusion: ħ/m of a Nelson diffusion (26); 0 for smooth paths [length^2/time].
        rng: source of randomness, needed with `diffusion`.

    Returns:
        (batch,), ∞ for a path that does not arrive [time].

    Raises:
        ValueError: shapes, times that do not increase, a diffusion without rng.
    """
    times, x = np.asarray(times, dtype=float), np.asarray(positions, dtype=float)
    require_shape("times", times, (None,), "(time,)")
    require_shape("positions", x, (len(times), None), "(time, batch)")
    require_finite("positions", x)
    require_finite("level", level)
    if np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must increase.")
    if diffusion < 0.0 or (diffusion > 0.0 and rng is None):
        raise ValueError("`diffusion` must not be negative, and needs an `rng` if it is not 0.")
    arrival = np.where(x[0] == level, times[0], np.inf)
    for n in range(len(times) - 1):
        waiting = np.flatnonzero(np.isinf(arrival))
        before, after = x[n, waiting] - level, x[n + 1, waiting] - level
        span = times[n + 1] - times[n]
        if diffusion == 0.0 or rng is None:
            reached = before * after <= 0.0
            fraction = before[reached] / (before - after)[reached]
        else:
            reached, fraction = _bridge_arrivals(before, after, diffusion * span, rng)
        arrival[waiting[reached]] = times[n] + span * fraction
    return arrival


def _bridge_arrivals(
    before: np.ndarray, after: np.ndarray, variance: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Which bridges meet 0, and at which fraction of the interval they first do.

    P = exp(-2ab/variance) for ends on one side; s/(1 - s) of the fraction s is inverse Gaussian
    with mean |a/b| and shape a²/variance.
    """
    same_side = before * after > 0.0
    chance = np.where(same_side, np.exp(-2.0 * np.abs(before * after) / variance), 1.0)
    reached = rng.random(before.size) < chance
    a, b = np.abs(before[reached]), np.abs(after[reached])
    odds = rng.wald(a / np.maximum(b, 1e-300), a**2 / variance)
    return reached, odds / (1.0 + odds)


def _checked_values(values: Any) -> np.ndarray:
    require_shape("values", values, (None,), "(n,)")
    require_finite("values", values)
    if np.size(values) == 0:
        raise ValueError("`values` must hold at least one position.")
    return np.asarray(values, dtype=float)


def _checked_edges(edges: Any) -> np.ndarray:
    require_shape("edges", edges, (None,), "(bins + 1,)")
    edges = np.asarray(edges, dtype=float)
    if edges.size < 2 or not np.all(np.diff(edges) > 0.0):
        raise ValueError("`edges` must hold at least 2 increasing numbers.")
    return edges
