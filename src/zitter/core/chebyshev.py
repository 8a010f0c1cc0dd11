"""Chebyshev polynomials on an interval: points, derivative, integral, interpolation as matrices."""

import numpy as np

from zitter.core.checks import require_count


def chebyshev_points(lower: float, upper: float, num_intervals: int) -> np.ndarray:
    """Extrema of the Chebyshev polynomial of degree n, from lower to upper, (n + 1,).

    Raises:
        ValueError: n below 2, or upper <= lower.
    """
    require_count("num_intervals", num_intervals, 2)
    if not upper > lower:
        raise ValueError(f"`upper` must exceed `lower`, but is {upper:g} <= {lower:g}.")
    z = np.sin(0.5 * np.pi * np.arange(-num_intervals, num_intervals + 1, 2) / num_intervals)
    return lower + 0.5 * (upper - lower) * (1.0 + z)


def chebyshev_derivative(x: np.ndarray) -> np.ndarray:
    """Matrix of d/dx at Chebyshev points x (n,): (n, n), exact for polynomials below degree n."""
    n = len(x) - 1
    c = np.ones(n + 1)
    c[[0, -1]] = 2.0
    c *= (-1.0) ** np.arange(n + 1)
    # Differences of the points through sines: no cancellation near the ends.
    angle = np.pi * np.arange(n, -1, -1) / n
    half_sum, half_gap = np.add.outer(angle, angle) / 2.0, np.subtract.outer(angle, angle) / 2.0
    difference = -2.0 * np.sin(half_sum) * np.sin(half_gap)
    np.fill_diagonal(difference, 1.0)
    D = np.outer(c, 1.0 / c) / difference
    np.fill_diagonal(D, 0.0)
    np.fill_diagonal(D, -D.sum(axis=1))
    return D * 2.0 / (x[-1] - x[0])


def chebyshev_weights(x: np.ndarray) -> np.ndarray:
    """Clenshaw-Curtis weights of the integral over [x[0], x[-1]], (n,)."""
    n = len(x) - 1
    k = np.arange(0, n + 1, 2)
    moments = 2.0 / (1.0 - k.astype(float) ** 2) * np.where((k == 0) | (k == n), 0.5, 1.0)
    weights = 2.0 / n * np.cos(np.pi / n * np.outer(np.arange(n + 1), k)) @ moments
    weights[[0, -1]] *= 0.5
    return 0.5 * (x[-1] - x[0]) * weights


def chebyshev_integral(x: np.ndarray) -> np.ndarray:
    """Matrix of the integral from x[0] to each point, (n, n): the inverse of the derivative."""
    n = len(x) - 1
    degree = np.arange(n + 1)
    T = np.cos(np.outer(np.pi * np.arange(n, -1, -1) / n, np.arange(n + 2)))
    share = np.ones(n + 1)
    share[[0, -1]] = 0.5
    coefficients = 2.0 / n * share[:, None] * T[:, :-1].T * share
    # ∫T_k = T_{k+1}/2(k+1) - T_{k-1}/2(k-1), with T₁ for k = 0 and T₂/4 for k = 1.
    primitive = T[:, 1:] / (2.0 * (degree + 1.0))
    primitive[:, 0] *= 2.0
    primitive[:, 2:] -= T[:, 1:-2] / (2.0 * (degree[2:] - 1.0))
    return 0.5 * (x[-1] - x[0]) * (primitive - primitive[0]) @ coefficients


def chebyshev_interpolate(x: np.ndarray, f: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Polynomial through (x, f) at any points of the interval, by the barycentric formula.

    Args:
        x: Chebyshev points (n,).
        f: values (n,).
        at: points of any shape.

    Returns:
        Values in the shape of `at`.
    """
    sign = (-1.0) ** np.arange(len(x))
    sign[[0, -1]] *= 0.5
    flat = np.ravel(at)
    value = np.empty(flat.shape, dtype=np.result_type(f, float))
    for begin in range(0, flat.size, 8192):
        gap = flat[begin : begin + 8192, None] - x[None, :]
        hit = gap == 0.0
        weight = sign / np.where(hit, 1.0, gap)
        weight = np.where(hit.any(axis=1)[:, None], hit, weight)
        value[begin : begin + 8192] = (weight @ f) / weight.sum(axis=1)
    return value.reshape(np.shape(at))
