"""Shop indicators by day, cohorts by month, and what came back to each campaign (docs/indicators.md).

Whatever came in since the last refresh names the earliest date that may have changed; rows from there on are computed
in one pass of SQL, and only those that say something new are written: ``crm.shop_indicator`` is append-only.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from crm.evaluation import returns
from crm.evaluation.collecting import collect_in
from crm.evaluation.groups import FIRST

if TYPE_CHECKING:
    from crm.business import Business, Evaluation
    from crm.warehouse import Transaction, Warehouse

#: Responses of the last day of a window may be known a few days after it.
LATE_DAYS = 3


def refresh(
    warehouse: Warehouse, business: Business, as_of: datetime.date | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """Bring indicators, cohorts and campaigns' returns to the end of a business date, with the facts known on it.

    Running it again changes nothing. Dates before the last refresh are left alone: facts of then are in it already.

    :param as_of: business date; default the latest complete one
    :param everything: also what cannot have changed
    :return: ``as_of`` (ISO, or None before the first delivery), ``since`` (first date computed, ISO, or None), how many
        ``indicators`` got a new version, how many ``cohorts`` (rows) and campaign ``groups`` were computed
    """
    with warehouse.transaction() as tx:
        tx.run("evaluation/lock")
        collect_in(tx, business)
        latest = tx.value("evaluation/latest_date")
        as_of = as_of or latest
        counts: dict[str, Any] = {"as_of": _iso(as_of), "since": None, "indicators": 0, "cohorts": 0, "groups": 0}
        last = next(iter(tx.rows("evaluation/indicators/last")), None)
        if as_of is None or as_of > latest or (last and as_of < last.as_of):
            return counts
        same = not everything and last and last.settings == _settings(business.evaluation)
        return counts | _refresh(tx, business, as_of, last.as_of if last and same else None)


def _refresh(tx: Transaction, business: Business, as_of: datetime.date, last: datetime.date | None) -> dict[str, Any]:
    files = tx.rows("evaluation/indicators/files", as_of=as_of)
    ids = [row.file_version_id for row in files]
    since = _since(tx, business.evaluation, as_of, last, ids)
    counts: dict[str, Any] = {"since": _iso(since)}
    if since is not None:
        counts |= _shop(tx, business.evaluation, since, as_of)
    counts["groups"] = returns.refresh(tx, business, as_of, last, ids)
    new = [row.file_version_id for row in files if row.is_new]
    if new or last != as_of:
        settings = _settings(business.evaluation)
        tx.run("evaluation/indicators/mark", as_of=as_of, settings=settings, file_version_ids=new)
    return counts


def _since(
    tx: Transaction, rules: Evaluation, as_of: datetime.date, last: datetime.date | None, ids: list[int]
) -> datetime.date | None:
    """The first date to compute; None where nothing can have changed."""
    if last is None:
        return FIRST
    answered_since = last - datetime.timedelta(days=rules.response_days + LATE_DAYS)
    since: datetime.date | None = tx.value(
        "evaluation/indicators/since", file_version_ids=ids, answered_since=answered_since, as_of=as_of
    )
    return since


def _shop(tx: Transaction, rules: Evaluation, since: datetime.date, as_of: datetime.date) -> dict[str, int]:
    days = {"repurchase_days": rules.repurchase_days, "second_purchase_days": rules.second_purchase_days}
    tx.run("evaluation/indicators/memory")
    tx.run("evaluation/indicators/orders", since=since, as_of=as_of, **days)
    tx.run("evaluation/indicators/purchases", as_of=as_of)
    tx.run("evaluation/indicators/messages", since=since, as_of=as_of, response_days=rules.response_days)
    low = rules.deliverability
    return {
        "indicators": tx.run(
            "evaluation/indicators/days",
            since=since,
            as_of=as_of,
            **days,
            low_open_rate=low.open_rate,
            low_open_delivered=low.delivered,
            low_open_after_days=low.after_days,
        ),
        "cohorts": tx.run("evaluation/indicators/cohorts", since=since),
    }


def _settings(rules: Evaluation) -> str:
    """What the figures depend on: after a change everything is computed anew."""
    names = ("repurchase_days", "second_purchase_days", "response_days", "deliverability")
    return "; ".join(f"{name}: {getattr(rules, name)}" for name in names)


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
