"""A run that is interrupted at any moment goes on, and ends in the same result bit by bit."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import zitter
from zitter.core import growing
from zitter.core.checks import ValidityError
from zitter.core.growing import GrowingResult
from zitter.report.run_page import write_pictures
from zitter.scenarios import running
from zitter.scenarios.centre_of_mass import run as centre_of_mass
from zitter.scenarios.reading import scenario_from_text
from zitter.scenarios.sweeping import run_sweep

TEXT = 'kind = "centre_of_mass"\nnum_particles = 4\nnum_runs = 7\nnum_samples = 5\nseed = 3\n'


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(centre_of_mass, "PATHS_IN_A_PIECE", 8)


@pytest.fixture
def each_piece_at_once(monkeypatch):
    monkeypatch.setattr(growing, "LONGEST_WAIT", 0.0)


@pytest.fixture
def whole(tmp_path, small_pieces):
    zitter.run_scenario(TEXT, tmp_path / "whole")
    return zitter.open(tmp_path / "whole")["runs"].to_dataset().load()


def same(folder, whole) -> bool:
    return zitter.open(folder)["runs"].to_dataset().load().identical(whole)


def test_a_run_of_four_pieces_holds_all_runs_in_order(whole):
    np.testing.assert_array_equal(whole.run, np.arange(7))
    assert whole.position.dims == ("run", "time", "particle", "space")
    np.testing.assert_allclose(whole.position.mean("particle"), whole.x_cm, rtol=1e-13)
    np.testing.assert_array_equal(whole.x_cm.isel(time=0), whole.newton.isel(time=0))


def test_a_result_says_which_runs_stopped_on_their_way(tmp_path):
    hill = 'kind = "centre_of_mass"\nnum_particles = 2\nnum_runs = 3\nnum_samples = 3\n'
    hill += 'potential = { kind = "harmonic", stiffness = -1.0 }\n'
    zitter.run_scenario(hill + "end = 5.0\n", tmp_path / "near")
    assert not zitter.open(tmp_path / "near")["runs"].stalled.any()
    with pytest.warns(RuntimeWarning, match="see `stalled`"):
        zitter.run_scenario(hill + "end = 600.0\n", tmp_path / "far")
    assert zitter.open(tmp_path / "far")["runs"].stalled.all()
    with pytest.raises(ValidityError, match="Newton's path leaves the range of numbers"):
        zitter.run_scenario(hill + "end = 800.0\n", tmp_path / "beyond")


def test_another_scenario_after_a_stop_before_the_first_piece_leaves_its_own_copy(tmp_path):
    def stop(plan, index, state):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(centre_of_mass, "piece", stop)
        with pytest.raises(KeyboardInterrupt):
            zitter.run_scenario(TEXT, tmp_path)
    other = TEXT.replace("num_runs = 7", "num_runs = 2")
    zitter.run_scenario(other, tmp_path)
    assert (tmp_path / "scenario.toml").read_text("utf-8") == other
    running.resume(tmp_path)


def test_a_run_and_a_sweep_never_take_each_others_folder(tmp_path):
    settings = {"seed": [1, 2]}
    run_sweep(TEXT, settings, tmp_path / "sweep", workers=1)
    with pytest.raises(ValueError, match="holds a sweep"):
        zitter.run_scenario(TEXT, tmp_path / "sweep")
    assert zitter.open(tmp_path / "sweep").attrs["kind"] == "sweep"
    with pytest.raises(ValueError, match="holds a sweep, but pictures are of single runs"):
        write_pictures(tmp_path / "sweep")
    with pytest.raises(ValueError, match="holds a run"):
        run_sweep(TEXT, settings, tmp_path / "sweep" / "runs" / "0000", workers=1)
    assert zitter.open(tmp_path / "sweep" / "runs" / "0000").attrs["kind"] == "centre_of_mass"


def test_a_run_stopped_between_two_pieces_goes_on_to_the_same_result(tmp_path, whole):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zitter.run_scenario(TEXT, tmp_path / "cut", report=stop)
    pieces = []
    running.resume(tmp_path / "cut", report=lambda done, total: pieces.append(done))
    assert pieces == [3, 4]
    assert same(tmp_path / "cut", whole)


@pytest.mark.parametrize("writes", [0, 1, 3])
def test_a_piece_that_was_not_counted_is_cut_off(
    tmp_path, whole, monkeypatch, each_piece_at_once, writes
):
    counted = []
    count = GrowingResult._count

    def die_instead_of_counting(self, progress):
        if len(counted) == writes:
            raise OSError("killed")
        counted.append(progress)
        count(self, progress)

    monkeypatch.setattr(GrowingResult, "_count", die_instead_of_counting)
    with pytest.raises(OSError, match="killed"):
        zitter.run_scenario(TEXT, tmp_path / "cut")
    monkeypatch.setattr(GrowingResult, "_count", count)
    zitter.run_scenario(TEXT, tmp_path / "cut")
    assert same(tmp_path / "cut", whole)


def test_a_killed_process_leaves_a_run_that_goes_on(tmp_path):
    text = TEXT.replace("num_particles = 4\nnum_runs = 7", "num_particles = 20000\nnum_runs = 4")
    text += "end = 0.5\n"
    (tmp_path / "run.toml").write_text(text)
    command = [sys.executable, "-m", "zitter.cli", "run", "run.toml", "--out", "cut"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        while not (tmp_path / "cut" / "progress.json").is_file() and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    running.resume(tmp_path / "cut")
    zitter.run_scenario(text, tmp_path / "whole")
    whole = zitter.open(tmp_path / "whole")["runs"].to_dataset().load()
    assert same(tmp_path / "cut", whole)


def test_a_finished_run_is_not_run_again(tmp_path, whole):
    pieces = []
    zitter.run_scenario(TEXT, tmp_path / "whole", report=lambda done, total: pieces.append(done))
    assert pieces == []


def test_a_folder_of_another_run_is_refused(tmp_path, whole):
    with pytest.raises(ValueError, match=r"holds another run .it differs in scenario"):
        zitter.run_scenario(TEXT + "num_steps = 8\nlaw = 'nelson'\n", tmp_path / "whole")


def test_a_folder_without_a_run_cannot_be_resumed_or_opened(tmp_path):
    with pytest.raises(ValueError, match=r"has no scenario.toml"):
        running.resume(tmp_path)
    with pytest.raises(ValueError, match=r"has no zarr.json"):
        zitter.open(tmp_path)


def test_a_run_that_does_not_fit_into_memory_is_refused_before_it_starts():
    text = 'kind = "centre_of_mass"\nnum_particles = 20000\nnum_samples = 100000\n'
    with pytest.raises(ValidityError, match=r"needs about .* GB of memory"):
        running.plan_of(scenario_from_text(text))


def test_lengths_and_times_scale_with_the_units_of_the_scenario(tmp_path, small_pieces):
    si = TEXT + 'units = "SI"\nmass = "1 electron_mass"\nend = "1e-14 s"\n'
    si += "orbital = [{ packets = [\n"
    si += '{ centre = "-6 nm", width = "1 nm", momentum = "2 hbar/nm" },\n'
    si += '{ centre = "6 nm", width = "1 nm", momentum = "-2 hbar/nm" }] }]\n'
    length, mass = 1e-9, 9.1093837139e-31
    natural = TEXT + f"end = {1e-14 * zitter.scaled(length, mass).into(1.0, 'time')!r}\n"
    zitter.run_scenario(si, tmp_path / "si")
    zitter.run_scenario(natural, tmp_path / "natural")
    a, b = (zitter.open(tmp_path / name)["runs"].x_cm.values for name in ("si", "natural"))
    np.testing.assert_allclose(a, length * b, rtol=1e-6)
    assert zitter.open(tmp_path / "si")["runs"].x_cm.attrs["unit"] == "m"
