"""Corrections of a statement, which stand only as long as a second road confirms them."""

from collections.abc import Iterable

from zitter.claims.claim import Measurement, Verdict, overall, verdict_within


def upheld(verdict: Verdict, checks: Iterable[Measurement]) -> Verdict:
    """`verdict`, or INCONCLUSIVE where a check of the correction that replaces it does not HOLD.

    A statement that HOLDS needs no correction, so that no check can take it back.
    """
    stands = verdict is Verdict.HOLDS or overall(checks) is Verdict.HOLDS
    return verdict if stands else Verdict.INCONCLUSIVE


def agreement(
    name: str, regime: str, value: float, uncertainty: float, expected: float, tolerance: float
) -> Measurement:
    """Measured number that HOLDS within `tolerance` of what another road gives."""
    low, high = expected - tolerance, expected + tolerance
    verdict = verdict_within(value, uncertainty, low, high)
    return Measurement(name, regime, value, uncertainty, expected, verdict)
