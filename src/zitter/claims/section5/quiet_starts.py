"""Whether bodies that start quietly stay nearer to their mean field than bodies at random."""

import numpy as np
import xarray as xr

from zitter.claims.claim import Measurement, verdict_within
from zitter.claims.section5.limit_runs import LINE, PLAIN, SPACE
from zitter.core.statistics import Estimate, PowerLaw


def quiet_starts(data: xr.Dataset, laws: list[tuple[str, str, PowerLaw]]) -> list[Measurement]:
    """Quiet against random starts: D_K at the most bodies, and on a line its exponents in K.

    Evenly spread points gain a power of K where phase space has two dimensions; in six, at these K,
    no more than a factor. Between plain points close encounters decide and not the start, so that
    nothing is asked of them.
    """
    exponents = {(pair, start): law for pair, start, law in laws}
    found = []
    for where, pairs in (("line", LINE), ("space", SPACE)):
        for pair in pairs:
            if pair == PLAIN:
                continue
            if where == "line":
                found.append(_steeper(pair, exponents[pair, "quiet"], exponents[pair, "random"]))
            found.append(_nearer(pair, quiet_over_random(data, where, pair)))
    return found


def quiet_over_random(data: xr.Dataset, where: str, pair: str) -> Estimate:
    """Mean D_K of quiet starts over that of random ones, at the most bodies and the last time."""
    last = data[f"coupling_{where}"].isel({f"{where}_time": -1, f"{where}_count": -1})
    here = last.sel({f"{where}_pair": pair})
    quiet, random = (here.sel(start=start).values for start in ("quiet", "random"))
    ratio = quiet.mean() / random.mean()
    errors = [x.std(ddof=1) / np.sqrt(len(x)) / x.mean() for x in (quiet, random)]
    return Estimate(float(ratio), float(ratio * np.hypot(*errors)))


def _steeper(pair: str, quiet: PowerLaw, random: PowerLaw) -> Measurement:
    value = quiet.exponent - random.exponent
    error = float(np.hypot(quiet.exponent_error, random.exponent_error))
    return Measurement(
        "exponent of D_K in K, quiet - random starts", pair, value, error, "below 0",
        verdict_within(value, error, high=0.0),
    )  # fmt: skip


def _nearer(pair: str, ratio: Estimate) -> Measurement:
    return Measurement(
        "D_K of quiet / of random starts, most bodies", pair, ratio.value, ratio.error, "below 1",
        verdict_within(ratio.value, ratio.error, high=1.0),
    )  # fmt: skip
