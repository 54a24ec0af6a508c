"""What providers say of messages: responses, message states, suppressions, whatever the order in which it comes."""

from __future__ import annotations

import datetime
import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, FAILURES, PLANNED, make_business

import patience
from crm.messages.ledger import Ledger
from crm.messages.responses import collecting, inbox
from crm.messages.responses.inbox import Event

NOW = PLANNED + datetime.timedelta(hours=20)
#: Kinds of events that suppress by themselves.
SUPPRESSES = {"bounce": "bounce", "complaint": "complaint", "opt_out": "opt_out"}
STATES = "select status, status_reason from crm.message order by customer_id"
SUPPRESSED = "select channel, reason, source from crm.suppression order by 1, 2"
numbers = itertools.count()


@pytest.fixture
def ledger(plan, warehouse):
    """Three messages in the ledger, accepted by SendGrid."""
    return _ledger(plan, warehouse, customers=3, provider="sendgrid", status="accepted")


def _ledger(plan, warehouse, *, customers: int, provider: str, status: str, channel: str = "email") -> list[str]:
    plan.decide(customers, channel=channel)
    business = make_business()
    send_date = BUSINESS_DATE + datetime.timedelta(days=1)
    Ledger(warehouse, business, CAMPAIGN, BUSINESS_DATE, send_date, "test").enqueue()
    plan.query("update crm.message set provider = %s, status = %s, claimed_at = planned_send_at", provider, status)
    return [message_id for (message_id,) in plan.query("select message_id from crm.message order by customer_id")]


def said(message_id: str | None, kind: str, *, after: float = 60, **more: object) -> Event:
    """An event ``after`` seconds from the planned time."""
    at = PLANNED + datetime.timedelta(seconds=after)
    given = {"provider": "sendgrid", "event_id": f"e{next(numbers)}", "suppresses": SUPPRESSES.get(kind)} | more
    return Event(kind=kind, occurred_at=at, message_id=message_id, **given)


@pytest.fixture
def collect(warehouse):
    def run(*events: Event, now: datetime.datetime = NOW, at_once: int = 1000, **changes: object) -> dict[str, int]:
        inbox.keep(warehouse, events)
        return collecting.collect(warehouse, make_business(**changes), now, at_once)

    return run


@pytest.mark.parametrize(
    ("kinds", "end"),
    [
        (("processed",), ("accepted", None)),
        (("processed", "deferred"), ("accepted", None)),
        (("processed", "delivered"), ("delivered", None)),
        (("opened", "processed"), ("delivered", None)),
        (("complaint",), ("delivered", None)),
        (("delivered", "bounce"), ("failed", "bounce")),
        (("processed", "dropped"), ("failed", "dropped")),
        (("soft_bounce", "deferred"), ("failed", "soft_bounce")),
        (("soft_bounce", "bounce"), ("failed", "bounce")),
    ],
)
def test_states_never_go_back_whatever_the_order(ledger, collect, query, kinds, end):
    for message_id, order in zip(ledger, [kinds, kinds[::-1], None], strict=True):
        for kind in order or ():
            collect(said(message_id, kind))
    collect(*(said(ledger[2], kind) for kind in kinds))
    assert query(STATES) == [end] * 3


@pytest.mark.parametrize("status", ["planned", "claimed", "unknown", "skipped"])
def test_an_event_proves_that_the_message_was_taken(plan, warehouse, collect, query, status):
    first, second = _ledger(plan, warehouse, customers=2, provider="sendgrid", status=status)
    collect(said(first, "processed", provider_message_id="x-message-id"), said(second, "delivered"))
    assert query("select status, accepted_at = %s, provider_message_id from crm.message order by customer_id",
                 PLANNED + datetime.timedelta(seconds=60)) == [
        ("accepted", True, "x-message-id"),
        ("delivered", True, None),
    ]  # fmt: skip


def test_each_event_counts_once_and_leaves_the_inbox(ledger, collect, query):
    events = [said(message_id, kind) for message_id in ledger for kind in ("processed", "delivered", "bounce")]
    first = collect(*events, at_once=2)
    again = collect(*events)
    assert (first["events"], first["responses"], first["moved"] >= 3, first["suppressed"]) == (9, 9, True, 3)
    assert (again["events"], again["responses"], again["moved"], again["suppressed"], again["unknown"]) == (
        9,
        0,
        0,
        0,
        0,
    )
    assert query("select count(*) from crm.response_inbox") == [(0,)]
    assert collect() == {"responses": 0, "moved": 0, "released": 0, "suppressed": 0, "events": 0, "unknown": 0}


def test_what_failed_is_counted_anew_after_events_and_after_a_sender_that_counted_nothing(ledger, collect, query):
    query("update crm.message set status = 'unknown', status_reason = 'owner_died' where message_id <> %s", ledger[0])
    collect()
    assert query(FAILURES) == [("unknown", "owner_died", 2)]
    collect(said(ledger[0], "bounce"), said(ledger[1], "delivered"), said(ledger[2], "dropped"))
    assert query(FAILURES) == [("failed", "bounce", 1), ("failed", "dropped", 1)]
    late = datetime.timedelta(days=30)
    query("update crm.message set status = 'accepted'")
    collect(now=NOW + late)
    assert len(query(FAILURES)) == 2, "the past is left as it was counted"


def test_contacts_of_messages_that_failed_are_released(ledger, collect, plan):
    assert collect(said(ledger[0], "bounce"), said(ledger[1], "delivered"))["released"] == 1
    assert plan.released() == 1


def test_complaints_hard_bounces_and_opt_outs_suppress_at_once(ledger, collect, query):
    collect(said(ledger[0], "complaint"), said(ledger[1], "bounce"), said(ledger[2], "dropped", suppresses="opt_out"))
    assert query(SUPPRESSED) == [
        ("email", "bounce", "sendgrid event"),
        ("email", "complaint", "sendgrid event"),
        ("email", "opt_out", "sendgrid event"),
    ]


def test_soft_bounces_suppress_by_count_within_a_window(plan, warehouse, collect, query):
    # Five messages to one address, a day apart.
    ids = _ledger(plan, warehouse, customers=5, provider="sendgrid", status="accepted")
    query("update crm.message set contact_key = crm.contact_key('email', 'one@example.com')")
    rules = {"responses": {"soft_bounces": {"messages": 3, "days": 2}}}
    day = 86_400
    collect(said(ids[0], "soft_bounce", after=0), said(ids[0], "soft_bounce", after=60), **rules)
    collect(said(ids[4], "soft_bounce", after=9 * day), **rules)
    collect(said(ids[1], "soft_bounce", after=day), **rules)
    assert query(SUPPRESSED) == []
    collect(said(ids[2], "soft_bounce", after=2 * day), **rules)
    assert query(SUPPRESSED) == [("email", "bounce", "soft bounces")]
    assert query("select occurred_at from crm.suppression") == [(PLANNED + datetime.timedelta(days=2),)]


class TestUnknownMessages:
    def test_are_kept_aside_and_counted(self, ledger, collect, query):
        counts = collect(said("f" * 16, "delivered"), said(None, "bounce"), said(ledger[0], "delivered"))
        assert (counts["events"], counts["unknown"], counts["responses"]) == (3, 2, 1)
        assert query("select state, count(*) from crm.response_inbox group by state") == [("unknown", 2)]
        assert collect()["unknown"] == 0

    def test_count_when_the_message_becomes_known(self, warehouse, plan, collect, query):
        inbox.keep(warehouse, [said("f" * 16, "bounce")])
        collect()
        _ledger(plan, warehouse, customers=1, provider="sendgrid", status="accepted")
        query("update crm.message set message_id = %s", "f" * 16)
        assert collect(now=datetime.datetime.now(datetime.UTC))["moved"] == 1
        assert query(STATES) == [("failed", "bounce")]
        assert query("select count(*) from crm.response_inbox") == [(0,)]

    def test_are_forgotten_after_a_while(self, collect, query):
        collect(said("f" * 16, "bounce"))
        query("update crm.response_inbox set received_at = %s", NOW - datetime.timedelta(days=91))
        collect()
        assert query("select count(*) from crm.response_inbox") == [(0,)]


def test_an_sms_is_found_by_the_providers_id_or_where_that_was_lost_by_its_address(plan, warehouse, collect, query):
    _ledger(plan, warehouse, customers=3, provider="sns", status="accepted", channel="sms")
    query("update crm.message set provider_message_id = 'p1' where customer_id = 1")
    query("update crm.message set status = 'unknown', status_reason = 'no_outcome' where customer_id > 1")
    keys = [str(key) for (key,) in query("select contact_key from crm.message order by customer_id")]
    collect(
        said(None, "delivered", provider="sns", provider_message_id="p1", contact_key=keys[0]),
        said(None, "undelivered", provider="sns", provider_message_id="p2", contact_key=keys[1]),
        said(None, "delivered", provider="sns", provider_message_id="p3", contact_key=keys[2], after=-7200),
    )
    assert query("select status, status_reason, provider_message_id from crm.message order by customer_id") == [
        ("delivered", None, "p1"),
        ("failed", "undelivered", "p2"),
        ("unknown", "no_outcome", None),  # what happened two hours before cannot be about it
    ]


class TestMachines:
    def machines(self, query) -> dict[str, str | None]:
        return dict(query("select coalesce(url, kind), machine from crm.response where kind in ('opened', 'clicked')"))

    @pytest.mark.parametrize("late", [0, 1, 2])
    def test_are_told_by_the_times_whatever_the_order(self, ledger, collect, query, late):
        events = [
            said(ledger[0], "delivered", after=60),
            said(ledger[0], "opened", after=63),
            said(ledger[0], "clicked", after=3600, url="https://shop.example/person"),
        ]
        events.append(events.pop(late))
        collect(*events[:2])
        collect(*events[2:])
        assert self.machines(query) == {"opened": "at_delivery", "https://shop.example/person": None}

    def test_click_every_link_at_once(self, ledger, collect, query):
        collect(said(ledger[0], "clicked", after=500, url="a"), said(ledger[0], "clicked", after=900, url="c"))
        collect(said(ledger[0], "clicked", after=502, url="b"), said(ledger[1], "clicked", after=500, url="z"))
        assert self.machines(query) == {"a": "every_link", "b": "every_link", "c": None, "z": None}

    def test_what_the_event_itself_told_stands(self, ledger, collect, query):
        collect(said(ledger[0], "opened", after=60, machine="prefetch"), said(ledger[0], "delivered", after=60))
        assert self.machines(query) == {"opened": "prefetch"}


def test_what_comes_in_is_known_to_no_decision_that_was_made_before(ledger, collect, query):
    query("insert into crm.shop values ('s', 'x', 'UTC')")
    query("insert into crm.delivery (shop, business_date) values ('s', '2017-11-20'), ('s', '2017-11-21')")
    collect(said(ledger[0], "complaint"))
    query("insert into crm.plan values ('2017-11-21', '2017-11-22', 'live', true, '{}', 1, 1, 0, 0)")
    collect(said(ledger[1], "complaint"))
    for table in ("crm.suppression", "crm.response"):
        assert query(f"select known_on::text from {table} order by known_on") == [("2017-11-21",), ("2017-11-22",)]


def test_a_collection_waits_for_the_other(ledger, warehouse, collect, query):
    with warehouse.transaction() as other, ThreadPoolExecutor() as pool:
        other.run("responses/lock")
        second = pool.submit(collect, said(ledger[0], "delivered"))
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        other.connection.commit()
        assert second.result(timeout=patience.SECONDS)["moved"] == 1


def test_a_sender_that_writes_the_same_messages_is_never_ended_for_us(ledger, warehouse, collect, query, monkeypatch):
    monkeypatch.setattr(collecting, "PAUSE_SECONDS", 0.1)
    lock = "select from crm.message where message_id = '%s' for update"
    with warehouse.transaction() as sender, ThreadPoolExecutor() as pool:
        sender.connection.exec_driver_sql("set local deadlock_timeout = '600ms'")
        sender.connection.exec_driver_sql(lock % ledger[2])
        collected = pool.submit(collect, *(said(message_id, "delivered") for message_id in ledger))
        while query("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == [(0,)]:
            time.sleep(0.02)
        time.sleep(0.1)  # the sender asks later, and would yet be the first to see the deadlock
        sender.connection.exec_driver_sql(lock % ledger[0])
        sender.connection.commit()
        assert collected.result(timeout=patience.SECONDS)["moved"] == 3


def test_complaints_and_opt_outs_are_the_persons_and_a_bounce_is_the_addresss(ledger, collect, query):
    collect(said(ledger[0], "complaint"), said(ledger[1], "bounce"), said(ledger[2], "dropped", suppresses="opt_out"))
    assert query("select customer_id, channel, reason from crm.customer_suppression order by 1") == [
        (1, "email", "complaint"),
        (3, "email", "opt_out"),
    ]


LIFTED = (
    "update crm.suppression set lifted_at = %s, lifted_on = known_on, lifted_by = 'olive', lifted_note = 'it works',"
    " lifted_because = 'false_bounce'"
)
STANDS = "select count(*) from crm.suppression where crm.suppresses(known_on, lifted_on, 'infinity')"


def test_a_bounce_that_was_taken_back_does_not_come_back_with_the_same_event_but_with_a_new_one(ledger, collect, query):
    collect(said(ledger[0], "bounce", event_id="first"))
    query(LIFTED, PLANNED + datetime.timedelta(hours=1))
    query("delete from crm.response")  # the event comes once more, as if it were new
    collect(said(ledger[0], "bounce", event_id="first"))
    assert query(STANDS) == [(0,)]
    collect(said(ledger[0], "bounce", after=7200))
    assert query(STANDS) == [(1,)]
    assert query("select nth from crm.suppression order by 1") == [(1,), (2,)]


def test_soft_bounces_are_counted_anew_after_they_were_taken_back(plan, warehouse, collect, query):
    ids = _ledger(plan, warehouse, customers=7, provider="sendgrid", status="accepted")
    query("update crm.message set contact_key = crm.contact_key('email', 'one@example.com')")
    day = 86400
    many = make_business().responses.soft_bounces.messages
    collect(*(said(ids[n], "soft_bounce", after=n * 60) for n in range(many)))
    assert query(STANDS) == [(1,)]
    query(LIFTED, PLANNED + datetime.timedelta(hours=10))
    collect(*(said(ids[many + n], "soft_bounce", after=day + n * 60) for n in range(many - 1)))
    assert query(STANDS) == [(0,)]
    collect(said(ids[2 * many - 1], "soft_bounce", after=day + 9999))
    assert query(STANDS) == [(1,)]
