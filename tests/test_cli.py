"""The command line as a user meets it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zitter.claims import ALL
from zitter.cli import app, main
from zitter.core.dataset import open_dataset, save

ZITTER = [str(Path(sys.executable).with_name("zitter"))]
FIRST = ALL[0]


def run(*words: str, timeout: float = 120.0) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*ZITTER, *words], capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """Folder of one finished quick run of the first claim."""
    folder = tmp_path_factory.mktemp("out")
    done = run("reproduce", "--preset", "quick", "--only", FIRST.ledger, "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_help_comes_at_once_and_names_the_main_job():
    run("--help")
    start = time.perf_counter()
    done = run("--help")
    assert time.perf_counter() - start < 1.5
    assert done.returncode == 0
    assert "reproduce" in done.stdout


def test_importing_the_package_loads_no_heavy_library():
    code = (
        "import sys, zitter, zitter.cli; print([m for m in ('jax', 'xarray') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("chosen", "threads"), [({}, "1"), ({"OMP_NUM_THREADS": "2"}, None)])
def test_products_of_matrices_take_one_thread_unless_the_user_says_so(chosen, threads):
    code = "import sys, os, zitter.cli as c; c._options(); print('numpy' in sys.modules, "
    code += "os.environ.get('OPENBLAS_NUM_THREADS'))"
    ours = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {k: v for k, v in os.environ.items() if k not in ours} | chosen
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["False", str(threads)]


def test_the_version_is_told():
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("zitter ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["reproduce", "--only", "coordinates-without-cros-terms"], f"Did you mean '{FIRST.id}'?"),
        (["reproduce", "--only", "L99"], "'L99' is no claim. Did you mean 'L9'"),
        (["reproduce", "--preset", "quik"], "Did you mean 'quick'?"),
        (["reproduce", "--section", "9"], "no such claims"),
        (["reproduce", "--workers", "0"], "at least 1"),
        (["reproduce", "--seed", "-1"], "at least 0"),
        (["reproduce", "--device", "tpu"], "must be one of auto, cpu, gpu"),
        (["reproduce", "--judge-only", "--out", "/nonexistent/out"], "finds no data"),
    ],
)
def test_bad_input_gets_a_sentence(words, sentence, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["zitter", *words])
    # The choice of a device is for a whole process.
    monkeypatch.setattr("os.environ", dict(os.environ))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_bad_input_gives_no_traceback():
    done = run("reproduce", "--preset", "quik")
    assert done.returncode == 2
    assert "Did you mean 'quick'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_report_the_ledger_and_the_data_are_written(out):
    ledger = json.loads((out / "report" / "verdicts.json").read_text())
    assert [c["ledger"] for c in ledger["claims"]] == [FIRST.ledger]
    assert ledger["claims"][0]["verdict"] == FIRST.predicted.value
    wanted = {"version", "commit", "packages", "device", "seed", "preset", "started", "seconds"}
    assert wanted <= set(ledger["provenance"])
    assert FIRST.id in (out / "report" / "index.html").read_text()
    assert open_dataset(out / "data" / f"{FIRST.id}.zarr").attrs["preset"] == "quick"


def test_finished_data_are_used_again(out):
    stored = out / "data" / f"{FIRST.id}.zarr" / "zarr.json"
    before = stored.stat().st_mtime_ns
    run("reproduce", "--preset", "quick", "--only", FIRST.id, "--out", str(out))
    assert stored.stat().st_mtime_ns == before


def test_another_seed_is_another_run(out):
    stored = out / "data" / f"{FIRST.id}.zarr"
    run("reproduce", "--preset", "quick", "--only", FIRST.id, "--out", str(out), "--seed", "5")
    assert open_dataset(stored).attrs["seed"] == 5


def test_strict_tells_a_verdict_that_differs_from_the_ledger(out):
    words = ("reproduce", "--judge-only", "--strict", "--only", FIRST.id, "--out", str(out))
    assert run(*words).returncode == 0
    stored = out / "data" / f"{FIRST.id}.zarr"
    good = open_dataset(stored)
    save(FIRST.planted_defect("quick", 0).assign_attrs(good.attrs), stored)
    assert run(*words).returncode == 1
    ledger = json.loads((out / "report" / "verdicts.json").read_text())
    assert ledger["claims"][0]["verdict"] != FIRST.predicted.value
    save(good, stored)


def _living(group: int) -> list[str]:
    """Processes of a group that run; one that has ended but was not waited for does not count."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, pgrp = file.read_text().rsplit(")", 1)[1].split()[:3]
            if int(pgrp) == group and state != "Z":
                found.append(file.parent.name)
    return found


def _wait_for_workers(process: subprocess.Popen) -> None:
    """Wait until the experiments run: the command line and two workers, at least."""
    for _ in range(600):
        if len(_living(process.pid)) >= 3:
            break
        time.sleep(0.1)
    time.sleep(1.0)


def _interrupted(process: subprocess.Popen) -> str:
    """What a process says that is interrupted, twice if the first time got lost in a callback."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        return process.communicate(timeout=20)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
        return process.communicate(timeout=60)[1]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the /proc of Linux")
def test_an_interrupted_run_says_how_to_go_on_and_leaves_no_process(tmp_path, interruptible):
    words = [*ZITTER, "reproduce", "--preset", "full", "--out", str(tmp_path)]
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        _wait_for_workers(process)
        told = _interrupted(process)
        assert process.returncode == 130
        assert "run the same command again" in told
        assert "Traceback" not in told
        for _ in range(50):
            if not _living(process.pid):
                break
            time.sleep(0.1)
        assert _living(process.pid) == []
    finally:
        # Two experiments of the preset `full` must not outlive this test.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_the_equations_are_printed_as_json(capsys):
    app(["equations", "--json"], standalone_mode=False)
    rows = json.loads(capsys.readouterr().out)
    assert [row["number"] for row in rows] == list(range(1, 116))


def test_the_lists_are_written_as_pages(tmp_path):
    app(["equations", "--markdown", str(tmp_path / "a" / "e.md")], standalone_mode=False)
    app(["claims", "--markdown", str(tmp_path / "c.md")], standalone_mode=False)
    assert "| (115) |" in (tmp_path / "a" / "e.md").read_text()
    assert f"| {FIRST.ledger} |" in (tmp_path / "c.md").read_text()
