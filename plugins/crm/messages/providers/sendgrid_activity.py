"""Asking SendGrid what it took: its Email Activity API (``GET /v3/messages``), an addition to the account.

Switched on by ``providers.sendgrid.activity``; the API key of ``crm_sendgrid`` needs the scope Email Activity. A
request carries its attempt as the custom argument ``crm_attempt``; no address is asked about.
"""

from __future__ import annotations

from http.client import HTTPException
from typing import Any

from crm import connections, settings
from crm.messages.providers import ProviderError
from crm.messages.providers.sendgrid import TIMEOUT_SECONDS, endpoint

#: SendGrid answers six questions a minute.
QUESTIONS = 5
_NO_ANSWER = "SendGrid's Email Activity API gives no answer; it is asked again"


class Activity:
    """What SendGrid knows of messages that it may have taken."""

    name = "sendgrid"
    questions = QUESTIONS

    def __init__(self, client: Any, timeout: float = TIMEOUT_SECONDS) -> None:
        self._client = client
        self._timeout = timeout

    @classmethod
    def from_connection(cls) -> Activity:
        """The account of ``crm_sendgrid``.

        :raises ConnectionMissing: there is no such connection, or no key in it
        """
        from sendgrid import SendGridAPIClient

        found = connections.get(settings.SENDGRID_CONNECTION)
        return cls(SendGridAPIClient(found.required("password"), host=endpoint(found)).client)

    def found(self, attempt: str) -> int:
        """How many messages of ``attempt`` SendGrid has, one at most: 0 = it took none.

        :raises ProviderError: it does not say; the message tells what to do
        """
        from python_http_client.exceptions import HTTPError

        query = {"query": f"(unique_args['crm_attempt']=\"{attempt}\")", "limit": 1}
        try:
            answer = self._client.messages.get(query_params=query, timeout=self._timeout)
            return len(answer.to_dict["messages"])
        except HTTPError as error:
            if error.status_code == 429 or error.status_code >= 500:
                raise ProviderError(_NO_ANSWER) from None
            raise ProviderError(
                f"SendGrid answered {error.status_code} to messages (its Email Activity API): the account needs "
                f"additional email activity history, and the key of {settings.SENDGRID_CONNECTION} the scope Email "
                "Activity; or switch providers.sendgrid.activity off"
            ) from None
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            raise ProviderError(_NO_ANSWER) from None
