"""How fast, when, in which order and up to how many messages go out; and how a campaign is stopped."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from message_facts import (
    BUSINESS_DATE,
    CAMPAIGN,
    PLANNED,
    SEND_DATE,
    Planner,
    RunningClock,
    StoppedClock,
    make_business,
)

from crm.business import Business, Channel, Pace, Providers, SendGrid, SendingHours, WarmUp
from crm.messages import providers, stopping
from crm.messages.ledger import Ledger
from crm.messages.providers import Envelope, Outcome, Parcel
from crm.messages.sending import send
from crm.warehouse import Warehouse

NOON = StoppedClock(PLANNED + datetime.timedelta(hours=2))


class Postbox:
    """Takes everything, and remembers in which order and when."""

    name = "sendgrid"
    idempotent = False
    in_flight = 1

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def prepare(self, batch: Sequence[Envelope]) -> Parcel:
        return Parcel(batch)

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        self.batches.append([envelope.address for envelope in batch])
        return [Outcome(envelope.message_id, "accepted") for envelope in batch]

    @property
    def addresses(self) -> list[str]:
        return [address for batch in self.batches for address in batch]


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Postbox:
    found = Postbox()
    monkeypatch.setattr(providers, "named", lambda name, business: found)
    return found


def by_sendgrid(pace: Pace | None = None, **changes: Any) -> Business:
    channels = {"email": Channel(provider="sendgrid", sender="hello@shop.example")}
    return make_business(channels=channels, providers=Providers(sendgrid=SendGrid(**dict(pace or Pace()))), **changes)


def run(warehouse: Warehouse, business: Business, clock: Any = NOON, **more: Any) -> dict[str, Any]:
    return send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock, run_id="run-1", **more)


def bought(plan: Planner, customer_id: int, day: str) -> None:
    plan.query(
        "insert into crm.customer_state (customer_id, as_of, last_order_on, order_count, net_revenue, frequency,"
        " monetary, tier, stage) values (%s, '2017-11-20', %s, 1, 1, 1, 1, 'base', 'active')", customer_id, day,
    )  # fmt: skip


def test_who_bought_last_is_written_to_first(warehouse: Warehouse, plan: Planner, postbox: Postbox) -> None:
    plan.decide(5)
    for customer_id, day in ((2, "2017-11-19"), (4, "2017-11-20"), (5, "2016-01-01")):
        bought(plan, customer_id, day)
    run(warehouse, by_sendgrid(), batch_size=1)
    assert postbox.addresses == [f"c{n}@example.com" for n in (4, 2, 5, 1, 3)]


def test_messages_of_one_template_share_their_batches(warehouse: Warehouse, plan: Planner, postbox: Postbox) -> None:
    plan.decide(3)
    plan.decide(3, first=10, locale="zh-CN")
    run(warehouse, by_sendgrid(), batch_size=3)
    assert sorted(sorted(batch) for batch in postbox.batches) == [
        [f"c{n}@example.com" for n in (10, 11, 12)], [f"c{n}@example.com" for n in (1, 2, 3)],
    ]  # fmt: skip


def test_the_rate_holds_over_all_runs(warehouse: Warehouse, plan: Planner, postbox: Postbox) -> None:
    plan.decide(12)
    clock = RunningClock(PLANNED)
    with ThreadPoolExecutor(2) as pool:
        business = by_sendgrid(Pace(per_second=10))
        list(pool.map(lambda _: run(warehouse, business, clock, batch_size=3), range(2)))
    assert len(set(postbox.addresses)) == len(postbox.addresses) == 12
    # four batches of 0.3 s each: the last leaves 0.9 s after the first
    assert (clock.now() - PLANNED).total_seconds() >= 0.9


def test_a_batch_is_no_larger_than_what_the_rate_lets_out_soon(warehouse: Warehouse, plan: Planner) -> None:
    plan.decide(9)
    Ledger(warehouse, by_sendgrid(Pace(per_second=2)), CAMPAIGN, BUSINESS_DATE, SEND_DATE, "run-1").enqueue()
    assert plan.query("select messages from crm.message_batch order by batch_id") == [(4,), (4,), (1,)]


def test_a_warm_up_bounds_the_day_over_all_campaigns_and_skips_the_rest(
    warehouse: Warehouse, plan: Planner, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, calls = postbox.deliver, []

    def deliver(batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        calls.append(len(batch))
        if len(calls) > 2:
            return honest(batch, at)
        # What was not taken does not count.
        return [Outcome(e.message_id, "deferred", "throttled", retry_after=0) for e in batch[1:]] + honest(
            batch[:1], at
        )

    monkeypatch.setattr(postbox, "deliver", deliver)
    plan.decide(10)
    plan.query(
        "insert into crm.message_batch (campaign, occasion, wave, send_date, channel, provider, planned_send_at,"
        " status, messages, taken) values ('other', 'o', 'main', %s, 'email', 'sendgrid', %s, 'done', 5, 2)",
        SEND_DATE, PLANNED,
    )  # fmt: skip
    pace = Pace(warm_up=WarmUp(starts=SEND_DATE - datetime.timedelta(days=1), messages=[3, 7, 20]))
    report = run(warehouse, by_sendgrid(pace), batch_size=3)
    assert (report["outcome"], report["accepted"], report["reasons"]) == ("sent", 5, {"skipped": {"warm_up": 5}})
    assert plan.released() == 5
    assert plan.query("select sum(taken) from crm.message_batch") == [(7,)]


def test_a_batch_that_was_not_taken_is_nobodys_before_its_time(
    warehouse: Warehouse, plan: Planner, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another lane looks for work the moment that the batch is planned again."""
    plan.decide(2)
    throttled = [Outcome(f"{n}", "deferred", "throttled", retry_after=600) for n in range(2)]
    monkeypatch.setattr(
        postbox,
        "deliver",
        lambda batch, at: [replace(o, message_id=e.message_id) for o, e in zip(throttled, batch, strict=True)],
    )
    close, taken = Ledger.close, []

    def close_and_look(ledger: Ledger, *arguments: Any, **more: Any) -> Any:
        counts = close(ledger, *arguments, **more)
        other = Ledger(warehouse, ledger.business, CAMPAIGN, BUSINESS_DATE, SEND_DATE, "another lane")
        with warehouse.transaction() as keeper:
            taken.append(other.claim(keeper, "sendgrid", NOON.now())[0])
        return counts

    monkeypatch.setattr(Ledger, "close", close_and_look)
    assert run(warehouse, by_sendgrid())["outcome"] == "held"
    assert taken == [None]


@pytest.mark.parametrize(("days", "most"), [(-1, None), (0, 50), (1, 100), (2, None)])
def test_a_warm_up_counts_from_its_first_send_date(days: int, most: int | None) -> None:
    warm_up = WarmUp(starts=SEND_DATE, messages=[50, 100])
    assert warm_up.most(SEND_DATE + datetime.timedelta(days=days)) == most


def test_sending_hours_are_the_customers(warehouse: Warehouse, plan: Planner, postbox: Postbox) -> None:
    plan.decide(3)  # at 10:00 in New York
    for customer_id, zone in ((2, "America/Los_Angeles"), (3, "Asia/Shanghai")):  # 07:00 and 23:00 there
        plan.query("update crm.customer_profile set time_zone = %s where customer_id = %s", zone, customer_id)
    business = by_sendgrid(sending_hours={"email": SendingHours(opens="08:00", closes="21:00")})
    report = run(warehouse, business, StoppedClock(PLANNED))
    assert (report["accepted"], report["waiting"], report["reasons"]) == (1, 1, {"skipped": {"send_by": 1}})
    assert report["held_until"] == "2017-11-21T16:00:00+00:00", "08:00 in Los Angeles"
    assert run(warehouse, business, StoppedClock(PLANNED + datetime.timedelta(hours=1)))["accepted"] == 2
    assert postbox.addresses == ["c1@example.com", "c2@example.com"]


def test_the_stop_switch_takes_effect_within_a_batch_and_can_be_taken_back(
    warehouse: Warehouse, plan: Planner, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(12)
    honest = postbox.deliver

    def deliver(batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        if len(postbox.batches) == 1:
            stopping.stop(warehouse, CAMPAIGN, SEND_DATE, by="Ada", at=at)
        return honest(batch, at)

    monkeypatch.setattr(postbox, "deliver", deliver)
    report = run(warehouse, by_sendgrid(), batch_size=3)
    assert (report["outcome"], report["accepted"], report["waiting"]) == ("stopped", 6, 6)
    assert "stopped by Ada" in report["note"]
    assert datetime.datetime.fromisoformat(report["held_until"]) > NOON.now()
    assert run(warehouse, by_sendgrid())["accepted"] == 6
    assert stopping.resume(warehouse, CAMPAIGN, SEND_DATE)
    assert (report := run(warehouse, by_sendgrid()))["accepted"] == 12
    assert report["outcome"] == "sent"
    assert not stopping.resume(warehouse, CAMPAIGN, SEND_DATE)
    assert len(set(postbox.addresses)) == len(postbox.addresses)


def test_a_stopped_campaign_ends_with_its_day(warehouse: Warehouse, plan: Planner, postbox: Postbox) -> None:
    plan.decide(2)
    stopping.stop(warehouse, CAMPAIGN, SEND_DATE, by="Ada", at=NOON.now())
    assert run(warehouse, by_sendgrid())["outcome"] == "stopped"
    late = run(warehouse, by_sendgrid(), StoppedClock(PLANNED + datetime.timedelta(days=1)))
    assert (late["outcome"], late["reasons"]) == ("dry", {"skipped": {"past_send_date": 2}})
    assert plan.released() == 2


def test_a_run_that_is_told_to_end_finishes_its_batch_and_the_next_goes_on(
    warehouse: Warehouse, plan: Planner, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Airflow does to the task of a run that is marked failed: it raises in the main thread."""
    from crm.messages import lanes

    plan.decide(30)

    def wait(*_: Any, **__: Any) -> None:
        while not postbox.batches:
            time.sleep(0.001)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lanes, "wait", wait)
        with pytest.raises(KeyboardInterrupt):
            run(warehouse, by_sendgrid(), batch_size=2)
    assert "claimed" not in plan.statuses()
    assert plan.statuses()["planned"] > 0
    assert run(warehouse, by_sendgrid())["accepted"] == 30
    assert len(set(postbox.addresses)) == len(postbox.addresses)
