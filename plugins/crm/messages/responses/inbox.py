"""The inbox: provider events as they arrive, each once, in a transaction that survives a power cut."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.warehouse import Warehouse

_LONGEST = 300
#: Addresses, and what looks like an IP or a telephone number: providers quote them in their reasons.
_PERSONAL = re.compile(
    r"[^\s<>()\"',;:=]+@[^\s<>()\"',;]+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{0,4}:){2,}[0-9a-f]{0,4}"
    r"|\+?\d[\d -]{7,}\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Event:
    """One event in our words (columns of ``crm.response_inbox``); no address, no IP, no query of a URL in it."""

    provider: str
    event_id: str
    kind: str
    occurred_at: datetime.datetime
    message_id: str | None = None
    provider_message_id: str | None = None
    contact_key: str | None = None
    suppresses: str | None = None
    reason: str | None = None
    url: str | None = None
    machine: str | None = None


def keep(warehouse: Warehouse, events: Iterable[Event]) -> int:
    """Store the events that are not in the inbox yet; committed on return. How many were new."""
    given = json.dumps([vars(event) for event in events], default=str)
    with warehouse.transaction() as t:
        return t.run("responses/keep", events=given)


def plain(text: object, *hidden: str) -> str | None:
    """Text as it may be kept: without addresses, numbers and the ``hidden`` words, cut to a length PostgreSQL takes."""
    if not isinstance(text, str) or not text.strip():
        return None
    lowered = text.lower()
    for word in hidden:
        if word and word.lower() in lowered:
            text = re.sub(re.escape(word), "…", text, flags=re.IGNORECASE)
    return identifier(_PERSONAL.sub("…", text))


def identifier(text: object) -> str | None:
    """An id as it may be kept: no control character, no half of a surrogate pair, no more than is reasonable."""
    if not isinstance(text, str) or not text:
        return None
    if text.isascii() and text.isprintable():
        return text[:_LONGEST].strip() or None
    whole = text[:_LONGEST].encode(errors="replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in whole).strip() or None
