"""Keep what a dry run found for the page that follows its run: counts and sample messages, nothing of any customer."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.rehearsal.dry_run import DryRun
    from crm.warehouse import Warehouse


def keep(warehouse: Warehouse, found: DryRun, campaign: str, run_id: str, published: datetime.date | None) -> None:
    """Write what ``found`` says of ``campaign`` into crm.rehearsal, under the run of its DAG."""
    told = {
        "published": published.isoformat() if published else None,
        "occasions": [_occasion(found, row) for row in found.rows if row["campaign"] == campaign],
        "samples": found.samples.get(campaign, []),
        "broken": found.broken.get(campaign),
    }
    with warehouse.transaction() as tx:
        tx.run(
            "rehearsal/keep",
            campaign=campaign,
            run_id=run_id,
            business_date=found.business_date,
            found=json.dumps(told, default=str),
        )


def _occasion(found: DryRun, row: dict[str, Any]) -> dict[str, Any]:
    key = row["campaign"], row["occasion"], row["wave"]
    kept = [group for group in found.groups[key] if group.decision != "exclude"]
    own = ("occasion", "wave", "kind", "candidates", "included", "held_out", "excluded", "detectable")
    at_all = {each.reason: each.at_all for each in found.reasons[key]}
    return {
        **{name: row[name] for name in own},
        "at_all": at_all,
        "sending_cost": float(sum(group.sending_cost for group in kept)),
        "arms": _arms(kept, "variant", "channel"),
        "tiers": _arms(kept, "tier"),
    }


def _arms(groups: list[Any], *columns: str) -> list[dict[str, Any]]:
    """Both arms by ``columns``."""
    counted: Counter[tuple[tuple[str, ...], str]] = Counter()
    for group in groups:
        counted[tuple(getattr(group, column) or "" for column in columns), group.decision] += group.customers
    return [
        {
            **dict(zip(columns, name, strict=True)),
            "included": counted[name, "include"],
            "held_out": counted[name, "hold_out"],
        }
        for name in sorted({name for name, _ in counted})
    ]
