"""What became of unknown messages, by evidence: asked of the provider, else read from the events of the other messages.

A message of which nothing is heard, while nearly all others of its send were heard of, has most probably never left.
It is planned again by a person on *Today*, or by itself where ``release_unknown_after_minutes`` is set. With evidence
against it, never: nothing is sent twice.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from crm.messages import failures

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

#: Events come within minutes; so long nothing must have been heard where no setting says otherwise.
QUIET_MINUTES = 60
#: Of the other messages events must have come of so many.
SHARE = 0.95
#: Minutes until the next look where the quiet time is over and evidence has not come.
AGAIN_MINUTES = 10


@dataclass(frozen=True)
class Evidence:
    """``messages`` that may be planned again. ``taken``: others of the send that the provider had taken before the
    quiet time of ``minutes``; ``heard``: those of which events have come."""

    campaign: str
    send_date: datetime.date
    messages: int
    taken: int
    heard: int
    minutes: int

    @property
    def business_date(self) -> datetime.date:
        """The date that was decided on."""
        return self.send_date - datetime.timedelta(days=1)

    @property
    def percent(self) -> int:
        """Of the others, rounded down."""
        return 100 * self.heard // self.taken if self.taken else 0


class Register(Protocol):
    """A provider that can be asked. ``questions``: how many at once."""

    name: str
    questions: int

    def found(self, attempt: str) -> int:
        """Messages of ``attempt`` that it has."""


def ask(warehouse: Warehouse, business: Business, register: Register, now: datetime.datetime) -> int:
    """Ask ``register`` about attempts without an answer, and keep what it says; about how many.

    It is asked first about an attempt that it certainly took: if it does not know that one, it knows too little.

    :raises ProviderError: it does not say
    """
    which = {
        "provider": register.name,
        "since": business.today_at(now) - datetime.timedelta(days=1),
        "minutes": quiet_minutes(business),
        "now": now,
    }
    with warehouse.transaction() as t:
        attempts = [row.attempt for row in t.rows("messages/unknown_attempts", **which, most=register.questions - 1)]
        control = t.value("messages/control_attempt", **which) if attempts else None
    if control is None or not register.found(control):
        return 0
    for attempt in attempts:
        found = register.found(attempt)
        with warehouse.transaction() as t:
            t.run("messages/keep_asked", attempt=attempt, found=found, asked_at=now)
    return len(attempts)


def quiet_minutes(business: Business) -> int:
    """How long nothing must have been heard of a message."""
    return business.release_unknown_after_minutes or QUIET_MINUTES


def evidence(
    t: Transaction, business: Business, campaign: str, send_date: datetime.date, now: datetime.datetime
) -> Evidence:
    """What speaks for it that unknown messages of a send never left. Makes never_left for ``release``."""
    minutes = quiet_minutes(business)
    row = t.row(
        "messages/unknown_evidence", campaign=campaign, send_date=send_date, minutes=minutes, share=SHARE, now=now
    )
    return Evidence(campaign, send_date, row.messages, row.taken, row.heard, minutes)


def offered(t: Transaction, business: Business, now: datetime.datetime) -> list[Evidence]:
    """Sends of which unknown messages may be planned again by a person."""
    since = business.today_at(now) - datetime.timedelta(days=1)
    found = (
        evidence(t, business, row.campaign, row.send_date, now) for row in t.rows("messages/unknown_sends", since=since)
    )
    return [each for each in found if each.messages]


def release(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    send_date: datetime.date,
    *,
    now: datetime.datetime,
    by: str | None = None,
) -> int:
    """Plan again what never left, and keep who said so and why; how many messages.

    :param by: the user; None = a setting
    """
    with warehouse.transaction() as t:
        found = evidence(t, business, campaign, send_date, now)
        which = {"campaign": campaign, "send_date": send_date}
        released = t.rows("messages/release_unknown", **which)
        if not released:
            return 0
        t.run("messages/reopen_batches", released=json.dumps(Counter(row.batch_id for row in released)))
        t.run(
            "messages/note_release",
            **which,
            released_at=now,
            released_by=by,
            messages=len(released),
            taken=found.taken,
            heard=found.heard,
        )
    failures.count_of_campaign(warehouse, campaign, send_date)
    return len(released)
