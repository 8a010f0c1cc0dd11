"""Relative errors of the large-N experiment with their uncertainties and power laws."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from zitter.core.statistics import Estimate, PowerLaw, power_law_fit, power_law_of_median
from zitter.scenarios.two_packets.table import RELATIVE_ERROR_OF_ONE, relative_error


def errors_of(data: xr.Dataset, parameters: str, case: str, num_particles: int) -> np.ndarray:
    """Relative errors [%] of the runs that were made; empty if none."""
    errors = relative_error(data).sel(parameters=parameters, case=case, num_particles=num_particles)
    return errors.values[np.isfinite(errors.values)]


def _ratio_error(
    sample: np.ndarray, reference: np.ndarray, statistic: Callable
) -> tuple[float, float]:
    """statistic(sample)/statistic(reference) in % of 45%, and its bootstrap standard error."""
    rng = np.random.default_rng(0)

    def resampled(values: np.ndarray) -> np.ndarray:
        return statistic(values[rng.integers(values.size, size=(400, values.size))], axis=1)

    draws = RELATIVE_ERROR_OF_ONE * resampled(sample) / resampled(reference)
    value = RELATIVE_ERROR_OF_ONE * float(statistic(sample, axis=0) / statistic(reference, axis=0))
    return value, float(np.std(draws, ddof=1))


def root_mean_square(values: np.ndarray, axis: int) -> np.ndarray:
    """√⟨x²⟩ along an axis."""
    return np.sqrt(np.mean(values**2, axis=axis))


def relative_to_one(
    data: xr.Dataset, parameters: str, case: str, n: int, statistic: Callable
) -> tuple[float, float]:
    """Statistic of |δ| for N = n over that for N = 1, times 45%, and its standard error [%]."""
    last = data.isel(time=-1).sel(parameters=parameters)
    sample = last.deviation.sel(case=case, num_particles=n).values
    sample = np.abs(sample[np.isfinite(sample)])
    return _ratio_error(sample, np.abs(last.reference.values), statistic)


def counts_of(data: xr.Dataset, parameters: str, case: str) -> list[int]:
    """N for which a case was run."""
    return [n for n in data.num_particles.values if errors_of(data, parameters, case, n).size]


def median_exponent(data: xr.Dataset, parameters: str, case: str) -> PowerLaw:
    """Power law of the median error in N."""
    counts = counts_of(data, parameters, case)
    samples = [errors_of(data, parameters, case, n) for n in counts]
    return power_law_of_median(counts, samples, np.random.default_rng(0))


def rms_exponent(data: xr.Dataset, parameters: str, case: str) -> PowerLaw:
    """Power law of the rms error in N, which for independent particles has no higher orders."""
    counts = counts_of(data, parameters, case)
    rms = [relative_to_one(data, parameters, case, n, root_mean_square) for n in counts]
    values, errors = np.transpose(rms)
    return power_law_fit(counts, values, errors)


def rms_ratio(data: xr.Dataset, parameters: str, cases: tuple[str, str], n: int) -> Estimate:
    """rms |δ| of the first case over that of the second; N = 1, common to both, drops out."""
    samples = [errors_of(data, parameters, case, n) for case in cases]
    value, error = _ratio_error(*samples, root_mean_square)
    return Estimate(value / RELATIVE_ERROR_OF_ONE, error / RELATIVE_ERROR_OF_ONE)
