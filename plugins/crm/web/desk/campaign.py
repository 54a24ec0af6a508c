"""*Campaign*: its declaration, its next occasion, what was decided last, the messages as a customer would see them."""

from __future__ import annotations

import asyncio
import datetime
import itertools
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from crm.campaigns import reasons, usable
from crm.campaigns.declarations import Declaration
from crm.campaigns.fields import DeclarationError
from crm.campaigns.sorts import sorts
from crm.messages.sources import TemplateError
from crm.rehearsal import calendar, messages
from crm.web.desk import airflow_calls, campaigns, given, outbox, pages, questions, whom
from crm.web.desk.access import Reader
from crm.web.desk.failed_dates import date_of
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

router = APIRouter()

#: Occasions ahead that are listed.
AHEAD = 3
#: The frame shows somebody else's design, as it is: no script, no form, nothing that is loaded, no way out.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox"
)
#: What a form came back with, told at the top of the page: texts ``campaign.said_…``.
SAID = (
    "answered_before",
    "not_read_yet",
    "refused",
    "stopped",
    "resumed",
    "not_stopped",
    "nothing_unknown",
    "wrong_date",
    "switched_on",
    "enabled",
    "disabled",
)


def dag_id(campaign: str) -> str:
    """The DAG of a campaign."""
    return f"campaign_{campaign}"


def declaration(
    name: Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,59}$")], person: Reader, business: TheBusiness
) -> Declaration:
    """The declaration that the path names, enabled or not.

    :raises HTTPException: 404
    """
    try:
        return usable.named(business, name)
    except DeclarationError:
        raise HTTPException(404) from None


TheCampaign = Annotated[Declaration, Depends(declaration)]


@router.get("/campaigns/{name}")
async def show(
    declared: TheCampaign,
    request: Request,
    person: Reader,
    business: TheBusiness,
    *,
    warehouse: TheWarehouse,
    clock: TheClock,
) -> HTMLResponse:
    """One campaign."""
    name = declared.campaign
    found, asked = await asyncio.gather(
        run_in_threadpool(_read, request, business, declared, warehouse, given.today(business, clock)),
        in_airflow(request, dag_id(name)),
    )
    said = request.query_params.get("said")
    return pages.render(
        request,
        "campaign.html",
        business,
        person,
        page="campaigns",
        name=name,
        may_act=person.may_trigger(dag_id(name)),
        may_test=person.may_trigger("test_send"),
        said=said if said in SAID else None,
        staff=sorted(business.staff),
        outbox=outbox.of(business, declared.channels),
        **found,
        **asked,
    )


@router.get("/campaigns/{name}/message")
def message(declared: TheCampaign, request: Request, business: TheBusiness, clock: TheClock) -> HTMLResponse:
    """An e-mail as the customer would see it, for a frame of the page."""
    date = given.today(business, clock)
    sort = messages.chosen(declared, business, date, dict(request.query_params))
    with_offer = request.query_params.get("offer") != "without"
    try:
        written = messages.write(declared, business, sort, date, with_offer=with_offer)
    except TemplateError:
        raise HTTPException(404) from None
    return HTMLResponse(written.html, headers={"Content-Security-Policy": MESSAGE_POLICY})


async def in_airflow(request: Request, dag: str) -> dict[str, Any]:
    """``dag``: as Airflow knows it, None: not yet; ``questions``: what it asks and nobody has answered.

    :raises HTTPException: 401 or 403, the user may not see the DAG
    """
    known, asked = await asyncio.gather(_dag(request, dag), _questions(request, dag))
    return {"dag": known, "questions": asked}


async def _dag(request: Request, dag: str) -> dict[str, Any] | None:
    try:
        return await airflow_calls.dag(request, dag)
    except airflow_calls.Refused as refused:
        raise HTTPException(refused.status if refused.status in (401, 403) else 503) from None


async def _questions(request: Request, dag: str) -> list[dict[str, Any]]:
    """None to somebody whom Airflow does not let see them."""
    try:
        asked = await airflow_calls.open_approvals(request, dag)
    except airflow_calls.Refused:
        return []
    dates = await asyncio.gather(*(_date_of(request, dag, each["run_id"]) for each in asked))
    return [
        {**each, "html": questions.html(each["body"]), "date": date} for each, date in zip(asked, dates, strict=True)
    ]


async def _date_of(request: Request, dag: str, run_id: str) -> datetime.date | None:
    try:
        run = await airflow_calls.run(request, dag, run_id)
    except airflow_calls.Refused:
        return None
    return date_of(run) if run else None


def answered(tx: Transaction, campaign: str) -> dict[datetime.date, Any]:
    """Business dates about which somebody has answered: what asks about them still need not be decided any more."""
    return {row.business_date: row for row in tx.rows("desk/campaign_answered", campaign=campaign)}


def _read(
    request: Request, business: Business, declared: Declaration, warehouse: Warehouse, date: datetime.date
) -> dict[str, Any]:
    name, locale = declared.campaign, pages.language(request, business.locale)
    with warehouse.transaction() as tx:
        asked = whom.conditions(tx, declared.audience, locale, business.currency)
        countries = {row.country for row in tx.rows("desk/countries")}
        answers = answered(tx, name)
        state = campaigns.read(tx, [name], date)[name]
        decided = _decided(tx, business, name, state["last"].send_date) if state["last"] else []
    following = calendar.upcoming(declared, business.country, date, campaigns.DAYS, AHEAD, countries=countries)
    return {
        "declared": declared,
        "title": calendar.title(declared, locale),
        "today": date,
        "ahead": following,
        "yesterday": date - datetime.timedelta(days=1),
        "answered": answers,
        "file": File(declared.file).name,
        "whom": asked,
        "has_coupon": _has_coupon(declared),
        "suggested": _suggested(state["last"], following, business, date),
        "is_dated": declared.kind in calendar.DATED,
        "decided": decided,
        **state,
        **_message(request, business, declared, date),
    }


def _suggested(last: Any, ahead: list[calendar.Ahead], business: Business, today: datetime.date) -> datetime.date:
    """The business date that a dry run is offered for. Of a dated campaign one on which it is due: the next, on what is
    known today; in a closed shop, for which no day comes, the last. Else yesterday."""
    if ahead and not business.is_closed:
        return ahead[0].business_date
    if last and ahead:
        decided: datetime.date = last.business_date
        return decided
    return today - datetime.timedelta(days=1)


def _has_coupon(declared: Declaration) -> bool:
    offer = declared.offer
    singles = [offer, *(offer.variants or {}).values()] if offer else []
    return any(single is not None and single.coupon is not None for single in singles)


def _decided(tx: Transaction, business: Business, campaign: str, send_date: datetime.date) -> list[dict[str, Any]]:
    """What was decided on a send date, by occasion and wave, in the shape of ``crm.rehearsal.keeping``."""
    which = {"campaign": campaign, "send_date": send_date}
    counts, groups = tx.rows("desk/campaign_counts", **which), tx.rows("desk/campaign_groups", **which)
    told = {(row.occasion, row.wave): dict(row._mapping) for row in tx.rows("messages/preview_detectable", **which)}
    found = []
    for key, rows in itertools.groupby(counts, lambda row: (row.occasion, row.wave)):
        each = list(rows)
        own = [group for group in groups if (group.occasion, group.wave) == key]
        found.append(
            {
                "occasion": key[0],
                "wave": key[1],
                "candidates": sum(row.customers for row in each),
                "included": sum(row.customers for row in each if row.decision == "include"),
                "held_out": sum(row.customers for row in each if row.decision == "hold_out"),
                "excluded": {row.reason: row.customers for row in each if row.decision == "exclude"},
                "sending_cost": sum(group.sending_cost for group in own),
                "coupon_cost": sum(group.coupon_cost for group in own),
                "arms": _arms(own, "variant", "channel"),
                "tiers": _arms(own, "tier"),
                "detectable": told.get(key),
            }
        )
    return [in_order(each, business) for each in found]


def in_order(occasion: dict[str, Any], business: Business) -> dict[str, Any]:
    """With its tiers from the lowest to the highest, and its reasons in the order in which they are asked: each
    (reason, first reason of so many, applied to so many or None)."""
    places = {tier.name: place for place, tier in enumerate(business.tiers)}
    first, at_all = occasion["excluded"], occasion.get("at_all")
    named = [*(each for each in reasons.ORDER if each in (at_all or first)), *sorted(set(first) - set(reasons.ORDER))]
    listed = [(each, first.get(each, 0), at_all.get(each) if at_all else None) for each in named]
    tiers = sorted(occasion["tiers"], key=lambda line: places.get(line["tier"], -1))
    return {**occasion, "tiers": tiers, "reasons": listed, "excluded_in_all": sum(first.values())}


def _arms(groups: list[Any], *columns: str) -> list[dict[str, Any]]:
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for group in groups:
        name = tuple(getattr(group, column) for column in columns)
        line = found.setdefault(name, {**dict(zip(columns, name, strict=True)), "included": 0, "held_out": 0})
        line["included" if group.decision == "include" else "held_out"] += group.customers
    return [found[name] for name in sorted(found)]


def _message(request: Request, business: Business, declared: Declaration, date: datetime.date) -> dict[str, Any]:
    """The chosen sort of message, what else there is to choose, and how it reads; or why it cannot be written."""
    sort = messages.chosen(declared, business, date, dict(request.query_params))
    has_offer = messages.has_offer(declared, business, sort, date)
    with_offer = request.query_params.get("offer") != "without"
    found: dict[str, Any] = {
        "sort": sort,
        "choices": messages.choices(sorts(declared, business, date)),
        "has_offer": has_offer,
        "with_offer": with_offer,
        "written": None,
        "broken": None,
    }
    try:
        found["written"] = messages.write(declared, business, sort, date, with_offer=with_offer)
    except TemplateError as error:
        found["broken"] = str(error)
    return found
