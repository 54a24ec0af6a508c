"""The default provider: ``<outbox>/<send date>/<campaign>/<message id>.eml`` and ``.txt``, for people to open.

A file is written under a temporary name, flushed, then renamed: it is there as a whole or not at all. Its name is the
message id, so writing a message again changes nothing.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from crm import settings
from crm.messages import personal
from crm.messages.providers import Envelope, Outcome


class Outbox:
    """Files in place of sending."""

    name = "outbox"
    idempotent = True

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings.outbox()

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        return [self._deliver(envelope, at) for envelope in batch]

    def _deliver(self, envelope: Envelope, at: datetime.datetime) -> Outcome:
        ending = "eml" if envelope.channel == "email" else "txt"
        file = Path(str(envelope.send_date), envelope.campaign, f"{envelope.message_id}.{ending}")
        try:
            content = email(envelope, at) if ending == "eml" else sms(envelope)
        except (ValueError, MessageError):
            # The error would quote the address.
            return Outcome(envelope.message_id, "failed", "invalid_address")
        write(self.folder / file, content)
        return Outcome(envelope.message_id, "accepted", provider_message_id=str(file))


def email(envelope: Envelope, at: datetime.datetime) -> bytes:
    """The message as RFC 5322 wants it, multipart/alternative, the same bytes for the same instant.

    :raises ValueError: the address cannot stand in a header
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(envelope.sender_name, addr_spec=envelope.sender)
    message["To"] = Address(envelope.name, addr_spec=envelope.address)
    message["Subject"] = personal.fill(envelope.body.subject, envelope.values)
    message["Date"] = at
    message["Message-ID"] = f"<{envelope.message_id}@{envelope.sender.rpartition('@')[2]}>"
    message.set_content(personal.fill(envelope.body.text, envelope.values), cte="quoted-printable")
    message.add_alternative(personal.fill(envelope.body.html, envelope.values), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{envelope.message_id}")
    # Written as they are: the library would break a long link onto a line of its own, which some readers of
    # List-Unsubscribe do not join again.
    return b"".join(_header(name, value) for name, value in envelope.headers.items()) + message.as_bytes()


def _header(name: str, value: str) -> bytes:
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"header {name} holds what no header may")
    return f"{name}: {value}\r\n".encode()


def sms(envelope: Envelope) -> bytes:
    """The mobile on the first line, then the text, UTF-8."""
    return f"To: {envelope.address}\n\n{personal.fill(envelope.body.text, envelope.values)}\n".encode()


def write(file: Path, content: bytes) -> None:
    """Write ``file`` as a whole or not at all, whatever dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    with part.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(part, file)
