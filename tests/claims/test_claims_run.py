"""Experiments in worker processes: errors, deaths and data that are there already."""

import os
import shutil
import signal
import time
import warnings
from pathlib import Path

import pytest
import xarray as xr

import zitter
from zitter.claims import ALL, run
from zitter.claims.run import (
    Outcome,
    RunSettings,
    _interrupts_afterwards,
    is_finished,
    run_all,
    source_hash,
    stored_attributes,
)
from zitter.core.dataset import save

SETTINGS = RunSettings("quick", 0, Path("nowhere"), "source")


def _die_or_finish(claim_id: str, settings: RunSettings) -> Outcome:
    if claim_id == "dies":
        os._exit(9)
    return Outcome(claim_id, 0.5)


def test_an_experiment_that_raises_becomes_a_sentence(tmp_path, monkeypatch):
    def broken(preset, seed):
        raise ValueError("`width` must be positive, but is -1.")

    class Broken:
        id, experiment = "broken", staticmethod(broken)

    monkeypatch.setattr("zitter.claims.section2.CLAIMS", (Broken,))
    outcome = run.run_experiment("broken", RunSettings("quick", 0, tmp_path, "source"))
    assert outcome.error == "ValueError: `width` must be positive, but is -1."
    assert list(tmp_path.iterdir()) == []


def test_warnings_of_an_experiment_go_with_its_data(tmp_path, monkeypatch, recwarn):
    def warning(preset, seed):
        for path in (3, 3, 7):
            warnings.warn(f"path {path} stalled", RuntimeWarning, stacklevel=1)
        warnings.warn("an old name", DeprecationWarning, stacklevel=1)
        return xr.Dataset({"a": ((), 1.0, {"unit": "1"})})

    class Warning_:
        id, experiment = "warning", staticmethod(warning)

    monkeypatch.setattr("zitter.claims.section2.CLAIMS", (Warning_,))
    run.run_experiment("warning", RunSettings("quick", 0, tmp_path, "source"))
    told = run.stored_attributes(tmp_path, "warning")["warnings"]
    assert told == ["path 3 stalled (2 times)", "path 7 stalled"]
    assert len(recwarn) == 0


def test_a_worker_that_dies_takes_no_other_claim_with_it(monkeypatch):
    monkeypatch.setattr(run, "run_experiment", _die_or_finish)
    outcomes = {o.id: o for o in run_all(["dies", "a", "b"], SETTINGS, 1)}
    assert set(outcomes) == {"dies", "a", "b"}
    assert "worker process was killed" in outcomes["dies"].error
    assert outcomes["a"].error == outcomes["b"].error == ""


def test_what_took_longest_last_time_runs_first(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "run_experiment", _die_or_finish)
    for name, seconds in (("short", 1.0), ("long", 9.0)):
        data = xr.Dataset(attrs={"preset": "quick", "seconds": seconds})
        save(data, run.dataset_path(tmp_path, name))
    settings = RunSettings("quick", 0, tmp_path, "source")
    assert [o.id for o in run_all(["short", "long"], settings, 1)] == ["long", "short"]


@pytest.mark.parametrize("changed", [{"preset": "full"}, {"seed": 1}, {"source": "new"}])
def test_data_of_another_run_do_not_count_as_finished(tmp_path, changed):
    attrs = {"preset": "quick", "seed": 0, "source": "source"}
    save(xr.Dataset(attrs=attrs), run.dataset_path(tmp_path, "a"))
    assert is_finished("a", RunSettings(**attrs, folder=tmp_path))
    assert not is_finished("a", RunSettings(**(attrs | changed), folder=tmp_path))


def test_half_written_data_do_not_count_as_finished(tmp_path):
    folder = run.dataset_path(tmp_path, "a")
    folder.mkdir()
    assert stored_attributes(tmp_path, "a") == {}
    (folder / "zarr.json").write_text('{"attributes": {"pre')
    assert not is_finished("a", RunSettings("quick", 0, tmp_path, "source"))


def test_the_same_seed_gives_the_same_data():
    claim = ALL[0]
    first, second = (claim.experiment("quick", 3) for _ in range(2))
    assert first.identical(second)


@pytest.mark.parametrize("folder", ["core", "kbody", "mean_field", "bath", "classical_limit"])
def test_data_depend_on_every_folder_but_the_pages(folder, tmp_path, monkeypatch):
    shutil.copytree(Path(zitter.__file__).parent, tmp_path / "zitter")
    monkeypatch.setattr(zitter, "__file__", str(tmp_path / "zitter" / "__init__.py"))
    before = source_hash()
    (tmp_path / "zitter" / "report" / "new.py").write_text("")
    assert source_hash() == before
    (tmp_path / "zitter" / folder / "new.py").write_text("")
    assert source_hash() != before


def test_an_interrupt_waits_until_a_worker_is_known(interruptible):
    known = []

    def started():
        with _interrupts_afterwards():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
            known.append("worker")

    with pytest.raises(KeyboardInterrupt):
        started()
    assert known == ["worker"]
