"""Ledger and page of the report, from invented results."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from zitter.claims.claim import Claim, Judgement, Measurement, Verdict
from zitter.report.figures import picture
from zitter.report.html import report_page
from zitter.report.ledger import (
    claim_record,
    claims_markdown,
    differs_from_ledger,
    error_record,
    verdict_counts,
    write_verdicts,
)
from zitter.scenarios.style import draw_interval, figure_style, label_axes, new_figure

PROVENANCE = {"version": "0", "commit": None, "seed": 1, "preset": "quick", "packages": {}}


def _unused(*_):
    raise AssertionError


def _claim(number: int = 1, predicted: Verdict = Verdict.HOLDS) -> Claim:
    return Claim(
        id=f"claim-{number}",
        ledger=f"L{number}",
        section="2.1",
        statement="One is less than <two> & a half.",
        equations=(12, 54),
        predicted=predicted,
        expected="1",
        correction="Not so.",
        experiment=_unused,
        judge=_unused,
        figure=_unused,
        planted_defect=_unused,
    )


def _judgement(verdict: Verdict = Verdict.HOLDS, value: float = 0.493) -> Judgement:
    part = Measurement("slope", "bosons", value, 0.012, 0.5, verdict)
    return Judgement(verdict, "slope 0.493", "0.012", "0.5", "It fits.", (part,), "closed form")


@pytest.fixture
def drawn():
    with figure_style():
        figure, (ax,) = new_figure()
        draw_interval(ax, [1, 2], [1.0, 0.7], [0.9, 0.6], [1.2, 0.9], label="measured")
        label_axes(ax, x="N", y="width", title="Widths")
        return picture(figure)


class _Balanced(HTMLParser):
    """Counts open tags, so that a page that is not well nested is found."""

    VOID = frozenset({"meta", "link", "img", "input", "br"})

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_record_has_the_keys_of_the_ledger():
    record = claim_record(_claim(), _judgement())
    assert list(record) == [
        "id", "ledger", "section", "statement", "equations", "verdict", "predicted", "measured",
        "uncertainty", "expected", "reason", "correction", "measurements", "independent_check",
        "warnings",
    ]  # fmt: skip
    assert list(record["measurements"][0]) == [
        "name", "regime", "value", "uncertainty", "expected", "verdict",
    ]  # fmt: skip


def test_a_warning_of_an_experiment_stands_beside_its_claim():
    record = claim_record(_claim(), _judgement(), ["2 of 9 paths ran into a node"])
    page = report_page([record], {}, PROVENANCE)
    assert "<b>Warning.</b> 2 of 9 paths ran into a node" in page
    quiet = report_page([claim_record(_claim(), _judgement())], {}, PROVENANCE)
    assert "Warning" not in quiet


def test_a_number_that_is_not_finite_is_null_in_the_ledger(tmp_path):
    record = claim_record(_claim(), _judgement(value=np.float64("nan")))
    path = tmp_path / "report" / "verdicts.json"
    write_verdicts(path, [record], PROVENANCE)
    ledger = json.loads(path.read_text())
    assert ledger["claims"][0]["measurements"][0]["value"] is None
    assert ledger["provenance"] == PROVENANCE


def test_an_error_and_another_verdict_differ_from_the_ledger():
    assert not differs_from_ledger(claim_record(_claim(), _judgement()))
    assert differs_from_ledger(claim_record(_claim(), _judgement(Verdict.FAILS)))
    assert differs_from_ledger(error_record(_claim(predicted=Verdict.ERROR), "No memory."))


def test_verdicts_are_counted_in_their_order():
    records = [error_record(_claim(), "x"), claim_record(_claim(), _judgement())]
    assert list(verdict_counts(records).items()) == [("HOLDS", 1), ("ERROR", 1)]


def test_the_page_is_well_nested_and_holds_all_it_shows(drawn):
    records = [claim_record(_claim(), _judgement()), error_record(_claim(2), "No <memory>.")]
    page = report_page(records, {"claim-1": drawn}, PROVENANCE)
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    assert page.count('<section class="claim"') == 2
    assert "&lt;two&gt; &amp; a half" in page
    assert "<two>" not in page
    assert "<memory>" not in page
    assert drawn.address in page
    assert "0.493 ± 0.012" in page
    assert "4 M σ_cm²" in page


def test_the_page_names_no_address_of_a_network(drawn):
    page = report_page([claim_record(_claim(), _judgement())], {"claim-1": drawn}, PROVENANCE)
    without_data = re.sub(r"data:image/[^\"]*", "", page)
    assert not re.search(r"(https?:)?//[a-z]", without_data)
    assert "@import" not in page
    assert "<script src" not in page


def test_a_drawing_with_many_points_becomes_a_picture():
    with figure_style():
        figure, (ax,) = new_figure()
        ax.scatter(*np.random.default_rng(0).normal(size=(2, 20_000)))
        assert picture(figure).address.startswith("data:image/png")


def test_the_committed_ledger_is_a_table_in_markdown():
    page = claims_markdown([_claim(), _claim(2, Verdict.FAILS)])
    assert "| L1 |" in page
    assert "| FAILS |" in page
