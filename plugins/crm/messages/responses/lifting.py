"""The one way back: what was noted of a customer is taken back where a person or a provider erred, and only there.

Nothing is deleted: the row stays, with date, author, cause and the author's words. What the customer says afterwards
counts anew.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from crm.messages.responses.inbox import plain
from crm.messages.responses.opt_outs import known_on

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction

#: Why something may be taken back: the provider erred, an operator did, the customer consented anew.
CAUSES = ("false_bounce", "slip", "renewed_consent")
#: Who spoke for themselves made no slip, whoever noted it.
_THEIR_OWN = ("unsubscribe page",)


class LiftError(ValueError):
    """Nothing can be taken back as asked; the message says what to give and holds no personal data."""


def causes(reason: str, source: str) -> tuple[str, ...]:
    """Why what ``source`` noted may be taken back; empty = never (an erasure).

    :param reason: opt_out, complaint or bounce
    :param source: as in ``crm.suppression``
    """
    if source == "erasure":
        return ()
    if reason == "bounce":
        return ("false_bounce",)
    if source in _THEIR_OWN or source.endswith(" event"):
        return ("renewed_consent",)
    return ("slip", "renewed_consent")


def lift(
    t: Transaction,
    business: Business,
    customer_id: int,
    *,
    reason: str,
    channel: str,
    because: str,
    note: str,
    by: str,
    now: datetime.datetime,
    contact_key: str | None = None,
) -> int:
    """Take back what was noted of a customer for ``reason`` and ``channel`` (email, sms or all).

    :param contact_key: of a bounce: the address that it is about
    :param note: the author's words; addresses and numbers in it are not kept
    :return: rows that were taken back; 0 = none stands that ``because`` is a cause for
    :raises LiftError: no such cause, or no note
    """
    if because not in CAUSES:
        raise LiftError(f"the cause is one of {', '.join(CAUSES)}")
    words = plain(note)
    if not words:
        raise LiftError("write down how it is known: nothing is taken back without a note")
    found = t.rows(
        "responses/lift",
        customer_id=customer_id, reason=reason, channel=channel, contact_key=contact_key, because=because, note=words,
        by=by, now=now, known_on=known_on(t, business, now),
    )  # fmt: skip
    return len(found)
