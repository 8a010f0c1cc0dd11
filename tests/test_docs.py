"""The examples of the readme, the guide for contributors and the tutorial run as printed."""

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

import zitter

ROOT = Path(__file__).parents[1]
PAGES = (
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


def test_the_scenarios_and_the_code_of_the_how_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "howto.md").read_text("utf-8")
    for scenario in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        name = re.match(r"# (\w+)\.toml", scenario)
        assert name, scenario
        zitter.run_scenario(scenario, f"runs/{name[1]}")
    found = {}
    exec(compile(blocks("docs/howto.md"), "docs/howto.md", "exec"), found)
    assert abs(found["share"] - found["paths"]) < 0.15
    assert list(found["field"].status.values) == ["ok"] * 4 + ["caustic"] * 2
    assert found["coherence"][-1] < 0.6


def test_the_first_example_has_less_than_ten_lines():
    assert len([line for line in blocks("README.md").splitlines() if line]) < 10


def test_the_picture_of_the_readme_is_what_its_code_draws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = ROOT / "docs" / "two_slits.png"
    assert "](docs/two_slits.png)" in (ROOT / "README.md").read_text("utf-8")
    assert kept.stat().st_size < 200_000
    exec(compile(blocks("README.md"), "README.md", "exec"), {"__name__": "README.md"})
    drawn, committed = (imread(file)[..., :3] for file in (kept.name, kept))
    assert drawn.shape == committed.shape
    # Fonts may differ by a pixel's edge from one version to the next, the paths may not.
    assert np.mean(np.abs(drawn - committed)) < 0.005
