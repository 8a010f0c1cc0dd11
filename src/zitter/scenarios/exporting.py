"""A result as netCDF 4, which is HDF5: for programs that do not read zarr."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from zitter.scenarios.running import open as open_run

SUFFIXES = (".nc", ".h5", ".hdf5")
BLOCK = 2**22
"""Numbers that are copied at one time."""


def write_netcdf(result: str | Path, file: str | Path) -> Path:
    """Path of the netCDF file with the groups of a result; written whole or not at all.

    NetCDF has no complex numbers: NAME becomes NAME_real and NAME_imag. Attributes that are
    tables or lists become JSON. Values are copied in blocks, so that a large result needs little
    memory.

    Args:
        result: folder of a run or a sweep, or a zarr store.
        file: the file to write, .nc, .h5 or .hdf5.

    Raises:
        ValueError: no result lies there, another ending, or the optional extra `export` is not
            installed.
    """
    file = Path(file)
    if file.suffix not in SUFFIXES:
        raise ValueError(f"`file` must end in {', '.join(SUFFIXES)}, but is {file}.")
    if importlib.util.find_spec("h5netcdf") is None:
        raise ValueError("Export needs the optional extra `export`: pip install 'zitter[export]'.")
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with open_run(result) as tree:
        for node in tree.subtree:
            _write_group(new, node.path, node.to_dataset(inherit=False))
    os.replace(new, file)
    return file


def _write_group(file: Path, path: str, data: xr.Dataset) -> None:
    """A group with its small variables at once, and its large ones block by block."""
    large = {
        str(name): v
        for name, v in data.data_vars.items()
        if v.size > BLOCK and v.dtype.kind in "fciu"
    }
    ready = _without_complex(_for_netcdf(data.drop_vars(list(large))))
    mode: Any = "a" if file.exists() else "w"
    ready.to_netcdf(file, mode=mode, group=path, engine="h5netcdf")
    if large:
        _write_large(file, path, large)


def _for_netcdf(data: xr.Dataset) -> xr.Dataset:
    text = {n: v.astype(object) for n, v in data.variables.items() if v.dtype.kind in "TU"}
    flags = {n: v.astype(np.int8) for n, v in data.variables.items() if v.dtype.kind == "b"}
    result = data.assign(text | flags).drop_encoding()
    result.attrs = _flat(data.attrs)
    for variable in result.variables.values():
        variable.attrs = _flat(variable.attrs)
    return result


def _flat(attributes: dict) -> dict[str, Any]:
    """Attributes as netCDF holds them: numbers and text."""
    return {
        str(key): value
        if isinstance(value, (str, float)) or (isinstance(value, int) and abs(value) < 2**63)
        else json.dumps(value, ensure_ascii=False)
        for key, value in attributes.items()
    }


def _without_complex(data: xr.Dataset) -> xr.Dataset:
    for name, variable in list(data.data_vars.items()):
        if variable.dtype.kind == "c":
            parts = {f"{name}_real": variable.real, f"{name}_imag": variable.imag}
            data = data.drop_vars(name).assign(
                {key: part.assign_attrs(variable.attrs) for key, part in parts.items()}
            )
    return data


def _write_large(file: Path, path: str, large: dict[str, xr.DataArray]) -> None:
    import h5netcdf

    with h5netcdf.File(file, "a") as stored:
        group = stored[path] if path != "/" else stored
        for name, variable in large.items():
            for dim, size in variable.sizes.items():
                if dim not in group.dimensions:
                    group.dimensions[dim] = size
            for suffix, part in _parts(variable):
                kind = np.dtype(variable.dtype.type(0).real.dtype)
                target = group.create_variable(name + suffix, variable.dims, kind)
                for key, value in _flat(variable.attrs).items():
                    target.attrs[key] = value
                rows = max(1, BLOCK * variable.shape[0] // variable.size)
                for start in range(0, variable.shape[0], rows):
                    target[start : start + rows] = part(variable[start : start + rows].values)


def _parts(variable: xr.DataArray) -> list[tuple[str, Any]]:
    if variable.dtype.kind == "c":
        return [("_real", np.real), ("_imag", np.imag)]
    return [("", np.asarray)]
