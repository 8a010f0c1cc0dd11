"""The report: one page that holds everything it shows and works without a network."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from zitter.claims.claim import Verdict, with_uncertainty
from zitter.report.equations import Equation, equations_by_number
from zitter.report.figures import Picture
from zitter.report.ledger import Record, verdict_counts
from zitter.report.overview import overview_page

# The sign tells the verdict to those who do not tell the colours apart.
_BADGES = {
    Verdict.HOLDS.value: ("holds", "✓"),
    Verdict.HOLDS_WITH_CORRECTION.value: ("corrected", "✎"),
    Verdict.FAILS.value: ("fails", "✗"),
    Verdict.INCONCLUSIVE.value: ("inconclusive", "?"),
    Verdict.ERROR.value: ("error", "!"),
}

_PARTS = {
    "2": "the centre of mass of N particles",
    "3": "the classical limit, and the mean field it replaces",
    "4": "many bodies under gravity and electrostatics",
    "5": "infinitely many bodies: the mean field",
    "6": "decoherence by a bath",
}

# A longer table of measurements is folded, so that the page can be read at a glance.
_FEW_ROWS = 6
# Pixels above which a figure has several panels side by side.
_WIDE = 700


def report_page(
    records: Sequence[Record], figures: Mapping[str, Picture], provenance: Mapping[str, Any]
) -> str:
    """HTML text of the report.

    Args:
        records: the claims as the ledger holds them.
        figures: picture of each claim by its id; a claim may have none.
        provenance: version, commit, device, seed, preset, .. of the run.
    """
    counts = verdict_counts(records)
    equations = equations_by_number()
    return overview_page(
        "The paper’s claims, measured",
        lead=_lead(records, counts),
        provenance=_provenance_line(provenance),
        noun="claims",
        group="verdict",
        chips={verdict: f"{_BADGES[verdict][1]} {verdict} {n}" for verdict, n in counts.items()},
        heads=("No.", "Claim", "Verdict", "Measured", "Expected", "Equations"),
        rows=(_row(r) for r in records),
        sections=_parts_of_the_paper(records, figures, equations),
    )


def _lead(records: Sequence[Record], counts: Mapping[str, int]) -> str:
    parts = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    return f"{len(records)} claims decided by experiment: {parts}."


def _provenance_line(provenance: Mapping[str, Any]) -> str:
    names = ("version", "commit", "preset", "seed", "device", "started", "seconds")
    known = [f"{name} {provenance[name]}" for name in names if provenance.get(name) is not None]
    return " · ".join(["zitter", *known])


def _badge(verdict: str) -> str:
    kind, sign = _BADGES[verdict]
    return f'<span class="badge {kind}">{sign} {escape(verdict)}</span>'


def _difference(record: Record) -> str:
    if record["verdict"] == record["predicted"]:
        return ""
    return f'<span class="small differs">ledger: {escape(record["predicted"])}</span>'


def _row(record: Record) -> str:
    identity = escape(record["id"])
    order = list(_BADGES).index(record["verdict"])
    numbers = " ".join(f"({n})" for n in record["equations"])
    return (
        f'<tr data-id="{identity}" data-group="{escape(record["verdict"])}">'
        f"<td>{escape(record['ledger'])}</td>"
        f'<td><a href="#section-{identity}">{escape(record["statement"])}</a></td>'
        f'<td data-key="{order}">{_badge(record["verdict"])}{_difference(record)}</td>'
        f'<td data-label="Measured">{escape(record["measured"])}'
        f'<span class="small">{escape(_uncertainty(record))}</span></td>'
        f'<td data-label="Expected">{escape(record["expected"])}</td>'
        f'<td data-label="Equations">{escape(numbers)}</td></tr>'
    )


def _uncertainty(record: Record) -> str:
    text = record["uncertainty"].strip()
    told_already = "±" in record["measured"] and not any(c.isalpha() for c in text)
    if not text or text == "none" or told_already:
        return ""
    is_size = text[0].isdigit() and "interval" not in text
    return f"± {text}" if is_size else text


def _section(record: Record, figure: Picture | None, equations: Mapping[int, Equation]) -> str:
    identity = escape(record["id"])
    correction = record["correction"]
    note = f'<p class="note"><b>Correction.</b> {escape(correction)}</p>' if correction else ""
    check = record["independent_check"]
    second = f"<p><b>Second road.</b> {escape(check)}</p>" if check else ""
    told = "".join(f'<p class="note"><b>Warning.</b> {escape(w)}</p>' for w in record["warnings"])
    return (
        f'<section class="claim" id="section-{identity}">'
        f'<div class="title"><h2>{escape(record["ledger"])} '
        f"{escape(record['statement'])}</h2>{_badge(record['verdict'])}{_difference(record)}</div>"
        '<div class="body"><div>'
        f"<p>{escape(record['reason'])}</p>"
        f"<p><b>Measured</b> {escape(record['measured'])}"
        f'<span class="small">{escape(_uncertainty(record))}</span>'
        f"<b>Expected</b> {escape(record['expected'])}</p>"
        f"{note}{second}{told}{_equation_list(record, equations)}</div>"
        f"{_image(record, figure)}</div>"
        f"{_measurements(record)}</section>"
    )


def _parts_of_the_paper(
    records: Sequence[Record], figures: Mapping[str, Picture], equations: Mapping[int, Equation]
) -> Iterator[str]:
    """The claims, with a heading where a section of the paper begins."""
    part = ""
    for record in records:
        number = record["section"][0]
        if number != part:
            part = number
            yield f'<h2 class="part" id="part-{part}">Section {part}: {_PARTS[part]}</h2>'
        yield _section(record, figures.get(record["id"]), equations)


def _image(record: Record, figure: Picture | None) -> str:
    if figure is None:
        return ""
    told = f"Figure of claim {record['ledger']}: {record['reason']}"
    kind = ' class="wide"' if figure.width > _WIDE else ""
    return (
        f'<figure{kind}><img src="{figure.address}" width="{figure.width}" '
        f'alt="{escape(told)}"></figure>'
    )


def _equation_list(record: Record, equations: Mapping[int, Equation]) -> str:
    if not record["equations"]:
        return ""
    items = "".join(_equation_item(equations[n]) for n in record["equations"])
    return f"<details><summary>Equations and their corrections</summary><ul>{items}</ul></details>"


def _equation_item(equation: Equation) -> str:
    text = f"({equation.number}) {equation.meaning}: {equation.status}."
    return f"<li>{escape(text)} {escape(equation.correction)}</li>"


def _measurements(record: Record) -> str:
    if not record["measurements"]:
        return ""
    rows = "".join(
        f"<tr><td>{escape(m['name'])}</td><td>{escape(m['regime'])}</td>"
        f'<td class="number">{escape(_value(m))}</td>'
        f"<td>{escape(_number(m['expected']))}</td><td>{_badge(m['verdict'])}</td></tr>"
        for m in record["measurements"]
    )
    count = len(record["measurements"])
    shown = " open" if count <= _FEW_ROWS else ""
    return (
        f"<details{shown}><summary>All {count} measurements</summary>"
        '<div class="scroll"><table class="numbers"><thead><tr><th>Measured quantity</th>'
        "<th>Regime</th><th>Value</th><th>Expected</th><th>Claim in this regime</th>"
        f"</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _value(measurement: Mapping[str, Any]) -> str:
    value, uncertainty = measurement["value"], measurement["uncertainty"]
    if value is None:
        return "not a number"
    return with_uncertainty(value, uncertainty if uncertainty is not None else 0.0)


def _number(expected: float | str | None) -> str:
    if isinstance(expected, (int, float)):
        return f"{expected:.4g}"
    return expected or ""
