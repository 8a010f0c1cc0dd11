"""A scenario run in a terminal: what was chosen, progress, time left."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zitter.scenarios.reading import scenario_from_text
from zitter.scenarios.running import plan_of, run_scenario


def run_with_progress(text: str, folder: Path, name: str) -> None:
    """Run a scenario in `folder`, or go on with it, and show how far it is.

    Raises:
        ValueError: as `run_scenario`.
    """
    console = Console()
    plan = plan_of(scenario_from_text(text, name))
    for key, value in plan.chosen.items():
        console.print(f"{key} = {value}", highlight=False, markup=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("pieces", total=plan.num_pieces)
        run_scenario(
            text,
            folder,
            name=name,
            report=lambda done, total: progress.update(task, completed=done, total=total),
        )
