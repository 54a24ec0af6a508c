"""Small files of experiments, and mappings for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

#: One campaign, two treatments, everything that a file may tell of one window.
MAPPING: dict[str, Any] = {
    "assignment": "randomised",
    "holdout": 0.5,
    "campaign": {"value": "spring"},
    "occasion": {"value": "2017"},
    "date": "sent_on",
    "customer": "id",
    "arm": {"column": "arm", "treated": ["letter"], "control": ["none"]},
    "outcomes": [
        {"window_days": 10, "converted": "converted", "orders": "orders", "revenue": "revenue", "refunds": "refunds"}
    ],
}
ROW: dict[str, Any] = {
    "id": 1, "arm": "none", "sent_on": "2017-03-01", "converted": 0, "orders": 0, "revenue": 0, "refunds": 0,
}  # fmt: skip


def write_mapping(folder: Path, *, without: Iterable[str] = (), **changes: Any) -> Path:
    """``MAPPING`` with changes, as a file."""
    path = folder / "spring.yaml"
    content = {key: value for key, value in {**MAPPING, **changes}.items() if key not in set(without)}
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def write_rows(folder: Path, rows: Iterable[dict[str, Any]], name: str = "spring.csv", **options: Any) -> Path:
    """Rows, each ``ROW`` with its own values, as a CSV file; ids count on where a row gives none."""
    path = folder / name
    whole = [{**ROW, "id": f"c{number}", **row} for number, row in enumerate(rows, 1)]
    with path.open("w", encoding=options.pop("encoding", "utf-8"), newline="") as opened:
        writer = csv.DictWriter(opened, list(whole[0]), lineterminator="\n", **options)
        writer.writeheader()
        writer.writerows(whole)
    return path


def two_arms(treated: int, control: int, converted: tuple[int, int], **sold: Any) -> list[dict[str, Any]]:
    """So many rows of each arm, of which the first ``converted`` bought once for 20 (``sold``: what else of them)."""
    sold = {"converted": 1, "orders": 1, "revenue": 20, **sold}
    rows = []
    for arm, count, buyers in (("letter", treated, converted[0]), ("none", control, converted[1])):
        rows += [{"arm": arm, **(sold if number < buyers else {})} for number in range(count)]
    return rows
