"""Runs and sweeps killed (SIGKILL) at random moments, gone on with, and compared with whole ones.

    python tools/kill_scenarios.py --moments 10 --seed 1
    python tools/kill_scenarios.py --moments 10 --seed 1 --processes

A moment is the n-th time that the run opens, renames, makes or removes a file in its folder: a
clock would nearly always strike while nothing is written. Each piece is written at once; with
--together N, N pieces are. With --processes, `zitter run` and
`zitter sweep` with two workers are killed by the clock instead, each with all of its processes.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xarray as xr

import zitter
from zitter.core.growing import GrowingResult
from zitter.scenarios import running
from zitter.scenarios.bodies import run as bodies
from zitter.scenarios.reading import scenario_from_text
from zitter.scenarios.sweeping import run_sweep

TEXT = """kind = "bodies"
softening = 0.3
end = 2.0
num_samples = 81
cloud = { kind = "plummer", num_bodies = 40, mass = 1.0, radius = 1.0 }
"""
LONG = TEXT.replace("40", "1500")
VALUES = {"seed": [0, 1]}
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate"}


def write_together(num: int) -> None:
    """Let that many pieces wait for one another, whatever the clock says."""
    GrowingResult.is_due = lambda self: len(self.waiting) >= num


def work(what: str, folder: Path) -> None:
    """The run, or the sweep, in this process."""
    if what == "run":
        zitter.run_scenario(TEXT, folder)
    else:
        run_sweep(TEXT, VALUES, folder, workers=1)


def load_kernels() -> None:
    """Let the children inherit what is compiled."""
    bodies.piece(running.plan_of(scenario_from_text(TEXT)), 0, {})


def in_child(what: str, folder: Path, log: Path, kill_at: int = 0) -> int:
    """File events of a forked child that does the work, or is killed at one of them."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        _watched(what, folder, log, kill_at, sending)
    os.close(sending)
    with os.fdopen(receiving) as pipe:
        said = pipe.read()
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if killed != bool(kill_at) or not (killed or said.isdigit()):
        raise SystemExit(f"A child ended with status {status} and said {said!r}.")
    return int(said or 0)


def _watched(what: str, folder: Path, log: Path, kill_at: int, sending: int) -> None:
    count, within = 0, str(folder)

    def watch(event: str, words: tuple) -> None:
        nonlocal count
        if event in EVENTS and isinstance(words[0], (str, Path)) and within in str(words[0]):
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    piece, place = bodies.piece, str(log)

    def logged(plan, index, state):
        with open(place, "a") as file:
            file.write(f"{index}\n")
        return piece(plan, index, state)

    bodies.piece = logged
    # Its look-up starts JAX and git, in each child anew.
    running.provenance = lambda seed, preset: {"seed": seed}
    sys.addaudithook(watch)
    code = 1
    try:
        work(what, folder)
        os.write(sending, str(count).encode())
        code = 0
    finally:
        os._exit(code)


def pieces_begun(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.is_file() else []


def same(a: Path, b: Path) -> bool:
    """Whether two results have the same bits and the same shape of the store."""
    with zitter.open(a) as first, zitter.open(b) as second:
        x, y = (tree.map_over_datasets(_bare) for tree in (first, second))
        return x.load().identical(y.load())


def _bare(data: xr.Dataset) -> xr.Dataset:
    return data.drop_attrs(deep=False)


def kill_at_file_events(what: str, place: Path, moments: int, rng: random.Random) -> int:
    """Most pieces that any of the killed runs had to compute once more."""
    whole, log = place / "whole", place / "whole.log"
    total = in_child(what, whole, log)
    needed, most = len(pieces_begun(log)), 0
    for n, moment in enumerate(sorted(rng.sample(range(1, total + 1), moments))):
        folder, log = place / f"cut-{n}", place / f"cut-{n}.log"
        in_child(what, folder, log, kill_at=moment)
        in_child(what, folder, log)
        again = len(pieces_begun(log)) - needed
        if not same(folder, whole):
            raise SystemExit(f"{what} killed at event {moment} of {total}: another result.")
        most = max(most, again)
        print(f"{what}: killed at event {moment} of {total}: same bits, {again} pieces again")
    return most


def kill_processes(what: str, place: Path, moments: int, rng: random.Random) -> None:
    """`zitter run` or `zitter sweep` with two workers, killed by the clock."""
    (place / "s.toml").write_text(LONG)
    zitter_ = [sys.executable, "-m", "zitter.cli", what, "s.toml"]
    words = ["seed=0,1", "--workers", "2"] if what == "sweep" else []
    started = time.monotonic()
    run = dict(cwd=place, stdout=subprocess.DEVNULL, start_new_session=True)
    subprocess.run([*zitter_, *words, "--out", "whole"], check=True, **run)
    whole = time.monotonic() - started
    for n in range(moments):
        moment = rng.uniform(0.15, 1.0) * whole
        process = subprocess.Popen([*zitter_, *words, "--out", f"cut-{n}"], **run)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            # Its workers are left alone: they must end with it.
            process.kill()
            process.wait()
        subprocess.run([*zitter_, *words, "--out", f"cut-{n}"], check=True, **run)
        if not same(place / f"cut-{n}", place / "whole"):
            raise SystemExit(f"{what} killed after {moment:.2f} s: another result.")
        print(f"{what}: killed after {moment:.2f} s of {whole:.2f} s: same bits", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", type=int, default=1)
    parser.add_argument("--processes", action="store_true")
    asked = parser.parse_args()
    write_together(asked.together)
    rng, most = random.Random(asked.seed), 0
    load_kernels()
    with tempfile.TemporaryDirectory() as folder:
        for what in ("run", "sweep"):
            place = Path(folder) / what
            place.mkdir()
            if asked.processes:
                kill_processes(what, place, asked.moments, rng)
            else:
                most = max(most, kill_at_file_events(what, place, asked.moments, rng))
    if not asked.processes:
        print(f"most pieces computed again: {most}")
    if most > asked.together:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
