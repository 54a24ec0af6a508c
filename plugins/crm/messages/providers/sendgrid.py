"""E-mail through SendGrid's v3 mail/send, by its official client: up to 1,000 recipients of one body in a request.

The Airflow connection ``crm_sendgrid``: ``password`` is the API key (scope Mail Send); ``host`` another endpoint
(``api.eu.sendgrid.com``, ``http://127.0.0.1:8025``); extra ``timeout``: seconds without an answer after which the
messages of a request are unknown (60).
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable, Sequence
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crm import connections, settings
from crm.messages.providers import Envelope, Outcome, Parcel, ProviderError
from crm.messages.providers.sendgrid_answer import RETRY_SECONDS, Answer, of_failure, of_response, of_status
from crm.messages.providers.sendgrid_request import Ready, alike, is_too_large, ready

if TYPE_CHECKING:
    from crm.connections import Connection

TIMEOUT_SECONDS = 60.0
#: So many messages were refused one by one, none was taken and SendGrid never said why: it is not about them.
SUSPICIOUS = 5
#: Said so, the client sends a body as it is; else it would make JSON of it, after the messages are handed over.
_AS_IT_IS = {"Content-Type": "application/json; charset=utf-8"}


class SendGrid:
    """Messages of one body go together; a refused recipient fails alone.

    ``timeout``: seconds. ``endpoint``: scheme and host.
    """

    name = "sendgrid"
    idempotent = False
    in_flight = 6

    def __init__(self, key: str, endpoint: str, timeout: float = TIMEOUT_SECONDS) -> None:
        from sendgrid import SendGridAPIClient

        # The client's debug lines quote addresses and the key.
        logging.getLogger("python_http_client").setLevel(logging.WARNING)
        self._client = SendGridAPIClient(key, host=endpoint).client
        self._timeout = timeout

    @classmethod
    def from_connection(cls) -> SendGrid:
        """The account of ``crm_sendgrid``.

        :raises ConnectionMissing: there is no such connection, or no key in it
        :raises ProviderError: its host is none
        """
        found = connections.get(settings.SENDGRID_CONNECTION)
        timeout = float(found.extra.get("timeout") or TIMEOUT_SECONDS)
        return cls(found.required("password"), endpoint(found), timeout)

    def prepare(self, batch: Sequence[Envelope]) -> Parcel:
        parcel = Parcel(batch)
        parcel.ready = [(each, ready(each)) for each in alike([e for e in batch if not is_too_large(e)])]
        return parcel

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        made = batch.ready if isinstance(batch, Parcel) and batch.ready is not None else self.prepare(batch).ready
        too_large = [e for e in batch if is_too_large(e)]
        outcomes = [Outcome(e.message_id, "failed", "too_large") for e in too_large]
        waiting = list(made)
        while waiting:
            part, body = waiting.pop()
            outcomes += self._isolate(part, body, at)
            if outcomes[-1].status in ("deferred", "unknown"):
                break
        return outcomes + [_not_tried(e.message_id, outcomes[-1]) for part, _ in waiting for e in part]

    def _isolate(self, request: list[Envelope], made: Ready, at: datetime.datetime) -> list[Outcome]:
        """Send ``request``, ``made`` before; where SendGrid refuses a recipient the others go without it.

        Where it takes nothing more, or gives no answer, nothing more is tried, and that outcome stands last.
        """
        outcomes: list[Outcome] = []
        waiting, unexplained = [request], 0
        while waiting:
            part = waiting.pop()
            answer = self._post(made if part is request else ready(part), at)
            bad = {i for i in answer.indexes if i < len(part)} or ({0} if len(part) == 1 else set())
            match answer.verdict:
                case "accepted":
                    outcomes += _outcomes(part, "accepted", answer)
                case "deferred" | "unknown":
                    untried = [e.message_id for each in waiting for e in each]
                    ended = _outcomes(part, answer.verdict, answer)
                    return [*outcomes, *(_not_tried(message_id, ended[-1]) for message_id in untried), *ended]
                case "refused" if bad:
                    unexplained += not answer.indexes
                    outcomes += [Outcome(part[i].message_id, "failed", "rejected_by_provider") for i in bad]
                    if rest := [e for i, e in enumerate(part) if i not in bad]:
                        waiting.append(rest)
                case "too_large" if len(part) == 1:
                    outcomes.append(Outcome(part[0].message_id, "failed", "too_large"))
                case _:
                    waiting += [part[len(part) // 2 :], part[: len(part) // 2]]
            if unexplained >= SUSPICIOUS and not any(outcome.status == "accepted" for outcome in outcomes):
                said = f'says "{answer.words}"' if answer.words else "does not say why"
                advice = f"SendGrid refuses every message (400) and {said}: look at one in its activity feed"
                return _outcomes(request, "deferred", Answer("deferred", "refused", advice=advice))
        return outcomes

    def _post(self, made: Ready, at: datetime.datetime) -> Answer:
        from python_http_client.exceptions import HTTPError

        try:
            response = self._client.mail.send.post(request_body=made, request_headers=_AS_IT_IS, timeout=self._timeout)
        except HTTPError as error:
            return of_status(error.status_code, error.body, error.headers, at)
        except (OSError, HTTPException) as error:
            return of_failure(error)
        return of_response(response)


def endpoint(connection: Connection) -> str:
    """Scheme and host of the account.

    :raises ProviderError: its host is none
    """
    host = connection.host or "api.sendgrid.com"
    endpoint = host if "://" in host else f"https://{host}"
    if connection.port:
        endpoint = f"{endpoint.rstrip('/')}:{connection.port}"
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProviderError(f"Airflow connection {connection.connection_id}: its host is no https://host[:port]")
    return endpoint.rstrip("/")


def _outcomes(part: Iterable[Envelope], status: str, answer: Answer) -> list[Outcome]:
    return [
        Outcome(
            e.message_id,
            status,  # type: ignore[arg-type]
            answer.reason or None,
            None,
            answer.retry_after,
            answer.advice,
        )
        for e in part
    ]


def _not_tried(message_id: str, after: Outcome) -> Outcome:
    """A message that was not given to SendGrid because of what became of the one before."""
    if after.status == "deferred":
        return Outcome(message_id, "deferred", after.reason, None, after.retry_after, after.advice)
    return Outcome(message_id, "deferred", "no_answer", retry_after=RETRY_SECONDS)
