"""Long runs in chunks: progress, a checkpoint after each chunk, and resuming bit by bit.

A chunk is written and flushed to disk, and only then counted, by the atomic rename of a small
marker: a run killed at any moment resumes after the last chunk counted.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checkpoints import (
    made_folder,
    read_arrays,
    read_marker,
    write_arrays,
    write_marker,
)
from zitter.core.checks import require_count

State = dict[str, np.ndarray]
Chunk = Callable[[int, State], tuple[State, State]]

MARKER = "chunks.json"


class Progress(NamedTuple):
    """How far a run is."""

    done: int
    """Chunks done"""
    total: int
    """Chunks of the whole run"""
    seconds_left: float
    """Seconds to go at the mean pace of this call; NaN before its first chunk"""


def run_in_chunks(
    advance: Chunk,
    state: State,
    num_chunks: int,
    *,
    folder: str | Path | None = None,
    fingerprint: str = "",
    progress: Callable[[Progress], None] | None = None,
) -> tuple[State, list[State]]:
    """The state after `num_chunks` chunks, and the record of each: (state, record) = advance(i, s).

    Args:
        advance: makes chunk i from a state; a state and a record are named arrays.
        state: at the beginning.
        num_chunks: 0 or more.
        folder: where states and records are kept. A run that was interrupted goes on from there,
            with the same bits as if it had not been; without a folder nothing is kept.
        fingerprint: of everything that the run depends on, see `fingerprint_of`.
        progress: called after each chunk.

    Returns:
        Final state; records of chunks 0 .. num_chunks - 1.

    Raises:
        ValueError: `folder` holds a run of another fingerprint, of more chunks, or a damaged one.
    """
    require_count("num_chunks", num_chunks, 0)
    place = None if folder is None else made_folder(folder)
    records: list[State] = []
    if place is not None:
        done = _chunks_done(place, fingerprint, num_chunks)
        records = [read_arrays(place / f"record-{i}.npz") for i in range(done)]
        state = read_arrays(place / f"state-{done - 1}.npz") if done else state
    first = len(records)
    told = paced(progress, num_chunks, first)
    for i in range(first, num_chunks):
        state, record = advance(i, state)
        records.append(record)
        if place is not None:
            _count_chunk(place, fingerprint, i, state, record)
        told(i + 1)
    return state, records


def paced(
    progress: Callable[[Progress], None] | None, total: int, first: int = 0
) -> Callable[[int], None]:
    """A function that, called with how many of `total` are done, tells `progress` the time left.

    Args:
        progress: called with a Progress, or None.
        total: of the whole run.
        first: how many were done before.
    """
    started = time.monotonic()

    def told(done: int) -> None:
        if progress is not None:
            pace = (time.monotonic() - started) / (done - first)
            progress(Progress(done, total, pace * (total - done)))

    return told


def fingerprint_of(*things: Any) -> str:
    """Digest of arrays and of whatever has a faithful repr: equal for equal runs."""
    digest = hashlib.sha256()
    for thing in things:
        array = np.asarray(thing) if isinstance(thing, np.ndarray) else None
        words = repr(thing) if array is None else f"{array.dtype}{array.shape}"
        digest.update(words.encode() + b"\0")
        if array is not None:
            digest.update(np.ascontiguousarray(array).view(np.uint8))
    return digest.hexdigest()


def _chunks_done(place: Path, fingerprint: str, num_chunks: int) -> int:
    found = read_marker(place / MARKER, {"chunks": int, "fingerprint": str})
    if not found:
        return 0
    if found["fingerprint"] != fingerprint:
        raise ValueError(
            f"`folder` must be new or hold the same run, but {place} holds a run of another input. "
            f"Use another folder, or remove this one."
        )
    if found["chunks"] > num_chunks:
        raise ValueError(
            f"`folder` must hold at most {num_chunks} chunks, but {place} holds {found['chunks']}."
        )
    return found["chunks"]


def _count_chunk(place: Path, fingerprint: str, i: int, state: State, record: State) -> None:
    write_arrays(place / f"record-{i}.npz", record)
    write_arrays(place / f"state-{i}.npz", state)
    write_marker(place / MARKER, {"chunks": i + 1, "fingerprint": fingerprint})
    (place / f"state-{i - 1}.npz").unlink(missing_ok=True)
