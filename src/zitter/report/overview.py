"""A page with a table that can be sorted and filtered, and a section for each of its rows."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from string import Template


def overview_page(
    title: str,
    *,
    lead: str,
    provenance: str,
    noun: str,
    group: str,
    chips: Mapping[str, str],
    heads: Sequence[str],
    rows: Iterable[str],
    sections: Iterable[str],
    sorted_by: int | None = 0,
) -> str:
    """HTML text of the page, which holds all that it shows.

    Args:
        title: heading.
        lead: sentence below it.
        provenance: line below that.
        noun: what the rows are, in the plural.
        group: what the buttons filter by.
        chips: label of each button by the group that it leaves in the table.
        heads: of the columns.
        rows: `<tr data-id=".." data-group="..">`, as HTML.
        sections: as HTML; the one of a row has the id "section-" and the row's `data-id`.
        sorted_by: column by which the rows come sorted, if by any.
    """
    return Template(page_part("page.html")).substitute(
        title=escape(title),
        lead=escape(lead),
        provenance=escape(provenance),
        noun=escape(noun),
        group=escape(group),
        style=page_part("page.css"),
        script=page_part("page.js"),
        chips="".join(_chip(value, label) for value, label in chips.items()),
        heads="\n".join(_head(head, n == sorted_by) for n, head in enumerate(heads)),
        rows="\n".join(rows),
        sections="\n".join(sections),
    )


def page_part(name: str) -> str:
    """Text of a file that pages are made of."""
    return resources.files("zitter.report").joinpath(name).read_text("utf-8")


def _chip(value: str, label: str) -> str:
    return (
        f'<button type="button" class="chip" aria-pressed="false" value="{escape(value)}">'
        f"{escape(label)}</button>"
    )


def _head(words: str, is_sorted: bool) -> str:
    ascending = ' aria-sort="ascending"' if is_sorted else ""
    return f'<th{ascending}><button type="button">{escape(words)}</button></th>'
