"""One scenario run with every combination of the values of some keys, and one store of them all."""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zitter.core.checkpoints import alone_in, read_marker, write_marker
from zitter.core.checks import require_count
from zitter.core.growing import is_finished
from zitter.scenarios.changing import (
    as_toml,
    combinations,
    place_of,
    require_right,
    value_at,
    with_values,
)
from zitter.scenarios.kinds import config_of
from zitter.scenarios.own import digests, inputs_from
from zitter.scenarios.reading import scenario_from_text, schemas_at
from zitter.scenarios.stacking import Axis, stack_runs
from zitter.scenarios.tasks import Done, Task, in_processes, in_this_process, on_cluster
from zitter.scenarios.units import label

MARKER = "sweep.json"
_KINDS = {"version": int, "text": str, "settings": dict, "files": dict, "base": str}
VERSION = 1


def run_sweep(
    text: str,
    settings: Mapping[str, Sequence[Any]],
    folder: str | Path,
    *,
    name: str = "scenario",
    workers: int = 2,
    scheduler: str = "",
    retries: int = 2,
    base: str | Path = ".",
    allow_code: bool = False,
    report: Callable[[Done, int, int], None] | None = None,
) -> dict[str, str]:
    """Sentences of the runs that failed, by their values, after a sweep over keys of a scenario.

    Each combination of values is a run of its own in `folder`/runs; `folder`/result.zarr then
    holds them all, with the keys as dimensions. A sweep that was killed goes on with what it had.

    Args:
        text: the scenario as TOML.
        settings: the values of each key.
        folder: where the sweep is kept.
        name: stands for the file in messages.
        workers: runs at the same time, in processes of this machine; one is run in this process.
        scheduler: address of a Dask scheduler, whose workers share the file system; none if empty.
        retries: how often a run that fails is tried again, from where it stopped.
        base, allow_code: as for `run_scenario`.
        report: called with a run that has ended, the number of ended ones, and of all.

    Raises:
        ScenarioError: mistakes in the text, or in a combination of values.
        ValueError: `folder` holds another sweep, or one is at work there; no scheduler answers.
    """
    require_count("--workers", workers)
    require_count("--retries", retries, 0)
    if not settings or not all(len(values) for values in settings.values()):
        raise ValueError("A sweep needs at least one key with at least one value.")
    folder, inputs = Path(folder).resolve(), (str(Path(base).resolve()), allow_code)
    with inputs_from(base, allow_code=allow_code):
        require_right(text, name, settings)
        try:
            with alone_in(folder):
                _require_same(folder, text, settings, inputs[0])
                tasks = _tasks(text, settings, folder, name, inputs)
                ended = _outcomes(tasks, workers, scheduler, retries)
                failed = _failures(tasks, ended, report)
                _stack(text, settings, folder, name, tasks, failed)
        except BlockingIOError:
            raise ValueError(f"Another sweep is at work in {folder}: wait until it ends.") from None
    return {
        _shown(values): failed[n] for n, values in enumerate(combinations(settings)) if n in failed
    }


def stored_sweep(folder: str | Path) -> tuple[str, dict[str, list[Any]], str] | None:
    """Scenario, values, and folder of the files of the sweep in `folder`; None if it holds none."""
    stored = read_marker(Path(folder) / MARKER, _KINDS)
    return (stored["text"], stored["settings"], stored["base"]) if stored else None


def _tasks(
    text: str,
    settings: Mapping[str, Sequence[Any]],
    folder: Path,
    name: str,
    inputs: tuple[str, bool],
) -> list[Task]:
    return [
        Task(n, with_values(text, values), str(folder / "runs" / f"{n:04d}"), f"{name} ({n})",
             *inputs)
        for n, values in enumerate(combinations(settings))
    ]  # fmt: skip


def _outcomes(tasks: list[Task], workers: int, scheduler: str, retries: int) -> Iterable[Done]:
    """The unfinished tasks as they end."""
    waiting = [task for task in tasks if not is_finished(task.folder)]
    if not waiting:
        return ()
    if scheduler:
        return on_cluster(waiting, scheduler, retries)
    if workers == 1:
        return in_this_process(waiting, retries)
    return in_processes(waiting, min(workers, len(waiting)), retries)


def _failures(tasks: list[Task], ended: Iterable[Done], report: Any) -> dict[int, str]:
    before, failed = sum(is_finished(task.folder) for task in tasks), {}
    for count, done in enumerate(ended, start=1):
        if done.error:
            failed[done.task.number] = done.error
        if report:
            report(done, before + count, len(tasks))
    return failed


def _stack(
    text: str,
    settings: Mapping[str, Sequence[Any]],
    folder: Path,
    name: str,
    tasks: list[Task],
    failed: dict[int, str],
) -> None:
    """Write the store of all runs, unless it is there."""
    store, marker = folder / "result.zarr", folder / "stacked.json"
    held = [t.number for t in tasks if t.number not in failed]
    if not held or (store.is_dir() and read_marker(marker, {"runs": list}) == {"runs": held}):
        return
    stack_runs({n: Path(tasks[n].folder) for n in held}, _axes(text, settings, name), store, failed)
    write_marker(marker, {"runs": held})


def _require_same(
    folder: Path, text: str, settings: Mapping[str, Sequence[Any]], base: str
) -> None:
    now = {
        "version": VERSION,
        "text": text,
        "settings": {k: list(v) for k, v in settings.items()},
        "files": digests(scenario_from_text(text)),
        "base": base,
    }
    stored = read_marker(folder / MARKER, _KINDS)
    if not stored:
        if any((folder / name).exists() for name in ("scenario.toml", "result.zarr")):
            raise ValueError(
                f"{folder} holds a run or another result: choose another folder, or remove that "
                "one."
            )
        write_marker(folder / MARKER, now)
        return
    same = all(stored[key] == now[key] for key in ("version", "settings", "files"))
    if not same or tomllib.loads(stored["text"]) != tomllib.loads(text):
        raise ValueError(
            f"{folder} holds another sweep: choose another folder, or remove that one."
        )


def _axes(text: str, settings: Mapping[str, Sequence[Any]], name: str) -> list[Axis]:
    """The keys as coordinates: numbers in the declared units where they are numbers."""
    axes = []
    for key, values in settings.items():
        configs = [
            scenario_from_text(with_values(text, one), name) for one in _along(settings, key)
        ]
        read = [_single(value_at(c.model_dump(mode="json"), place_of(key))) for c in configs]
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in read)
        about = {"unit": label(configs[0].unit_system, _dimension(text, key)) if numbers else ""}
        coordinate = np.array(read) if numbers else np.array([_written(v) for v in values])
        axes.append(Axis(key, coordinate, about))
    return axes


def _along(settings: Mapping[str, Sequence[Any]], key: str) -> list[dict[str, Any]]:
    first = {name: values[0] for name, values in settings.items()}
    return [first | {key: value} for value in settings[key]]


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _written(value: Any) -> str:
    return value if isinstance(value, str) else as_toml(value)


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {as_toml(value)}" for key, value in values.items())


def _dimension(text: str, key: str) -> str:
    tree = tomllib.loads(text)
    said = schemas_at(config_of(tree["kind"]).model_json_schema(), place_of(key), tree)
    return next((s["dimension"] for s in said if "dimension" in s), "1")
