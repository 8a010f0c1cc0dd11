"""Scenarios from the command line: new, validate, run, resume, view."""

import json
import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import zitter
from zitter import cli
from zitter.core.environment import use_precision
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
    said = call("report", str(folder), "--out", str(tmp_path / "runs.html"))
    assert said == f"Page: {tmp_path / 'runs.html'}\n"
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


BODIES = 'kind = "bodies"\nend = 0.2\nnum_samples = 3\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.toml").write_text(BODIES)
    return tmp_path


def test_a_sweep_is_run_once_and_two_of_its_runs_are_compared(here):
    words = ["sweep", "b.toml", "end=0.2,0.4", "softening=log:0.1:0.2:2", "--workers", "1"]
    assert "Result: runs/b-sweep/result.zarr" in call(*words)
    call(*words)
    (here / "runs" / "b-sweep" / "runs" / "0003" / "progress.json").unlink()
    assert "Result: runs/b-sweep/result.zarr" in call("resume", "runs/b-sweep")
    data = zitter.open(here / "runs" / "b-sweep")
    assert data["bodies/energy"].dims == ("end", "softening", "time")
    said = call("compare", "runs/b-sweep/runs/0000", "runs/b-sweep/runs/0001", "--save", "d.zarr")
    assert "scenario: softening: 0.1 → 0.2" in said
    assert "bodies/position" in said
    assert "Differences: d.zarr" in said


def test_values_of_a_key_are_compared_and_their_exponent_is_told(here):
    key = "num_samples=3,5,9"
    said = call("compare", "b.toml", "--key", key, "--workers", "1")
    assert "num_samples = 3 → num_samples = 5" in said
    assert "num_samples: 5 → 9" in said
    with pytest.raises(ValueError, match="`--key` needs one scenario"):
        call("compare", "b.toml", "b.toml", "--key", key)


def test_a_sweep_with_a_failure_says_why_and_exits_1(here):
    cloud = 'cloud = { kind = "plummer", num_bodies = 40, mass = 1.0, radius = 1.0 }\n'
    (here / "b.toml").write_text(BODIES + cloud)
    said = call("sweep", "b.toml", "softening=0.0,0.3", "--workers", "1", code=1)
    assert "failed: softening = 0.0: 40 points without softening meet" in " ".join(said.split())
    with pytest.raises(ValueError, match="must be given once"):
        call("sweep", "b.toml", "seed=1", "seed=2", "--workers", "1")


def test_a_run_is_exported(here):
    call("run", "b.toml", "--out", "r")
    assert "Written: r.nc" in call("export", "r", "r.nc")
    assert (here / "r.nc").stat().st_size > 0


def test_ones_own_code_runs_only_if_that_is_allowed(here):
    (here / "own.py").write_text("def U(x, t):\n    return 0.5 * x[0] ** 2\n")
    text = 'kind = "packet"\nnum_samples = 3\nnum_paths = 0\nend = 0.1\n'
    text += 'potential = { kind = "own", source = "own.py:U" }\n'
    text += "box = { lower = -20.0, upper = 20.0, num = 256 }\n"
    (here / "p.toml").write_text(text)
    assert "p.toml: The scenario names own.py:U" in call("validate", "p.toml", code=2)
    assert "p.toml: right" in call("validate", "p.toml", "--allow-code")
    with pytest.raises(ValueError, match="add --allow-code"):
        call("run", "p.toml", "--out", "r")
    assert "Page:" in call("run", "p.toml", "--out", "r", "--allow-code")
    assert "Page:" in call("resume", "r", "--allow-code")


def test_what_a_run_needs_is_told_before_it_starts(here):
    said = call("run", "b.toml", "--out", "r")
    assert "needs at most" in said
    assert "MB of memory; its result," in said


def test_single_precision_is_another_run_than_double(tmp_path, monkeypatch):
    monkeypatch.setattr("os.environ", dict(os.environ))
    use_precision("single")
    code = f"import zitter; zitter.run_scenario({BODIES!r}, 'r')"
    environment = dict(os.environ)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    with pytest.raises(ValueError, match=r"holds another run .it differs in precision"):
        zitter.run_scenario(BODIES, tmp_path / "r")
    assert zitter.open(tmp_path / "r").attrs["precision"] == "single"
    with pytest.raises(ValueError, match="`precision` must be one of double, single"):
        call("run", "s.toml", "--precision", "half")
