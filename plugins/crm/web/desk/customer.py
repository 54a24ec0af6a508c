"""*Customer*: one customer, looked up by shop and id, address or message; opt-out and erasure by request.

Personal data: the whole page asks for the right to trigger ``erase_customer``. Addresses come by POST alone, and every
URL holds the customer's key, never what the shop or the world calls them.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from crm import addresses
from crm.customers import erasing
from crm.messages.responses import lifting
from crm.rehearsal import calendar
from crm.web.desk import access, airflow_calls, forms, pages, timeline
from crm.web.desk.access import Person
from crm.web.desk.given import TheBusiness, TheWarehouse

if TYPE_CHECKING:
    import datetime

    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

router = APIRouter()

ERASE_DAG = "erase_customer"
PATH = "/customer"
#: Orders, decisions and coupons that are shown; the newest.
MOST = 50
#: Customers with one address that are listed.
MOST_FOUND = 20
#: What a form says that it did, in the address of the page that it leads to.
SAID = ("opted_out", "lifted", "nothing_lifted", "erasing")

Operator = Annotated[Person, Depends(access.triggers(ERASE_DAG))]
Form = Depends(forms.same_origin)


@router.get(PATH)
def ask(request: Request, person: Operator, business: TheBusiness, warehouse: TheWarehouse) -> HTMLResponse:
    """Whom are you looking for?"""
    return _asked(request, person, business, warehouse)


@router.post(PATH, dependencies=[Form])
async def look_up(request: Request, person: Operator, business: TheBusiness, warehouse: TheWarehouse) -> Response:
    """The one customer, or the several who share an address. What was looked for is not said again anywhere."""
    form = await forms.read(request)
    found = await run_in_threadpool(_find, warehouse, business, form)
    if len(found) == 1:
        return to_page(request, found[0].customer_id)
    return await run_in_threadpool(_asked, request, person, business, warehouse, several=found, nobody=not found)


@router.get(PATH + "/{key}")
def show(
    request: Request, key: str, person: Operator, *, business: TheBusiness, warehouse: TheWarehouse, said: str = ""
) -> HTMLResponse:
    """One customer."""
    locale = pages.language(request, business.locale)
    with warehouse.transaction() as tx:
        found = _read(tx, key_of(key))
    return pages.render(
        request,
        "customer.html",
        business,
        person,
        page="customer",
        said=said if said in SAID else "",
        titles=calendar.titles(business, locale),
        moment=functools.partial(moment, business.time_zone, locale),
        born=_born(found["customer"], locale),
        language=pages.LOCALES.get(found["customer"].locale),
        tags=_tags(found["customer"].tags),
        most=MOST,
        **found,
    )


@router.get(PATH + "/{key}/erase")
def confirm(
    request: Request, key: str, person: Operator, business: TheBusiness, warehouse: TheWarehouse
) -> HTMLResponse:
    """What an erasure takes and what it leaves, before it is asked for."""
    with warehouse.transaction() as tx:
        customer = one(tx, key_of(key))
        shared = tx.value("desk/customer_shared", customer_id=customer.customer_id)
    return pages.render(
        request, "customer_erase.html", business, person, page="customer", customer=customer, shared=shared
    )


@router.post(PATH + "/{key}/erase", dependencies=[Form])
async def erase(request: Request, key: str, person: Operator) -> Response:
    """Start the erasure: Airflow keeps who asked for it, and the customer's key."""
    customer_id = key_of(key)
    if (await forms.read(request)).get("confirmed") != "yes":
        raise HTTPException(400)
    try:
        await airflow_calls.trigger(request, ERASE_DAG, {"customer_id": str(customer_id)})
    except airflow_calls.Refused as refused:
        raise HTTPException(403 if refused.status in (401, 403) else 503) from None
    return to_page(request, customer_id, "erasing")


def _asked(
    request: Request,
    person: Person,
    business: Business,
    warehouse: Warehouse,
    *,
    several: list[Any] | None = None,
    nobody: bool = False,
) -> HTMLResponse:
    with warehouse.transaction() as tx:
        shops = [row.shop for row in tx.rows("desk/customer_shops")]
    return pages.render(
        request,
        "customer_ask.html",
        business,
        person,
        page="customer",
        shops=shops,
        several=several or [],
        nobody=nobody,
        most=MOST_FOUND,
    )


def _find(warehouse: Warehouse, business: Business, form: dict[str, str]) -> list[Any]:
    """By whatever was given: the shop's id, an address, or a message."""
    by, text = form.get("by", ""), form.get("text", "")
    with warehouse.transaction() as tx:
        if by == "id":
            return tx.rows("desk/customer_by_id", shop=form.get("shop", ""), external_id=text)
        if by == "message":
            # The file of the outbox and the token of a link begin with the id.
            return tx.rows("desk/customer_by_message", message_id=re.split(r"[^0-9a-z]", text, maxsplit=1)[0])
        if by == "address":
            email, mobile = addresses.email(text), addresses.mobile(text, business.country, any_type=True)
            return tx.rows(
                "desk/customer_by_address",
                email_key=addresses.contact_key("email", email) if email else None,
                mobile_key=addresses.contact_key("sms", mobile) if mobile else None,
                most=MOST_FOUND,
            )
    raise HTTPException(400)


def key_of(text: str) -> int:
    """The customer's key in the address of a page.

    :raises HTTPException: 404, it is none
    """
    try:
        return erasing.customer_key(text)
    except erasing.ErasureError:
        raise HTTPException(404) from None


def to_page(request: Request, customer_id: int, said: str = "") -> RedirectResponse:
    """The customer's page; it says what a form just did."""
    return RedirectResponse(f"{pages.base(request)}{PATH}/{customer_id}{f'?said={said}' if said else ''}", 303)


def one(tx: Transaction, customer_id: int) -> Any:
    """The customer as the pages show them (desk/customer_found.sql).

    :raises HTTPException: 404, there is none
    """
    found = tx.rows("desk/customer_found", customer_id=customer_id)
    if not found:
        raise HTTPException(404)
    return found[0]


def _read(tx: Transaction, customer_id: int) -> dict[str, Any]:
    customer = one(tx, customer_id)
    by, newest = {"customer_id": customer_id}, {"customer_id": customer_id, "most": MOST}
    decisions = tx.rows("desk/customer_decisions", **newest)
    history = tx.rows("desk/customer_history", **by)
    consents = tx.rows("desk/customer_consents", **by)
    suppressions = tx.rows("desk/customer_suppressions", **by)
    erasures = tx.rows("desk/customer_erasure", **by)
    return {
        "customer": customer,
        "erasure": erasures[0] if erasures else None,
        "reach": [_reach(customer, channel, consents, suppressions) for channel in ("email", "sms")],
        "silent": _silent(suppressions),
        "may_lift": not erasures and any(row.stands and lifting.causes(row.reason, row.source) for row in suppressions),
        "shared": tx.value("desk/customer_shared", **by),
        "consents": consents,
        "suppressions": suppressions,
        "orders": tx.rows("desk/customer_orders", **newest),
        "refunds": tx.rows("desk/customer_refunds", **newest),
        "history": history,
        "lanes": timeline.lanes(history, ("tier", "segment", "stage")),
        "segments": {row.segment: row for row in tx.rows("evaluation/report/segments")},
        "decisions": decisions,
        "responses": _responses(tx, customer_id, decisions),
        "coupons": tx.rows("desk/customer_coupons", **newest),
    }


def _reach(customer: Any, channel: str, consents: list[Any], suppressions: list[Any]) -> dict[str, Any]:
    """Whether the customer may be written to on ``channel``, and the first reason why not, as campaigns see it."""
    address = customer.email if channel == "email" else customer.mobile
    masked = customer.email_masked if channel == "email" else customer.mobile_masked
    consent = next((row for row in consents if row.channel == channel and row.valid_to is None), None)
    no = {row.reason for row in suppressions if _holds(row, channel)}
    reasons = [reason for reason in ("opt_out", "complaint", "bounce") if reason in no]
    if not (consent and consent.granted):
        reasons.append("no_consent")
    if not address:
        reasons.append("masked_address" if masked else "no_address")
    if customer.fake_orders:
        reasons.append("fake_orders")
    return {
        "channel": channel,
        "address": address,
        "consent": consent,
        "why_not": reasons[0] if reasons else None,
        "suppressed": any(_by_person(row, channel) for row in suppressions),
    }


def _holds(row: Any, channel: str) -> bool:
    """Whether ``row`` speaks against ``channel`` now. "all" at one address silences the person on every channel."""
    if not row.stands or not row.is_current:
        return False
    return row.scope in (channel, "all") if row.channel is None else row.channel == channel or row.scope == "all"


def _by_person(row: Any, channel: str) -> bool:
    """Whether the customer has opted out of ``channel`` already, whatever their address is."""
    return row.channel is None and row.reason == "opt_out" and _holds(row, channel)


def _silent(suppressions: list[Any]) -> bool:
    """Whether the customer has opted out of everything already."""
    return any(_by_person(row, "all") for row in suppressions)


def _responses(tx: Transaction, customer_id: int, decisions: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """Message -> what came back from it: each sort once, with the first time and how often."""
    message_ids = [row.message_id for row in decisions if row.message_id]
    found: dict[str, dict[tuple[str, bool], dict[str, Any]]] = {}
    if message_ids:
        for row in tx.rows("desk/customer_responses", customer_id=customer_id, message_ids=message_ids):
            sorts = found.setdefault(row.message_id, {})
            first = {"kind": row.kind, "by_machine": row.by_machine, "at": row.occurred_at, "times": 0}
            sorts.setdefault((row.kind, row.by_machine), first)["times"] += 1
    return {message_id: list(sorts.values()) for message_id, sorts in found.items()}


def moment(time_zone: str, locale: str, at: datetime.datetime) -> str:
    """Date and time of day in the business's zone."""
    from zoneinfo import ZoneInfo

    from babel.dates import format_datetime

    from crm.evaluation.report.formats import CLDR

    return str(format_datetime(at.astimezone(ZoneInfo(time_zone)), "short", locale=CLDR[locale]))


def _born(customer: Any, locale: str) -> str:
    """The birthday, with its year where that is known."""
    from babel.dates import format_skeleton

    from crm.evaluation.report.formats import CLDR

    if not customer.birthday:
        return ""
    written = str(
        format_skeleton("yMMMd" if customer.birthday_has_year else "MMMd", customer.birthday, locale=CLDR[locale])
    )
    lunar = customer.birthday_calendar == "lunar"
    return f"{written} ({pages.Words(locale)('customer.lunar')})" if lunar else written


def _tags(tags: Any) -> str:
    """Tags by name; those that are more than said to be there with their value."""
    if isinstance(tags, dict):
        return ", ".join(str(name) if value in (True, None, "") else f"{name}: {value}" for name, value in tags.items())
    return ", ".join(map(str, tags or []))
