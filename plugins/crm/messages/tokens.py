"""Signed message ids: what an unsubscribe link carries. No address in it, and no end while the message exists.

``<message id>.<mac>``: the first 120 bits of HMAC-SHA256 (RFC 2104) in base64url. The key is the password of Airflow's
connection ``crm_links``; keys of before, whose links are still in mailboxes, are its extra ``previous`` (a list).
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from crm import connections, settings

_BYTES = 15


@dataclass(frozen=True)
class Signer:
    """Signs with the first key, reads what any of them signed."""

    keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def from_connection(cls) -> Signer:
        """The keys of ``crm_links``.

        :raises ConnectionMissing: there is no such connection, or it has no password
        """
        found = connections.get(settings.LINKS_CONNECTION)
        keys = [found.required("password"), *found.extra.get("previous", [])]
        return cls(tuple(key.encode() for key in keys))

    def token(self, message_id: str) -> str:
        """What the link of the message carries."""
        return f"{message_id}.{_mac(self.keys[0], message_id)}"

    def message_id(self, token: str) -> str | None:
        """The message that ``token`` names; None where it is not of our making."""
        message_id, _, mac = token.partition(".")
        genuine = [hmac.compare_digest(_mac(key, message_id).encode(), mac.encode()) for key in self.keys]
        return message_id if any(genuine) else None


def _mac(key: bytes, message_id: str) -> str:
    digest = hmac.digest(key, b"unsubscribe:" + message_id.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:_BYTES]).decode()
