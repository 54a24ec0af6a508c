"""Opt-outs by the link of a message or at the desk: they count from the next batch on, at later addresses too."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse


@dataclass(frozen=True)
class Recipient:
    """What a page may know of whoever got a message."""

    message_id: str
    channel: str
    locale: str


def recipient(warehouse: Warehouse, message_id: str) -> Recipient | None:
    """The recipient of a message; None where the ledger has no such message."""
    with warehouse.transaction() as t:
        found = t.rows("responses/recipient", message_id=message_id)
    return Recipient(message_id, found[0].channel, found[0].locale) if found else None


def opt_out(
    warehouse: Warehouse, business: Business, message_id: str, *, everything: bool, now: datetime.datetime
) -> None:
    """Opt the recipient of a message out: of its channel, or of ``everything``. On disk on return; twice is once."""
    with warehouse.transaction() as t:
        t.run("responses/said")
        t.run(
            "responses/opt_out",
            message_id=message_id,
            everything=everything,
            now=now,
            known_on=known_on(t, business, now),
        )
        t.run("responses/say_no")


def known_on(t: Transaction, business: Business, now: datetime.datetime) -> datetime.date:
    """The business date from whose decisions on something counts that comes in now (responses/known_on.sql)."""
    date: datetime.date = t.value("responses/known_on", now=now, time_zone=business.time_zone)
    return date


def opt_out_customer(
    warehouse: Warehouse, business: Business, customer_id: int, channel: str, *, source: str, now: datetime.datetime
) -> bool:
    """Opt a customer out who told us so: of ``email``, ``sms`` or ``all``. On disk on return; twice is once.

    It holds for every address that we know of them or will know, so for who has none as well.

    :param source: who heard it, for ``crm.suppression``
    :return: whether there is such a customer
    """
    with warehouse.transaction() as t:
        date = known_on(t, business, now)
        t.run("responses/said")
        meant = t.run(
            "responses/opt_out_customer",
            customer_id=customer_id, channel=channel, now=now, known_on=date, source=source,
        )  # fmt: skip
        t.run("responses/say_no")
    return meant > 0
