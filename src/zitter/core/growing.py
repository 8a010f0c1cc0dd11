"""A result that grows piece by piece on disk, and is whole after any kill.

A folder holds `result.zarr` (datasets in groups, zarr v3), `state-<n>.npz` (what the next piece
needs) and `progress.json`. A piece is written, then its state, and only then counted, by the
atomic rename of `progress.json`: what a killed run had written beyond that is cut off again.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
import zarr

from zitter.core.dataset import prepared_for_disk

VERSION = 1


@contextmanager
def alone_in(folder: str | Path, *, patience: float = 0.0) -> Iterator[None]:
    """Context in which no other process or thread works on the run in `folder`.

    The lock is the system's own: it ends with the process that holds it, however that ends.

    Args:
        folder: made if it is not there.
        patience: how long to wait for another one to end [s].

    Raises:
        BlockingIOError: another one is still at work there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + patience
    with (folder / ".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)
        yield


class Progress(NamedTuple):
    """What of a run is finished: pieces, and for each group its dimension and length."""

    num_pieces: int
    lengths: dict[str, tuple[str, int]]
    finished: bool


class GrowingResult:
    """The result of a run, in `folder`.

    Args:
        folder: made if it is not there.
        identity: what the run is (its scenario, versions); a folder of another run is refused.

    Raises:
        ValueError: `folder` holds a run of another identity or of another version of the store.
    """

    def __init__(self, folder: str | Path, identity: Mapping[str, Any]):
        self.folder = Path(folder)
        self.identity = json.loads(json.dumps(identity))
        self._arrays: dict[str, zarr.Array] = {}
        self.folder.mkdir(parents=True, exist_ok=True)
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
        """The state after the last finished piece; empty at the start."""
        done = self.progress.num_pieces
        if done == 0:
            return {}
        with np.load(self._state_file(done)) as arrays:
            return dict(arrays)

    def start(self, attributes: Mapping[str, Any]) -> None:
        """Make ready for the next piece: cut off what is not counted; at the start, begin anew."""
        done = self.progress
        for torso in self.path.rglob("*.partial"):
            torso.unlink()
        root = zarr.open_group(self.path, mode="a" if done.num_pieces else "w", zarr_format=3)
        if not done.num_pieces:
            root.attrs.update(dict(attributes))
            return
        for name, group in root.groups():
            for _, array in group.arrays():
                _cut(array, *done.lengths[name])

    def append(
        self,
        pieces: Mapping[str, tuple[xr.Dataset, str]],
        state: Mapping[str, np.ndarray],
        *,
        last: bool = False,
    ) -> None:
        """Add one piece: for each group its dataset and the dimension along which it grows.

        Variables without that dimension are written once, with the first piece.
        """
        done = self.progress
        lengths = dict(done.lengths)
        for name, (data, dim) in pieces.items():
            ready = prepared_for_disk(data)
            if name in lengths:
                self._extend(name, ready, dim, lengths[name][1])
            else:
                how: dict[str, Any] = dict(group=name, zarr_format=3, consolidated=False)
                ready.to_zarr(self.path, mode="a", **how)
            lengths[name] = (dim, lengths.get(name, (dim, 0))[1] + data.sizes[dim])
        number = done.num_pieces + 1
        write_synced(self._state_file(number), lambda file: np.savez(file, **state))
        self._count(Progress(number, lengths, last))
        if number > 1:
            self._state_file(number - 1).unlink(missing_ok=True)

    def _extend(self, name: str, data: xr.Dataset, dim: str, start: int) -> None:
        """Add a piece to arrays that are there; xarray would read them again for each piece."""
        stop = start + data.sizes[dim]
        for key, variable in data.variables.items():
            if dim not in variable.dims:
                continue
            array = self._array(f"{name}/{key}")
            if array.metadata.dimension_names != variable.dims:
                raise ValueError(f"{name}/{key} has other dimensions than in the first piece.")
            axis = variable.dims.index(dim)
            array.resize((*array.shape[:axis], stop, *array.shape[axis + 1 :]))
            array[(*[slice(None)] * axis, slice(start, stop))] = variable.values

    def _array(self, name: str) -> zarr.Array:
        if name not in self._arrays:
            self._arrays[name] = zarr.open_array(self.path, path=name, mode="r+")
        return self._arrays[name]

    def _state_file(self, number: int) -> Path:
        return self.folder / f"state-{number}.npz"

    def _stored(self) -> dict[str, Any]:
        file = self.folder / "progress.json"
        if not file.is_file():
            return {}
        stored = json.loads(file.read_text("utf-8"))
        if stored["version"] != VERSION:
            raise ValueError(
                f"{self.folder} was written by another version of the store "
                f"({stored['version']}, here {VERSION}): resume it with the version that began it."
            )
        return stored

    def _count(self, progress: Progress) -> None:
        stored = progress._asdict() | {"version": VERSION, "identity": self.identity}
        text = json.dumps(stored, indent=1, ensure_ascii=False).encode()
        write_synced(self.folder / "progress.json", lambda file: file.write(text))


def is_finished(folder: str | Path) -> bool:
    """Whether `folder` holds a run with all of its pieces."""
    file = Path(folder) / "progress.json"
    return file.is_file() and bool(json.loads(file.read_text("utf-8"))["finished"])


def _cut(array: zarr.Array, dim: str, length: int) -> None:
    dims = array.metadata.dimension_names or ()
    if dim in dims:
        axis = dims.index(dim)
        array.resize((*array.shape[:axis], length, *array.shape[axis + 1 :]))


def write_synced(path: Path, write: Any) -> None:
    """Write a file whole or not at all, on disk before it has its name."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
