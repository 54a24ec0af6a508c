"""The files of the outbox after an erasure: messages to the customer, and every test that may show them."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import settings

if TYPE_CHECKING:
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)

#: As ``crm.messages.staff.marked`` calls the campaign of a test.
TESTS = "test-*"


class UnderWay(Exception):
    """A message to the customer is being sent at this very moment: try again when its batch is done."""


class NotErased(Exception):
    """The warehouse has not erased this customer."""


def remove_files(warehouse: Warehouse, customer_id: int, now: datetime.datetime, folder: Path | None = None) -> int:
    """Remove the messages to an erased customer from the outbox; how many files that were. Repeating it is harmless.

    Nobody noted whose name a test to the staff shows, so all tests in the outbox go.

    :param folder: the outbox, where it is not that of the settings
    :raises UnderWay: a batch with a message to the customer is claimed: its file may come yet
    :raises NotErased: the customer was not erased before
    """
    outbox = folder or settings.outbox()
    with warehouse.transaction() as tx:
        if not tx.value("messages/is_erased", customer_id=customer_id):
            raise NotErased(f"customer {customer_id} was not erased: erase first")
        messages = tx.rows("messages/erased_messages", customer_id=customer_id)
    removed = 0
    for file in [*_written(outbox, messages), *outbox.glob(f"*/{TESTS}/*")]:
        if file.is_file():
            file.unlink()
            removed += 1
    if any(row.under_way for row in messages):
        raise UnderWay(f"a message to customer {customer_id} is being sent: the rest is done, repeat this in a minute")
    with warehouse.transaction() as tx:
        tx.run("messages/erased_files", customer_id=customer_id, now=now, files=removed)
    log.info("customer %s: %s files of the outbox removed", customer_id, removed)
    return removed


def _written(outbox: Path, messages: list[Any]) -> Iterator[Path]:
    """Where ``crm.messages.providers.outbox`` writes them, and what a dead run left half written."""
    for row in messages:
        for ending in ("eml", "txt"):
            name = f"{row.message_id}.{ending}"
            yield outbox / str(row.send_date) / row.campaign / name
            yield outbox / str(row.send_date) / row.campaign / f".{name}.part"
