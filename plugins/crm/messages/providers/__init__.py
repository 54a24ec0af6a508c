"""Providers take messages off our hands. One protocol; ``outbox`` (files) is built in.

A provider gets bodies with tokens and, per recipient, what to put in their place: one body serves many recipients, as
mail services want it. ``idempotent`` says whether giving it the same message again is harmless: if not, what a dead
run had claimed becomes ``unknown`` and is never given again blindly.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from crm.messages.rendering import Body


@dataclass(frozen=True)
class Envelope:
    """One message on its way out; holds personal data: never logged.

    ``values``: token -> text, already escaped for the place of its token. ``headers`` are of the e-mail.
    """

    message_id: str
    campaign: str
    channel: str
    send_date: datetime.date
    address: str
    name: str
    body: Body
    values: dict[str, str]
    sender: str
    sender_name: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of one message. ``failed`` is definite: the provider will never send it."""

    message_id: str
    status: Literal["accepted", "failed", "unknown"]
    reason: str | None = None
    provider_message_id: str | None = None


class Provider(Protocol):
    """Delivers batches."""

    @property
    def name(self) -> str:
        """As the business settings call it."""

    @property
    def idempotent(self) -> bool:
        """Whether delivering a message a second time changes nothing."""

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        """Deliver ``batch`` at the instant ``at``; one outcome per message, in any order."""


class ProviderError(Exception):
    """There is no such provider."""


def named(name: str) -> Provider:
    """The provider of that name.

    :raises ProviderError: unknown name
    """
    from crm.messages.providers.outbox import Outbox

    if name == "outbox":
        return Outbox()
    raise ProviderError(f"provider {name!r} is not available; in business.yaml set channels.*.provider to outbox")
