"""Providers take messages off our hands. One protocol; ``outbox`` (files), ``sendgrid`` (e-mail) and ``sns`` (SMS).

A provider gets bodies with tokens and, per recipient, what to put in their place: one body serves many recipients, as
mail services want it. ``idempotent`` says whether giving it the same message again is harmless: if not, what a dead
run had handed over becomes ``unknown`` and is never given again blindly.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.rendering import Body

#: Messages that are claimed together and given in one call. SendGrid takes up to 1,000 in a request; of fewer a sender
#: that is killed leaves fewer unknown, and its rate is the same. SNS takes them one by one, ten at a time.
BATCH_SIZES = {"outbox": 500, "sendgrid": 300, "sns": 20}


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG within an e-mail, which its HTML shows as ``cid:<name>``; ``name``: letters, digits, -."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message on its way out; holds personal data: never logged.

    ``values``: token -> text of every token of the body, already escaped for its place. ``headers`` are of the e-mail.
    ``attempt``: the claim that it goes out with, by which a provider can be asked what it took.
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
    occasion: str = ""
    wave: str = "main"
    attempt: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    ``failed`` is definite: the provider will never send it. ``unknown``: it may have gone out. ``deferred``: the
    provider has certainly not taken it; it is planned again, not before ``retry_after`` seconds, or, where that is
    None, after a person did what ``advice`` says (no personal data in it).
    """

    message_id: str
    status: Literal["accepted", "failed", "unknown", "deferred"]
    reason: str | None = None
    provider_message_id: str | None = None
    retry_after: float | None = None
    advice: str = ""


class Parcel(list[Envelope]):
    """Messages for one ``deliver``. ``ready``: what the provider made of them before they were handed over."""

    ready: Any = None


class Provider(Protocol):
    """Delivers batches."""

    @property
    def name(self) -> str:
        """As the business settings call it."""

    @property
    def idempotent(self) -> bool:
        """Whether delivering a message a second time changes nothing."""

    @property
    def in_flight(self) -> int:
        """Batches that it is given at the same time."""

    def prepare(self, batch: Sequence[Envelope]) -> Parcel:
        """Make of ``batch`` what can be made before it is handed over: from then on only the call itself is left."""

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        """Deliver ``batch`` at the instant ``at``; one outcome per message, in any order. Called by several threads."""


class ProviderError(Exception):
    """The provider cannot be used as it is set up, or does not answer; the message says what to do."""


def named(name: str, business: Business) -> Provider:
    """The provider of that name, with its credentials.

    :raises ProviderError: unknown name
    :raises ConnectionMissing: its Airflow connection is not there or lacks something
    """
    if name == "outbox":
        from crm.messages.providers.outbox import Outbox

        return Outbox()
    if name == "sendgrid":
        from crm.messages.providers.sendgrid import SendGrid

        return SendGrid.from_connection()
    if name == "sns":
        from crm.messages.providers.sns import Sns

        return Sns.from_connection(business.providers.sns)
    raise ProviderError(f"provider {name!r} is not available; in business.yaml set channels.*.provider to outbox")
