"""What an answer of SendGrid, or its absence, says about the messages of a request."""

from __future__ import annotations

import datetime
import errno
import json
import re
import socket
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.error import URLError

from crm import settings
from crm.messages.responses.inbox import plain

#: How long to wait where SendGrid does not say.
RETRY_SECONDS = 30.0

_OF_RECIPIENT = re.compile(r"personalizations[.\[](\d+)")
#: Characters of a message of SendGrid's that are passed on.
_LONGEST = 150
#: What SendGrid says of the account, whatever the status, and what to do about it.
_FAULTS = {
    r"credit|quota|plan limit|limit exceeded|exceeded your": "the account has no messages left: buy more, or wait until"
    " its period begins anew; what was not sent is tried again",
    r"suspend|disabled|under review|frozen|banned|deactivat|terminated": "the account may not send: settle it with"
    " SendGrid's support",
    r"verified sender|sender identity|from address": "verify the sender of channels.email.sender in the account of"
    f" Airflow connection {settings.SENDGRID_CONNECTION}",
    r"ip (?:address )?(?:is )?not (?:white|allow)|access.*from this ip|not allowed from": "allow this server's address"
    " in SendGrid (Settings, IP Access Management)",
}
#: What fails before a request has left.
_BEFORE_SENDING = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH}


@dataclass(frozen=True)
class Answer:
    """``accepted``; ``refused``: nothing was taken because of the recipients ``indexes`` (none: it does not say which);
    ``too_large``; ``deferred``: nothing was taken, whoever the recipients are; ``unknown``: there was no answer.

    ``retry_after``: seconds; None = a person must do what ``advice`` says. ``words``: SendGrid's, nothing personal.
    """

    verdict: Literal["accepted", "refused", "too_large", "deferred", "unknown"]
    reason: str = ""
    indexes: frozenset[int] = frozenset()
    retry_after: float | None = None
    advice: str = ""
    words: str = ""


def of_response(response: Any) -> Answer:
    """Of a response of the official client. Only 202 means that SendGrid took the messages."""
    if response.status_code == 202:
        return Answer("accepted")
    return Answer("unknown", "no_answer")


def of_status(status: int, body: bytes, headers: Any, at: datetime.datetime) -> Answer:
    """Of an HTTP error. A 5xx may come after the messages were taken."""
    if status >= 500:
        return Answer("unknown", "no_answer")
    if status == 429:
        return Answer("deferred", "throttled", retry_after=_retry_after(headers, at))
    if status == 413:
        return Answer("too_large")
    if status == 400:
        return _of_bad_request(body)
    return Answer("deferred", "refused", advice=_advice(status, _words(body)))


def of_failure(error: Exception) -> Answer:
    """Of a call that ended without an answer: it was not taken only where it certainly never left."""
    cause = error.reason if isinstance(error, URLError) else None
    if isinstance(cause, _BEFORE_SENDING) or getattr(cause, "errno", None) in _UNREACHABLE:
        return Answer("deferred", "unreachable", retry_after=RETRY_SECONDS)
    return Answer("unknown", "no_answer")


def _of_bad_request(body: bytes) -> Answer:
    fields = [str(error.get("field") or "") for error in _errors(body)]
    indexes = [_OF_RECIPIENT.match(field) for field in fields]
    others = [field for field, index in zip(fields, indexes, strict=True) if field and not index]
    words = _words(body)
    if others:
        advice = (
            f"SendGrid refuses the request because of {', '.join(sorted(set(others)))} (400{_quoted(words)}): check "
        )
        return Answer("deferred", "refused", advice=advice + "the template and the sender")
    return Answer("refused", indexes=frozenset(int(index.group(1)) for index in indexes if index), words=words)


def _errors(body: bytes) -> list[dict[str, Any]]:
    """What SendGrid lists as errors; [] where the body is none of its own."""
    try:
        errors = json.loads(body)["errors"]
        return [error for error in errors if isinstance(error, dict)]
    except (ValueError, KeyError, TypeError):
        return []


def _words(body: bytes) -> str:
    """What SendGrid says, without addresses and numbers, and without what it might quote of a value."""
    said = [plain(error.get("message")) for error in _errors(body)]
    return "; ".join(dict.fromkeys(each[:_LONGEST].rstrip(". ") for each in said if each))


def _quoted(words: str) -> str:
    return f': "{words}"' if words else ""


def _advice(status: int, words: str) -> str:
    """What a person should do about a refusal, by what SendGrid says of it."""
    said = f"SendGrid answered {status} to mail/send{_quoted(words)}"
    for fault, advice in _FAULTS.items():
        if re.search(fault, words, re.IGNORECASE):
            return f"{said}: {advice}"
    if status in (401, 403):
        return (
            f"{said}: check the API key of Airflow connection {settings.SENDGRID_CONNECTION} (scope Mail Send) and"
            " that the sender of channels.email.sender is verified"
        )
    return said


def _retry_after(headers: Any, at: datetime.datetime) -> float:
    """Seconds, from Retry-After (seconds or a date) or X-RateLimit-Reset (Unix seconds)."""
    given, reset = headers.get("Retry-After"), headers.get("X-RateLimit-Reset")
    try:
        if given and given.strip().isdigit():
            return float(given)
        if given:
            return max(0.0, (parsedate_to_datetime(given) - at).total_seconds())
        if reset:
            return max(0.0, float(reset) - at.timestamp())
    except (ValueError, TypeError):
        pass
    return RETRY_SECONDS
