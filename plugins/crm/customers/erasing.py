"""Erasure by request (PIPL, GDPR): personal data go everywhere, figures stay without a person. See ``docs/privacy.md``.

All of it is one transaction: whatever dies, a customer is erased or is not. Repeating it changes nothing, and takes
what was left behind.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.warehouse import Transaction, Warehouse

log = logging.getLogger(__name__)

#: What a composed id says of itself, in this order.
_COMPOSED = ("columns", "separator", "within")

#: Digits at the end of a mobile by which it is found in a row that was set aside, however its country code is written.
LAST_DIGITS = 9
#: Shorter names are also words and parts of other names: they find no row.
SHORTEST_NAME = 2


class ErasureError(ValueError):
    """The erasure cannot be done as asked; the message says what to give and holds no personal data."""


def customer_key(text: str) -> int:
    """Parse a customer's key (``crm.customer.customer_id``).

    :raises ErasureError: it is none
    """
    if not re.fullmatch(r"-?\d{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise ErasureError("customer_id is no key: give the number that the page Customer shows, not the shop's own id")
    return int(text)


def erase(
    warehouse: Warehouse,
    customer_id: int,
    *,
    id_columns: Collection[str],
    composed_ids: Collection[tuple[tuple[str, ...], str, bool]] = (),
    requested_by: str,
    now: datetime.datetime,
) -> dict[str, int]:
    """Erase the personal data of a customer from the warehouse; returns how many rows of what were emptied or deleted.

    :param id_columns: columns of the shop's files that hold its customer ids (``crm.orders.mapping.id_columns``)
    :param composed_ids: the ids that are made of columns (``crm.orders.mapping.composed_ids``)
    :param requested_by: who asked for it, for the log of erasures
    :raises ErasureError: there is no such customer, or it is the shop's anonymous one
    """
    with warehouse.transaction() as tx:
        tx.run("responses/lock")  # a collection that has not ended would bring the events' words back
        tx.run("customers/erase_wait")
        found = tx.rows("customers/erase_whom", customer_id=customer_id)
        if not found:
            raise ErasureError(f"there is no customer {customer_id}")
        if found[0].is_anonymous:
            raise ErasureError(f"{customer_id} stands for order lines without a buyer: there is no person to erase")
        ids = {
            "id_columns": list(id_columns),
            "composed": json.dumps([dict(zip(_COMPOSED, each, strict=True)) for each in composed_ids]),
        }
        erased = _erase(tx, customer_id, found[0], ids, now)
        erased["replies"] = tx.run("customers/erase_replies", requested_by=requested_by, now=now)
        tx.run("customers/erase_notes", customer_id=customer_id)
        tx.run(
            "customers/erase_log",
            customer_id=customer_id, requested_by=requested_by, now=now, erased=json.dumps(erased),
        )  # fmt: skip
    log.info("customer %s was erased: %s", customer_id, erased)
    return erased


def shop_of(warehouse: Warehouse, customer_id: int) -> str:
    """The shop of a customer.

    :raises ErasureError: there is no such customer
    """
    with warehouse.transaction() as tx:
        found = tx.rows("customers/erase_whom", customer_id=customer_id)
    if not found:
        raise ErasureError(f"there is no customer {customer_id}")
    shop: str = found[0].shop
    return shop


def _erase(
    tx: Transaction, customer_id: int, customer: Any, ids: dict[str, Any], now: datetime.datetime
) -> dict[str, int]:
    """In this order: what is found by the addresses goes before they do."""
    known_as = tx.rows("customers/erase_known_as", customer_id=customer_id)
    one = {"customer_id": customer_id}
    erased = {
        "addresses": _suppress(tx, customer_id, now),
        "events": tx.run("customers/erase_inbox", **one),
        "rejected_rows": tx.run("customers/erase_rejected", **_traces(customer, known_as), **ids),
    }
    tx.run("customers/erase_staged", **one, shop=customer.shop, external_id=customer.external_id)
    for what in ("profiles", "consents", "responses", "lists"):
        erased[what] = tx.run(f"customers/erase_{what}", **one)
    tx.run("customers/erase_customer", **one)
    return erased


def _suppress(tx: Transaction, customer_id: int, now: datetime.datetime) -> int:
    tx.run("responses/said")
    addresses = tx.run("customers/erase_contacts", customer_id=customer_id, now=now)
    tx.run("responses/say_no")
    return addresses


def _traces(customer: Any, known_as: list[Any]) -> dict[str, Any]:
    """What the customer is found by in rows that were set aside."""
    values = {what: [row.value for row in known_as if row.what == what] for what in ("name", "email", "mobile")}
    return {
        "shop": customer.shop,
        "external_id": customer.external_id,
        "emails": values["email"],
        "mobiles": [re.sub(r"\D", "", mobile)[-LAST_DIGITS:] for mobile in values["mobile"]],
        "names": [name for name in values["name"] if len(name) >= SHORTEST_NAME],
    }
