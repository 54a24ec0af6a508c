"""The default provider: ``<outbox>/<send date>/<campaign>/<message id>.eml`` and ``.txt``, for people to open.

A file is written under a temporary name, then renamed: it is there as a whole or not at all. Its name is the
message id, so writing a message again changes nothing.
"""

from __future__ import annotations

import datetime
import os
import unicodedata
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from crm import addresses, settings
from crm.messages import personal
from crm.messages.providers import Envelope, Outcome, Parcel, Picture

#: What a local part may hold besides letters and digits (RFC 5322, dot-atom).
_ATOM = "!#$%&'*+-/=?^_`{|}~."


class Outbox:
    """Files in place of sending."""

    name = "outbox"
    idempotent = True
    in_flight = 1

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings.outbox()

    def prepare(self, batch: Sequence[Envelope]) -> Parcel:
        return Parcel(batch)

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

    Only headers that hold text of people go through the library: to build all of it there takes ten times as long.

    :raises ValueError: the address cannot stand in a header
    """
    boundary = f"=_{envelope.message_id}"
    headers = [
        _mailbox("From", envelope.sender_name, envelope.sender),
        _mailbox("To", envelope.name, envelope.address),
        _folded("Subject", personal.fill(envelope.body.subject, envelope.values)),
        _plain("Date", format_datetime(at)),
        _plain("Message-ID", f"<{envelope.message_id}@{addresses.ascii_domain(envelope.sender).rpartition('@')[2]}>"),
        *(_plain(name, value) for name, value in envelope.headers.items()),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    bodies = [_part("plain", personal.fill(envelope.body.text, envelope.values), boundary), _html(envelope, boundary)]
    return b"".join([*headers, *bodies, f"\r\n--{boundary}--\r\n".encode()])


def _mailbox(header: str, name: str, address: str) -> bytes:
    """A name and an address.

    A domain beyond ASCII is written as mail servers know it; a local part beyond ASCII as it is, in UTF-8 (RFC 6532):
    there is no other way to write it.
    """
    known = addresses.ascii_domain(address)
    if known.isascii():
        return _folded(header, Address(name, addr_spec=known))
    local, _, domain = known.rpartition("@")
    if not all(c.isalnum() or unicodedata.combining(c) or c in _ATOM for c in local + domain):
        raise ValueError(f"header {header} holds no address")
    shown = Address(name, username="x", domain=domain)
    display = str(shown).rpartition(" <")[0]
    return f"{header}: {f'{display} <{known}>' if display else known}\r\n".encode()


def _folded(name: str, value: str | Address) -> bytes:
    """A header with encoded words and folded lines as needed."""
    folded: str = SMTP.header_factory(name, value).fold(policy=SMTP)
    return folded.encode("ascii")


def _plain(name: str, value: str) -> bytes:
    """A header as it is: readers of List-Unsubscribe do not all join what the library would fold."""
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"header {name} holds what no header may")
    return f"{name}: {value}\r\n".encode()


def _part(subtype: str, text: str, boundary: str) -> bytes:
    """One body, quoted-printable."""
    head = f"\r\n--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    return f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode() + b2a_qp(lines.encode())


def _html(envelope: Envelope, boundary: str) -> bytes:
    """The HTML, together with the pictures that it shows."""
    page = personal.fill(envelope.body.html, envelope.values)
    if not envelope.pictures:
        return _part("html", page, boundary)
    inner = f"=_pictures_{envelope.message_id}"
    head = f'\r\n--{boundary}\r\nContent-Type: multipart/related; boundary="{inner}"\r\n'
    pictures = b"".join(_picture(picture, inner) for picture in envelope.pictures)
    return head.encode() + _part("html", page, inner) + pictures + f"\r\n--{inner}--\r\n".encode()


def _picture(picture: Picture, boundary: str) -> bytes:
    head = f"\r\n--{boundary}\r\nContent-Type: image/png\r\nContent-ID: <{picture.name}>\r\n"
    head += f'Content-Disposition: inline; filename="{picture.name}.png"\r\n'
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + encodebytes(picture.content)


def sms(envelope: Envelope) -> bytes:
    """The mobile on the first line, then the text, UTF-8."""
    return f"To: {envelope.address}\n\n{personal.fill(envelope.body.text, envelope.values)}\n".encode()


def write(file: Path, content: bytes) -> None:
    """Write ``file`` as a whole or not at all, whatever process dies (it is not forced to the disk: a power cut may
    take it)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_bytes(content)
    os.replace(part, file)
