"""A sweep in a terminal: progress, what failed and why."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from zitter.scenarios.changing import read_values
from zitter.scenarios.kinds import base_of, text_of
from zitter.scenarios.own import inputs_from
from zitter.scenarios.sweeping import run_sweep, stored_sweep
from zitter.scenarios.tasks import Done


def sweep_as_written(
    scenario: str, written: Sequence[str], folder: Path, **how: Any
) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Values of each key, and why runs failed, after a sweep as a command line asks for it.

    Args:
        scenario: file, or name of a scenario of the package.
        written: keys and their values, see `read_values`.
        folder: of the sweep.
        how: as for `run_sweep`.

    Raises:
        ValueError: as `read_values` and `run_sweep`; a key twice.
    """
    text, base = text_of(scenario), base_of(scenario)
    with inputs_from(base):
        settings = dict(read_values(text, one, scenario) for one in written)
    if len(settings) < len(written):
        raise ValueError("Each key of a sweep must be given once.")
    return settings, _with_progress(text, settings, folder, name=scenario, base=base, **how)


def resume_sweep(folder: Path, **how: Any) -> dict[str, str]:
    """Why runs failed, after the sweep in `folder` has been gone on with; as for `run_sweep`.

    Raises:
        ValueError: no sweep lies there; as `run_sweep`.
    """
    stored = stored_sweep(folder)
    if stored is None:
        raise ValueError(f"{folder} holds neither a run nor a sweep.")
    text, settings, base = stored
    return _with_progress(text, settings, folder, name=str(folder), base=base, **how)


def _with_progress(
    text: str, settings: Mapping[str, Sequence[Any]], folder: Path, **how: Any
) -> dict[str, str]:
    console = Console()
    columns = (
        TextColumn("runs"),
        BarColumn(bar_width=28),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("runs", total=None)

        def show(done: Done, count: int, total: int) -> None:
            progress.update(bar, completed=count, total=total)

        failed = run_sweep(text, settings, folder, report=show, **how)
    for values, sentence in failed.items():
        console.print(f"failed: {values}: {sentence}", markup=False, highlight=False)
    return failed
