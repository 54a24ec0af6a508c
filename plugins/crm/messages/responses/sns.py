"""SNS's delivery status of SMS, from CloudWatch Logs, in our words. No number is kept, only its key.

SNS writes one record per message into the log groups ``sns/<region>/<account>/DirectPublishToPhoneNumber`` and
``…/Failure``. Source: Amazon SNS Developer Guide, "Viewing CloudWatch metrics and logs for SMS deliveries".
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from crm import addresses, connections, settings
from crm.messages.responses import inbox
from crm.messages.responses.inbox import Event, identifier, plain

if TYPE_CHECKING:
    from crm.warehouse import Warehouse

PROVIDER = "sns"
_GROUP = re.compile(r"sns/[^/]+/\d+/DirectPublishToPhoneNumber(/Failure)?")
#: Records may come into a log late, and in any order: so much is read again. What is known already is dropped.
_OVERLAP = datetime.timedelta(hours=1)
#: How far back the first reading goes.
_FIRST = datetime.timedelta(days=3)
_AT_ONCE = 1000
#: What SNS says of a failure, beginnings; anything else says nothing of the number.
_SUPPRESSING = {
    "phone number is opted out": "opt_out",
    "phone has blocked sms": "opt_out",
    "invalid phone number": "bounce",
}
_SOFT = ("phone is currently unreachable",)


def fetch(warehouse: Warehouse, now: datetime.datetime) -> int:
    """Keep the delivery records that were written since the last time; how many were new.

    :raises ConnectionMissing: Airflow connection ``crm_aws`` is missing or has no region_name
    """
    client = _client()
    return sum(_fetch_group(warehouse, client, group, now) for group in _groups(client))


def event(record: str) -> Event | None:
    """One record of the log; None where it is none."""
    try:
        given = json.loads(record)
        message_id = identifier(given["notification"]["messageId"])
        said = datetime.datetime.fromisoformat(given["notification"]["timestamp"]).replace(tzinfo=datetime.UTC)
        status, delivery = str(given["status"]), given["delivery"]
        number = re.sub(r"[^+\d]", "", str(delivery.get("destination", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    answer = str(delivery.get("providerResponse", ""))
    delivered = status == "SUCCESS"
    return Event(
        PROVIDER,
        f"{message_id}/{status}",
        "delivered" if delivered else _failure(answer),
        said,
        provider_message_id=message_id,
        contact_key=addresses.contact_key("sms", number) if number else None,
        suppresses=None if delivered else _first(_SUPPRESSING, answer),
        reason=plain(answer),
    )


def _failure(answer: str) -> str:
    return "soft_bounce" if answer.lower().startswith(_SOFT) else "undelivered"


def _first(words: dict[str, str], answer: str) -> str | None:
    return next((meaning for begin, meaning in words.items() if answer.lower().startswith(begin)), None)


def _fetch_group(warehouse: Warehouse, client: Any, group: str, now: datetime.datetime) -> int:
    with warehouse.transaction() as t:
        read_through: datetime.datetime | None = t.value("responses/position", source=group)
    since = read_through - _OVERLAP if read_through else now - _FIRST
    events, new = _events(client, group, since), 0
    while some := list(islice(events, _AT_ONCE)):
        new += inbox.keep(warehouse, some)
    with warehouse.transaction() as t:
        t.run("responses/move_position", source=group, read_through=now)
    return new


def _events(client: Any, group: str, since: datetime.datetime) -> Iterator[Event]:
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=int(since.timestamp() * 1000)
    )
    for page in pages:
        found = (event(record["message"]) for record in page["events"])
        yield from (each for each in found if each)


def _groups(client: Any) -> list[str]:
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="sns/")
    names = (group["logGroupName"] for page in pages for group in page["logGroups"])
    return [name for name in names if _GROUP.fullmatch(name)]


def _client() -> Any:
    import boto3

    found = connections.get(settings.AWS_CONNECTION)
    return boto3.client(
        "logs",
        region_name=found.required("region_name"),
        endpoint_url=found.extra.get("endpoint_url"),
        aws_access_key_id=found.login or None,
        aws_secret_access_key=found.password or None,
    )
