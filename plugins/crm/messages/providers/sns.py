"""SMS through Amazon SNS (boto3): one ``publish`` a message.

The Airflow connection ``crm_aws``: ``login`` and ``password`` are the access key and its secret (empty: the machine's
own role), extra ``region_name`` and, for another endpoint, ``endpoint_url``. What an SMS may cost and who sends it are
settings (``providers.sns``).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from crm import connections, settings
from crm.messages import personal
from crm.messages.providers import Envelope, Outcome, Parcel
from crm.messages.responses.inbox import plain

if TYPE_CHECKING:
    from crm import business

#: Publishes at the same time.
SIDE_BY_SIDE = 10
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60
#: How long to wait where SNS takes no more.
RETRY_SECONDS = 5.0
#: Characters of a message of SNS's that are passed on.
_LONGEST = 150

_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
}
_BAD_RECIPIENT = {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError"}


class Sns:
    """Sends each message by itself, so that a refused number fails alone."""

    name = "sns"
    idempotent = False
    in_flight = 1

    def __init__(self, client: Any, sns: business.Sns) -> None:
        self._client = client
        self._attributes = _attributes(sns)

    @classmethod
    def from_connection(cls, sns: business.Sns) -> Sns:
        """The account of ``crm_aws``.

        :raises ConnectionMissing: there is no such connection, or no region in it
        """
        import boto3
        from botocore.config import Config

        found = connections.get(settings.AWS_CONNECTION)
        client = boto3.client(
            "sns",
            region_name=found.required("region_name"),
            endpoint_url=found.extra.get("endpoint_url"),
            aws_access_key_id=found.login or None,
            aws_secret_access_key=found.password or None,
            # A publish without an answer may have gone out: nothing but the ledger tries again.
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                max_pool_connections=SIDE_BY_SIDE,
            ),
        )
        return cls(client, sns)

    def prepare(self, batch: Sequence[Envelope]) -> Parcel:
        return Parcel(batch)

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return list(pool.map(self._publish, batch))

    def _publish(self, envelope: Envelope) -> Outcome:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.publish(
                PhoneNumber=envelope.address,
                Message=personal.fill(envelope.body.text, envelope.values).strip(),
                MessageAttributes=self._attributes,
            )
        except (ClientError, BotoCoreError) as error:
            return _of_error(envelope.message_id, error)
        return Outcome(envelope.message_id, "accepted", provider_message_id=answer["MessageId"])


def _attributes(sns: business.Sns) -> dict[str, dict[str, str]]:
    found: dict[str, tuple[str, str]] = {"AWS.SNS.SMS.SMSType": ("String", sns.sms_type)}
    if sns.sender_id:
        found["AWS.SNS.SMS.SenderID"] = ("String", sns.sender_id)
    if sns.max_price:
        found["AWS.SNS.SMS.MaxPrice"] = ("Number", f"{sns.max_price:.5f}")
    return {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in found.items()}


def _of_error(message_id: str, error: Exception) -> Outcome:
    """What an error of boto3 says: SNS took the message (unknown), or certainly not."""
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return Outcome(message_id, "deferred", "unreachable", retry_after=RETRY_SECONDS)
    response = getattr(error, "response", None) or {}
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLED or status == 429:
        return Outcome(message_id, "deferred", "throttled", retry_after=RETRY_SECONDS)
    if code in ("OptedOut", "OptedOutException"):
        return Outcome(message_id, "failed", "opted_out_at_provider")
    if code in _BAD_RECIPIENT and "PhoneNumber" in str(response["Error"].get("Message")):
        return Outcome(message_id, "failed", "rejected_by_provider")
    if 400 <= status < 500 or isinstance(error, NoCredentialsError):
        return Outcome(message_id, "deferred", "refused", advice=_advice(code, response))
    return Outcome(message_id, "unknown", "no_answer")


def _advice(code: str, response: dict[str, Any]) -> str:
    """SNS's words, nothing personal in them, and what to do."""
    words = plain(response.get("Error", {}).get("Message"))
    said = f"SNS refuses to publish ({code or 'no credentials'}{f': {words[:_LONGEST]}' if words else ''})"
    if re.search("spend|quota|limit", words or "", re.IGNORECASE):
        return f"{said}: raise the account's monthly SMS spending limit in AWS, or wait until its month ends"
    if re.search("sandbox", words or "", re.IGNORECASE):
        return f"{said}: ask AWS to move the account out of the SMS sandbox"
    return f"{said}: check Airflow connection {settings.AWS_CONNECTION} (right sns:Publish, region)"
