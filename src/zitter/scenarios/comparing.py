"""Runs compared, variable by variable, where they have times, places and bodies in common."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from zitter.scenarios.changing import differences

ENSEMBLES = ("run", "path")
FEWEST_IN_AN_ENSEMBLE = 8
BLOCK = 2**22
"""Values that are compared at one time, so that large results need little memory."""

SAME_PLACE = 1e-6
"""Coordinates agree that differ by less than this part of their spacing."""


class Measured(NamedTuple):
    """How far one variable of two runs differs, over what they have in common."""

    rms: float
    """√⟨|a - b|²⟩; infinite where only one of the two is a number"""
    largest: float
    """max |a - b|"""
    size: float
    """√⟨|b|²⟩"""
    in_errors: float
    """largest difference of the means over an ensemble in its standard errors; NaN without one"""
    num_common: int
    """values compared"""


def compare(runs: Sequence[xr.DataTree], names: Sequence[str]) -> xr.Dataset:
    """Differences of each run from the one before it, and how fast they shrink.

    Args:
        runs: two or more results.
        names: what they are called.

    Returns:
        Dataset over (pair, variable): rms, largest, size, in_errors, num_common, and over (step,
        variable) the factor by which the rms difference shrinks from pair to pair. Where the
        scenarios differ in one number that grows or shrinks by one ratio, the differences go like
        that number to the power `exponent`. Its attributes say what differs in the
        scenarios, and why variables are left out.

    Raises:
        ValueError: fewer than two runs, runs in different units, or nothing in common.
    """
    if len(runs) < 2:
        raise ValueError("There must be at least two runs to compare.")
    declared = {run.attrs.get("units") for run in runs}
    if len(declared) > 1:
        raise ValueError(f"The runs must be in the same units, but are in {_listed(declared)}.")
    left_out: dict[str, str] = {}
    variables = [name for name in sorted(_names(runs[0])) if _is_common(name, runs, left_out)]
    rows = [[_measured(a[name], b[name]) for name in variables] for a, b in pairwise(runs)]
    empty = [n for n, column in enumerate(zip(*rows, strict=True)) if not _counts(column)]
    for n in empty:
        left_out[variables[n]] = "no coordinates in common"
    kept = [n for n in range(len(variables)) if n not in empty]
    if not kept:
        raise ValueError(f"The runs have nothing in common: {_reasons(left_out)}")
    units = [str(runs[0][variables[n]].attrs.get("unit", "")) for n in kept]
    table = _table([[row[n] for n in kept] for row in rows], names)
    table = table.assign_coords(
        variable=[variables[n] for n in kept], unit=("variable", np.array(units, dtype=str))
    )
    changed = [changes(a, b) for a, b in pairwise(runs)]
    table.attrs = {"differs": json.dumps(changed, ensure_ascii=False), "left_out": left_out}
    return _with_exponent(table, changed)


def _table(rows: list[list[Measured]], names: Sequence[str]) -> xr.Dataset:
    fields = {
        field: (("pair", "variable"), np.array([[getattr(m, field) for m in row] for row in rows]))
        for field in Measured._fields
    }
    return xr.Dataset(fields, {"pair": [f"{a} → {b}" for a, b in pairwise(names)]})


def _with_exponent(table: xr.Dataset, changed: list[dict[str, tuple[Any, Any]]]) -> xr.Dataset:
    """The factors between pairs and, where one number changes by one ratio, the exponent."""
    if table.sizes["pair"] < 2:
        return table
    rms = table.rms.values
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = rms[:-1] / rms[1:]
    table["factor"] = (("step", "variable"), factor)
    ratio = _one_ratio(changed)
    if ratio is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            exponent = -np.log(factor) / np.log(ratio)
        table["exponent"] = (("step", "variable"), exponent)
        table.attrs["exponent_of"] = next(iter(changed[0]))
    return table


def _one_ratio(changed: list[dict[str, tuple[Any, Any]]]) -> float | None:
    """Ratio of the one number that the scenarios differ in, if it is the same for all pairs."""
    if any(len(c) != 1 or c.keys() != changed[0].keys() for c in changed):
        return None
    values = [pair for c in changed for pair in c.values()]
    if not all(isinstance(v, (int, float)) and v > 0 for pair in values for v in pair):
        return None
    ratios = np.array([b / a for a, b in values])
    return float(ratios[0]) if np.allclose(ratios, ratios[0], rtol=1e-6) else None


def changes(a: xr.DataTree, b: xr.DataTree) -> dict[str, tuple[Any, Any]]:
    """Keys in which the scenarios of two results differ, the title apart, with both values."""
    found = differences(a.attrs.get("scenario", {}), b.attrs.get("scenario", {}))
    return {key: values for key, values in found.items() if key != "title"}


def _names(run: xr.DataTree) -> Iterator[str]:
    for node in run.subtree:
        for name in node.data_vars:
            yield f"{node.path.strip('/')}/{name}".lstrip("/")


def _is_common(name: str, runs: Sequence[xr.DataTree], left_out: dict[str, str]) -> bool:
    """Whether all runs have a variable with the same unit and dimensions; if not, why."""
    found = [_variable(run, name) for run in runs]
    if any(v is None for v in found):
        left_out[name] = "not in every run"
    elif any(v.dtype.kind not in "fciub" for v in found):
        left_out[name] = "no numbers"
    elif len({v.dims for v in found}) > 1:
        left_out[name] = "other dimensions"
    elif len({v.attrs.get("unit") for v in found}) > 1:
        left_out[name] = "other units"
    return name not in left_out


def _variable(run: xr.DataTree, name: str) -> Any:
    try:
        return run[name]
    except KeyError:
        return None


def _measured(a: xr.DataArray, b: xr.DataArray) -> Measured:
    in_a, in_b = _common(a, b)
    count, squares, size, largest = 0, 0.0, 0.0, 0.0
    for part_a, part_b in _blocks(a.isel(in_a), b.isel(in_b)):
        x, y = part_a.values, part_b.values
        numbers = ~(np.isnan(x) & np.isnan(y))
        with np.errstate(invalid="ignore"):
            far = np.abs(np.subtract(x, y, dtype=np.result_type(x, y, float)))[numbers]
        far = np.where(np.isnan(far), np.inf, far)
        count += far.size
        squares += float(np.sum(far**2))
        size += float(np.nansum(np.abs(y[numbers].astype(np.result_type(y, float))) ** 2))
        largest = max(largest, float(np.max(far, initial=0.0)))
    if count == 0:
        return Measured(np.nan, np.nan, np.nan, np.nan, 0)
    in_errors = _in_standard_errors(a.isel(in_a), b.isel(in_b), a.sizes, b.sizes)
    return Measured(float(np.sqrt(squares / count)), largest, float(np.sqrt(size / count)),
                    in_errors, count)  # fmt: skip


def _common(a: xr.DataArray, b: xr.DataArray) -> tuple[dict[str, Any], dict[str, Any]]:
    """Indices of the coordinates that two variables share, for each dimension."""
    in_a: dict[str, Any] = {}
    in_b: dict[str, Any] = {}
    for dim in map(str, a.dims):
        if dim in a.coords and dim in b.coords:
            in_a[dim], in_b[dim] = _matches(a[dim].values, b[dim].values)
        elif a.sizes[dim] != b.sizes[dim]:
            in_a[dim] = in_b[dim] = np.arange(0)
    return in_a, in_b


def _matches(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype.kind not in "fiu" or min(len(x), len(y)) < 2:
        same = [(i, j) for i, u in enumerate(x) for j, v in enumerate(y) if u == v]
        return np.array([i for i, _ in same], int), np.array([j for _, j in same], int)
    near = np.clip(np.searchsorted(y, x), 1, len(y) - 1)
    near -= np.abs(x - y[near - 1]) < np.abs(x - y[near])
    spacing = min(np.min(np.abs(np.diff(x))), np.min(np.abs(np.diff(y))))
    hit = np.abs(x - y[near]) <= SAME_PLACE * spacing
    return np.flatnonzero(hit), near[hit]


def _blocks(a: xr.DataArray, b: xr.DataArray) -> Iterator[tuple[xr.DataArray, xr.DataArray]]:
    if not a.dims or a.size <= BLOCK:
        yield a, b
        return
    first = str(a.dims[0])
    rows = max(1, BLOCK * a.sizes[first] // a.size)
    for start in range(0, a.sizes[first], rows):
        part = {first: slice(start, start + rows)}
        yield a.isel(part), b.isel(part)


def _in_standard_errors(a: xr.DataArray, b: xr.DataArray, of_a: Any, of_b: Any) -> float:
    """Largest |⟨a⟩ - ⟨b⟩| of the means over an ensemble in its standard errors."""
    dim = next((d for d in ENSEMBLES if d in a.dims), None)
    small = dim is not None and min(of_a[dim], of_b[dim]) < FEWEST_IN_AN_ENSEMBLE
    if dim is None or small or a.size > BLOCK or a.dtype.kind not in "fiu":
        return float("nan")
    apart = np.abs((a.mean(dim) - b.mean(dim)).values)
    variances = [(v.var(dim, ddof=1) / v.sizes[dim]).values for v in (a, b)]
    error = np.sqrt(np.sum(variances, axis=0))
    return float(np.max(apart[error > 0.0] / error[error > 0.0], initial=0.0))


def _counts(column: Sequence[Measured]) -> bool:
    return all(m.num_common for m in column)


def _reasons(left_out: dict[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in left_out.items()) + "."


def _listed(names: Any) -> str:
    return " and ".join(sorted(str(n) for n in names))
