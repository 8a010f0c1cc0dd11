"""Scenarios from the command line: new, validate, run, resume, view."""

import json
import re

import pytest
from typer.testing import CliRunner

from zitter import cli
from zitter.scenarios.centre_of_mass import run as centre_of_mass

SMALL = 'kind = "centre_of_mass"\nnum_particles = 2\nnum_runs = 6\nnum_samples = 4\n'


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli.app, list(words), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_a_new_scenario_is_written_once_and_is_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "zitter run centre_of_mass.toml" in call("new", "centre_of_mass")
    assert "right. end = 6" in call("validate", "centre_of_mass.toml")
    with pytest.raises(ValueError, match="is there already"):
        call("new", "centre_of_mass")
    with pytest.raises(ValueError, match="Did you mean 'centre_of_mass'"):
        call("new", "center_of_mass")


def test_validate_tells_the_mistakes_of_all_files_and_exits_2(tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(SMALL)
    bad.write_text(SMALL + "sed = 1\nend = -1")
    said = call("validate", str(bad), str(good), code=2)
    assert "bad.toml:5: `sed` is not a key of this table. Did you mean 'seed'?" in said
    assert "bad.toml:6: `end` must be positive" in said
    assert "good.toml: right." in said


def test_a_run_leaves_its_data_its_pictures_and_a_page(tmp_path):
    scenario, folder = tmp_path / "small.toml", tmp_path / "run"
    scenario.write_text(SMALL)
    assert "Page:" in call("run", str(scenario), "--out", str(folder))
    page = (folder / "index.html").read_text("utf-8")
    assert "num_particles = 2" in page
    page = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "http" not in page.replace("http://www.w3.org", "")
    assert {file.suffix for file in (folder / "figures").iterdir()} == {".pdf", ".png"}
    (folder / "index.html").unlink()
    call("view", str(folder))
    assert (folder / "index.html").is_file()


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(centre_of_mass, "PATHS_IN_A_PIECE", 4)
    piece, done = centre_of_mass.piece, []

    def stop(plan, index, state):
        if index == 1 and not done:
            done.append(index)
            raise KeyboardInterrupt
        return piece(plan, index, state)

    monkeypatch.setattr(centre_of_mass, "piece", stop)
    scenario, folder = tmp_path / "small.toml", tmp_path / "run"
    scenario.write_text(SMALL)
    said = call("run", str(scenario), "--out", str(folder), code=130)
    assert f"zitter resume {folder}" in said
    assert "Page:" in call("resume", str(folder))


def test_the_shipped_scenarios_are_listed_and_the_schema_is_printed():
    assert "condensate" in call("scenarios")
    schema = json.loads(call("scenarios", "--schema", "centre_of_mass"))
    assert "num_particles" in schema["properties"]
