"""One page for several runs: a table of them, then the pictures of each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

import numpy as np
import xarray as xr

import zitter
from zitter.core.growing import is_finished
from zitter.report.comparison import changes_as_text
from zitter.report.ledger import write_whole
from zitter.report.overview import overview_page, page_part
from zitter.report.run_page import figures_of, parts_of_run, title_of
from zitter.scenarios import running
from zitter.scenarios.comparing import changes

CONSERVED = ("energy", "norm", "number")
HEADS = ("Run", "Scenario", "Kind", "Units", "Seed", "Version", "Relative change", "Status")


class Run(NamedTuple):
    """A finished run on the page."""

    identity: str
    folder: Path
    data: xr.DataTree
    differs: str
    """from the first run of its kind on the page"""

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.folder.resolve().name


def write_runs_page(folders: Sequence[str | Path], file: str | Path) -> Path:
    """Path of a page that collects the finished runs in `folders`, and needs nothing else.

    Args:
        folders: of runs.
        file: the page to write, .html.

    Raises:
        ValueError: no folder, one without a run, a run that is not finished, or another ending.
    """
    file = Path(file)
    if file.suffix != ".html":
        raise ValueError(f"A page ends in .html, but {file.name} does not.")
    if not folders:
        raise ValueError("A report needs at least one run: zitter report runs/a runs/b")
    unique = dict.fromkeys(Path(folder) for folder in folders)
    for folder in unique:
        _require_finished(folder)
    runs = list(_opened(unique))
    kinds = Counter(run.data.attrs["kind"] for run in runs)
    text = overview_page(
        "Runs",
        lead=f"{len(runs)} runs, side by side." if len(runs) > 1 else "One run.",
        provenance=f"zitter {zitter.__version__}",
        noun="runs",
        group="kind",
        chips={kind: f"{_words(kind)} {number}" for kind, number in kinds.items()},
        heads=HEADS,
        sorted_by=None,
        rows=map(_row, runs),
        sections=_sections(runs),
    )
    write_whole(file, text)
    return file


def largest_changes(data: xr.DataTree) -> dict[str, float]:
    """max |q(t) - q(0)| / |q(0)| of each conserved quantity that a result holds [1].

    Where q(0) is 0 the change itself is given [unit of q].
    """
    found: dict[str, float] = {}
    for node in data.subtree:
        for name in (n for n in CONSERVED if n in node.data_vars):
            q = node[name].transpose("time", ...).values
            size = np.where(q[0] == 0.0, 1.0, np.abs(q[0]))
            key = f"{name} of {node.name}" if name in found else name
            found[key] = float(np.max(np.abs(q - q[0]) / size))
    return found


def status_of(data: xr.DataTree) -> str:
    """ "finished", and from which time on the result says that its method does not hold."""
    for node in data.subtree:
        if "status" in node.data_vars:
            field = node.to_dataset()
            states = [str(state) for state in field["status"].values]
            if (first := next((n for n, s in enumerate(states) if s != "ok"), None)) is not None:
                time, unit = field["time"], field["time"].attrs.get("unit", "")
                words = f"{float(time[first]):.4g} {unit}".strip()
                return f"finished; {states[first]} from t = {words} on"
    return "finished"


def _require_finished(folder: Path) -> None:
    within = folder / "runs"
    if not (folder / "scenario.toml").is_file():
        hint = ""
        if within.is_dir():
            hint = f" It is a sweep: name its runs, {within}/0000 and so on."
        elif folder.is_dir() and any(folder.glob("*/scenario.toml")):
            hint = f" Its folders are runs: zitter report {folder}/*"
        raise ValueError(f"There is no run in {folder}.{hint}")
    if not is_finished(folder):
        raise ValueError(f"The run in {folder} is not finished: zitter resume {folder}")


def _opened(folders: Iterable[Path]) -> Iterator[Run]:
    first: dict[str, xr.DataTree] = {}
    for n, folder in enumerate(folders):
        data = running.open(folder)
        model = first.setdefault(data.attrs["kind"], data)
        found = changes(model, data)
        yield Run(str(n), folder, data, changes_as_text(found) if found else "")


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _row(run: Run) -> str:
    about = run.data.attrs
    # A line may break at a hyphen, but not at a minus sign.
    changed = (
        f"{name}: {value:.1e}".replace("-", "−")
        for name, value in largest_changes(run.data).items()
    )
    cells = {
        "Scenario": "; ".join(filter(None, (about["title"], run.differs))),
        "Kind": _words(about["kind"]),
        "Units": about["units"],
        "Seed": str(about["seed"]),
        "Version": f"{about['version']} {(about['commit'] or '')[:8]}".strip(),
        "Relative change": "; ".join(changed) or "none kept",
        "Status": status_of(run.data),
    }
    return (
        f'<tr data-id="{run.identity}" data-group="{escape(about["kind"])}">'
        f'<td><a href="#section-{run.identity}">{escape(run.name)}</a></td>'
        + "".join(f'<td data-label="{k}">{escape(v)}</td>' for k, v in cells.items())
        + "</tr>"
    )


def _sections(runs: Sequence[Run]) -> Iterator[str]:
    section = Template(page_part("run_section.html"))
    for n, run in enumerate(runs):
        place, name = f"moving-{run.identity}", f"{run.name}: {title_of(run.data)}"
        drawn = figures_of(run.data)
        yield section.substitute(
            identity=run.identity,
            title=escape(name),
            folder=escape(str(run.folder)),
            **parts_of_run(run.folder, run.data, drawn, name=place, with_script=n == 0),
        )
