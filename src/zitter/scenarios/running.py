"""Run a scenario piece by piece, keep what is finished, go on where it stopped."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import xarray as xr

from zitter.core.checkpoints import alone_in, write_synced
from zitter.core.checks import ValidityError
from zitter.core.dataset import provenance
from zitter.core.growing import GrowingResult
from zitter.scenarios.kinds import part_of
from zitter.scenarios.model import Scenario
from zitter.scenarios.own import digests, files_below, inputs_from
from zitter.scenarios.plan import Kind, Plan
from zitter.scenarios.reading import scenario_from_text

Report = Callable[[float, int], None]

PROGRAM = 450_000_000
"""What Python and its compiled libraries take, before anything is computed [byte]."""


def plan_of(config: Scenario) -> Plan:
    """The work that a scenario stands for, with the defaults that its physics chose.

    Raises:
        ValidityError: it needs more memory or disk than there is, lies outside the validity of
            the method of its kind, or its numbers are too large or too small to compute with.
    """
    kind: Kind = part_of(config.kind, "run")  # pyright: ignore[reportAssignmentType]
    try:
        plan = kind.plan(config)
    except ArithmeticError as error:
        raise ValidityError(
            f"The numbers of this scenario are too large or too small to compute with ({error}): "
            "choose values or units in which they are nearer to 1."
        ) from None
    plan = plan._replace(memory=int(plan.memory) + PROGRAM)
    _require_room("memory", plan.memory, _free_memory(), "fewer runs or a coarser grid")
    return plan


def run_scenario(
    text: str,
    folder: str | Path,
    *,
    name: str = "scenario",
    report: Report | None = None,
    patience: float = 0.0,
    base: str | Path = ".",
    allow_code: bool = False,
) -> Path:
    """Path of the result of a scenario, run from where an earlier run in `folder` stopped.

    Args:
        text: the scenario as TOML.
        folder: where the result is kept, with a copy of the scenario.
        name: stands for the file in messages.
        report: called with (finished pieces, all pieces) after each piece, and within long ones.
        patience: how long to wait for another process that works in `folder` [s].
        base: folder of the files that the scenario names; the run keeps a copy of them.
        allow_code: whether functions that the scenario names may be imported, and so run.

    Raises:
        ScenarioError: mistakes in the text.
        ValueError: `folder` holds another run, or another process works there.
        ValidityError: as `plan_of`.
    """
    with inputs_from(base, allow_code=allow_code):
        config = scenario_from_text(text, name)
        plan = plan_of(config)
        try:
            with alone_in(folder, patience=patience):
                return _run_pieces(config, plan, text, folder, report)
        except BlockingIOError:
            raise ValueError(
                f"Another process is at work in {folder}: wait until it ends."
            ) from None


def _run_pieces(
    config: Scenario, plan: Plan, text: str, folder: str | Path, report: Report | None
) -> Path:
    kind: Kind = part_of(config.kind, "run")  # pyright: ignore[reportAssignmentType]
    result = GrowingResult(folder, identity(config))
    copy = result.folder / "scenario.toml"
    if result.path.is_dir() and not copy.is_file():
        raise ValueError(
            f"{result.folder} holds a sweep or another result: choose another folder, or remove "
            "that one."
        )
    # What was stopped before its first piece may have been another scenario.
    if not copy.is_file() or not result.progress.num_pieces:
        _keep_files(config, result.folder)
        write_synced(copy, lambda file: file.write(text.encode()))
        _require_room("disk", plan.disk, _free_disk(result.folder), "fewer samples or runs")
    result.start(_attributes(config, plan))
    state = result.state()
    try:
        for index in range(result.progress.num_pieces, plan.num_pieces):
            piece = kind.piece(_telling(plan, index, report), index, state)
            state = piece.state
            result.append(piece.groups, state, last=index + 1 == plan.num_pieces)
            if report:
                report(index + 1, plan.num_pieces)
    finally:
        result.flush()
    return result.path


def _telling(plan: Plan, index: int, report: Report | None) -> Plan:
    if report is None:
        return plan
    return plan._replace(told=lambda share: report(index + share, plan.num_pieces))


def _keep_files(config: Scenario, folder: Path) -> None:
    for name, file in files_below(config).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (folder / name) != file:
            shutil.copyfile(file, folder / name)


def resume(folder: str | Path, *, report: Report | None = None, allow_code: bool = False) -> Path:
    """Path of the result of the run in `folder`, gone on with.

    Raises:
        ValueError: no run lies there.
    """
    copy = Path(folder) / "scenario.toml"
    if not copy.is_file():
        raise ValueError(f"`folder` must hold a run, but {folder} has no scenario.toml.")
    how: dict[str, Any] = dict(report=report, base=folder, allow_code=allow_code)
    return run_scenario(copy.read_text("utf-8"), folder, name=str(copy), **how)


def open(folder: str | Path) -> xr.DataTree:
    """The result of a run, or of another zarr store, as a tree that loads what is looked at.

    Args:
        folder: the folder of a run, or a zarr store.

    Raises:
        ValueError: nothing readable lies there.
    """
    path = Path(folder)
    path = path / "result.zarr" if (path / "result.zarr").is_dir() else path
    if not (path / "zarr.json").is_file():
        raise ValueError(f"`folder` must hold a result, but {path} has no zarr.json.")
    return xr.open_datatree(path, engine="zarr", consolidated=False)


def identity(config: Scenario) -> dict[str, Any]:
    """What makes two runs the same: every value of the scenario, defaults included, its files."""
    same: dict[str, Any] = {"scenario": config.model_dump(mode="json", exclude={"title"})}
    if files := digests(config):
        same["files"] = files
    if not jax.config.jax_enable_x64:
        same["precision"] = "single"
    return same


def _attributes(config: Scenario, plan: Plan) -> dict[str, Any]:
    return {
        "title": config.title,
        "kind": config.kind,
        "precision": "double" if jax.config.jax_enable_x64 else "single",
        "units": config.units,
        "scenario": config.model_dump(mode="json"),
        "chosen": plan.chosen,
        **provenance(config.seed, "scenario"),
    }


def _require_room(what: str, needed: int, free: int, advice: str) -> None:
    if needed > free:
        raise ValidityError(
            f"This run needs about {needed / 1e9:.1f} GB of {what}, but {free / 1e9:.1f} GB are "
            f"free: ask for {advice}."
        )


def _free_memory() -> int:
    table = Path("/proc/meminfo")
    for line in table.read_text().splitlines() if table.is_file() else ():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _free_disk(folder: Path) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
