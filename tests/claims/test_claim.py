"""Verdicts from measured numbers."""

import pytest

from zitter.claims.claim import Measurement, Verdict, overall, verdict_within, with_uncertainty


def _measurement(verdict: Verdict) -> Measurement:
    return Measurement("slope", "all", 0.5, 0.01, 0.5, verdict)


def test_one_counterexample_makes_the_whole_fail():
    verdicts = (Verdict.HOLDS, Verdict.INCONCLUSIVE, Verdict.FAILS)
    assert overall(map(_measurement, verdicts)) is Verdict.FAILS


def test_an_undecided_part_leaves_the_whole_undecided():
    verdicts = (Verdict.HOLDS, Verdict.INCONCLUSIVE, Verdict.HOLDS_WITH_CORRECTION)
    assert overall(map(_measurement, verdicts)) is Verdict.INCONCLUSIVE


def test_no_measurement_gives_no_verdict():
    with pytest.raises(ValueError, match="at least one measurement"):
        overall(())


@pytest.mark.parametrize(
    ("value", "uncertainty", "wanted"),
    [
        (0.5, 0.02, Verdict.HOLDS),
        (0.5, 0.08, Verdict.INCONCLUSIVE),
        (0.8, 0.02, Verdict.FAILS),
        (float("nan"), 0.02, Verdict.ERROR),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(value, uncertainty, wanted):
    assert verdict_within(value, uncertainty, 0.4, 0.6) is wanted


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (0.4927, 0.0123, "0.493 ± 0.012 nm"),
        (146.2, 7.1, "146.2 ± 7.1 nm"),
        (1.5e17, 2e16, "(1.50 ± 0.20)e+17 nm"),
        (3.0, 0.0, "3 nm"),
    ],
)
def test_two_digits_of_the_uncertainty_are_shown(value, uncertainty, text):
    assert with_uncertainty(value, uncertainty, "nm") == text
