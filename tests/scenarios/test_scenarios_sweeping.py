"""A scenario with all values of some keys: one store, failures, and workers that die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from distributed import Client

import zitter
from zitter.core.checkpoints import alone_in
from zitter.scenarios.reading import ScenarioError
from zitter.scenarios.sweeping import run_sweep, stored_sweep
from zitter.scenarios.tasks import Task, in_processes, in_this_process

CLOUD = """kind = "bodies"
softening = 0.3
end = 1.0
num_samples = 61
cloud = { kind = "plummer", num_bodies = 40, mass = 1.0, radius = 1.0 }
"""
SEEDS = {"seed": [0, 1, 2], "softening": [0.3, 0.4]}
FEW = CLOUD.replace("61", "3")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The sweep over SEEDS done by this process."""
    folder = tmp_path_factory.mktemp("alone")
    assert run_sweep(CLOUD, SEEDS, folder, workers=1) == {}
    return zitter.open(folder).load()


def test_the_keys_are_dimensions_and_each_entry_is_a_run(alone, tmp_path):
    bodies = alone["bodies"]
    assert bodies["position"].dims == ("seed", "softening", "time", "body", "space")
    np.testing.assert_array_equal(alone.seed, [0, 1, 2])
    np.testing.assert_array_equal(alone.softening, [0.3, 0.4])
    zitter.run_scenario(CLOUD.replace("0.3", "0.4") + "\n", tmp_path, name="one")
    text = CLOUD.replace("0.3", "0.4").replace("kind =", "seed = 2\nkind =", 1)
    zitter.run_scenario(text, tmp_path / "two")
    single = zitter.open(tmp_path / "two")["bodies"].to_dataset().load()
    both = bodies.to_dataset().sel(seed=2, softening=0.4)
    for name in ("position", "velocity", "energy", "time", "space"):
        np.testing.assert_array_equal(both[name], single[name])
    assert both.position.attrs == single.position.attrs
    assert bool(alone.finished.all())


def test_a_variable_of_changing_shape_is_kept_run_by_run(tmp_path):
    values = {"cloud.num_bodies": [40, 50], "end": [0.1, 0.2]}
    run_sweep(FEW, values, tmp_path, workers=1)
    data = zitter.open(tmp_path)
    assert data["bodies/energy"].dims == ("cloud.num_bodies", "end", "time")
    np.testing.assert_allclose(data["bodies/time_values"][0, :, -1], [0.1, 0.2])
    assert "position" not in data["bodies"].data_vars
    assert [data[f"single/000{n}/bodies/position"].sizes["body"] for n in range(4)] == [
        40, 40, 50, 50
    ]  # fmt: skip


def test_values_with_units_become_numbers_with_a_unit(tmp_path):
    text = FEW.replace("end = 1.0", 'units = "galactic"').replace("0.3", '"0.3 kpc"')
    run_sweep(text, {"end": ["1e-4 kpc/(km/s)", "0.1 Myr"]}, tmp_path, workers=1)
    end = zitter.open(tmp_path)["end"]
    assert end.attrs["unit"] == "kpc/(km/s)"
    np.testing.assert_allclose(end, [1e-4, 0.1 / 977.792], rtol=1e-5)


def test_a_run_that_is_refused_leaves_a_gap_and_its_sentence(tmp_path):
    failed = run_sweep(FEW, {"softening": [0.3, 0.0]}, tmp_path, workers=1)
    assert list(failed) == ["softening = 0.0"]
    assert "meet too closely" in failed["softening = 0.0"]
    data = zitter.open(tmp_path)
    np.testing.assert_array_equal(data.finished, [True, False])
    assert "meet too closely" in str(data.error.values[1])
    assert np.isfinite(data["bodies/position"][0]).all()
    assert np.isnan(data["bodies/position"][1]).all()


def test_a_run_that_fails_is_tried_again_from_where_it_stopped(tmp_path, monkeypatch):
    from zitter.scenarios import tasks

    tried = []

    def fail_twice(*words, **how):
        tried.append(words)
        if len(tried) < 3:
            raise OSError("the disk is away")
        return zitter.run_scenario(*words, **how)

    monkeypatch.setattr(tasks, "run_scenario", fail_twice)
    task = Task(0, FEW, str(tmp_path / "run"), "t")
    assert [done.error for done in in_this_process([task], 1)] == ["OSError: the disk is away"]
    assert [done.error for done in in_this_process([task], 1)] == [""]
    assert len(tried) == 3


def test_a_finished_sweep_is_not_run_again_and_another_one_is_refused(tmp_path):
    values = {"seed": [0, 1]}
    run_sweep(FEW, values, tmp_path, workers=1)
    ended = []
    run_sweep(FEW, values, tmp_path, workers=1, report=lambda *said: ended.append(said))
    assert ended == []
    assert stored_sweep(tmp_path) == (FEW, values, str(Path.cwd()))
    assert stored_sweep(tmp_path / "runs") is None
    for text, other in ((FEW, {"seed": [0, 2]}), (FEW.replace("0.3", "0.2"), values)):
        with pytest.raises(ValueError, match="holds another sweep"):
            run_sweep(text, other, tmp_path, workers=1)


def test_bad_sweeps_get_a_sentence_before_anything_runs(tmp_path, monkeypatch):
    with pytest.raises(ScenarioError, match="seed = -1: `seed` must be at least 0"):
        run_sweep(FEW, {"seed": [1, -1]}, tmp_path / "a")
    with pytest.raises(ValueError, match="at least one key with at least one value"):
        run_sweep(FEW, {"seed": []}, tmp_path / "a")
    with pytest.raises(ValueError, match="`--workers` must be a whole number"):
        run_sweep(FEW, {"seed": [1]}, tmp_path / "a", workers=0)
    assert not (tmp_path / "a").exists()
    monkeypatch.setattr("zitter.scenarios.tasks.CONNECTION", 0.1)
    with pytest.raises(ValueError, match="No Dask scheduler answers at tcp:"):
        run_sweep(FEW, {"seed": [1]}, tmp_path / "a", scheduler="tcp://127.0.0.1:9")


def test_two_at_once_in_one_folder_are_refused(tmp_path):
    with alone_in(tmp_path):
        with pytest.raises(ValueError, match="Another sweep is at work"):
            run_sweep(FEW, {"seed": [1]}, tmp_path)
        with pytest.raises(ValueError, match="Another process is at work"):
            zitter.run_scenario(FEW, tmp_path)


def test_a_worker_process_that_is_killed_is_replaced_and_its_run_goes_on(tmp_path, alone):
    import multiprocessing

    killed = []
    tasks = [Task(n, CLOUD, str(tmp_path / str(n)), "t") for n in range(3)]
    for done in in_processes(tasks, 1, retries=1):
        assert done.error == ""
        if not killed:
            killed = [p.pid for p in multiprocessing.active_children()]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
    assert len(killed) == 1
    for n in range(3):
        run = zitter.open(tmp_path / str(n))["bodies"].to_dataset().load()
        np.testing.assert_array_equal(run.position, alone["bodies/position"][0, 0])


def start_cluster(folder):
    """A scheduler and two workers on loopback, without nannies: (address, {name: process})."""
    here = dict(cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    dask = [sys.executable, "-m", "dask"]
    file = folder / "scheduler.json"
    words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    processes = {
        "scheduler": subprocess.Popen([*dask, *words, "--scheduler-file", str(file)], **here)
    }
    for name in ("one", "two"):
        words = ["worker", "--scheduler-file", str(file), "--name", name, "--nthreads", "1"]
        words += ["--no-nanny", "--no-dashboard", "--local-directory", str(folder / name)]
        processes[name] = subprocess.Popen([*dask, *words], **here)
    return file, processes


def test_a_sweep_on_two_cluster_workers_survives_the_death_of_one(tmp_path, alone):
    file, processes = start_cluster(tmp_path)
    killed = []
    try:
        while not file.is_file():
            time.sleep(0.1)
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            names = {a: w["name"] for a, w in client.scheduler_info()["workers"].items()}

            def kill_a_busy_worker(*_):
                busy = [names[a] for a, tasks in client.processing().items() if tasks]
                if not killed and busy:
                    killed.append(busy[0])
                    processes[busy[0]].kill()

            failed = run_sweep(
                CLOUD,
                SEEDS,
                tmp_path / "sweep",
                scheduler=client.scheduler.address,
                report=kill_a_busy_worker,
            )
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    assert failed == {}
    assert len(killed) == 1
    swept = zitter.open(tmp_path / "sweep").load()
    assert swept["bodies"].to_dataset().identical(alone["bodies"].to_dataset())
