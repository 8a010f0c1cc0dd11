"""Every claim: its quick experiment gives the verdict of the committed ledger."""

import ast
import inspect

import numpy as np
import pytest

from zitter.claims import ALL
from zitter.claims.claim import Claim, Verdict
from zitter.scenarios.style import figure_style

SEED = 0


@pytest.fixture(scope="session")
def quick_dataset():
    """Quick dataset of a claim; each experiment runs once."""
    known = {}

    def dataset(claim: Claim):
        if claim.id not in known:
            known[claim.id] = claim.experiment("quick", SEED)
        return known[claim.id]

    return dataset


each_claim = pytest.mark.parametrize("claim", ALL, ids=lambda c: f"{c.ledger}-{c.id}")


@each_claim
def test_the_quick_experiment_gives_the_verdict_of_the_ledger(claim, quick_dataset):
    judgement = claim.judge(quick_dataset(claim))
    assert judgement.verdict is claim.predicted, judgement.reason
    assert judgement.measurements
    for measurement in judgement.measurements:
        assert measurement.verdict is not Verdict.ERROR, measurement
        assert np.isfinite(measurement.value), measurement
        assert np.isfinite(measurement.uncertainty), measurement
    for text in (judgement.measured, judgement.expected, judgement.reason):
        assert text.strip()


@each_claim
def test_the_figure_is_drawn_from_the_dataset(claim, quick_dataset, tmp_path):
    with figure_style():
        figure = claim.figure(quick_dataset(claim))
        figure.savefig(tmp_path / "figure.png")
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes if ax.has_data())


def _reads_of_the_prediction(source: str) -> list[int]:
    """Lines that read `predicted`; to name it in a call of Claim(..) is no reading."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        named = getattr(node, "attr", None) or getattr(node, "id", None)
        text = node.value if isinstance(node, ast.Constant) else None
        if "predicted" in (named, text):
            lines.append(node.lineno)
    return lines


@each_claim
def test_no_judge_reads_the_prediction(claim):
    for function in (claim.judge, claim.experiment, claim.figure):
        source = inspect.getsource(inspect.getmodule(inspect.unwrap(function)))
        assert _reads_of_the_prediction(source) == []


@pytest.mark.parametrize(
    "line", ["x = claim.predicted", "x = predicted", "x = getattr(claim, 'predicted')"]
)
def test_a_judge_that_reads_the_prediction_would_be_found(line):
    assert _reads_of_the_prediction(line)
    assert not _reads_of_the_prediction("Claim(predicted=Verdict.HOLDS)")


@each_claim
def test_the_entry_of_the_ledger_is_complete(claim):
    assert claim.ledger[0] in "LB"
    assert claim.ledger[1:].isdigit()
    assert claim.section[0] in "23456"
    assert claim.statement.endswith(".")
    assert claim.expected
    assert all(1 <= number <= 115 for number in claim.equations)
    needs_correction = claim.predicted is Verdict.HOLDS_WITH_CORRECTION
    assert claim.correction or not needs_correction


def test_no_two_claims_share_an_id_or_a_number():
    assert len({claim.id for claim in ALL}) == len(ALL)
    assert len({claim.ledger for claim in ALL}) == len(ALL)
