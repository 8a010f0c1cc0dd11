"""Labelled results: xarray on disk as zarr v3, written whole or not at all, with provenance.

Complex numbers are stored as zarr's own complex128; text as variable-length strings.
"""

import os
import platform
import shutil
import subprocess
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import zitter

PACKAGES = ("jax", "jaxlib", "equinox", "numpy", "scipy", "numba", "xarray", "zarr")

_TEXT = np.dtypes.StringDType()


def provenance(seed: int, preset: str) -> dict[str, Any]:
    """Where a result comes from: version, commit, packages, device, python, seed, preset, started.

    Args:
        seed: seed of the run.
        preset: name of the preset of the run.

    Returns:
        A dictionary fit for JSON; `commit` is None outside a git checkout of the package, and
        ends in "-dirty" where the checkout has changes.
    """
    return {
        "version": zitter.__version__,
        "commit": _commit(Path(__file__).parent),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "device": _device(),
        "python": platform.python_version(),
        "seed": int(seed),
        "preset": preset,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def save(data: xr.Dataset | xr.DataTree, path: str | Path) -> Path:
    """Path of a dataset or tree written as zarr v3, replacing what was there.

    Written to a sibling and renamed when complete: a killed run leaves the old result or the
    new one, never half of either.

    Args:
        data: the result; its attributes must be fit for JSON (numpy scalars and arrays are).
        path: the directory to write, its parents are made.

    Raises:
        ValueError: `data` is neither a Dataset nor a DataTree, or `path` is a file.
    """
    if not isinstance(data, (xr.Dataset, xr.DataTree)):
        raise ValueError(f"`data` must be a Dataset or a DataTree, but is a {type(data).__name__}.")
    path = Path(path)
    if path.is_file():
        raise ValueError(f"`path` must be a directory or new, but {path} is a file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    tag = uuid.uuid4().hex[:8]
    new, old = path.with_name(f".{path.name}.new-{tag}"), path.with_name(f".{path.name}.old-{tag}")
    try:
        _each_group(data, prepared_for_disk).to_zarr(new, zarr_format=3, consolidated=False)
        if path.exists():
            os.rename(path, old)
        os.rename(new, path)
    finally:
        if old.exists() and not path.exists():
            os.rename(old, path)
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return path


def open_dataset(path: str | Path) -> xr.Dataset | xr.DataTree:
    """Dataset or tree at `path`, in memory: a DataTree where there are groups, else a Dataset.

    Raises:
        ValueError: nothing readable lies at `path`.
    """
    path = Path(path)
    if not (path / "zarr.json").is_file():
        raise ValueError(f"`path` must hold a saved result, but {path} has no zarr.json.")
    with xr.open_datatree(path, engine="zarr", consolidated=False) as tree:
        loaded = tree.load()
    loaded = _each_group(loaded, _text_from_disk)
    return loaded if loaded.children else loaded.to_dataset()


def _each_group(data: Any, convert: Callable[[xr.Dataset], xr.Dataset]) -> Any:
    if isinstance(data, xr.Dataset):
        return convert(data)
    groups = {node.path: convert(node.to_dataset(inherit=False)) for node in data.subtree}
    return xr.DataTree.from_dict(groups, name=data.name)


def prepared_for_disk(data: xr.Dataset) -> xr.Dataset:
    """A dataset fit for zarr v3: text as variable-length strings, attributes fit for JSON."""
    text = {
        name: (v.dims, text_for_disk(v.values), v.attrs)
        for name, v in data.variables.items()
        if v.dtype.kind == "U"
    }
    result = data.assign(text).drop_encoding()
    result.attrs = fit_for_json(data.attrs)
    for variable in result.variables.values():
        variable.attrs = fit_for_json(variable.attrs)
    return result


def text_for_disk(values: np.ndarray) -> np.ndarray:
    """The values themselves, text as strings of variable length."""
    return values.astype(_TEXT) if values.dtype.kind == "U" else values


def _text_from_disk(data: xr.Dataset) -> xr.Dataset:
    text = {name: v for name, v in data.variables.items() if v.dtype.kind == "T"}
    return data.assign(
        {
            name: (v.dims, np.array(v.values.tolist(), dtype=str).reshape(v.shape), v.attrs)
            for name, v in text.items()
        }
    )


def fit_for_json(value: Any) -> Any:
    """The value with plain numbers, lists and texts as keys in the place of numpy's."""
    if isinstance(value, dict):
        return {str(key): fit_for_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fit_for_json(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def _commit(folder: Path) -> str | None:
    if shutil.which("git") is None:
        return None
    # A package installed inside somebody's own repository is not a checkout of the package.
    tracked = _git(folder, "ls-files", "--error-unmatch", Path(__file__).name)
    return (
        None if tracked is None else _git(folder, "describe", "--always", "--dirty", "--abbrev=40")
    )


def _git(folder: Path, *words: str) -> str | None:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _device() -> str:
    import jax

    first = jax.devices()[0]
    return f"{len(jax.devices())} x {first.device_kind} ({first.platform}), {os.cpu_count()} cores"
