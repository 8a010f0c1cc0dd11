"""A sweep in a terminal: progress, what failed and why."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from zitter.scenarios.sweeping import run_sweep
from zitter.scenarios.tasks import Done


def sweep_with_progress(
    text: str,
    settings: Mapping[str, Sequence[Any]],
    folder: Path,
    name: str,
    **how: Any,
) -> dict[str, str]:
    """Sentences of the runs that failed, by their values; arguments as `run_sweep`."""
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

        failed = run_sweep(text, settings, folder, name=name, report=show, **how)
    for values, sentence in failed.items():
        console.print(f"failed: {values}: {sentence}", markup=False, highlight=False)
    return failed
