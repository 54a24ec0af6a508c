"""A test send: a campaign's message for a chosen customer, or an invented person, goes to somebody of the staff."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crm import runs
from crm.campaigns import offers, usable
from crm.campaigns.sorts import Sort, sorts
from crm.messages import links, public_site, staff
from crm.messages.clock import send_date_of
from crm.messages.composing import Composer
from crm.messages.preview import INVENTED
from crm.messages.staff import StaffError

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration
    from crm.warehouse import Warehouse


def send_to_staff(
    business: Business,
    campaign: str,
    to: str,
    *,
    at: datetime.datetime,
    warehouse: Warehouse | None = None,
    customer: str = "",
    date: str = "",
    **wanted: str,
) -> dict[str, Any]:
    """Send one message of ``campaign`` (enabled or not) to ``to`` of the staff; nothing is written to the warehouse.

    :param customer: ``<shop>:<customer id>``, read from ``warehouse``; "" = an invented person
    :param date: business date (YYYY-MM-DD) whose data count; "" = the day before ``at``, in the business's time zone
    :param wanted: channel, locale, variant, wave; "" = the customer's own, else the first
    :return: what went out, by which provider; no address and no data of a customer
    :raises StaffError: no such staff, customer or sort of message; the provider did not take it
    :raises DeclarationError: no such campaign
    :raises TemplateError: a template is missing or broken
    """
    today = business.date_at(at)
    business_date = runs.day(date, "date (the business date)") if date else today - datetime.timedelta(days=1)
    send_date = send_date_of(business_date)
    declared = usable.named(business, campaign)
    if links.opt_out_page(business) is None:
        raise StaffError(f"{public_site.SETTING} is missing: links of the message would lead nowhere")
    person = _person(warehouse, customer, campaign, business_date)
    sort = _sort(list(sorts(declared, business, send_date)), business, to, wanted, person)
    invented = {} if person else INVENTED[sort.locale][0]
    row = SimpleNamespace(
        **vars(sort),
        name=person.name if person else invented["name"],
        product=person.product if person else invented["product"],
        offer=_offer(declared, business, sort, person, send_date),
        send_date=send_date,
    )
    composer = Composer(business, campaign, {declared.hash: declared.body})
    sent = staff.send(business, composer, row, to, at)
    shown = {key: getattr(sort, key) for key in ("occasion", "wave", "channel", "locale", "variant")}
    return {"campaign": campaign, "to": to, "business_date": business_date.isoformat(), **shown, **sent}


def _person(warehouse: Warehouse | None, customer: str, campaign: str, business_date: datetime.date) -> Any:
    if not customer:
        return None
    shop, separator, external_id = customer.partition(":")
    if not separator or warehouse is None:
        raise StaffError("customer: give it as <shop>:<customer id>, or leave it out for an invented person")
    return staff.customer(warehouse, shop, external_id, campaign, business_date)


def _sort(every: Sequence[Sort], business: Business, to: str, wanted: dict[str, str], person: Any) -> Sort:
    """The first sort that is as wanted; what is not wanted is as the customer had it, where the campaign has that."""
    staff.address(business, to, wanted.get("channel") or _channel(every, business, to))
    found = [each for each in every if business.staff[to].of(each.channel)]
    for key in ("channel", "locale", "variant", "wave"):
        there = list(dict.fromkeys(getattr(each, key) for each in found))
        asked = wanted.get(key)
        if asked and asked not in there:
            raise StaffError(f"{key}: the campaign has no {asked!r}; give one of {', '.join(there)}")
        own = getattr(person, key, None) or (business.locale if key == "locale" else None)
        chosen = asked or (own if own in there else there[0])
        found = [each for each in found if getattr(each, key) == chosen]
    return found[0]


def _channel(every: Sequence[Sort], business: Business, to: str) -> str:
    """The campaign's first channel on which ``to`` has an address, else its first."""
    has = business.staff[to].of if to in business.staff else (lambda _: "")
    return next((each.channel for each in every if has(each.channel)), every[0].channel)


def _offer(declared: Declaration, business: Business, sort: Sort, person: Any, send_date: datetime.date) -> Any:
    """What was decided for the customer in this variant, with a code that nobody has; else the largest offer."""
    if person is None or person.variant != sort.variant:
        return offers.largest(declared.offer, sort.variant, business.currency, send_date)
    return {**person.offer, "code": offers.SAMPLE_CODE} if person.offer and "value" in person.offer else person.offer
