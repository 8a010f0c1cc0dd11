"""Differences of runs as a table of text."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

HEADS = ("variable", "unit", "rms difference", "largest", "rms size", "in std errors", "values")


def as_text(table: xr.Dataset) -> str:
    """The result of `zitter.scenarios.comparing.compare` in lines."""
    lines: list[str] = []
    changes = json.loads(table.attrs["differs"])
    for n, (pair, changed) in enumerate(zip(table.pair.values, changes, strict=True)):
        lines += [str(pair), f"  scenario: {changes_as_text(changed)}"]
        lines += _aligned([HEADS, *(_row(table.isel(pair=n, variable=v))
                                    for v in range(table.sizes["variable"]))])  # fmt: skip
        lines.append("")
    if "factor" in table:
        lines += _convergence(table)
    lines += [f"left out: {name} ({why})" for name, why in table.attrs["left_out"].items()]
    return "\n".join(lines).rstrip()


def _row(one: xr.Dataset) -> tuple[str, ...]:
    numbers = (one.rms, one.largest, one["size"], one.in_errors)
    shown = ("" if np.isnan(v) else f"{float(v):.3g}" for v in numbers)
    return (str(one["variable"].values), str(one.unit.values), *shown, str(int(one.num_common)))


def changes_as_text(changed: dict[str, Any]) -> str:
    """Keys with their two values, in words."""
    said = [f"{key}: {_value(a)} → {_value(b)}" for key, (a, b) in changed.items()]
    return "; ".join(said) or "the same"


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"


def _convergence(table: xr.Dataset) -> list[str]:
    key = table.attrs.get("exponent_of")
    heads = ["variable", *(f"factor {n + 1}" for n in range(table.sizes["step"]))]
    if key:
        heads += [f"exponent {n + 1}" for n in range(table.sizes["step"])]
    rows = [heads]
    for v in range(table.sizes["variable"]):
        one = table.isel(variable=v)
        found = [*one.factor.values, *(one.exponent.values if key else ())]
        rows.append([str(one["variable"].values), *(f"{f:.3g}" for f in found)])
    what = f" (it goes like {key}^exponent)" if key else ""
    return [f"by which factor the rms difference shrinks from pair to pair{what}", *_aligned(rows)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(
            cell.ljust(w) if n < 1 else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]  # fmt: skip
