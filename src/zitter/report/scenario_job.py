"""A scenario run in a terminal: what was chosen, progress, time left."""

from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from zitter.scenarios.kinds import base_of, text_of
from zitter.scenarios.own import inputs_from
from zitter.scenarios.plan import Plan
from zitter.scenarios.reading import ScenarioError, scenario_from_text
from zitter.scenarios.running import plan_of, run_scenario


def run_with_progress(
    text: str, folder: Path, name: str, *, base: Path = Path("."), allow_code: bool = False
) -> None:
    """Run a scenario in `folder`, or go on with it, and show how far it is.

    `base` and `allow_code` as for `run_scenario`.

    Raises:
        ValueError: as `run_scenario`.
    """
    console = Console()
    with inputs_from(base, allow_code=allow_code):
        plan = plan_of(scenario_from_text(text, name))
    console.print(_needs(plan), style="bright_black", highlight=False)
    for key, value in plan.chosen.items():
        console.print(f"{key} = {value}", highlight=False, markup=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("running", total=plan.num_pieces)
        run_scenario(
            text,
            folder,
            name=name,
            base=base,
            allow_code=allow_code,
            report=lambda done, total: progress.update(task, completed=done, total=total),
        )


def validated(scenario: str, *, allow_code: bool = False) -> tuple[bool, str]:
    """Whether a scenario is right, and what its physics chooses, or all of its mistakes.

    Args:
        scenario: file, or name of a scenario of the package.
        allow_code: as for `run_scenario`.
    """
    try:
        with inputs_from(base_of(scenario), allow_code=allow_code):
            plan = plan_of(scenario_from_text(text_of(scenario), scenario))
    except ScenarioError as error:
        return False, str(error)
    except ValueError as error:
        return False, f"{scenario}: {error}"
    chosen = " ".join(f"{key} = {value}." for key, value in plan.chosen.items())
    return True, f"{scenario}: right. {chosen}"


def _needs(plan: Plan) -> str:
    return f"needs at most {_size(plan.memory)} of memory; its result, {_size(plan.disk)} of disk"


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.1f} MB"
