"""Laws that the ladder's data show: errors against ħ and against K."""

import numpy as np
import xarray as xr

from zitter.core.statistics import Estimate, PowerLaw, power_law_fit

LEAST_EXPONENT = 0.5
"""Of a distance that is said to go to 0 with ħ."""


def warm_error(data: xr.Dataset, name: str) -> xr.DataArray:
    """Relative error of |ρ₁| at the last time against Vlasov's, (hbar)."""
    mode = data[name].isel(time=-1) if "time" in data[name].dims else data[name]
    reference = "vlasov_charge_mode" if name == "charge_mode" else "vlasov_mode"
    return mode / float(data[reference][-1]) - 1.0


def constant_of(data: xr.Dataset, name: str) -> Estimate:
    """C of the error C ħ² + D ħ⁴, from the two smallest ħ, and its change from the next two."""
    h, error = data.hbar.values, warm_error(data, name).values
    ratio = error / h**2
    limits = (ratio[1:] * h[:-1] ** 2 - ratio[:-1] * h[1:] ** 2) / (h[:-1] ** 2 - h[1:] ** 2)
    return Estimate(float(limits[-1]), float(abs(limits[-1] - limits[-2])))


def body_law(data: xr.Dataset) -> PowerLaw:
    """Power law in K of the rms deviation of the first waves from Vlasov's."""
    rms, error = body_errors(data)
    return power_law_fit(data.num_bodies.values, rms, error)


def body_errors(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Rms deviation of the first waves at each K, and its standard error."""
    square = data.body_deviation.values**2
    rms = np.sqrt(np.mean(square, axis=1))
    return rms, np.std(square, axis=1, ddof=1) / (2.0 * rms * np.sqrt(square.shape[1]))


def cold_law(data: xr.Dataset, name: str, moment: str | None = None) -> PowerLaw:
    """Power law in ħ of a distance of the cold wave to the cold flow."""
    values = data[name] if moment is None else data[name].sel(moment=moment)
    return power_law_fit(data.cold_hbar.values, values.values)


def weak_only(data: xr.Dataset) -> bool:
    """Whether after the caustic W₁ goes to 0 with ħ and the pointwise distance does not."""
    weak, strong = (cold_law(data, name, "after") for name in ("wasserstein", "pointwise"))
    falls = weak.exponent - 2.0 * weak.exponent_error > LEAST_EXPONENT
    return falls and strong.exponent + 2.0 * strong.exponent_error < LEAST_EXPONENT
