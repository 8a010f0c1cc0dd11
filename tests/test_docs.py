"""The examples of the readme, the guide for contributors and the tutorial run as printed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/tutorial.md",
    "docs/scenarios.md",
    "docs/sweeps.md",
    "docs/classical_limit.md",
)


def blocks(page: str) -> str:
    """The Python blocks of a page, one after the other."""
    text = (ROOT / page).read_text("utf-8")
    return "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("page", PAGES)
def test_the_python_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = blocks(page)
    assert code
    exec(compile(code, page, "exec"), {"__name__": page})


def test_the_first_example_has_at_most_ten_lines_of_work():
    lines = blocks("README.md").splitlines()
    assert len([line for line in lines if line and "import" not in line]) <= 10
