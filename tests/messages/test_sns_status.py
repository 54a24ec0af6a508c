"""SNS's delivery records, read from a real (local) CloudWatch Logs: what became of each SMS, no number kept."""

from __future__ import annotations

import datetime
import json

import pytest
from message_facts import make_business
from moto.server import ThreadedMotoServer

from crm.connections import ConnectionMissing
from crm.messages.responses import collecting, sns

#: CloudWatch takes no records of long ago.
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
GROUP = "sns/us-east-1/123456789012/DirectPublishToPhoneNumber"
BY_SNS = make_business(channels={"sms": {"provider": "sns"}, "email": {}})
MESSAGE = """
insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date,
    planned_send_at, send_by, locale, provider, status, provider_message_id, claimed_at)
values (%s, 'birthday', '2017', 'sms', %s, 1, crm.contact_key('sms', %s), '2017-11-22', '2017-11-22 08:00Z',
    '2017-11-23 01:00Z', 'en', 'sns', %s, %s, %s)"""


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def logs(endpoint, monkeypatch):
    """Writes delivery records as SNS does."""
    given = {"login": "key", "password": "secret", "extra": {"region_name": "us-east-1", "endpoint_url": endpoint}}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AWS", json.dumps(given))
    client = sns._client()
    for group in (GROUP, f"{GROUP}/Failure", "sns/us-east-1/123456789012/some-topic"):
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName="s")

    def write(message_id: str, answer: str | None = None, *, at: datetime.datetime = NOW, number: str = "+12025550101"):
        failed = {} if answer is None else {"providerResponse": answer}
        record = {
            "notification": {"messageId": message_id, "timestamp": f"{at:%Y-%m-%d %H:%M:%S}.123"},
            "delivery": {"destination": number, "priceInUSD": 0.00645, "smsType": "Promotional", **failed},
            "status": "SUCCESS" if answer is None else "FAILURE",
        }
        client.put_log_events(
            logGroupName=GROUP if answer is None else f"{GROUP}/Failure", logStreamName="s",
            logEvents=[{"timestamp": int(at.timestamp() * 1000), "message": json.dumps(record)}],
        )  # fmt: skip

    yield write
    for group in (GROUP, f"{GROUP}/Failure", "sns/us-east-1/123456789012/some-topic"):
        client.delete_log_group(logGroupName=group)


def test_each_sms_learns_what_became_of_it(logs, warehouse, query):
    for number, (status, known) in enumerate([("accepted", "p1"), ("accepted", "p2"), ("unknown", None)], 1):
        query(MESSAGE, number, f"m{number}", f"+1202555010{number}", status, known, NOW)
    logs("p1")
    logs("p2", "Phone is currently unreachable/unavailable", number="+12025550102")
    logs("p3", "Invalid phone number", number="+12025550103")
    counts = collecting.run(warehouse, BY_SNS, NOW)
    assert (counts["fetched"], counts["unknown"]) == (3, 0)
    assert query("select status, status_reason, provider_message_id from crm.message order by customer_id") == [
        ("delivered", None, "p1"),
        ("failed", "soft_bounce", "p2"),
        ("failed", "undelivered", "p3"),
    ]
    assert query("select channel, reason from crm.suppression") == [("sms", "bounce")]
    assert "2025550" not in str(query("select * from crm.response"))


def test_logs_are_read_on_from_where_they_ended_and_what_comes_late_is_not_lost(logs, warehouse, query):
    logs("p1")
    assert sns.fetch(warehouse, NOW) == 1
    logs("late", at=NOW - datetime.timedelta(minutes=50))
    logs("much-too-late", at=NOW - datetime.timedelta(hours=2))
    logs("new", at=NOW + datetime.timedelta(minutes=10))
    assert sns.fetch(warehouse, NOW + datetime.timedelta(minutes=20)) == 2
    assert sns.fetch(warehouse, NOW + datetime.timedelta(minutes=30)) == 0
    assert query("select count(*) from crm.response_inbox") == [(3,)]


def test_no_number_is_kept(logs, warehouse, query):
    logs("p1", "Unknown error attempting to reach phone +1 202 555 0101", number="+1-202-555-0101")
    sns.fetch(warehouse, NOW)
    assert query("select reason, contact_key = crm.contact_key('sms', '+12025550101') from crm.response_inbox") == [
        ("Unknown error attempting to reach phone …", True)
    ]


@pytest.mark.parametrize("record", ["", "x", "[]", "{}", '{"notification": 1}', '{"status": "SUCCESS"}'])
def test_what_is_no_record_is_passed_over(record):
    assert sns.event(record) is None


def test_nothing_is_fetched_where_no_channel_is_sent_by_sns(warehouse):
    assert collecting.run(warehouse, make_business(), NOW)["fetched"] == 0


def test_what_is_in_the_inbox_is_taken_in_even_while_aws_is_away(logs, warehouse, query, monkeypatch):
    logs("p1")
    sns.fetch(warehouse, NOW)
    query(MESSAGE, 1, "m1", "+12025550101", "accepted", "p1", NOW)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AWS", "{}")
    with pytest.raises(ConnectionMissing, match="crm_aws has no region_name"):
        collecting.run(warehouse, BY_SNS, NOW)
    assert query("select status from crm.message") == [("delivered",)]
