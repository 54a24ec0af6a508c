"""*Calendar*: what goes out in the next 90 days, campaign by campaign, and how many it will probably reach."""

from __future__ import annotations

import datetime
import itertools
from calendar import Calendar as Weeks
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crm.rehearsal import calendar
from crm.web.desk import given, pages
from crm.web.desk.access import Reader
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

router = APIRouter()

DAYS = 90
#: Send dates of which the mean of an every-day campaign is taken.
MEAN_DAYS = 28


@router.get("/calendar")
def show(
    request: Request, person: Reader, business: TheBusiness, warehouse: TheWarehouse, clock: TheClock
) -> HTMLResponse:
    """Occasions ahead."""
    first = given.today(business, clock)
    locale = pages.language(request, business.locale)
    with warehouse.transaction() as tx:
        rows = tx.rows("desk/calendar_before", before=first, days=MEAN_DAYS)
        countries = {row.country for row in tx.rows("desk/countries")}
    found = calendar.ahead(business, first, DAYS, countries)
    before = {(row.campaign, row.wave): row for row in rows}
    return pages.render(
        request,
        "calendar.html",
        business,
        person,
        page="calendar",
        first=first,
        last=first + datetime.timedelta(days=DAYS - 1),
        dated=_by_month(found.dated),
        daily=found.daily,
        before=before,
        refused=found.refused,
        missing=found.missing,
        named=calendar.titles(business, locale),
        months=_months(first, found.dated, locale),
        title=lambda declared: calendar.title(declared, locale),
        days=DAYS,
        mean_days=MEAN_DAYS,
    )


def _by_month(dated: list[calendar.Ahead]) -> list[tuple[str, list[calendar.Ahead]]]:
    return [(month, list(each)) for month, each in itertools.groupby(dated, lambda a: a.send_date.isoformat()[:7])]


def _months(first: datetime.date, dated: list[calendar.Ahead], locale: str) -> list[dict[str, Any]]:
    """Each month of the period: its weeks, each day with how it is shown and what it is linked to."""
    from babel import Locale

    from crm.evaluation.report.formats import CLDR

    cldr = Locale.parse(CLDR[locale])
    begins = cldr.first_week_day
    names = cldr.days["stand-alone"]["narrow" if locale == "zh-CN" else "short"]
    sends = {each.send_date for each in dated}
    occasions = {each.occasion.date for each in dated}
    last = first + datetime.timedelta(days=DAYS - 1)
    found, month = [], first.replace(day=1)
    while month <= last:
        weeks = Weeks(begins).monthdatescalendar(month.year, month.month)
        days = [[_day(day, month, first, sends, occasions) for day in week] for week in weeks]
        weekdays = [names[(begins + number) % 7] for number in range(7)]
        found.append({"month": month.isoformat()[:7], "weekdays": weekdays, "weeks": days})
        month = (month + datetime.timedelta(days=32)).replace(day=1)
    return found


def _day(
    day: datetime.date,
    month: datetime.date,
    first: datetime.date,
    sends: set[datetime.date],
    occasions: set[datetime.date],
) -> dict[str, Any]:
    kinds = {"out": day.month != month.month, "past": day < first, "today": day == first, "day": day in occasions}
    return {"date": day, "kind": " ".join(name for name, is_so in kinds.items() if is_so), "sends": day in sends}
