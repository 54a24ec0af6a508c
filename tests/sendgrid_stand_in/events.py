"""Events as SendGrid's Event Webhook posts them: built, signed (ECDSA P-256, SHA-256), repeated, reordered.

``Signer.headers(body)`` signs what ``body(events)`` wrote; ``public_key`` is what SendGrid shows in its settings.
Custom arguments stand at the top level of an event, as SendGrid puts them (``crm_message``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import time
from collections.abc import Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

_MAIL_PROGRAM = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"

#: What each kind of event says beyond the common fields.
KINDS: dict[str, dict[str, Any]] = {
    "processed": {},
    "deferred": {"response": "450 4.2.1 mailbox busy", "attempt": "1"},
    "delivered": {"response": "250 OK", "tls": 1},
    "bounce": {
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 no such user",
        "bounce_classification": "Invalid Address",
    },
    "blocked": {
        "type": "blocked",
        "status": "4.7.1",
        "reason": "421 4.7.1 try again later",
        "bounce_classification": "Mailbox Unavailable",
    },
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
    "open": {"useragent": _MAIL_PROGRAM, "ip": "203.0.113.7", "sg_machine_open": False},
    "click": {
        "useragent": _MAIL_PROGRAM,
        "ip": "203.0.113.7",
        "url": "https://shop.example/",
        "url_offset": {"index": 0, "type": "html"},
    },
    "spamreport": {},
    "unsubscribe": {},
    "group_unsubscribe": {"asm_group_id": 10},
}  # fmt: skip


def event(kind: str, message_id: str, *, email: str, at: int, number: int = 0, **more: Any) -> dict[str, Any]:
    """One event of ``KINDS`` about the message; the same arguments give the same ``sg_event_id``.

    SendGrid calls a block a bounce of type ``blocked``, and so does this.

    :param at: when it happened, Unix seconds
    :param number: tells events of one kind about one message apart
    :param more: overrides or adds fields
    """
    digest = hashlib.sha256(f"{kind}/{message_id}/{number}".encode()).digest()
    return {
        "email": email,
        "timestamp": at,
        "event": "bounce" if kind == "blocked" else kind,
        "sg_event_id": base64.urlsafe_b64encode(digest[:24]).decode(),
        "sg_message_id": f"{message_id}.recvd-stand-in-1.0",
        "smtp-id": f"<{message_id}@stand-in>",
        "category": ["stand-in"],
        "crm_message": message_id,
        **KINDS[kind],
        **more,
    }


def disordered(
    events: Sequence[dict[str, Any]], chance: random.Random, *, repeats: float = 0.3, size: int = 100
) -> list[list[dict[str, Any]]]:
    """``events`` in posts of up to ``size``, shuffled, a share of ``repeats`` of them again up to three times."""
    again = [each for each in events if chance.random() < repeats for _ in range(chance.randint(1, 3))]
    mixed = [*events, *again]
    chance.shuffle(mixed)
    return [mixed[start : start + size] for start in range(0, len(mixed), size)]


def body(events: Iterable[dict[str, Any]]) -> bytes:
    """The body of a post: a JSON array with SendGrid's line breaks."""
    return ("[" + ",\r\n".join(json.dumps(each) for each in events) + "]\r\n").encode()


class Signer:
    """A key pair of the webhook."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._key = private_key or ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """Base64 of the DER, as SendGrid shows it and its helper reads it."""
        return base64.b64encode(
            self._key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).decode()

    def headers(self, payload: bytes, *, at: int | None = None) -> dict[str, str]:
        """The headers of a signed post of ``payload``; ``at``: Unix seconds, default now."""
        timestamp = str(int(time.time()) if at is None else at)
        signature = self._key.sign(timestamp.encode() + payload, ec.ECDSA(hashes.SHA256()))
        return {
            "Content-Type": "application/json",
            SIGNATURE: base64.b64encode(signature).decode(),
            TIMESTAMP: timestamp,
        }
