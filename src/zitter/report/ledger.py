"""The ledger of a run as JSON: verdict, numbers and provenance of every claim."""

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zitter.claims.claim import Claim, Judgement, Verdict

Record = dict[str, Any]


def claim_record(claim: Claim, judgement: Judgement, warnings: Sequence[str] = ()) -> Record:
    """What the ledger says about one claim: its statement and the outcome of its judge.

    `warnings` are those of its experiment.
    """
    record = {
        "id": claim.id,
        "ledger": claim.ledger,
        "section": claim.section,
        "statement": claim.statement,
        "equations": list(claim.equations),
        "verdict": judgement.verdict.value,
        "predicted": claim.predicted.value,
        "measured": judgement.measured,
        "uncertainty": judgement.uncertainty,
        "expected": judgement.expected,
        "reason": judgement.reason,
        "correction": claim.correction,
        "measurements": [asdict(m) for m in judgement.measurements],
        "independent_check": judgement.independent_check,
        "warnings": list(warnings),
    }
    return _fit_for_json(record)


def error_record(claim: Claim, sentence: str) -> Record:
    """What the ledger says about a claim whose experiment or judge raised an error."""
    judgement = Judgement(Verdict.ERROR, "none", "none", claim.expected, sentence, (), "")
    return claim_record(claim, judgement)


def differs_from_ledger(record: Record) -> bool:
    """Whether the verdict is ERROR or is not the one of the committed ledger."""
    return record["verdict"] == Verdict.ERROR.value or record["verdict"] != record["predicted"]


def verdict_counts(records: Iterable[Record]) -> dict[str, int]:
    """Number of claims of each verdict that occurs, in the order of `Verdict`."""
    counts = Counter(record["verdict"] for record in records)
    return {v.value: counts[v.value] for v in Verdict if counts[v.value]}


def write_verdicts(path: Path, records: Sequence[Record], provenance: dict[str, Any]) -> None:
    """Write the ledger whole or not at all."""
    ledger = {"claims": list(records), "provenance": _fit_for_json(provenance)}
    text = json.dumps(ledger, ensure_ascii=False, indent=1, allow_nan=False)
    write_whole(path, text + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a text file by an atomic rename: readers see the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def claims_markdown(claims: Iterable[Claim]) -> str:
    """The committed ledger as a page in Markdown."""
    claims = tuple(claims)
    lines = [
        "# The claims of the paper",
        "",
        "Each claim is decided by an experiment and a judge that does not know the prediction; "
        "the verdict below is the one of the committed ledger.",
        "",
        "| No. | Statement | Equations | Verdict | Correction |",
        "|---|---|---|---|---|",
    ]
    for c in claims:
        numbers = ", ".join(f"({n})" for n in c.equations)
        cells = (c.ledger, c.statement, numbers, c.predicted.value, c.correction)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _fit_for_json(value: Any) -> Any:
    """Plain lists, dictionaries and numbers; what is not finite becomes null."""
    if isinstance(value, dict):
        return {str(key): _fit_for_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_fit_for_json(item) for item in value]
    if isinstance(value, Verdict):
        return value.value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
