"""A request to SendGrid's v3 mail/send: one body with tokens, and per recipient what to put in their place."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from crm import addresses
from crm.messages.providers import Envelope

#: Bytes of the substitutions of one personalization.
MOST_SUBSTITUTIONS = 10_000

#: What means something else in a header: a name that holds one breaks it, unquoted, and SendGrid drops the message.
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,"]+')


class _Unseen(bytes):
    """Bytes that no log line shows: the client writes each body into its debug lines, seen or not."""

    def __format__(self, spec: str) -> str:
        return f"{len(self)} bytes"


class Ready:
    """The body of a request, ready to leave: the client asks for nothing but its bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = _Unseen(content)

    def encode(self, encoding: str) -> bytes:
        return self._content


def ready(part: Sequence[Envelope]) -> Ready:
    """The request for messages that are ``alike``, as bytes."""
    return Ready(json.dumps(body_of(part)).encode())


def is_too_large(envelope: Envelope) -> bool:
    """Whether the personal values of a message are more than SendGrid takes."""
    values = envelope.values
    if sum(map(len, values.values())) * 4 + 40 * len(values) < MOST_SUBSTITUTIONS:
        return False
    return sum(len(token) + len(text.encode()) for token, text in values.items()) >= MOST_SUBSTITUTIONS


def alike(batch: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """``batch`` in groups that differ by their recipients alone."""
    groups: dict[tuple[Any, ...], list[Envelope]] = defaultdict(list)
    for e in batch:
        groups[e.body, e.sender, e.sender_name, e.campaign, e.occasion, e.wave, e.pictures].append(e)
    yield from groups.values()


def body_of(part: Sequence[Envelope]) -> dict[str, Any]:
    """The request for messages that are ``alike``."""
    first = part[0]
    return {
        "personalizations": [
            {
                "to": [_recipient(e)],
                "headers": e.headers,
                "substitutions": e.values,
                "custom_args": {"crm_message": e.message_id} | ({"crm_attempt": e.attempt} if e.attempt else {}),
            }
            for e in part
        ],
        "from": _sender(first),
        "subject": first.body.subject,
        "content": [
            {"type": "text/plain", "value": first.body.text},
            {"type": "text/html", "value": first.body.html},
        ],
        "categories": list(dict.fromkeys([first.campaign, first.occasion, f"{first.campaign}/{first.wave}"])),
        # Ours is signed and obeyed at once; a second one would be of another list.
        "tracking_settings": {"subscription_tracking": {"enable": False}},
        **_pictures(first),
    }


def _pictures(envelope: Envelope) -> dict[str, Any]:
    attached = [
        {
            "content": base64.b64encode(picture.content).decode(),
            "type": "image/png",
            "filename": f"{picture.name}.png",
            "disposition": "inline",
            "content_id": picture.name,
        }
        for picture in envelope.pictures
    ]
    return {"attachments": attached} if attached else {}


def _recipient(envelope: Envelope) -> dict[str, str]:
    name = _plain(envelope.name)
    address = addresses.ascii_domain(envelope.address)
    return {"email": address, "name": name} if name else {"email": address}


def _sender(envelope: Envelope) -> dict[str, str]:
    name = _plain(envelope.sender_name)
    address = addresses.ascii_domain(envelope.sender)
    return {"email": address, "name": name} if name else {"email": address}


def _plain(name: str) -> str:
    """The name without what SendGrid takes in none; "" where nothing that is read remains."""
    if not _SPECIAL.search(name):
        return name
    line = " ".join(_SPECIAL.sub(" ", name).split())
    return line if any(map(str.isalnum, line)) else ""
