"""Files of a run that may be killed at any moment: each is on disk whole, or not at all."""

import fcntl
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np


@contextmanager
def alone_in(folder: str | Path, *, patience: float = 0.0) -> Iterator[None]:
    """Context in which no other process or thread works on the run in `folder`.

    The lock is the system's own: it ends with the process that holds it, however that ends.

    Args:
        folder: made if it is not there.
        patience: how long to wait for another one to end [s].

    Raises:
        BlockingIOError: another one is still at work there.
        ValueError: as `made_folder`.
    """
    folder = made_folder(folder)
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


def made_folder(folder: str | Path) -> Path:
    """The folder, made if it is not there. Raises: ValueError, a file has that name."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ValueError(
            f"`folder` must be a folder, but {folder} is, or lies in, a file."
        ) from None
    return folder


def write_synced(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file whole or not at all, on disk before it has its name."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    _sync_folder(path.parent)


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as `write_synced` does."""
    write_synced(path, lambda file: np.savez(file, **arrays))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays as written by `write_arrays`. Raises: ValueError, damaged or missing."""
    try:
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        raise _damaged(path) from None


def write_marker(path: Path, found: Mapping[str, Any]) -> None:
    """Write what is finished as `write_synced` does."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    write_synced(path, lambda file: file.write(text.encode()))


def read_marker(path: Path, kinds: Mapping[str, type]) -> dict[str, Any]:
    """What `write_marker` wrote, with the named entries of the given kinds; {} without a file.

    Raises:
        ValueError: the file is damaged.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise _damaged(path) from None
    if not isinstance(found, dict):
        raise _damaged(path)
    if not all(isinstance(found.get(name), kind) for name, kind in kinds.items()):
        raise _damaged(path)
    return found


def _damaged(file: Path) -> ValueError:
    return ValueError(
        f"`folder` must hold a whole run or none, but {file} is damaged or missing. "
        f"Use another folder, or remove this one."
    )


def _sync_folder(place: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
