"""What goes to somebody in ``staff`` of business.yaml: tests of messages, marked as such, and ready pages of our own.

It goes through the channel's own provider and past the ledger: nobody counts as contacted, no cap is used up, and its
links name a message that does not exist, so that they opt nobody out.
"""

from __future__ import annotations

import datetime
import logging
import secrets
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crm.messages import providers
from crm.messages.composing import check_sender
from crm.messages.providers import Envelope, Picture, Provider
from crm.messages.rendering import Body

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.composing import Composer
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)

MARKS = {"en": "[Test]", "zh-CN": "【测试】"}
HEADER = "X-CRM-Test"


@dataclass(frozen=True)
class Page:
    """An e-mail of our own to the staff. ``sort``: what it is, e.g. report: the provider's category."""

    sort: str
    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()


class StaffError(Exception):
    """The test cannot be sent; the message says what to change and holds no address."""


def address(business: Business, to: str, channel: str) -> str:
    """Where ``to`` reads messages of ``channel``.

    :raises StaffError: nobody of the staff is called so, or has no such address
    """
    if to not in business.staff:
        there = ", ".join(sorted(business.staff)) or "nobody yet"
        raise StaffError(
            f"to: no such name in staff of business.yaml, and a test goes to nobody else: there is {there}"
        )
    found = business.staff[to].of(channel)
    if not found:
        raise StaffError(f"business.yaml: staff.{to} has no address for {channel}; add it")
    return found


def customer(warehouse: Warehouse, shop: str, external_id: str, campaign: str, business_date: datetime.date) -> Any:
    """What a message to that customer is written with (messages/staff_customer.sql); personal data.

    :raises StaffError: the customer is not known on ``business_date``
    """
    with warehouse.transaction() as t:
        found = t.rows(
            "messages/staff_customer",
            shop=shop,
            external_id=external_id,
            campaign=campaign,
            business_date=business_date,
        )
    if not found:
        raise StaffError(
            f"customer: no such customer of the shop has a profile on {business_date}; "
            "give <shop>:<customer id> as the order files have them"
        )
    return found[0]


def send(business: Business, composer: Composer, row: Any, to: str, at: datetime.datetime) -> dict[str, Any]:
    """Write ``row`` and give it to the channel's provider for ``to``.

    :param row: as of messages/claimed_messages.sql, without address and message id
    :return: message_id, provider and provider_message_id; no address, no data of a customer
    :raises StaffError: no such staff, or the provider did not take it
    :raises TemplateError: a template is missing or broken
    """
    recipient = address(business, to, row.channel)
    composer.check(row)
    # Ids of the ledger are hexadecimal: this one can never be among them.
    message_id = f"test{secrets.token_hex(6)}"
    written = composer.envelope(SimpleNamespace(**vars(row), message_id=message_id, address=recipient))
    provider = providers.named(business.channels[row.channel].provider, business)
    (outcome,) = provider.deliver([marked(written, to, row.locale)], at)
    if outcome.status != "accepted":
        why = ", ".join(filter(None, (outcome.status, outcome.reason, outcome.advice)))
        raise StaffError(f"{provider.name} did not take the test to {to}: {why}")
    log.info("a test of %s went to %s by %s", written.campaign, to, provider.name)
    return {"message_id": message_id, "provider": provider.name, "provider_message_id": outcome.provider_message_id}


def email_provider(business: Business) -> Provider:
    """Who carries our e-mail.

    :raises TemplateError: e-mail has no sender
    :raises ConnectionMissing: the provider's connection is not there
    """
    check_sender(business, "email")
    return providers.named(business.channels["email"].provider, business)


def send_page(
    business: Business,
    provider: Provider,
    page: Page,
    *,
    to: str,
    message_id: str,
    send_date: datetime.date,
    at: datetime.datetime,
) -> dict[str, Any]:
    """Give a ready page to ``provider`` for ``to``; nothing of it is personal, so it has no unsubscribe link.

    :param message_id: the same for the same page; it can never be one of the ledger's, which are hexadecimal
    :return: status, provider, provider_message_id and reason, as the provider says; no address
    :raises StaffError: no such staff, or without an address
    """
    written = Envelope(
        message_id=message_id,
        campaign=page.sort,
        occasion=f"{page.sort}-{send_date}",
        channel="email",
        send_date=send_date,
        address=address(business, to, "email"),
        name=to,
        body=Body(page.subject, page.text, page.html),
        values={},
        sender=business.channels["email"].sender,
        sender_name=business.footer.company,
        headers={"X-CRM-Staff": page.sort},
        pictures=page.pictures,
    )
    (outcome,) = provider.deliver([written], at)
    log.info("%s of %s to %s by %s: %s", page.sort, send_date, to, provider.name, outcome.status)
    return {
        "status": outcome.status,
        "provider": provider.name,
        "provider_message_id": outcome.provider_message_id,
        "reason": ", ".join(filter(None, (outcome.reason, outcome.advice))) or None,
    }


def marked(written: Envelope, to: str, locale: str) -> Envelope:
    """The same message, to be known as a test by its reader, its filters and the provider's statistics."""
    mark, body = MARKS[locale], written.body
    if written.channel == "email":
        body = replace(body, subject=f"{mark} {body.subject}")
        headers = {**written.headers, HEADER: written.campaign}
    else:
        # The signature has to stay in front.
        body = replace(body, text=f"{body.text.strip()} {mark}\n")
        headers = written.headers
    return replace(
        written,
        campaign=f"test-{written.campaign}",
        occasion=f"test-{written.occasion}",
        name=to,
        body=body,
        headers=headers,
    )
