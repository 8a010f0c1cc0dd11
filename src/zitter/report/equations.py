"""The one table of the paper's 115 equations: meaning, status, code and tests."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import resources

STATUSES = ("as printed", "corrected", "conditional", "not yet")
NUM_EQUATIONS = 115


@dataclass(frozen=True)
class Equation:
    """One numbered equation of the paper.

    `status` is one of STATUSES; `correction` says in words how the right form differs from
    print, empty if it does not; `code` are names such as "zitter.system.coordinates:f"; `tests`
    are names such as "tests/system/test_coordinates.py::test_name".
    """

    number: int
    meaning: str
    status: str
    correction: str
    code: tuple[str, ...]
    tests: tuple[str, ...]


def equation_table() -> tuple[Equation, ...]:
    """The 115 equations in the order of the paper."""
    text = resources.files("zitter.report").joinpath("equations.toml").read_text("utf-8")
    return tuple(
        Equation(
            number=row["number"],
            meaning=row["meaning"],
            status=row["status"],
            correction=row.get("correction", ""),
            code=tuple(row["code"]),
            tests=tuple(row["tests"]),
        )
        for row in tomllib.loads(text)["equation"]
    )


def equations_by_number() -> dict[int, Equation]:
    """The 115 equations by their number."""
    return {equation.number: equation for equation in equation_table()}


def as_json(equations: Iterable[Equation]) -> str:
    """The table as JSON text."""
    return json.dumps([asdict(e) for e in equations], ensure_ascii=False, indent=1)


def status_counts(equations: Iterable[Equation]) -> dict[str, int]:
    """Number of equations of each status."""
    counts = Counter(equation.status for equation in equations)
    return {status: counts[status] for status in STATUSES}


def as_markdown(equations: Iterable[Equation]) -> str:
    """The table as a page in Markdown."""
    equations = tuple(equations)
    summary = ", ".join(f"{n} {status}" for status, n in status_counts(equations).items())
    lines = [
        "# The equations of the paper",
        "",
        f"{len(equations)} equations: {summary}.",
        "",
        "| No. | Meaning | Status | How it differs from print | Code | Tests |",
        "|---|---|---|---|---|---|",
    ]
    for e in equations:
        cells = (
            f"({e.number})",
            e.meaning,
            e.status,
            e.correction,
            _code_cell(e.code),
            _code_cell(test.split("::")[-1] for test in e.tests),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _code_cell(names: Iterable[str]) -> str:
    return ", ".join(f"`{name.removeprefix('zitter.')}`" for name in names)
