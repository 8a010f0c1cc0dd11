"""Experiments run in worker processes; finished datasets are kept and used again."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import signal
import threading
import time
import tomllib
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import Any

import zitter
from zitter.claims.claim import Preset
from zitter.core.environment import use_one_thread

# Pages and the command line may change without a new run; data depend on all other folders.
_PAGES = ("report",)


@dataclass(frozen=True)
class RunSettings:
    """What makes two runs of an experiment the same run, and where its data lie."""

    preset: Preset
    seed: int
    folder: Path
    source: str


@dataclass(frozen=True)
class Outcome:
    """What became of one experiment: seconds it took, and the sentence of its error if any."""

    id: str
    seconds: float
    error: str = ""


def source_hash() -> str:
    """Short hash of the source that experiments depend on."""
    root = Path(zitter.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(root.glob("*/**/*.py")):
        if file.relative_to(root).parts[0] not in _PAGES:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def dataset_path(folder: Path, claim_id: str) -> Path:
    """Where the dataset of a claim lies."""
    return folder / f"{claim_id}.zarr"


def stored_attributes(folder: Path, claim_id: str) -> dict[str, Any]:
    """Attributes of the stored dataset of a claim, empty if there is none."""
    try:
        header = json.loads((dataset_path(folder, claim_id) / "zarr.json").read_text("utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return header.get("attributes", {})


def is_finished(claim_id: str, settings: RunSettings) -> bool:
    """Whether the dataset of this claim, preset, seed and source is stored already."""
    stored = stored_attributes(settings.folder, claim_id)
    wanted = {"preset": settings.preset, "seed": settings.seed, "source": settings.source}
    return all(stored.get(key) == value for key, value in wanted.items())


def run_experiment(claim_id: str, settings: RunSettings) -> Outcome:
    """Outcome of one experiment, whose dataset is stored whole or not at all."""
    from zitter.claims import ALL
    from zitter.core.dataset import save

    claim = next(c for c in ALL if c.id == claim_id)
    start = time.perf_counter()
    try:
        with warnings.catch_warnings(record=True) as given:
            warnings.simplefilter("always")
            data = claim.experiment(settings.preset, settings.seed)
        seconds = time.perf_counter() - start
        data.attrs |= {
            "claim": claim.id,
            "preset": settings.preset,
            "seed": settings.seed,
            "source": settings.source,
            "seconds": round(seconds, 3),
            "warnings": _told(given),
        }
        save(data, dataset_path(settings.folder, claim_id))
    except Exception as error:
        # Whatever an experiment raises becomes the verdict ERROR; the other claims go on.
        return Outcome(claim_id, time.perf_counter() - start, f"{type(error).__name__}: {error}")
    return Outcome(claim_id, seconds)


def _told(given: Iterable[warnings.WarningMessage]) -> list[str]:
    """What was warned of, and how often; on the terminal it would stand by another's verdict."""
    counts = Counter(str(one.message) for one in given if one.category is RuntimeWarning)
    return [text if n == 1 else f"{text} ({n} times)" for text, n in counts.items()]


def run_all(claim_ids: Iterable[str], settings: RunSettings, workers: int) -> Iterator[Outcome]:
    """Outcomes as they come, the experiments that took longest last time first.

    When the caller is interrupted, the workers are ended; finished datasets stay.
    """
    waiting = sorted(claim_ids, key=lambda i: -known_seconds(i, settings))
    if workers > 1:
        use_one_thread()
    try:
        while waiting:
            waiting = yield from _run_until_a_worker_dies(waiting, settings, workers)
    finally:
        for process in multiprocessing.active_children():
            process.terminate()


def known_seconds(claim_id: str, settings: RunSettings) -> float:
    """Seconds that this experiment took when last run with this preset, here or elsewhere."""
    stored = stored_attributes(settings.folder, claim_id)
    if stored.get("preset") == settings.preset:
        return float(stored.get("seconds", 0.0))
    return _seconds_elsewhere().get(settings.preset, {}).get(claim_id, 0.0)


@cache
def _seconds_elsewhere() -> dict[str, dict[str, float]]:
    """Seconds by preset and claim on two ordinary cores, for the order and the time left."""
    text = resources.files("zitter.claims").joinpath("seconds.toml").read_text("utf-8")
    return tomllib.loads(text)


def _run_until_a_worker_dies(
    waiting: list[str], settings: RunSettings, workers: int
) -> Generator[Outcome, None, list[str]]:
    """Outcomes of `waiting`; returns what is left after a worker died, to be started anew."""
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_leave_interrupts_to_the_parent
    )
    left = list(waiting)
    running: dict[Future[Outcome], str] = {}
    try:
        while left or running:
            # No more than one task a worker: when a worker dies, only those are in doubt.
            while left and len(running) < workers:
                with _interrupts_afterwards():
                    running[pool.submit(run_experiment, left[0], settings)] = left[0]
                left.pop(0)
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                running.pop(future)
                yield outcome
    except BrokenProcessPool:
        yield from _outcomes_of_the_lost(running, settings)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return left


def _outcomes_of_the_lost(
    running: dict[Future[Outcome], str], settings: RunSettings
) -> Iterator[Outcome]:
    sentence = "A worker process was killed, perhaps for want of memory: run with --workers 1."
    for claim_id in running.values():
        finished = is_finished(claim_id, settings)
        yield Outcome(claim_id, known_seconds(claim_id, settings), "" if finished else sentence)


@contextmanager
def _interrupts_afterwards() -> Iterator[None]:
    """Context that ends before an interrupt takes effect: no worker is left half known."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda *what: came.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(*came[0])


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
