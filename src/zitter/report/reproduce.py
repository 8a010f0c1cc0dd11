"""The main job: run the experiments, judge their data, write ledger and report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xarray as xr

from zitter.claims.claim import Claim
from zitter.claims.run import (
    Outcome,
    RunSettings,
    dataset_path,
    is_finished,
    known_seconds,
    run_all,
    source_hash,
    stored_attributes,
)
from zitter.core.dataset import open_dataset, provenance
from zitter.report.figures import Picture, claim_picture
from zitter.report.html import report_page
from zitter.report.ledger import Record, claim_record, error_record, write_verdicts, write_whole


@dataclass
class Results:
    """Records and figures of the claims that are through."""

    records: dict[str, Record] = field(default_factory=dict)
    figures: dict[str, Picture] = field(default_factory=dict)

    def judge(self, claim: Claim, outcome: Outcome, folder: Path) -> Record:
        """Record of a claim from its stored data, kept together with its figure."""
        record = self._record(claim, outcome, folder)
        self.records[claim.id] = record
        return record

    def _record(self, claim: Claim, outcome: Outcome, folder: Path) -> Record:
        if outcome.error:
            return error_record(claim, outcome.error)
        try:
            data = _stored_dataset(folder, claim.id)
            told = data.attrs.get("warnings", [])
            record = claim_record(claim, claim.judge(data), told)
            self.figures[claim.id] = claim_picture(claim, data)
        except Exception as error:
            # A judge or a figure that breaks is an error of this claim, not of the whole report.
            return error_record(claim, f"{type(error).__name__}: {error}{_age_of(claim, folder)}")
        return record


def _age_of(claim: Claim, folder: Path) -> str:
    same = stored_attributes(folder, claim.id).get("source") == source_hash()
    return "" if same else " (The data are of another version of the source: run it again.)"


def _stored_dataset(folder: Path, claim_id: str) -> xr.Dataset:
    data = open_dataset(dataset_path(folder, claim_id))
    if not isinstance(data, xr.Dataset):
        raise ValueError(f"The data of {claim_id} must be one dataset, but are a tree.")
    return data


def finished_outcomes(claims: Sequence[Claim], settings: RunSettings) -> list[Outcome]:
    """Outcomes of the claims whose data are stored for these settings."""
    done = [c.id for c in claims if is_finished(c.id, settings)]
    return [Outcome(i, known_seconds(i, settings)) for i in done]


def stored_outcomes(claims: Sequence[Claim], folder: Path) -> list[Outcome]:
    """Outcomes of the claims whose data are stored, from whatever run they come."""
    stored = {c.id: stored_attributes(folder, c.id) for c in claims}
    return [Outcome(i, float(s.get("seconds", 0.0))) for i, s in stored.items() if s]


def run_and_judge(
    claims: Sequence[Claim],
    settings: RunSettings,
    workers: int,
    each: Callable[[Claim, Record, Outcome], None],
) -> Results:
    """Results of all claims; `each` is called with every claim as soon as it is judged."""
    results = Results()
    by_id = {c.id: c for c in claims}
    finished = finished_outcomes(claims, settings)
    missing = [i for i in by_id if i not in {o.id for o in finished}]
    for outcomes in (finished, run_all(missing, settings, workers)):
        for outcome in outcomes:
            claim = by_id[outcome.id]
            each(claim, results.judge(claim, outcome, settings.folder), outcome)
    return results


def judge_stored(
    claims: Sequence[Claim], folder: Path, each: Callable[[Claim, Record, Outcome], None]
) -> Results:
    """Results of the claims whose data are stored already; nothing is run."""
    results = Results()
    by_id = {c.id: c for c in claims}
    for outcome in stored_outcomes(claims, folder):
        claim = by_id[outcome.id]
        each(claim, results.judge(claim, outcome, folder), outcome)
    return results


def write_report(
    folder: Path, claims: Sequence[Claim], results: Results, origin: dict[str, Any]
) -> Path:
    """Path of the page; ledger and page are written, claims in the order of `claims`."""
    records = [results.records[c.id] for c in claims if c.id in results.records]
    write_verdicts(folder / "verdicts.json", records, origin)
    page = folder / "index.html"
    write_whole(page, report_page(records, results.figures, origin))
    return page


def stored_provenance(claims: Sequence[Claim], folder: Path) -> dict[str, Any]:
    """Provenance of stored data; seed and preset are those of the data, if they have one."""
    stored = [a for a in (stored_attributes(folder, c.id) for c in claims) if a]
    presets = {str(a.get("preset")) for a in stored}
    seeds = {int(a.get("seed", 0)) for a in stored}
    origin = provenance(min(seeds, default=0), "/".join(sorted(presets)))
    return origin | {"seed": min(seeds) if len(seeds) == 1 else sorted(seeds)}
