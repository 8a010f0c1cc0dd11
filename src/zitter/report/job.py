"""The main job as the command line shows it: choice of claims, progress, summary."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from zitter.claims import ALL
from zitter.claims.claim import PRESETS, Claim, Preset, Verdict
from zitter.claims.run import Outcome, RunSettings, known_seconds, source_hash
from zitter.core.checks import require_choice, require_count
from zitter.core.dataset import provenance
from zitter.report.ledger import Record, differs_from_ledger, verdict_counts
from zitter.report.reproduce import (
    Results,
    finished_outcomes,
    judge_stored,
    run_and_judge,
    stored_outcomes,
    stored_provenance,
    write_report,
)

_COLOURS = {
    Verdict.HOLDS.value: "green",
    Verdict.HOLDS_WITH_CORRECTION.value: "blue",
    Verdict.FAILS.value: "yellow",
    Verdict.INCONCLUSIVE.value: "bright_black",
    Verdict.ERROR.value: "red",
}


@dataclass(frozen=True)
class Job:
    """What `zitter reproduce` was asked to do."""

    preset: str
    only: tuple[str, ...]
    section: str
    seed: int
    judge_only: bool
    out: Path
    workers: int


def chosen_claims(only: Sequence[str], section: str, claims: Sequence[Claim]) -> list[Claim]:
    """Claims named by id or ledger number, or all; then those of the section, if one is given.

    Raises:
        ValueError: an unknown claim, or a section without claims.
    """
    by_name = {c.id: c for c in claims} | {c.ledger.lower(): c for c in claims}
    for name in only:
        _require_claim(name, by_name)
    named = {by_name[name.lower()].id for name in only}
    chosen = [c for c in claims if not only or c.id in named]
    chosen = [c for c in chosen if not section or _in_section(c, section)]
    if not chosen:
        known = ", ".join(sorted({c.section for c in claims}))
        raise ValueError(
            f"`--section` {section!r} has no such claims; there are claims of {known}."
        )
    return chosen


def _require_claim(name: str, by_name: Mapping[str, Claim]) -> None:
    if name.lower() not in by_name:
        near = get_close_matches(name.lower(), by_name, n=3)
        shown = [n.upper() if n == by_name[n].ledger.lower() else n for n in near]
        hint = f" Did you mean {' or '.join(map(repr, shown))}?" if near else ""
        raise ValueError(f"`--only` {name!r} is no claim.{hint} `zitter claims` lists them all.")


def run_job(job: Job) -> list[Record]:
    """Records of the chosen claims, after the report is written.

    Raises:
        ValueError: bad input, or nothing to judge.
    """
    require_choice("--preset", job.preset, PRESETS)
    require_count("--workers", job.workers)
    require_count("--seed", job.seed, minimum=0)
    claims = chosen_claims(job.only, job.section, ALL)
    console = Console()
    results, origin = (_judge if job.judge_only else _run)(job, claims, console)
    page = write_report(job.out / "report", claims, results, origin)
    records = [results.records[c.id] for c in claims if c.id in results.records]
    _summarise(console, records, page)
    return records


def _in_section(claim: Claim, section: str) -> bool:
    return claim.section == section or claim.section.startswith(section + ".")


def _judge(job: Job, claims: list[Claim], console: Console) -> tuple[Results, dict]:
    stored = {o.id for o in stored_outcomes(claims, job.out / "data")}
    if not stored:
        raise ValueError(
            f"`--judge-only` finds no data in {job.out / 'data'}: run without it first."
        )
    for claim in claims:
        if claim.id not in stored:
            console.print(f"{claim.ledger:>4}  no data, left out", style="bright_black")
    origin = stored_provenance(claims, job.out / "data")
    results = judge_stored(claims, job.out / "data", lambda *said: _say(console, *said))
    return results, origin | {"seconds": 0.0}


def _run(job: Job, claims: list[Claim], console: Console) -> tuple[Results, dict]:
    settings = RunSettings(
        cast(Preset, job.preset), job.seed, (job.out / "data").resolve(), source_hash()
    )
    started = time.perf_counter()
    origin = provenance(job.seed, job.preset)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        meter = _Meter(progress, claims, settings, job.workers)

        def each(claim: Claim, record: Record, outcome: Outcome) -> None:
            _say(progress.console, claim, record, outcome)
            meter.advance(claim, outcome)

        results = run_and_judge(claims, settings, job.workers, each)
    return results, origin | {"seconds": round(time.perf_counter() - started, 1)}


class _Meter:
    """Progress bar with an estimate of the time left.

    An experiment is expected to take what it took last time, or else what the others took.
    """

    def __init__(
        self, progress: Progress, claims: Sequence[Claim], settings: RunSettings, workers: int
    ) -> None:
        finished = {o.id for o in finished_outcomes(claims, settings)}
        self.left = {c.id: known_seconds(c.id, settings) for c in claims if c.id not in finished}
        self.took: list[float] = []
        self.workers = workers
        self.progress = progress
        self.task: TaskID = progress.add_task("claims", total=len(claims), left="")

    def advance(self, claim: Claim, outcome: Outcome) -> None:
        if self.left.pop(claim.id, None) is not None:
            self.took.append(outcome.seconds)
        typical = sum(self.took) / len(self.took) if self.took else 0.0
        seconds = sum(known or typical for known in self.left.values()) / self.workers
        text = f"about {seconds:.0f} s left" if self.left and seconds else ""
        self.progress.update(self.task, advance=1, left=text)


def _say(console: Console, claim: Claim, record: Record, outcome: Outcome) -> None:
    verdict = record["verdict"]
    told = record["reason"] if verdict == Verdict.ERROR.value else record["measured"]
    differs = " (ledger: " + record["predicted"] + ")" if differs_from_ledger(record) else ""
    console.print(
        f"{claim.ledger:>4}  [{_COLOURS[verdict]}]{verdict:<21}[/]",
        f"{outcome.seconds:6.1f} s ",
        end=" ",
    )
    console.print(f"{told}{differs}", markup=False, highlight=False)


def _summarise(console: Console, records: Sequence[Record], page: Path) -> None:
    counts = ", ".join(f"{n} {verdict}" for verdict, n in verdict_counts(records).items())
    console.print(f"{len(records)} claims: {counts}.", highlight=False)
    console.print(f"Report: {page}", highlight=False, soft_wrap=True)
