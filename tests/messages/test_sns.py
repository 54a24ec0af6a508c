"""SMS through SNS: against moto's server, and what each error of boto3 says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from message_facts import BUSINESS_DATE, CAMPAIGN, Planner, RunningClock, make_business
from moto.moto_api._internal import moto_api_backend
from moto.server import ThreadedMotoServer
from moto.sns.models import sns_backends

from crm.business import Business, Channel, Providers
from crm.business import Sns as SnsSettings
from crm.local.postgres import free_port
from crm.messages.providers import Envelope, Outcome, ProviderError
from crm.messages.providers.sns import Sns
from crm.messages.sending import send
from crm.warehouse import Warehouse

SMS = {"sms": Channel(provider="sns", signature="Test Shop")}


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's SNS: ``sms_messages`` is what it took."""
    server = ThreadedMotoServer("127.0.0.1", free_port())
    server.start()
    connect(monkeypatch, server.get_host_and_port()[1])
    yield sns_backends["123456789012"]["us-east-1"]
    moto_api_backend.reset()
    server.stop()


def connect(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"region_name": "us-east-1", "endpoint_url": f"http://127.0.0.1:{port}"}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AWS", json.dumps({"login": "key", "password": "secret", "extra": extra}))


def shop(**settings: Any) -> Business:
    return make_business(channels=SMS, providers=Providers(sns=SnsSettings(per_second=None, **settings)))


def run(warehouse: Warehouse, business: Business | None = None) -> dict[str, Any]:
    return _send(warehouse, business or shop(), RunningClock())


def _send(warehouse: Warehouse, business: Business, clock: RunningClock) -> dict[str, Any]:
    return send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock, run_id="run-1")


def test_an_sms_reaches_sns_as_it_was_written(warehouse: Warehouse, plan: Planner, sns: Any) -> None:
    plan.decide(1, channel="sms", locale="zh-CN", name="王小明")
    plan.decide(2, first=2, channel="sms")
    report = run(warehouse)
    assert (report["outcome"], report["accepted"]) == ("sent", 3)
    taken = {answer: (number, text) for answer, (number, text) in _taken(sns).items()}
    ledger = plan.query("select provider_message_id, customer_id from crm.message")
    assert {taken[answer][0]: customer_id for answer, customer_id in ledger} == {
        f"+1202555000{n}": n for n in (1, 2, 3)
    }
    (chinese,) = (text for number, text in taken.values() if number == "+12025550001")
    assert chinese.startswith("【Test Shop】亲爱的王小明")
    assert chinese.endswith("拒收请回复R")


def test_sender_type_and_price_cap_are_told(warehouse: Warehouse, plan: Planner) -> None:
    told: list[dict[str, Any]] = []

    class Client:
        def publish(self, **given: Any) -> dict[str, str]:
            told.append(given)
            return {"MessageId": "m"}

    settings = SnsSettings(sender_id="TestShop", sms_type="Transactional", max_price=0.05)
    Sns(Client(), settings).deliver([_envelope()], RunningClock().now())
    assert told == [
        {
            "PhoneNumber": "+12025550001",
            "Message": "Test Shop: hello. Reply STOP",
            "MessageAttributes": {
                "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
                "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "TestShop"},
                "AWS.SNS.SMS.MaxPrice": {"DataType": "Number", "StringValue": "0.05000"},
            },
        }
    ]


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (("Throttling", 400, "Rate exceeded"), "deferred", "throttled"),
        (("TooManyRequestsException", 429, ""), "deferred", "throttled"),
        (("InvalidParameter", 400, "Invalid parameter: PhoneNumber Reason: …"), "failed", "rejected_by_provider"),
        (("InvalidParameter", 400, "Invalid parameter: MessageAttributes"), "deferred", "refused"),
        (("OptedOut", 400, ""), "failed", "opted_out_at_provider"),
        (("AuthorizationError", 403, ""), "deferred", "refused"),
        (("InternalError", 500, ""), "unknown", "no_answer"),
        (("ServiceUnavailable", 503, ""), "unknown", "no_answer"),
        (EndpointConnectionError(endpoint_url="http://x"), "deferred", "unreachable"),
        (ReadTimeoutError(endpoint_url="http://x"), "unknown", "no_answer"),
        (ConnectionClosedError(endpoint_url="http://x"), "unknown", "no_answer"),
        (NoCredentialsError(), "deferred", "refused"),
    ],
    ids=str,
)  # fmt: skip
def test_an_error_is_definite_or_not(error: Any, status: str, reason: str) -> None:
    from botocore.exceptions import ClientError

    class Client:
        def publish(self, **_: Any) -> None:
            if isinstance(error, Exception):
                raise error
            code, http, message = error
            answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": http}}
            raise ClientError(answer, "Publish")

    (outcome,) = Sns(Client(), SnsSettings()).deliver([_envelope()], RunningClock().now())
    assert (outcome.status, outcome.reason) == (status, reason)
    assert (outcome.retry_after is None) == (reason not in ("throttled", "unreachable"))


def test_what_got_no_answer_is_asked_once(warehouse: Warehouse, plan: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 would try a 500 again by itself."""
    import http.server
    import threading

    asked: list[str] = []

    class Broken(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connect(monkeypatch, server.server_port)
    plan.decide(2, channel="sms")
    report = run(warehouse)
    server.shutdown()
    assert report["reasons"] == {"unknown": {"no_answer": 2}}
    assert len(asked) == 2


def test_a_refused_account_takes_nothing_and_says_what_to_do(
    warehouse: Warehouse, plan: Planner, monkeypatch: pytest.MonkeyPatch, sns: Any
) -> None:
    from botocore.exceptions import ClientError

    def refuse(*_: Any) -> Any:
        class Client:
            def publish(self, **_: Any) -> None:
                raise ClientError(
                    {"Error": {"Code": "AuthorizationError"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, ""
                )

        return Sns(Client(), SnsSettings())

    plan.decide(3, channel="sms")
    with monkeypatch.context() as patch:
        patch.setattr(Sns, "from_connection", refuse)
        with pytest.raises(ProviderError, match=r"AuthorizationError.*crm_aws.*sns:Publish"):
            run(warehouse)
    assert plan.statuses() == {"planned": 3}
    assert run(warehouse)["accepted"] == 3


def _taken(sns: Any) -> dict[str, tuple[str, str]]:
    return {message_id: given[:2] for message_id, given in sns.sms_messages.items()}


def _envelope() -> Any:
    from message_facts import SEND_DATE

    from crm.messages.providers import Envelope
    from crm.messages.rendering import Body

    body = Body(subject="", text="Test Shop: hello. Reply STOP\n", html="")
    return Envelope(
        message_id="0" * 16, campaign=CAMPAIGN, channel="sms", send_date=SEND_DATE, address="+12025550001", name="Anna",
        body=body, values={}, sender="", sender_name="Test Shop", headers={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("No quota left for account", "No quota left.*spending limit"),
        ("The number +12025550101 is not verified in the SMS sandbox", "sandbox"),
        ("User is not authorized to perform: SNS:Publish", "not authorized.*crm_aws"),
    ],
)
def test_a_refusal_passes_on_the_words_of_sns_with_the_fitting_advice(message: str, advice: str) -> None:
    from botocore.exceptions import ClientError

    class Client:
        def publish(self, **_: Any) -> None:
            answer = {"Error": {"Code": "AuthorizationError", "Message": message}}
            raise ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": 403}}, "Publish")

    (outcome,) = Sns(Client(), SnsSettings()).deliver([_envelope()], RunningClock().now())
    assert re.search(advice, outcome.advice)
    assert "2025550101" not in outcome.advice


def test_of_sms_without_an_answer_those_alone_are_tried_again_of_which_nothing_was_heard(
    warehouse: Warehouse, plan: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SNS takes each message by itself: what was heard of one says nothing of the next one."""
    connect(monkeypatch, 9)
    given: Counter[str] = Counter()

    def publish(self: Sns, envelope: Envelope) -> Outcome:
        given[envelope.address] += 1
        if given[envelope.address] == 1 and envelope.address in ("+12025550001", "+12025550002"):
            return Outcome(envelope.message_id, "unknown", "no_answer")
        return Outcome(envelope.message_id, "accepted", provider_message_id=envelope.message_id)

    monkeypatch.setattr(Sns, "_publish", publish)
    business = shop().model_copy(update={"release_unknown_after_minutes": 30})
    plan.decide(22, channel="sms")
    clock = RunningClock()
    assert _send(warehouse, business, clock)["unknown"] == 2
    plan.query(
        "insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel,"
        " message_id, contact_key, kind, occurred_at, known_on)"
        " select customer_id, 'sns', message_id, campaign, occasion, instance, wave, channel, message_id, contact_key,"
        " 'delivered', '2017-11-21', '2017-11-20' from crm.message where customer_id <> 2"
    )
    clock.forward(minutes=31)
    _send(warehouse, business, clock)
    assert plan.query("select customer_id from crm.message where status = 'unknown'") == [(1,)]
    assert {number: times for number, times in given.items() if times > 1} == {"+12025550002": 2}
