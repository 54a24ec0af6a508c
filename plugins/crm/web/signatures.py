"""Did SendGrid sign this, and lately? ECDSA over timestamp and body, checked by SendGrid's own helper."""

from __future__ import annotations

import datetime
from binascii import Error as Base64Error
from collections.abc import Mapping

from fastapi import HTTPException

from crm import connections, settings


def check(headers: Mapping[str, str], body: bytes, now: datetime.datetime, at_most: datetime.timedelta) -> None:
    """Return if ``body`` is what SendGrid signed no longer ago than ``at_most``.

    :raises HTTPException: 403, whatever is wrong with it
    :raises ConnectionMissing: SendGrid's public key is not set
    """
    from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader

    verifier = EventWebhook(connections.get(settings.SENDGRID_CONNECTION).required("webhook_public_key"))
    timestamp = headers.get(EventWebhookHeader.TIMESTAMP, "")
    try:
        signed_at = datetime.datetime.fromtimestamp(int(timestamp), datetime.UTC)
        signature = headers.get(EventWebhookHeader.SIGNATURE, "")
        genuine = verifier.verify_signature(body.decode(), signature, timestamp)
    except (Base64Error, ValueError, OverflowError, OSError):  # no number, no base64, no UTF-8
        raise HTTPException(403) from None
    if not genuine or abs(now - signed_at) > at_most:
        raise HTTPException(403)
