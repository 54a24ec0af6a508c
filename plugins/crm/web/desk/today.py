"""*Today*: is the data fresh, what is held and why, what goes out, what waits for somebody, what failed."""

from __future__ import annotations

import datetime
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from crm.messages import failures, settling
from crm.rehearsal import calendar
from crm.web import parts
from crm.web.desk import campaigns, daily_acts, data_docs, given, pages
from crm.web.desk.access import Reader
from crm.web.desk.failed_dates import failed_dates
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

router = APIRouter()

#: Business dates, and send dates, of which failures are told.
DAYS = failures.DAYS
#: Files of rejected rows, and sorts of failed messages, that are listed.
MOST = 20
#: Housekeeping runs every night; so many nights without it are said.
NIGHTS = 3
#: Failures that mend themselves: the address is not written to any more.
EXPECTED = ("bounce", "invalid_address", "opted_out_at_provider")


@router.get("/")
async def today(
    request: Request, person: Reader, business: TheBusiness, warehouse: TheWarehouse, clock: TheClock
) -> HTMLResponse:
    """The day at a glance."""
    date = given.today(business, clock)
    found = await run_in_threadpool(_look, warehouse, business, date, clock.now())
    found["failed"] = await failed_dates(request, clock.now() - datetime.timedelta(days=DAYS))
    found["refused"] = [File(each.file).name for each in campaigns.refused(business)]
    found["said"] = daily_acts.said(request)
    found["may_clean"] = person.may_trigger(daily_acts.HOUSEKEEPING_DAG)
    found["may_waive"] = person.may_trigger(daily_acts.WAIVE_DAG)
    found["settings_problem"] = parts.settings_problem()
    found["titles"] = calendar.titles(business, pages.language(request, business.locale))
    return pages.render(request, "today.html", business, person, page="today", date=date, most=MOST, **found)


def _look(warehouse: Warehouse, business: Business, date: datetime.date, now: datetime.datetime) -> dict[str, Any]:
    with warehouse.transaction() as tx:
        return _read(tx, business, date) | {"unsent": settling.offered(tx, business, now)}


def _read(tx: Transaction, business: Business, date: datetime.date) -> dict[str, Any]:
    shops = tx.rows("desk/today_shops")
    due = _due(business, date, shops)
    span = {"due": due, "days": DAYS}
    plan = tx.rows("desk/today_plan")
    send_date = plan[0].send_date if plan else None
    approvals = tx.rows("desk/today_approvals", business_date=plan[0].business_date if plan else None)
    holds = [_hold(row) for row in tx.rows("desk/today_holds", **span)]
    ended, rejected = [each for each in holds if each["outcome"] is not None], tx.rows("desk/today_rejected", **span)
    troubled = tx.rows("desk/today_troubled", since=date - datetime.timedelta(days=DAYS))
    return {
        "due": due,
        "shops": shops,
        "housekeeping": _housekeeping(tx, business, date),
        "steps": tx.row("desk/today_steps"),
        "late": tx.rows("desk/today_late", **span),
        "replies": tx.value("desk/replies_open"),
        "holds": [each for each in holds if each["outcome"] is None],
        "ended": ended,
        "jobs": [job for job in tx.rows("evaluation/report/jobs", as_of=due, days=DAYS) if job.job != "hold"],
        "approvals": {(row.campaign, row.business_date): row for row in approvals},
        "send_date": send_date,
        "plan": [_group(row) for row in plan if row.campaign],
        "batches": _batches(tx, send_date),
        "rejected": rejected,
        "troubled": troubled,
        "failed_lately": bool(ended or rejected or any(row.reason not in EXPECTED for row in troubled)),
    }


def _housekeeping(tx: Transaction, business: Business, date: datetime.date) -> dict[str, Any]:
    """The latest housekeeping, and whether it is ``overdue``; a closed shop and one that keeps everything have none."""
    found = tx.row("desk/today_housekeeping")._asdict()
    kept = any(days is not None for days in business.retention.model_dump().values())
    since = found["ran_for"] or found["decided_since"]
    overdue = since is not None and (date - since).days > NIGHTS
    return {**found, "overdue": overdue and kept and not business.is_closed}


def _due(business: Business, date: datetime.date, shops: list[Any]) -> datetime.date:
    """The last business date whose orders should be in; those of a closed shop are never late."""
    delivered: list[datetime.date] = [row.business_date for row in shops if row.business_date]
    if business.is_closed and delivered:
        return max(delivered)
    return date - datetime.timedelta(days=1)


def _hold(row: Any) -> dict[str, Any]:
    """A hold with its reasons, each with the Data Docs of the delivery that failed, where they were kept."""
    reasons = [
        {
            **reason,
            "date": datetime.date.fromisoformat(reason["business_date"]),
            "docs": data_docs.latest(reason["business_date"]) if reason["problem"] == "failed" else None,
        }
        for reason in row.reasons
    ]
    return {"business_date": row.business_date, "campaign": row.campaign, "outcome": row.outcome, "reasons": reasons}


def _group(row: Any) -> dict[str, Any]:
    """A campaign's counts, the commonest reason first."""
    reasons = sorted(row.reasons.items(), key=lambda item: (-item[1], item[0]))
    return {**row._mapping, "reasons": reasons, "candidates": row.included + row.held_out + row.excluded}


def _batches(tx: Transaction, send_date: datetime.date | None) -> dict[tuple[str, str, str], Any]:
    rows = tx.rows("desk/today_batches", send_date=send_date) if send_date else []
    return {(row.campaign, row.occasion, row.wave): row for row in rows}
