"""Sends that never left: what was decided for a past date and waits for nothing any more is let go, every day.

A campaign's own run releases what it did not send. Where its file was removed after planning, or its run failed and
nobody cleared it, there is no such run; without this its contacts would keep people from later campaigns.
"""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)

#: No cap looks further back.
DAYS = 366


def sweep(warehouse: Warehouse, business: Business, now: datetime.datetime, *, dry_run: bool) -> list[dict[str, Any]]:
    """Skip what waits of past live send dates and release its contacts; again, it changes nothing.

    :param now: aware; a message whose ``send_by`` is not over is left alone
    :param dry_run: count, and change nothing
    :return: one row for each send of which something was let go: campaign, send_date (ISO), messages, contacts
    """
    today = business.today_at(now)
    with warehouse.transaction() as t:
        sends = t.rows("campaigns/never_left", now=now, today=today, days=DAYS)
    found = [_let_go(warehouse, row.campaign, row.send_date, dry_run=dry_run) for row in sends]
    for each in found:
        verb = "would be let go" if dry_run else "let go"
        told = "%s of %s never left, or not all of it: %s messages and %s contacts %s"
        log.warning(told, each["campaign"], each["send_date"], f"{each['messages']:,}", f"{each['contacts']:,}", verb)
    return found


def _let_go(warehouse: Warehouse, campaign: str, send_date: datetime.date, *, dry_run: bool) -> dict[str, Any]:
    send = {"campaign": campaign, "send_date": send_date}
    with warehouse.transaction(discard=dry_run) as t:
        messages = t.run("campaigns/skip_never_left", **send)
        contacts = t.run("campaigns/release_never_left", **send)
        t.run("campaigns/cancel_send", **send, reason="never_left")
    return {"campaign": campaign, "send_date": send_date.isoformat(), "messages": messages, "contacts": contacts}
