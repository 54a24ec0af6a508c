"""SendGrid's events in our words. Source: Twilio SendGrid, "Event Webhook Reference".

A bounce of type ``blocked`` or ``expired`` may succeed next time. SendGrid drops what it has on a list of its own, and
says of which: that is obeyed as if the event itself had come. What we or our request did wrong (content, reputation, a
header that is none) is never booked on the customer.
"""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlsplit

from crm.messages.responses import machines
from crm.messages.responses.inbox import Event, identifier, plain

PROVIDER = "sendgrid"
#: The custom argument that carries our message id.
MESSAGE = "crm_message"

_KINDS = {
    "processed": "processed",
    "deferred": "deferred",
    "delivered": "delivered",
    "open": "opened",
    "click": "clicked",
    "dropped": "dropped",
    "spamreport": "complaint",
    "unsubscribe": "opt_out",
    "group_unsubscribe": "opt_out",
}
_SUPPRESSING = {"bounce": "bounce", "complaint": "complaint", "opt_out": "opt_out"}
#: Reasons of a ``dropped`` that are about the address; others (spam content, a broken header, quotas) are about us.
#: "Invalid" may be either (a name that SendGrid cannot read): alone it says nothing of the address.
_DROPPED = {
    "bounced address": "bounce",
    "spam reporting address": "complaint",
    "unsubscribed address": "opt_out",
}
_SOFT = ("blocked", "expired")
#: Beginnings of a bounce's classification that is about what we sent, or how much, or who we are.
_OURS = ("content", "reputation", "frequency", "volume", "technical")


class Malformed(Exception):
    """This is no event of SendGrid: it has no id or no time."""


def event(given: Any) -> Event:
    """One element of the webhook's list.

    :raises Malformed: it cannot be kept
    """
    try:
        event_id, told = identifier(given["sg_event_id"]), str(given["event"])
        occurred_at = datetime.datetime.fromtimestamp(int(given["timestamp"]), datetime.UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise Malformed from None
    if not event_id:
        raise Malformed
    kind = _bounce(given) if told == "bounce" else _KINDS.get(told, "other")
    return Event(
        PROVIDER,
        event_id,
        kind,
        occurred_at,
        message_id=identifier(given.get(MESSAGE)),
        provider_message_id=(identifier(given.get("sg_message_id")) or "").partition(".")[0] or None,
        suppresses=_dropped(given) if kind == "dropped" else _SUPPRESSING.get(kind),
        reason=_reason(given, told if kind == "other" else None),
        url=_without_query(given.get("url")),
        machine=_machine(given) if kind in ("opened", "clicked") else None,
    )


def _bounce(given: dict[str, Any]) -> str:
    if str(given.get("bounce_classification", "")).lower().startswith(_OURS):
        return "undelivered"
    return "soft_bounce" if str(given.get("type", "")).lower() in _SOFT else "bounce"


def _machine(given: dict[str, Any]) -> str | None:
    return machines.judge(given.get("useragent"), told=given.get("sg_machine_open") is True)


def _dropped(given: dict[str, Any]) -> str | None:
    return _DROPPED.get(str(given.get("reason", "")).strip().lower())


def _reason(given: dict[str, Any], otherwise: str | None) -> str | None:
    address = str(given.get("email") or "")
    local_part = address.partition("@")[0]
    said = given.get("reason") or given.get("response") or otherwise
    return plain(said, address, local_part if len(local_part) > 2 else "")


def _without_query(url: Any) -> str | None:
    """The link without query, fragment and sign-in: a query may carry anything."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except (ValueError, AttributeError, TypeError):
        return None
    return identifier(f"{parts.scheme}://{host}{parts.path}") if host else None
