"""Numbers with uncertainties from samples: power laws, distances of distributions, intervals."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from zitter.core.checks import require_count, require_finite, require_positive, require_shape


class PowerLaw(NamedTuple):
    """y = prefactor · x^exponent, with the standard error and the 95% interval of the exponent."""

    exponent: float
    exponent_error: float
    prefactor: float
    interval: tuple[float, float]


class Estimate(NamedTuple):
    """A value and its standard error."""

    value: float
    error: float


class Interval(NamedTuple):
    """A value between `low` and `high`."""

    value: float
    low: float
    high: float


class KolmogorovSmirnov(NamedTuple):
    """Largest distance of two distribution functions and its p-value under equality."""

    distance: float
    p_value: float


def power_law_fit(x: Any, y: Any, y_error: Any = None) -> PowerLaw:
    """Power law through points, least squares of ln y against ln x.

    Args:
        x: abscissae (n,), positive.
        y: ordinates (n,), positive.
        y_error: standard errors of y (n,); without them the scatter about the line decides.

    Returns:
        PowerLaw; the interval is Student's t without `y_error`, normal with it.

    Raises:
        ValueError: fewer than 3 points (2 with errors), values <= 0, equal abscissae.
    """
    log_x, log_y = _logarithms(x, y)
    if y_error is None:
        _require_points(log_x, 3)
        weights = np.ones_like(log_x)
    else:
        _require_points(log_x, 2)
        require_shape("y_error", y_error, log_x.shape, "(n,)")
        require_positive("y_error", y_error)
        weights = (np.asarray(y, float) / np.asarray(y_error, float)) ** 2
    centred = log_x - np.average(log_x, weights=weights)
    spread = np.sum(weights * centred**2)
    exponent = float(np.sum(weights * centred * log_y) / spread)
    intercept = float(np.average(log_y - exponent * log_x, weights=weights))
    if y_error is None:
        num_free = log_x.size - 2
        residual = log_y - intercept - exponent * log_x
        error = float(np.sqrt(np.sum(residual**2) / num_free / spread))
        half = float(stats.t.ppf(0.975, num_free)) * error
    else:
        error = float(1.0 / np.sqrt(spread))
        half = float(stats.norm.ppf(0.975)) * error
    return PowerLaw(exponent, error, float(np.exp(intercept)), (exponent - half, exponent + half))


def power_law_of_median(
    x: Any,
    samples: Sequence[Any],
    rng: np.random.Generator,
    quantile: float = 0.5,
    num_resamples: int = 2000,
) -> PowerLaw:
    """Power law of the median (or a quantile) of samples against x, with bootstrap 95% interval.

    The order statistics of a bootstrap resample are drawn directly (their ranks are those of
    uniform numbers), so the cost does not grow with the size of the samples.

    Args:
        x: abscissae (n,), positive.
        samples: n samples of positive values, one for each x; their sizes may differ.
        rng: source of randomness.
        quantile: which quantile, between 0 and 1.
        num_resamples: bootstrap resamples.

    Raises:
        ValueError: sizes do not match, values <= 0, a sample of fewer than 2 values.
    """
    require_count("num_resamples", num_resamples, 2)
    if not 0.0 < quantile < 1.0:
        raise ValueError(f"`quantile` must lie between 0 and 1, but is {quantile:g}.")
    if len(samples) != np.size(x):
        raise ValueError(
            f"`samples` must have one sample for each of the {np.size(x)} values of `x`."
        )
    columns = [_sorted_sample("samples", sample, 2) for sample in samples]
    log_x, log_y = _logarithms(x, [np.quantile(column, quantile) for column in columns])
    _require_points(log_x, 2)
    draws = np.stack([_resampled_quantile(c, quantile, rng, num_resamples) for c in columns])
    require_positive("samples", draws)
    centred = log_x - log_x.mean()
    slopes = centred @ np.log(draws) / np.sum(centred**2)
    exponent = float(centred @ log_y / np.sum(centred**2))
    prefactor = float(np.exp(np.mean(log_y - exponent * log_x)))
    low, high = np.quantile(slopes, [0.025, 0.975])
    return PowerLaw(exponent, float(np.std(slopes, ddof=1)), prefactor, (float(low), float(high)))


def convergence_order(steps: Any, errors: Any) -> float:
    """Order p of errors ∝ step^p: least-squares slope of ln error against ln step.

    Raises:
        ValueError: fewer than 2 points, values <= 0.
    """
    log_x, log_y = _logarithms(steps, errors)
    _require_points(log_x, 2)
    centred = log_x - log_x.mean()
    return float(centred @ log_y / np.sum(centred**2))


def ks_distance(sample: Any, cdf: Callable[[np.ndarray], Any]) -> float:
    """Kolmogorov-Smirnov distance sup|F_n - F| of a sample (n,) and a distribution function.

    Raises:
        ValueError: the sample is empty or not finite; `cdf` leaves [0, 1].
    """
    values = _sorted_sample("sample", sample, 1)
    F = np.asarray(cdf(values), float)
    require_shape("cdf(sample)", F, values.shape, "(n,)")
    if not (np.all(F >= -1e-9) and np.all(F <= 1.0 + 1e-9)):
        raise ValueError("`cdf` must return values between 0 and 1.")
    ranks = np.arange(values.size + 1) / values.size
    return float(max(np.max(ranks[1:] - F), np.max(F - ranks[:-1])))


def ks_test(sample: Any, cdf: Callable[[np.ndarray], Any]) -> KolmogorovSmirnov:
    """Kolmogorov-Smirnov distance of a sample to a distribution function, with p-value.

    Validity: independent draws from a continuous distribution.
    """
    distance = ks_distance(sample, cdf)
    return KolmogorovSmirnov(distance, float(stats.kstwo.sf(distance, np.size(sample))))


def ks_two_sample(sample_a: Any, sample_b: Any) -> KolmogorovSmirnov:
    """Kolmogorov-Smirnov distance of two samples (n,), (m,) with its asymptotic p-value."""
    a, b = _sorted_sample("sample_a", sample_a, 1), _sorted_sample("sample_b", sample_b, 1)
    result: Any = stats.ks_2samp(a, b, method="asymp")
    return KolmogorovSmirnov(float(result.statistic), float(result.pvalue))


def combined_p_value(p_values: Any) -> float:
    """Fisher's p-value of independent tests, χ² = -2 Σ ln p with 2n degrees of freedom.

    Raises:
        ValueError: nothing given, or values outside [0, 1].
    """
    p = np.atleast_1d(np.asarray(p_values, float))
    require_finite("p_values", p)
    if p.size == 0 or np.any(p < 0.0) or np.any(p > 1.0):
        raise ValueError("`p_values` must be one or more numbers between 0 and 1.")
    if np.any(p == 0.0):
        return 0.0
    return float(stats.chi2.sf(-2.0 * np.sum(np.log(p)), 2 * p.size))


def wasserstein_1(sample_a: Any, sample_b: Any) -> float:
    """Wasserstein-1 distance ∫|F_a - F_b| dx of two samples (n,), (m,), in the unit of the samples.

    Raises:
        ValueError: a sample is empty or not finite.
    """
    a, b = _sorted_sample("sample_a", sample_a, 1), _sorted_sample("sample_b", sample_b, 1)
    if a.size == b.size:
        return float(np.mean(np.abs(a - b)))
    return float(stats.wasserstein_distance(a, b))


def hill_exponent(sample: Any, fraction: float = 0.05) -> Estimate:
    """Tail exponent α of P(X > x) ∝ x^-α from the largest values: Hill's estimator.

    Args:
        sample: positive values (n,).
        fraction: share of the sample that counts as tail.

    Returns:
        α and its standard error α/√k, k the number of values in the tail.

    Raises:
        ValueError: values <= 0, fewer than 10 values in the tail.
    """
    require_positive("sample", sample)
    values = _sorted_sample("sample", sample, 1)
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"`fraction` must lie between 0 and 1, but is {fraction:g}.")
    num_tail = int(fraction * values.size)
    if num_tail < 10:
        raise ValueError(
            f"The tail has {num_tail} values; Hill's estimator needs 10. "
            "Use a larger sample or fraction."
        )
    excess = np.log(values[-num_tail:] / values[-num_tail - 1])
    alpha = float(1.0 / np.mean(excess))
    return Estimate(alpha, alpha / float(np.sqrt(num_tail)))


def bootstrap_interval(
    statistic: Callable[[np.ndarray], Any],
    sample: Any,
    rng: np.random.Generator,
    level: float = 0.95,
    num_resamples: int = 1000,
) -> Interval:
    """Percentile bootstrap interval of a statistic of a sample (n, ..), resampled along axis 0.

    Raises:
        ValueError: fewer than 2 values, `level` outside (0, 1).
    """
    values = np.asarray(sample)
    require_finite("sample", values)
    require_count("num_resamples", num_resamples, 2)
    if values.ndim == 0 or values.shape[0] < 2:
        raise ValueError("`sample` must have at least 2 values.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"`level` must lie between 0 and 1, but is {level:g}.")
    num = values.shape[0]
    draws = [float(statistic(values[rng.integers(num, size=num)])) for _ in range(num_resamples)]
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(statistic(values)), float(low), float(high))


def median_interval(sample: Any) -> Interval:
    """Median of a sample (n,) between its 16% and 84% quantiles: the spread, not the error."""
    values = _sorted_sample("sample", sample, 1)
    low, middle, high = np.quantile(values, [0.16, 0.5, 0.84])
    return Interval(float(middle), float(low), float(high))


def z_score(measured: float, expected: float, standard_error: float) -> float:
    """Deviation in standard errors, (measured - expected)/standard_error.

    Raises:
        ValueError: `standard_error` <= 0.
    """
    require_positive("standard_error", standard_error)
    return float((measured - expected) / standard_error)


def _logarithms(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    require_shape("x", x, (None,), "(n,)")
    require_shape("y", y, np.shape(x), "(n,)")
    if np.size(x) == 0:
        raise ValueError("A power law needs points, but none were given.")
    require_positive("x", x)
    require_positive("y", y)
    return np.log(np.asarray(x, float)), np.log(np.asarray(y, float))


def _require_points(log_x: np.ndarray, minimum: int) -> None:
    if log_x.size < minimum or np.ptp(log_x) == 0.0:
        raise ValueError(
            f"A power law needs at least {minimum} points at different x, but has {log_x.size}."
        )


def _sorted_sample(name: str, sample: Any, minimum: int) -> np.ndarray:
    require_shape(name, sample, (None,), "(n,)")
    require_finite(name, sample)
    if np.size(sample) < minimum:
        raise ValueError(
            f"`{name}` must have at least {minimum} values, but has {np.size(sample)}."
        )
    return np.sort(np.asarray(sample, float))


def _resampled_quantile(
    ordered: np.ndarray, quantile: float, rng: np.random.Generator, num_resamples: int
) -> np.ndarray:
    num = ordered.size
    position = quantile * (num - 1)
    k = min(int(position), num - 2)
    first = rng.beta(k + 1, num - k, size=num_resamples)
    second = first + (1.0 - first) * rng.beta(1, num - k - 1, size=num_resamples)
    ranks = np.minimum((num * np.stack([first, second])).astype(int), num - 1)
    lower, upper = ordered[ranks]
    return lower + (position - k) * (upper - lower)
