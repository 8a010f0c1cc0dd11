"""Measurements that several judges share: exponents, ratios, and their verdicts."""

import numpy as np
from numpy.typing import ArrayLike

from zitter.claims.claim import Measurement, Verdict, verdict_within
from zitter.core.statistics import PowerLaw, power_law_fit


def exponent_measurement(
    name: str,
    regime: str,
    fit: PowerLaw,
    expected: float,
    tolerance: float = 0.1,
    *,
    inside: Verdict = Verdict.HOLDS,
    outside: Verdict = Verdict.FAILS,
) -> Measurement:
    """Measured exponent, judged by whether it lies within `tolerance` of `expected`."""
    low, high = expected - tolerance, expected + tolerance
    verdict = verdict_within(
        fit.exponent, fit.exponent_error, low, high, inside=inside, outside=outside
    )
    return Measurement(name, regime, fit.exponent, fit.exponent_error, expected, verdict)


def standard_deviation_law(counts: ArrayLike, samples: np.ndarray) -> PowerLaw:
    """Power law of the standard deviation over runs; samples (num_counts, num_runs).

    The standard error of a standard deviation of R normal draws is its value / √(2(R - 1)).
    """
    spread = np.std(samples, axis=1, ddof=1)
    error = spread / np.sqrt(2.0 * (samples.shape[1] - 1))
    return power_law_fit(counts, spread, error)
