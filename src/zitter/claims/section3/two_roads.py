"""Verdicts that stand only as long as a second road to the same number confirms them."""

from collections.abc import Iterable

from zitter.claims.claim import Measurement, Verdict, overall, verdict_within


def upheld(verdict: Verdict, checks: Iterable[Measurement]) -> Verdict:
    """`verdict`, or INCONCLUSIVE unless every independent check of its numbers HOLDS."""
    return verdict if overall(checks) is Verdict.HOLDS else Verdict.INCONCLUSIVE


def agreement(
    name: str, regime: str, value: float, uncertainty: float, expected: float, tolerance: float
) -> Measurement:
    """Measured number that HOLDS within `tolerance` of what another road gives."""
    low, high = expected - tolerance, expected + tolerance
    verdict = verdict_within(value, uncertainty, low, high)
    return Measurement(name, regime, value, uncertainty, expected, verdict)
