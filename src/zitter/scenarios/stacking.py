"""Results of many runs in one store, with what distinguishes the runs as dimensions."""

import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
import zarr

from zitter.core.dataset import prepared_for_disk
from zitter.scenarios.running import open as open_run


class Axis(NamedTuple):
    """A key in which the runs differ: its name, its values, attributes of the coordinate."""

    name: str
    values: np.ndarray
    about: dict[str, str]


def stack_runs(
    folders: Mapping[int, Path], axes: Sequence[Axis], path: Path, failed: Mapping[int, str]
) -> None:
    """Write the results of runs into one zarr store with the axes as dimensions.

    A variable that has the same shape in all runs becomes one array over the axes and its own
    dimensions, NaN where a run failed. A coordinate whose values differ from run to run keeps
    its dimension, and its values are the variable NAME_values. A variable of changing shape is
    kept run by run in the groups single/NUMBER.

    Args:
        folders: folder of each finished run by its number, the last axis fastest.
        axes: the keys that distinguish the runs.
        path: the store to write, whole or not at all.
        failed: why the other runs failed, by their numbers.
    """
    new = path.with_name(f".{path.name}.new-{uuid.uuid4().hex[:8]}")
    for torso in path.parent.glob(f".{path.name}.new-*"):
        shutil.rmtree(torso)
    with ExitStack() as stack:
        runs = {n: stack.enter_context(open_run(folder)) for n, folder in sorted(folders.items())}
        _write_root(new, runs, axes, failed)
        groups = [{node.path for node in run.descendants} for run in runs.values()]
        for group in sorted(set.intersection(*groups)):
            _write_group(new, group, runs, axes)
    old = path.with_name(f".{path.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.rename(path, old)
    os.rename(new, path)
    shutil.rmtree(old, ignore_errors=True)


def _shape(axes: Sequence[Axis]) -> tuple[int, ...]:
    return tuple(len(axis.values) for axis in axes)


def _write_root(
    new: Path, runs: Mapping[int, xr.DataTree], axes: Sequence[Axis], failed: Mapping[int, str]
) -> None:
    names, shape = [axis.name for axis in axes], _shape(axes)
    why = [failed.get(n, "") for n in range(int(np.prod(shape)))]
    first = next(iter(runs.values())).attrs
    kept = ("title", "units", "scenario", "version", "commit", "packages", "device", "python")
    data = xr.Dataset(
        {
            "finished": (names, np.array([not w for w in why]).reshape(shape)),
            "error": (names, np.array(why, dtype=str).reshape(shape)),
        },
        {axis.name: (axis.name, axis.values, axis.about) for axis in axes},
        {"kind": "sweep", "of": first["kind"], "keys": names}
        | {key: first[key] for key in kept if key in first},
    )
    prepared_for_disk(data).to_zarr(new, mode="w", zarr_format=3, consolidated=False)


def _write_group(
    new: Path, group: str, runs: Mapping[int, xr.DataTree], axes: Sequence[Axis]
) -> None:
    parts = {n: run[group].to_dataset(inherit=False) for n, run in runs.items()}
    stacked, single = _sorted_out(parts)
    first = next(iter(parts.values()))
    shared = [c for c in first.coords if c in stacked and _is_equal(c, parts)]
    coordinates = first[shared].drop_vars([v for v in first.data_vars if v in shared])
    how: dict[str, Any] = dict(zarr_format=3, consolidated=False)
    prepared_for_disk(coordinates.drop_attrs(deep=False).assign_attrs(first.attrs)).to_zarr(
        new, group=group, mode="a", **how
    )
    root = zarr.open_group(new, mode="a")[group.strip("/")]
    for name in stacked:
        if name not in shared:
            stored = f"{name}_values" if name in first.dims else name
            _write_stacked(root, stored, {n: part[name] for n, part in parts.items()}, axes)
    for n, part in parts.items() if single else ():
        alone = part[single]
        prepared_for_disk(alone).to_zarr(new, group=f"single/{n:04d}{group}", mode="a", **how)


def _sorted_out(parts: Mapping[int, xr.Dataset]) -> tuple[list[str], list[str]]:
    """Names of the variables that have one shape in all runs, and of the others."""
    names = dict.fromkeys(str(name) for part in parts.values() for name in part.variables)
    stacked, single = [], []
    for name in names:
        found = [(v.dims, v.shape) for part in parts.values() if (v := part.variables.get(name))
                 is not None]  # fmt: skip
        same = len(found) == len(parts) and len(set(found)) == 1
        (stacked if same else single).append(name)
    everywhere = [name for name in single if all(name in part.variables for part in parts.values())]
    return stacked, everywhere


def _is_equal(name: str, parts: Mapping[int, xr.Dataset]) -> bool:
    first = next(iter(parts.values())).variables[name]
    return all(part.variables[name].equals(first) for part in parts.values())


def _write_stacked(
    group: Any, name: str, runs: Mapping[int, xr.DataArray], axes: Sequence[Axis]
) -> None:
    """One array over the axes and the dimensions of a variable, written run by run."""
    first = next(iter(runs.values()))
    shape, ones = _shape(axes), (1,) * len(axes)
    is_text = first.dtype.kind in "TUO"
    dtype: Any = str if is_text else np.result_type(*(run.dtype for run in runs.values()))
    gaps = len(runs) < int(np.prod(shape))
    if gaps and not is_text and dtype.kind in "biu":
        dtype = np.dtype(float)
    fill = "" if is_text else np.nan if dtype.kind in "fc" else 0
    chunks = first.encoding.get("chunks") or first.shape
    array = group.create_array(
        name,
        shape=(*shape, *first.shape),
        chunks=(*ones, *(max(1, n) for n in chunks)),
        dtype=dtype,
        fill_value=fill,
        dimension_names=(*(axis.name for axis in axes), *map(str, first.dims)),
        attributes=dict(first.attrs),
    )
    for n, run in runs.items():
        values = run.values
        array[np.unravel_index(n, shape)] = values.astype(str) if is_text else values
