"""The table of equations is tied to the code and to the tests, both ways."""

import ast
import importlib
import json
import re
from functools import cache
from pathlib import Path

import pytest

import zitter
from zitter.report.equations import (
    NUM_EQUATIONS,
    STATUSES,
    as_json,
    as_markdown,
    equation_table,
    status_counts,
)

PACKAGE = Path(zitter.__file__).parent
TESTS = Path(__file__).parents[1]
TABLE = equation_table()

# An `Equation:` line begins with the numbers that the function puts into code; what follows
# them, up to the end of the paragraph, is a remark.
_LEADING = re.compile(r"Equation:\s*((?:\(\d+\)(?:-\(\d+\))?(?:,\s*)?)+)")


def numbers_in(docstring: str | None) -> set[int]:
    found = _LEADING.search(docstring or "")
    numbers: set[int] = set()
    for first, last in re.findall(r"\((\d+)\)(?:-\((\d+)\))?", found.group(1) if found else ""):
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


@cache
def coded_numbers() -> dict[str, set[int]]:
    """Numbers in the docstring of every public function, class and method of the package."""
    result: dict[str, set[int]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.stem.startswith("_"):
            continue
        module = ".".join(("zitter", *file.relative_to(PACKAGE).with_suffix("").parts))
        _collect(ast.parse(file.read_text("utf-8")), f"{module}:", result)
    return {name: numbers for name, numbers in result.items() if numbers}


def _collect(node: ast.Module | ast.ClassDef, prefix: str, result: dict[str, set[int]]) -> None:
    for item in node.body:
        if isinstance(item, (ast.FunctionDef, ast.ClassDef)) and not item.name.startswith("_"):
            result[prefix + item.name] = numbers_in(ast.get_docstring(item))
            if isinstance(item, ast.ClassDef):
                _collect(item, f"{prefix}{item.name}.", result)


@cache
def _test_names(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))


def test_the_table_has_the_115_equations_in_order():
    assert [e.number for e in TABLE] == list(range(1, NUM_EQUATIONS + 1))
    assert all(e.meaning and e.status in STATUSES for e in TABLE)
    assert sum(status_counts(TABLE).values()) == NUM_EQUATIONS


def test_a_deviation_from_print_is_said_in_words():
    assert all(e.correction for e in TABLE if e.status in ("corrected", "conditional"))


def test_every_equation_has_code_and_a_test():
    missing = [e.number for e in TABLE if not (e.code and e.tests) or e.status == "not yet"]
    assert missing == []


def test_what_is_not_yet_there_has_no_code():
    assert not any(e.code or e.tests for e in TABLE if e.status == "not yet")


@pytest.mark.parametrize("equation", [e for e in TABLE if e.code], ids=lambda e: str(e.number))
def test_the_code_of_an_equation_can_be_imported_and_names_it(equation):
    for name in equation.code:
        module, _, path = name.partition(":")
        thing = importlib.import_module(module)
        for part in path.split("."):
            thing = getattr(thing, part)
        assert equation.number in coded_numbers().get(name, set()), name


def test_every_function_that_names_an_equation_is_in_the_table():
    listed = {(e.number, name) for e in TABLE for name in e.code}
    named = {(n, name) for name, numbers in coded_numbers().items() for n in numbers}
    assert named - listed == set()


def test_every_test_in_the_table_exists():
    for equation in TABLE:
        for name in equation.tests:
            file, _, function = name.partition("::")
            assert function in _test_names(TESTS.parent / file), (equation.number, name)


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("Equation: (12), (13), inverted", {12, 13}),
        ("Equation: (9)-(11) forward", {9, 10, 11}),
        ("Equation: (14); used in (30)", {14}),
        ("Equation: exact solution behind (44)", set()),
        ("no equation (5)", set()),
    ],
)
def test_only_the_leading_numbers_of_an_equation_line_count(line, numbers):
    assert numbers_in(line) == numbers


def test_the_table_as_json_and_as_a_page_holds_every_equation():
    assert [row["number"] for row in json.loads(as_json(TABLE))] == [e.number for e in TABLE]
    page = as_markdown(TABLE)
    assert all(f"| ({e.number}) |" in page for e in TABLE)
