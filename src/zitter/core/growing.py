"""A result that grows piece by piece on disk, and is whole after any kill.

A folder holds `result.zarr` (datasets in groups, zarr v3), `state-<n>.npz` (what the next piece
needs) and `progress.json`. A piece is written, then its state, and only then counted, by the
atomic rename of `progress.json`: what a killed run had written beyond that is cut off again.
Pieces that follow one another fast are written together, as one chunk of work: as few that writing
stays a small part of the run, and so that no more than `LONGEST_WAIT` of it can be lost.
"""

import json
import shutil
import time
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
import zarr

from zitter.core.checkpoints import (
    made_folder,
    read_arrays,
    read_marker,
    write_arrays,
    write_marker,
)
from zitter.core.dataset import fit_for_json, text_for_disk

VERSION, MARKER = 1, "progress.json"
_KINDS = {"version": int, "identity": dict, "num_pieces": int, "lengths": dict, "finished": bool}
SHARE, LONGEST_WAIT, FIRST_COST = 0.05, 2.0, 0.05
"""Part of a run that its writing may take; how long a piece waits at most, and what writing is
taken to cost before it was measured [s]."""

MOST_WAITING = 2**24
"""Pieces and state above this size wait for no others [byte]."""

_MOST_ROWS, _CHUNK, _LARGEST_CHUNK = 512, 2**20, 2**23


class Progress(NamedTuple):
    """What of a run is finished: pieces, and for each group its dimension and length."""

    num_pieces: int
    lengths: dict[str, tuple[str, int]]
    finished: bool


Pieces = Mapping[str, tuple[xr.Dataset, str]]


class GrowingResult:
    """The result of a run, in `folder`.

    Args:
        folder: made if it is not there.
        identity: what the run is (its scenario, versions); a folder of another run is refused.

    Raises:
        ValueError: `folder` holds a run of another identity or of another version of the store,
            or a damaged one.
    """

    def __init__(self, folder: str | Path, identity: Mapping[str, Any]):
        self.folder = made_folder(folder)
        self.identity = json.loads(json.dumps(identity))
        self._arrays: dict[str, zarr.Array] = {}
        self.waiting: list[Pieces] = []
        """computed, but not yet written"""
        self._state: Mapping[str, np.ndarray] = {}
        self._cost, self._written = FIRST_COST, time.monotonic()
        stored = self._stored()
        if stored and stored["identity"] != self.identity:
            differing = [
                key
                for key in sorted(stored["identity"].keys() | self.identity.keys())
                if stored["identity"].get(key) != self.identity.get(key)
            ]
            raise ValueError(
                f"{self.folder} holds another run (it differs in {', '.join(differing)}): "
                "choose another folder, or remove that one."
            )

    @property
    def path(self) -> Path:
        """The zarr store."""
        return self.folder / "result.zarr"

    @property
    def progress(self) -> Progress:
        """What is finished."""
        stored = self._stored()
        if not stored:
            return Progress(0, {}, False)
        lengths = {name: (dim, length) for name, (dim, length) in stored["lengths"].items()}
        return Progress(stored["num_pieces"], lengths, stored["finished"])

    def state(self) -> dict[str, np.ndarray]:
        """The state after the last counted piece; empty at the start and at the end."""
        done = self.progress
        if done.num_pieces == 0 or done.finished:
            return {}
        return read_arrays(self._state_file(done.num_pieces))

    def start(self, attributes: Mapping[str, Any]) -> None:
        """Make ready for the next piece: cut off what is not counted; at the start, begin anew."""
        done = self.progress
        self._written = time.monotonic()
        if not done.num_pieces:
            about = fit_for_json(dict(attributes))
            zarr.open_group(self.path, mode="w", zarr_format=3, attributes=about)
            return
        for torso in self.path.rglob("*.partial"):
            torso.unlink()
        root = zarr.open_group(self.path, mode="a", zarr_format=3)
        for name, group in root.groups():
            if name not in done.lengths:
                shutil.rmtree(self.path / name)
                continue
            for _, array in group.arrays():
                _cut(array, *done.lengths[name])

    def append(
        self, pieces: Pieces, state: Mapping[str, np.ndarray], *, last: bool = False
    ) -> None:
        """Add one piece: for each group its dataset and the dimension along which it grows.

        Variables without that dimension are written once, with the first piece. A piece may wait
        for others; `flush` writes those that do.
        """
        self.waiting.append(pieces)
        self._state = state
        if last or self.is_due():
            self.flush(last=last)
            return
        # The arrays may be used again by whoever computes the next piece.
        self.waiting[-1] = {
            name: (data.copy(deep=True), dim) for name, (data, dim) in pieces.items()
        }
        self._state = {name: np.array(value) for name, value in state.items()}

    def is_due(self) -> bool:
        """Whether the pieces that wait are to be written now."""
        sizes = [data.nbytes for pieces in self.waiting for data, _ in pieces.values()]
        sizes += [np.asarray(value).nbytes for value in self._state.values()]
        waited = time.monotonic() - self._written
        return waited >= min(self._cost / SHARE, LONGEST_WAIT) or sum(sizes) > MOST_WAITING

    def flush(self, *, last: bool = False) -> None:
        """Write and count the pieces that wait, if any do."""
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        started = time.monotonic()
        done = self.progress
        lengths = dict(done.lengths)
        for name in dict.fromkeys(name for pieces in waiting for name in pieces):
            parts = [pieces[name] for pieces in waiting if name in pieces]
            dim = parts[0][1]
            datasets = [data for data, _ in parts]
            (self._extend if name in lengths else self._begin)(name, datasets, dim)
            before = lengths.get(name, (dim, 0))[1]
            lengths[name] = (dim, before + sum(data.sizes[dim] for data in datasets))
        number = done.num_pieces + len(waiting)
        if not last:
            write_arrays(self._state_file(number), self._state)
        self._count(Progress(number, lengths, last))
        if done.num_pieces:
            self._state_file(done.num_pieces).unlink(missing_ok=True)
        self._written = time.monotonic()
        self._cost = self._written - started

    def _begin(self, name: str, datasets: list[xr.Dataset], dim: str) -> None:
        """Make a group and its arrays, with the first pieces in them."""
        data = datasets[0]
        extra = sorted(set(map(str, data.coords)) - set(map(str, data.dims)))
        about = fit_for_json(data.attrs) | ({"coordinates": " ".join(extra)} if extra else {})
        group = zarr.open_group(self.path, path=name, mode="w", zarr_format=3, attributes=about)
        for key, variable in data.variables.items():
            axis = variable.dims.index(dim) if dim in variable.dims else None
            values = text_for_disk(variable.values)
            if axis is not None:
                values = _joined(f"{name}/{key}", key, datasets, variable.dims, axis)
            array = group.create_array(
                str(key),
                shape=values.shape,
                chunks=_chunks(values, axis),
                dtype=values.dtype,
                dimension_names=tuple(map(str, variable.dims)),
                attributes=fit_for_json(variable.attrs),
            )
            array[...] = values
            self._arrays[f"{name}/{key}"] = array

    def _extend(self, name: str, datasets: list[xr.Dataset], dim: str) -> None:
        """Add pieces to arrays that are there."""
        for key, variable in datasets[0].variables.items():
            if dim not in variable.dims:
                continue
            array, axis = self._array(f"{name}/{key}"), variable.dims.index(dim)
            dims = array.metadata.dimension_names or ()
            values = _joined(f"{name}/{key}", key, datasets, dims, axis)
            start = array.shape[axis]
            stop = start + values.shape[axis]
            array.resize((*array.shape[:axis], stop, *array.shape[axis + 1 :]))
            array[(*[slice(None)] * axis, slice(start, stop))] = values

    def _array(self, place: str) -> zarr.Array:
        if place not in self._arrays:
            self._arrays[place] = zarr.open_array(self.path, path=place, mode="r+")
        return self._arrays[place]

    def _state_file(self, number: int) -> Path:
        return self.folder / f"state-{number}.npz"

    def _stored(self) -> dict[str, Any]:
        stored = read_marker(self.folder / MARKER, _KINDS)
        if stored and stored["version"] != VERSION:
            raise ValueError(
                f"{self.folder} was written by another version of the store "
                f"({stored['version']}, here {VERSION}): resume it with the version that began it."
            )
        return stored

    def _count(self, progress: Progress) -> None:
        stored = progress._asdict() | {"version": VERSION, "identity": self.identity}
        write_marker(self.folder / MARKER, stored)


def is_finished(folder: str | Path) -> bool:
    """Whether `folder` holds a run with all of its pieces."""
    stored = read_marker(Path(folder) / MARKER, {"finished": bool})
    return bool(stored and stored["finished"])


def _joined(
    place: str, key: Hashable, datasets: list[xr.Dataset], dims: tuple, axis: int
) -> np.ndarray:
    """The values of one variable in pieces that follow one another."""
    if any(data[key].dims != dims for data in datasets):
        raise ValueError(f"{place} has other dimensions than in the first piece.")
    return np.concatenate([text_for_disk(data[key].values) for data in datasets], axis)


def _chunks(values: np.ndarray, axis: int | None) -> tuple[int, ...]:
    """Chunks of about a megabyte along the axis that grows, and none that is very large."""
    chunk = [max(1, n) for n in values.shape]
    if axis is not None:
        row = max(1, values.nbytes // chunk[axis])
        chunk[axis] = max(1, min(_MOST_ROWS, _CHUNK // row))
    while values.dtype.itemsize * int(np.prod(chunk, dtype=np.int64)) > _LARGEST_CHUNK:
        widest = int(np.argmax(chunk))
        chunk[widest] = -(-chunk[widest] // 2)
    return tuple(chunk)


def _cut(array: zarr.Array, dim: str, length: int) -> None:
    dims = array.metadata.dimension_names or ()
    if dim in dims:
        axis = dims.index(dim)
        array.resize((*array.shape[:axis], length, *array.shape[axis + 1 :]))
