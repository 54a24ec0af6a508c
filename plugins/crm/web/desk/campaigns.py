"""*Campaigns*: what is declared, when each goes out next, what was decided last and how far its sending has come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crm.campaigns import declarations, usable
from crm.rehearsal import calendar
from crm.web.desk import given, pages
from crm.web.desk.access import Reader
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    import datetime

    from crm.business import Business
    from crm.campaigns.fields import DeclarationError
    from crm.warehouse import Transaction

router = APIRouter()

#: Send dates in which the next occasion is looked for: a year, and the longest lead of the next.
DAYS = 430


@router.get("/campaigns")
def show(
    request: Request, person: Reader, business: TheBusiness, warehouse: TheWarehouse, clock: TheClock
) -> HTMLResponse:
    """Every declared campaign, and every declaration that cannot be used."""
    first = given.today(business, clock)
    locale = pages.language(request, business.locale)
    found = usable.read(business)
    with warehouse.transaction() as tx:
        states = read(tx, [each.campaign for each in found.usable], first)
        countries = {row.country for row in tx.rows("desk/countries")}
    rows = [
        {
            "declared": each,
            "title": calendar.title(each, locale),
            "next": next(iter(calendar.upcoming(each, business.country, first, DAYS, 1, countries=countries)), None)
            if each.enabled
            else None,
            "is_dated": each.kind in calendar.DATED,
            **states[each.campaign],
        }
        for each in found.usable
    ]
    refused = [
        {"file": Path(each.file).name, "problems": each.problems or (("", str(each)),)} for each in found.refused
    ]
    return pages.render(request, "campaigns.html", business, person, page="campaigns", rows=rows, refused=refused)


def refused(business: Business) -> list[DeclarationError]:
    """Declarations that cannot be used, and are not switched off."""
    off = {each.file for each in declarations.read().usable if not each.enabled}
    return [each for each in usable.read(business).refused if each.file not in off]


def read(tx: Transaction, names: list[str], today: datetime.date) -> dict[str, dict[str, Any]]:
    """Of each campaign ``last`` (what was decided last), ``sending`` and ``answer`` about it, and its ``state``."""
    last = {row.campaign: row for row in tx.rows("desk/campaigns_last", campaigns=names)}
    answers = {row.campaign: row for row in tx.rows("desk/campaigns_answers", campaigns=names)}
    dates: list[datetime.date] = [row.send_date for row in last.values()]
    sending = {row.campaign: row for row in tx.rows("desk/campaigns_sending", campaigns=list(last), send_dates=dates)}
    return {name: _one(last.get(name), answers.get(name), sending.get(name), today) for name in names}


def _one(last: Any, answer: Any, sending: Any, today: datetime.date) -> dict[str, Any]:
    if answer is not None and (last is None or answer.business_date != last.business_date):
        answer = None  # of an earlier date
    is_open = answer is not None and answer.outcome is None
    state = "waits" if is_open else _state(last, answer, sending, today) if last is not None else None
    return {"last": last, "sending": sending, "answer": answer, "state": state}


def _state(last: Any, answer: Any, sending: Any, today: datetime.date) -> str:
    """Which of the states of the texts ``campaign_state`` it is."""
    if sending.stopped_by:
        return "stopped"
    if answer is not None and answer.outcome != "approved":
        return str(answer.outcome)
    if not last.included:
        return "nobody"
    if not sending.messages:
        return "unsent" if last.send_date < today else "not_yet" if answer is None else "approved"
    return "sent" if sending.done == sending.messages else "going"
