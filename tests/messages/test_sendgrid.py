"""SendGrid behind the ledger, against a local stand-in that answers as SendGrid does."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, FAILURES, PLANNED, SEND_BY, Planner, RunningClock, make_business

from crm.business import Business, Channel
from crm.local.postgres import free_port
from crm.messages import lanes, settling
from crm.messages.providers import Envelope, ProviderError
from crm.messages.providers.sendgrid import SendGrid
from crm.messages.providers.sendgrid_activity import Activity
from crm.messages.providers.sendgrid_answer import of_status
from crm.messages.providers.sendgrid_request import body_of
from crm.messages.rendering import Body
from crm.messages.sending import send
from crm.warehouse import Warehouse
from sendgrid_stand_in.server import StandIn

SPEC = Path(__file__).resolve().parents[3] / "shared" / "sendgrid" / "spec"
EMAIL = Channel(provider="sendgrid", sender="hello@shop.example")
Start = Callable[..., StandIn]
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    running: list[StandIn] = []

    def begin(timeout: float = 5, **options: Any) -> StandIn:
        running.append(StandIn(**options).start())
        monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", running[-1].connection(timeout=timeout))
        return running[-1]

    yield begin
    for stand_in in running:
        stand_in.stop()


@pytest.fixture
def run(warehouse: Warehouse) -> Run:
    def go(
        clock: Any = None, *, business: Business | None = None, batch_size: int | None = None, name: str = "run-1"
    ) -> dict[str, Any]:
        business = business or make_business(channels={"email": EMAIL})
        clock = clock or RunningClock()
        return send(
            warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock, run_id=name, batch_size=batch_size
        )

    return go


def test_requests_are_as_sendgrid_describes_them(run: Run, plan: Planner, start: Start) -> None:
    if not SPEC.is_dir():
        pytest.skip(f"needs SendGrid's API description in {SPEC}")
    stand_in = start(spec=SPEC)
    plan.decide(3, name="Ng, Zoë; Dr.", offer={"text": {"en": "10 off <now>", "zh-CN": "减10"}, "code": "TEN"})
    plan.decide(2, first=10, locale="zh-CN", name="王小明")
    report = run()
    assert (report["outcome"], report["accepted"], stand_in.problems) == ("sent", 5, [])
    assert sorted(len(request["personalizations"]) for request in stand_in.requests) == [2, 3]
    (english,) = (r for r in stand_in.requests if len(r["personalizations"]) == 3)
    assert english["from"] == {"email": "hello@shop.example", "name": "Test Shop"}
    assert english["categories"] == ["thanksgiving", "thanksgiving-2017", "thanksgiving/main"]
    assert english["tracking_settings"] == {"subscription_tracking": {"enable": False}}
    known = dict(plan.query("select message_id, customer_id from crm.message"))
    for personalization in english["personalizations"]:
        message_id = personalization["custom_args"]["crm_message"]
        assert personalization["to"] == [{"email": f"c{known[message_id]}@example.com", "name": "Ng Zoë Dr."}]
        assert message_id in personalization["headers"]["List-Unsubscribe"]
        assert personalization["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        plain, html = (part["value"] for part in english["content"])
        for token, value in personalization["substitutions"].items():
            plain, html = plain.replace(token, value), html.replace(token, value)
        assert "10 off <now>" in plain
        assert "10 off &lt;now&gt;" in html
        assert "@@" not in plain + html
        assert "c1@example.com" not in plain + html


@pytest.mark.parametrize("says_which", [True, False])
def test_a_refused_recipient_fails_alone(run: Run, plan: Planner, start: Start, says_which: bool) -> None:
    stand_in = start(refused=frozenset({"c3@example.com", "c8@example.com"}), says_which=says_which)
    plan.decide(10)
    report = run()
    assert (report["accepted"], report["reasons"]) == (8, {"failed": {"rejected_by_provider": 2}})
    assert plan.query("select customer_id from crm.message where status = 'failed' order by 1") == [(3,), (8,)]
    assert set(stand_in.accepted.values()) == {1}
    assert plan.released() == 2
    assert plan.query(FAILURES) == [("failed", "rejected_by_provider", 2)]


def test_a_request_that_is_too_large_is_split_and_a_message_that_is_fails(
    run: Run, plan: Planner, start: Start
) -> None:
    stand_in = start()
    stand_in.script.extend(["413", "202", "413", "413"])
    plan.decide(4)
    report = run()
    assert (report["accepted"], report["reasons"]) == (3, {"failed": {"too_large": 1}})
    assert sorted(stand_in.accepted.values()) == [1, 1, 1]


@pytest.mark.parametrize(("status", "said"), [("401", "crm_sendgrid.*Mail Send"), ("403", "crm_sendgrid")])
def test_a_refused_key_takes_nothing_and_says_what_to_do(
    run: Run, plan: Planner, start: Start, status: str, said: str
) -> None:
    stand_in = start()
    stand_in.script.extend(["202", *[status] * 8])
    plan.decide(6)
    with pytest.raises(ProviderError, match=said):
        run(batch_size=2)
    accepted = len(stand_in.accepted)
    assert plan.statuses() == {"accepted": accepted, "planned": 6 - accepted}
    stand_in.script.clear()
    assert run()["accepted"] == 6
    assert set(stand_in.accepted.values()) == {1}


def test_a_refusal_that_is_not_about_recipients_fails_nobody(run: Run, plan: Planner, start: Start) -> None:
    stand_in = start()
    stand_in.script.extend(["400"] * 60)
    plan.decide(20)
    with pytest.raises(ProviderError, match="refuses every message"):
        run()
    assert plan.statuses() == {"planned": 20}
    assert stand_in.answered["400"] < 20


def test_a_throttled_sender_waits_as_it_is_told(
    run: Run, plan: Planner, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in, clock, pauses = start(retry_after=1), RunningClock(), []
    pause = lanes.Lanes._pause

    def noted(self: lanes.Lanes, lane: Any, until: datetime.datetime) -> bool:
        went_on = pause(self, lane, until)
        pauses.append((until, clock.now(), went_on))
        return went_on

    monkeypatch.setattr(lanes.Lanes, "_pause", noted)
    stand_in.script.append("429")
    plan.decide(4)
    assert run(clock)["accepted"] == 4
    assert any(until <= ended for until, ended, went_on in pauses if went_on), "it went on when it was told to"
    assert set(stand_in.accepted.values()) == {1}


@pytest.mark.parametrize(
    ("seconds", "until"), [(600, PLANNED + datetime.timedelta(hours=2, seconds=600)), (86400, SEND_BY)]
)
def test_a_long_wait_holds_the_run_until_send_by_at_most(
    run: Run, plan: Planner, start: Start, seconds: int, until: datetime.datetime
) -> None:
    start(retry_after=seconds).script.append("429")
    plan.decide(4)
    report = run()
    assert (report["outcome"], report["waiting"]) == ("held", 4)
    held_until = datetime.datetime.fromisoformat(report["held_until"])
    assert abs(held_until - until) < datetime.timedelta(seconds=seconds / 2)
    assert plan.statuses() == {"planned": 4}


def test_an_unreachable_provider_takes_nothing(run: Run, plan: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = f'{{"host": "http://127.0.0.1:{free_port()}", "password": "k"}}'
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", connection)
    monkeypatch.setattr(lanes, "SHORT_PAUSE_SECONDS", 5)
    plan.decide(4)
    report = run()
    assert (report["outcome"], report["waiting"]) == ("held", 4)
    assert plan.statuses() == {"planned": 4}


@pytest.mark.parametrize("answer", ["500", "500_taken", "hang", "hang_taken", "reset", "reset_taken"])
def test_a_call_without_an_answer_leaves_its_messages_unknown_for_ever(
    run: Run, plan: Planner, start: Start, answer: str
) -> None:
    stand_in = start(timeout=1)
    stand_in.script.append(answer)
    plan.decide(4)
    report = run()
    assert (report["outcome"], report["reasons"]) == ("sent", {"unknown": {"no_answer": 4}})
    assert run()["unknown"] == 4
    assert sum(stand_in.accepted.values()) == (4 if answer.endswith("taken") else 0)
    assert plan.released() == 0


def test_a_provider_that_goes_silent_does_not_swallow_the_campaign(run: Run, plan: Planner, start: Start) -> None:
    stand_in = start()
    stand_in.script.extend(["500"] * 50)
    plan.decide(40)
    with pytest.raises(ProviderError, match="no answer"):
        run(batch_size=2)
    unknown = plan.statuses()["unknown"]
    assert unknown <= 2 * (lanes.SILENT_BATCHES + SendGrid.in_flight)
    assert plan.query(FAILURES) == [("unknown", "no_answer", unknown)], "told although the task fails"
    stand_in.script.clear()
    report = run()
    assert report["accepted"] + report["unknown"] == 40
    assert set(stand_in.accepted.values()) == {1}


def hear(plan: Planner, where: str) -> None:
    """An event has come of each message ``where``, and was taken in."""
    plan.query(
        "insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel,"
        " message_id, contact_key, kind, occurred_at, known_on)"
        " select customer_id, 'sendgrid', message_id, campaign, occasion, instance, wave, channel, message_id,"
        f" contact_key, 'processed', '2017-11-21', '2017-11-20' from crm.message where {where}"
    )


def test_unknown_messages_are_tried_again_only_where_the_settings_say_so_and_the_evidence_is_that_they_never_left(
    run: Run, plan: Planner, start: Start
) -> None:
    business = make_business(channels={"email": EMAIL}, release_unknown_after_minutes=30)
    stand_in = start()
    stand_in.script.append("500")
    plan.decide(24)
    clock = RunningClock()
    first = run(clock, business=business, batch_size=4)
    assert (first["outcome"], first["accepted"], first["unknown"]) == ("held", 20, 4)
    clock.forward(minutes=31)
    silent = run(clock, business=business)
    assert (silent["outcome"], silent["unknown"]) == ("held", 4), "nothing is heard of anybody: no evidence"
    hear(plan, "status = 'accepted'")
    assert run(clock, business=make_business(channels={"email": EMAIL}))["unknown"] == 4, "no setting says so"
    plan.query(
        "update crm.consent set granted = false where customer_id = (select min(customer_id) from crm.message"
        " where status = 'unknown')"
    )
    assert plan.query(FAILURES) == [("unknown", "no_answer", 4)]
    last = run(clock, business=business)
    assert plan.query(FAILURES) == [("unknown", "no_consent", 1)]
    assert (last["outcome"], last["accepted"], last["reasons"]) == ("sent", 23, {"unknown": {"no_consent": 1}})
    assert plan.query("select sum(taken), bool_and(status = 'done') from crm.message_batch") == [(23, True)]
    assert (len(stand_in.accepted), set(stand_in.accepted.values())) == (23, {1})
    assert plan.query("select released_by, messages, taken, heard from crm.unknown_release") == [(None, 4, 20, 20)]
    hear(plan, "status = 'accepted' and message_id not in (select message_id from crm.response)")
    plan.query("update crm.consent set granted = true")
    clock.forward(minutes=31)
    assert run(clock, business=business)["reasons"] == {"unknown": {"no_consent": 1}}, "that was its last attempt"


def test_before_the_quiet_time_is_over_nothing_is_tried_again(run: Run, plan: Planner, start: Start) -> None:
    business = make_business(channels={"email": EMAIL}, release_unknown_after_minutes=30)
    start().script.append("500")
    plan.decide(24)
    clock = RunningClock()
    run(clock, business=business, batch_size=4)
    hear(plan, "status = 'accepted'")
    plan.query("update crm.message set claimed_at = claimed_at - interval '1 hour' where status = 'accepted'")
    clock.forward(minutes=20)
    assert run(clock, business=business)["unknown"] == 4
    clock.forward(minutes=11)
    assert run(clock, business=business)["unknown"] == 0


AGAINST = {
    "an event of one of them waits": (
        "insert into crm.response_inbox (provider, event_id, message_id, kind, occurred_at)"
        " select 'sendgrid', 'one', min(message_id), 'delivered', '2017-11-21' from crm.message"
        " where status = 'unknown'"
    ),
    "an event of one of their addresses waits": (
        "insert into crm.response_inbox (provider, event_id, contact_key, kind, occurred_at)"
        " select 'sendgrid', 'one', contact_key, 'delivered', '2017-11-21' from crm.message where status = 'unknown'"
        " limit 1"
    ),
    "an event of one of them came": "select 1",
    "the provider has some of them": (
        "insert into crm.asked_attempt select distinct batch_id || '-' ||"
        " cast(extract(epoch from claimed_at) * 1000000 as bigint), 1, timestamptz '2017-11-22'"
        " from crm.message where status = 'unknown'"
    ),
    "their time is over": "update crm.message set send_by = planned_send_at where status = 'unknown'",
    "too few of the others were heard of": "delete from crm.response where customer_id % 10 = 1",
}


@pytest.mark.parametrize("against", AGAINST)
def test_with_evidence_against_it_none_of_an_attempt_is_tried_again(
    run: Run, plan: Planner, start: Start, against: str
) -> None:
    business = make_business(channels={"email": EMAIL}, release_unknown_after_minutes=30)
    start().script.append("500_taken")
    plan.decide(24)
    clock = RunningClock()
    run(clock, business=business, batch_size=4)
    one = " or customer_id = (select min(customer_id) from crm.message where status = 'unknown')"
    hear(plan, "status = 'accepted'" + (one if against == "an event of one of them came" else ""))
    plan.query(AGAINST[against])
    clock.forward(minutes=31)
    assert run(clock, business=business)["unknown"] == 4
    assert plan.query("select * from crm.unknown_release") == []


def test_where_the_provider_was_asked_and_has_none_of_them_events_of_others_are_not_needed(
    run: Run, plan: Planner, start: Start
) -> None:
    business = make_business(channels={"email": EMAIL}, release_unknown_after_minutes=30)
    start().script.append("500")
    plan.decide(24)
    clock = RunningClock()
    run(clock, business=business, batch_size=4)
    clock.forward(minutes=31)
    plan.query(AGAINST["the provider has some of them"].replace(" bigint), 1,", " bigint), 0,"))
    last = run(clock, business=business)
    assert (last["outcome"], last["accepted"]) == ("sent", 24)


def test_two_senders_at_once_give_each_message_once(run: Run, plan: Planner, start: Start) -> None:
    stand_in = start(delay=0.01)
    plan.decide(120)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda n: run(batch_size=10, name=f"run-{n}"), range(2)))
    assert [report["accepted"] for report in reports] == [120, 120]
    assert len(stand_in.accepted) == 120
    assert set(stand_in.accepted.values()) == {1}


def test_neither_addresses_nor_the_key_reach_the_log(
    run: Run, plan: Planner, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    start(refused=frozenset({"c2@example.com"}), key="SG.secret").script.extend(["429", "202"])
    plan.decide(3, name="Wilhelmina Featherstonehaugh")
    with caplog.at_level("DEBUG"):
        report = run()
    said = caplog.text + str(report)
    assert "3 of 3 messages ended" in said
    assert "Wilhelmina" not in said
    assert "c2@example.com" not in said
    assert "SG.secret" not in said


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Attn: Accounts", {"name": "Attn Accounts"}),
        ("Howdy y'all :(", {"name": "Howdy y'all"}),
        ('Ann "Nan" Lee, (Ms); x', {"name": "Ann Nan Lee Ms x"}),
        ("a:b;c,d<e>f(g)h[i]j@k\\l", {"name": "a b c d e f g h i j k l"}),
        (":( ;)", {}),
        ("王小明", {"name": "王小明"}),
        ("O'Neil-Smith Jr.", {"name": "O'Neil-Smith Jr."}),
        ("", {}),
    ],
)
def test_no_name_breaks_a_header_of_sendgrids(name: str, sent: dict[str, str]) -> None:
    request = body_of([_envelope(name=name, sender_name=f"Shop{name}")])
    assert request["personalizations"][0]["to"] == [{"email": "user@example.com", **sent}]
    assert not set(request["from"]["name"]) & set(':;,<>()[]@"\\')


@pytest.mark.parametrize(
    ("address", "sent"),
    [("user@münchen.de", "user@xn--mnchen-3ya.de"), ("pepé@example.com", "pepé@example.com")],
)
def test_a_domain_beyond_ascii_is_named_as_mail_servers_know_it(address: str, sent: str) -> None:
    request = body_of([_envelope(address=address)])
    assert request["personalizations"][0]["to"] == [{"email": sent}]


def _envelope(**changes: str) -> Envelope:
    given = {"address": "user@example.com", "name": "", "sender_name": "Shop"} | changes
    return Envelope(
        "0123456789abcdef", CAMPAIGN, "email", BUSINESS_DATE, body=Body("s", "t", "h"), values={},
        sender="hello@shop.example", headers={}, **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "message", "said", "not_said"),
    [
        (401, "Maximum credits exceeded", "Maximum credits exceeded.*no messages left", "API key"),
        (403, "Your account has been suspended.", "suspended.*support", "API key"),
        (403, "Account under review, write to ann@example.com", "under review.*support", "ann@"),
        (401, "The provided authorization grant is invalid", "grant is invalid.*check the API key", "@"),
        (403, "The from address does not match a verified Sender Identity", "verify the sender", "API key"),
        (401, None, "check the API key", "None"),
        (402, "Something new", "Something new", "API key"),
    ],
)
def test_a_refusal_passes_on_sendgrids_words_with_the_fitting_advice(
    status: int, message: str | None, said: str, not_said: str
) -> None:
    body = json.dumps({"errors": [{"message": message, "field": None}]}).encode() if message else b"<html>"
    answer = of_status(status, body, {}, PLANNED)
    assert (answer.verdict, answer.reason) == ("deferred", "refused")
    assert re.search(said, answer.advice)
    assert not_said not in answer.advice


def asked(plan: Planner) -> list[tuple[int]]:
    return plan.query("select found from crm.asked_attempt order by 1")


@pytest.mark.parametrize("is_taken", [False, True])
def test_where_the_account_has_it_sendgrid_is_asked_what_it_took(
    run: Run, warehouse: Warehouse, plan: Planner, start: Start, is_taken: bool
) -> None:
    business = make_business(
        channels={"email": EMAIL}, release_unknown_after_minutes=30, providers={"sendgrid": {"activity": True}}
    )
    stand_in = start(activity=True)
    stand_in.script.append("500_taken" if is_taken else "500")
    plan.decide(24)
    clock = RunningClock()
    run(clock, business=business, batch_size=4)
    assert settling.ask(warehouse, business, Activity.from_connection(), clock.now()) == 0, "it is too early"
    clock.forward(minutes=31)
    assert settling.ask(warehouse, business, Activity.from_connection(), clock.now()) == 1
    assert settling.ask(warehouse, business, Activity.from_connection(), clock.now()) == 0, "it was asked just now"
    assert asked(plan) == [(int(is_taken),)]
    assert run(clock, business=business)["accepted"] == (20 if is_taken else 24)
    assert set(stand_in.accepted.values()) == {1}


def test_an_account_that_does_not_know_what_it_took_proves_nothing(
    run: Run, warehouse: Warehouse, plan: Planner, start: Start
) -> None:
    business = make_business(channels={"email": EMAIL}, release_unknown_after_minutes=30)
    start().script.append("500_taken")
    plan.decide(24)
    clock = RunningClock()
    run(clock, business=business, batch_size=4)
    clock.forward(minutes=31)
    start(activity=True)  # as of a region for which nothing is recorded
    assert settling.ask(warehouse, business, Activity.from_connection(), clock.now()) == 0
    assert asked(plan) == []
    start(activity=False)
    with pytest.raises(ProviderError, match="scope Email Activity"):
        settling.ask(warehouse, business, Activity.from_connection(), clock.now())
