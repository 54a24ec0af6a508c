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
#: A simulated date never ends by its own clock: so long somebody may still go on with one that was left.
SIMULATED_DAYS = 2


def sweep(warehouse: Warehouse, business: Business, now: datetime.datetime, *, dry_run: bool) -> list[dict[str, Any]]:
    """Skip what waits of past send dates, release its contacts and close its questions; again, it changes nothing.

    :param now: aware; a message whose ``send_by`` is not over is left alone
    :param dry_run: count, and change nothing
    :return: one row for each send of which something was let go: campaign, send_date (ISO), messages, contacts,
        questions
    """
    today = business.today_at(now)
    with warehouse.transaction() as t:
        sends = t.rows("campaigns/never_left", now=now, today=today, days=DAYS, simulated_days=SIMULATED_DAYS)
    found = [_let_go(warehouse, row, now, dry_run=dry_run) for row in sends]
    for each in found:
        verb = "would be let go" if dry_run else "let go"
        said = "%s of %s never left, or not all of it: %s %s"
        log.warning(said, each["campaign"], each["send_date"], amounts_of(each), verb)
    return found


def amounts_of(each: dict[str, Any]) -> str:
    """How much of a send was let go, for people."""
    what = f"{each['messages']:,} messages and {each['contacts']:,} contacts"
    return f"{what} and an approval that nobody gave" if each["questions"] else what


def _let_go(warehouse: Warehouse, row: Any, now: datetime.datetime, *, dry_run: bool) -> dict[str, Any]:
    send = {"campaign": row.campaign, "send_date": row.send_date}
    with warehouse.transaction(discard=dry_run) as t:
        counts = {
            "messages": t.run("campaigns/skip_never_left", **send),
            "contacts": t.run("campaigns/release_never_left", **send),
            "questions": t.run("campaigns/close_questions", **send, business_date=row.business_date, now=now),
        }
        t.run("campaigns/cancel_send", **send, reason="never_left")
    return {"campaign": row.campaign, "send_date": row.send_date.isoformat(), **counts}
