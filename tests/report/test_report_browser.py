"""The report in a real browser, where Debian's chromium is installed."""

import pytest

from zitter.claims.claim import Claim, Judgement, Measurement, Verdict
from zitter.report.figures import picture
from zitter.report.html import report_page
from zitter.report.ledger import claim_record
from zitter.scenarios.style import figure_style, label_axes, new_figure

VERDICTS = (Verdict.HOLDS, Verdict.FAILS, Verdict.HOLDS_WITH_CORRECTION)


def _unused(*_):
    raise AssertionError


def _record(number: int, verdict: Verdict) -> dict:
    claim = Claim(
        f"claim-{number}", f"L{number}", "2.1", f"Statement number {number}.", (51, 54), verdict,
        "0.5", "A correction.", _unused, _unused, _unused, _unused,
    )  # fmt: skip
    part = Measurement("exponent of a long quantity", "bosons", 0.493, 0.012, 0.5, verdict)
    told = Judgement(verdict, "exponent 0.493", "0.012", "0.5", "It fits.", (part,), "closed form")
    return claim_record(claim, told)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    with figure_style():
        figure, (ax,) = new_figure()
        ax.plot([1, 2], [3, 4])
        label_axes(ax, x="N", y="width")
        drawn = picture(figure)
    numbers = (10, 2, 1)
    records = [_record(n, v) for n, v in zip(numbers, VERDICTS, strict=True)]
    file = tmp_path_factory.mktemp("report") / "index.html"
    file.write_text(report_page(records, {r["id"]: drawn for r in records}, {"seed": 0}), "utf-8")
    return file


@pytest.fixture
def page(visit, page_file):
    return visit(page_file)


def test_the_page_opens_without_a_complaint_or_a_network(page):
    assert page.errors + page.said == []
    assert all(url.startswith(("file:", "data:")) for url in page.asked)


def test_nothing_hangs_over_the_edge(page):
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"]


def test_every_figure_is_shown(page):
    widths = page.evaluate("[...document.images].map((i) => i.naturalWidth)")
    assert len(widths) == 3
    assert all(width > 100 for width in widths)


def test_words_filter_the_table_and_the_sections(page):
    page.fill("#search", "number 10")
    assert page.locator("#overview tbody tr:visible").count() == 1
    assert page.locator("section.claim:visible").count() == 1


def test_a_verdict_filters_the_table(page):
    page.click(".chip[value='FAILS']")
    assert page.locator("#overview tbody tr:visible").count() == 1
    page.click(".chip[value='FAILS']")
    assert page.locator("#overview tbody tr:visible").count() == 3


def test_a_click_on_a_head_sorts_by_number(browser, page_file):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(page_file.as_uri())
    page.click("#overview th:nth-child(1) button")
    page.click("#overview th:nth-child(1) button")
    first = page.locator("#overview tbody tr td:nth-child(1)").all_inner_texts()
    page.close()
    assert first == ["L1", "L2", "L10"]
