"""Every judge says something else, and definite, of the experiment with one thing changed in it."""

import pytest

from zitter.claims import ALL
from zitter.claims.claim import Verdict

SEED = 0


@pytest.mark.parametrize("claim", ALL, ids=lambda c: f"{c.ledger}-{c.id}")
def test_the_judge_reverses_its_verdict_on_the_planted_defect(claim):
    judgement = claim.judge(claim.planted_defect("quick", SEED))
    assert judgement.verdict is not claim.predicted, judgement.reason
    assert judgement.verdict not in (Verdict.INCONCLUSIVE, Verdict.ERROR), judgement.reason
