"""What a claim of the paper is: a statement, an experiment, a judge, a figure, a planted defect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

Preset = Literal["quick", "default", "full"]
PRESETS: tuple[Preset, ...] = ("quick", "default", "full")


class Verdict(StrEnum):
    """What a judge can say of a claim."""

    HOLDS = "HOLDS"
    HOLDS_WITH_CORRECTION = "HOLDS WITH CORRECTION"
    FAILS = "FAILS"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"


_WEAKEST_FIRST = (
    Verdict.ERROR,
    Verdict.FAILS,
    Verdict.INCONCLUSIVE,
    Verdict.HOLDS_WITH_CORRECTION,
    Verdict.HOLDS,
)


@dataclass(frozen=True)
class Measurement:
    """One measured number in one regime, and what it says about the claim there.

    `uncertainty` is one standard error, or half of a 68% interval, in the unit of `value`;
    `expected` is a number or a short text such as "below 1e-10".
    """

    name: str
    regime: str
    value: float
    uncertainty: float
    expected: float | str
    verdict: Verdict


@dataclass(frozen=True)
class Judgement:
    """A verdict with the numbers and the sentence that carry it.

    `measured`, `uncertainty` and `expected` are short texts for the table of the report;
    `reason` is one sentence; `independent_check` names the second road to the same number.
    """

    verdict: Verdict
    measured: str
    uncertainty: str
    expected: str
    reason: str
    measurements: tuple[Measurement, ...]
    independent_check: str


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, with the experiment and the judge that decide it.

    `ledger` is the number L1, L2, .., or B1, B2, .. of what goes beyond the paper; `equations` are
    the paper's numbers; `predicted` is the verdict of the committed ledger, which no judge reads;
    `correction` is empty if none is needed.
    `experiment(preset, seed)` is costly, pure and seeded; `judge(dataset)` is cheap and pure;
    `planted_defect(preset, seed)` is the same experiment with one physical defect, on which the
    judge must not return the predicted verdict; `figure(dataset)` is drawn in the style of
    `zitter.scenarios.style`, without state of pyplot.
    """

    id: str
    ledger: str
    section: str
    statement: str
    equations: tuple[int, ...]
    predicted: Verdict
    expected: str
    correction: str
    experiment: Callable[[Preset, int], xr.Dataset]
    judge: Callable[[xr.Dataset], Judgement]
    figure: Callable[[xr.Dataset], Figure]
    planted_defect: Callable[[Preset, int], xr.Dataset]


def overall(measurements: Iterable[Measurement]) -> Verdict:
    """Weakest verdict of all: one counterexample makes a general statement fail.

    A judge whose claim names its own regime passes only the measurements made in that regime.

    Raises:
        ValueError: no measurement.
    """
    verdicts = {measurement.verdict for measurement in measurements}
    if not verdicts:
        raise ValueError("`measurements` must hold at least one measurement, but is empty.")
    return next(verdict for verdict in _WEAKEST_FIRST if verdict in verdicts)


def verdict_within(
    value: float,
    uncertainty: float,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    inside: Verdict = Verdict.HOLDS,
    outside: Verdict = Verdict.FAILS,
) -> Verdict:
    """`inside` if value ± 2 uncertainty lies in [low, high], `outside` if it lies out of it.

    INCONCLUSIVE if the interval straddles a bound, ERROR if the value is not a number.
    """
    if not (np.isfinite(value) and np.isfinite(uncertainty)):
        return Verdict.ERROR
    bottom, top = value - 2.0 * uncertainty, value + 2.0 * uncertainty
    if low <= bottom and top <= high:
        return inside
    if top < low or bottom > high:
        return outside
    return Verdict.INCONCLUSIVE


def with_uncertainty(value: float, uncertainty: float, unit: str = "") -> str:
    """Value and uncertainty with two digits of the uncertainty, such as "0.493 ± 0.012 nm"."""
    suffix = f" {unit}" if unit else ""
    if not np.isfinite(value) or not np.isfinite(uncertainty) or uncertainty <= 0.0:
        return f"{value:.3g}{suffix}"
    size = max(abs(value), uncertainty)
    if not 1e-3 <= size < 1e5:
        power = int(np.floor(np.log10(size)))
        scale = 10.0**power
        return f"({with_uncertainty(value / scale, uncertainty / scale)})e{power:+d}{suffix}"
    decimals = max(0, min(12, 1 - int(np.floor(np.log10(uncertainty)))))
    return f"{value:.{decimals}f} ± {uncertainty:.{decimals}f}{suffix}"
