"""The figures of the summary, read from the warehouse and from Airflow's own tables; ``demo.json`` holds the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm.local import real_campaigns

if TYPE_CHECKING:
    from crm.warehouse import Warehouse

CONTINUOUS = ("birthday", "repurchase")
_EVALUATION = (
    "goal", "window_days", "primary", "status", "treated", "control", "treated_rate", "control_rate", "difference",
    "low", "high", "naive_revenue", "incremental_revenue", "revenue_low", "revenue_high", "version", "as_of",
)  # fmt: skip


def collect(warehouse: Warehouse, airflow: Warehouse, seconds: float) -> dict[str, Any]:
    """All figures, JSON-able: amounts in the reporting currency, rates as shares, dates as ISO strings.

    :param airflow: Airflow's metadata database
    """
    with warehouse.transaction() as tx:
        orders = dict(tx.row("local/orders")._mapping)
        customers = dict(tx.row("local/customers")._mapping)
        campaigns = [dict(row._mapping) for row in tx.rows("local/campaigns")]
        results = [dict(row._mapping) for row in tx.rows("local/results")]
        past = [dict(row._mapping) for row in tx.rows("local/past_campaigns", mapping=real_campaigns.MAPPING)]
    with airflow.transaction() as tx:
        runs = {row.dag_id: dict(row._mapping) for row in tx.rows("local/runs")}
    found: dict[str, Any] = plain(
        {
            "first_business_date": orders.pop("first_business_date"),
            "last_business_date": orders.pop("last_business_date"),
            "orders": orders,
            "customers": customers,
            "campaigns": [_with_evaluations(campaign, results) for campaign in campaigns],
            "pooled": list(_pooled(results)),
            "past_campaigns": past,
            "runs": {dag_id: {key: run[key] for key in ("success", "failed", "keys")} for dag_id, run in runs.items()},
            "seconds": round(seconds, 1),
        }
    )
    return found


def _with_evaluations(campaign: dict[str, Any], results: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A continuous campaign is evaluated pooled, never by the day."""
    same = [] if campaign["kind"] in CONTINUOUS else [r for r in results if _of(r) == _of(campaign)]
    order = ("campaign", "kind", "occasion", "wave", "send_date", "candidates", "excluded", "held_out", "included")
    counts = {key: campaign[key] for key in (*order, "skipped", "messages")}
    return counts | {"evaluations": list(map(_evaluation, same))}


def _of(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["campaign"], row["occasion"], row["wave"]


def _pooled(results: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for result in results:
        if result["kind"] in CONTINUOUS:
            key = (result["campaign"], result["kind"], result["period"])
            found.setdefault(key, []).append(_evaluation(result))
    for (campaign, kind, period), evaluations in found.items():
        yield {"campaign": campaign, "kind": kind, "period": period, "evaluations": evaluations}


def _evaluation(result: dict[str, Any]) -> dict[str, Any]:
    renamed = result | {"primary": result["is_primary"]}
    return {key: renamed[key] for key in _EVALUATION}


def primary(figures: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every primary result, once, with what it belongs to: a row of campaigns or of pooled."""
    found: dict[tuple[Any, ...], tuple[dict[str, Any], dict[str, Any]]] = {}
    for owner in [*figures["campaigns"], *figures["pooled"]]:
        key = tuple(owner.get(name) for name in ("campaign", "occasion", "wave", "period"))
        for evaluation in owner["evaluations"]:
            if evaluation["primary"]:
                found[key] = (owner, evaluation)
    return list(found.values())


def covering_zero(figures: dict[str, Any]) -> tuple[int, int]:
    """(k, n): of n primary results with an interval, k whose interval covers zero."""
    closed = [evaluation for _, evaluation in primary(figures) if evaluation["status"] == "ok"]
    return sum(evaluation["low"] <= 0 <= evaluation["high"] for evaluation in closed), len(closed)


def plain(value: Any) -> Any:
    """Numbers and texts that JSON knows; amounts to the cent."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return float(round(value, 2))
    return value


def write(figures: dict[str, Any], file: Path) -> bool:
    """Keep the figures in ``file``; False when it says the same already (whatever the seconds)."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept | {"seconds": 0} == figures | {"seconds": 0}:
        return False
    new = file.with_name(f".{file.name}")
    new.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(file)
    return True
