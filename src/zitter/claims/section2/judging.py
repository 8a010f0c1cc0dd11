"""What the judges of forces and widths share: laws of medians and verdicts under a condition."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from zitter.claims.claim import Measurement, Verdict, overall
from zitter.core.statistics import Estimate, PowerLaw, power_law_fit, power_law_of_median


def verdict_under_condition(
    inside: Iterable[Measurement], outside: Iterable[Measurement]
) -> Verdict:
    """Verdict on a statement from where its condition is met, and from where it is not.

    HOLDS if it holds in both, HOLDS WITH CORRECTION if it holds `inside` and fails `outside`,
    FAILS if it fails inside; anything undecided inside stays undecided.
    """
    where_met = overall(inside)
    elsewhere = overall(outside)
    if where_met is not Verdict.HOLDS or elsewhere is Verdict.HOLDS:
        return where_met
    return Verdict.HOLDS_WITH_CORRECTION if elsewhere is Verdict.FAILS else elsewhere


def median_law(values: xr.DataArray) -> PowerLaw:
    """Power law in N of the median of |values|, dims (num_particles, preparation)."""
    samples = np.abs(values.transpose("num_particles", "preparation").values)
    counts = values.num_particles.values
    return power_law_of_median(counts, list(samples), np.random.default_rng(0), num_resamples=500)


def rms_law(values: xr.DataArray) -> PowerLaw:
    """Power law in N of the root of the mean square, same dims: meaningful without heavy tails."""
    rms = [root_mean_square(column) for column in values.transpose("num_particles", ...).values]
    return power_law_fit(values.num_particles.values, *np.transpose(rms))


def root_mean_square(values: np.ndarray) -> Estimate:
    """Root of the mean square of a sample (n,), with standard error."""
    square = np.asarray(values, float) ** 2
    rms = np.sqrt(square.mean())
    return Estimate(float(rms), float(square.std(ddof=1) / (2.0 * rms * np.sqrt(square.size))))


def median_estimate(values: np.ndarray) -> Estimate:
    """Median of a sample (n,), with the standard error from its ranks (binomial)."""
    ordered = np.sort(np.asarray(values, float))
    half = 0.5 * np.sqrt(ordered.size)
    ranks = np.clip(0.5 * ordered.size + np.array([-half, half]), 0, ordered.size - 1).astype(int)
    low, high = ordered[ranks]
    return Estimate(float(np.median(ordered)), float(0.5 * (high - low)))


def law_text(law: PowerLaw) -> str:
    """Exponent with its 95% interval, such as "0.51 [0.48, 0.53]"."""
    low, high = law.interval
    return f"{law.exponent:.2f} [{low:.2f}, {high:.2f}]"


def with_interval(regime: str, law: PowerLaw) -> str:
    """Name of a regime with the 95% interval of the exponent measured in it."""
    low, high = law.interval
    return f"{regime}; 95% [{low:.2f}, {high:.2f}]"
