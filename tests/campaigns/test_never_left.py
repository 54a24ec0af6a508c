"""What was decided for a past date and waits for nothing any more is let go, and said."""

from __future__ import annotations

import datetime

import pytest
from test_decided_again import DAY, MOVED, declare_once

from crm.campaigns.sweeping import sweep
from crm.messages.ledger import Ledger

SEND_DATE = DAY + datetime.timedelta(days=1)
AFTER = datetime.datetime(2017, 11, 22, 12, tzinfo=datetime.UTC)
CLAIMS = "select customer_id, ghost, released from crm.contact_claim order by 1"


def decide(shop, planner, mode="live", customers=8):
    for _ in range(customers):
        shop.reachable()
    declare_once(planner, DAY, holdout=0.5)
    planner.plan(DAY, mode=mode)


def enqueue(planner):
    Ledger(planner.warehouse, planner.business, "tea", DAY, SEND_DATE, "test").enqueue(batch_size=1)


def swept(planner, now=AFTER, *, dry_run=False):
    return sweep(planner.warehouse, planner.business, now, dry_run=dry_run)


def test_the_contacts_of_a_campaign_whose_file_was_removed_are_released_and_named(shop, planner, query, caplog):
    decide(shop, planner)
    (planner.folder / "tea.yaml").unlink()
    assert swept(planner, dry_run=True) == [
        {"campaign": "tea", "send_date": "2017-11-21", "messages": 0, "contacts": 8}
    ]  # fmt: skip
    assert not any(released for _, _, released in query(CLAIMS))
    assert swept(planner) == [{"campaign": "tea", "send_date": "2017-11-21", "messages": 0, "contacts": 8}]
    assert "tea of 2017-11-21 never left, or not all of it: 0 messages and 8 contacts let go" in caplog.text
    assert all(released for _, _, released in query(CLAIMS)), "both arms"
    assert query("select * from crm.cancelled_send") == [("tea", SEND_DATE, "never_left")]
    assert swept(planner) == []
    declare_once(planner, DAY + datetime.timedelta(days=1))
    [again] = planner.plan(DAY + datetime.timedelta(days=1))
    assert (again["candidates"], again["excluded"]) == (8, {}), "nobody was contacted yesterday"


def test_what_waits_in_a_run_that_failed_is_skipped_and_its_contacts_alone_are_released(shop, planner, query):
    decide(shop, planner)
    enqueue(planner)
    [(first,)] = query("select min(customer_id) from crm.message")
    query("update crm.message set status = 'accepted' where customer_id = %s", first)
    query("update crm.message_batch set status = 'done' where batch_id = (select batch_id from crm.message"
          " where customer_id = %s)", first)  # fmt: skip
    [(waiting,)] = query("select count(*) from crm.message where status = 'planned'")
    assert swept(planner) == [
        {"campaign": "tea", "send_date": "2017-11-21", "messages": waiting, "contacts": waiting}
    ]  # fmt: skip
    assert query("select distinct status, status_reason from crm.message order by 1") == [
        ("accepted", None), ("skipped", "past_send_date"),
    ]  # fmt: skip
    assert query("select count(*) from crm.cancelled_send") == [(0,)]
    kept = {customer for customer, _, released in query(CLAIMS) if not released}
    assert kept == {first} | {customer for customer, ghost, _ in query(CLAIMS) if ghost}, "it was a campaign"
    assert swept(planner) == []
    declare_once(planner, MOVED, holdout=0.5)
    assert planner.plan(MOVED) == [], "who was decided in it is not decided again"


def test_a_message_that_may_have_gone_out_is_unknown_and_keeps_its_contact(shop, planner, query):
    decide(shop, planner, customers=1)
    query("update crm.decision set decision = 'include', arm = 'treatment'")
    query("update crm.decision_count set decision = 'include'")
    enqueue(planner)
    query("update crm.message set unanswered = 1")
    assert swept(planner) == [{"campaign": "tea", "send_date": "2017-11-21", "messages": 1, "contacts": 0}]
    assert query("select status from crm.message") == [("unknown",)]


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize(
    ("mode", "hours"),
    [("live", -13), ("simulate", 0)],  # 18:00 in New York; the day after
)
def test_what_can_still_be_sent_or_was_simulated_is_left_alone(shop, planner, mode, hours, queued):
    decide(shop, planner, mode)
    if queued:
        enqueue(planner)
    assert swept(planner, AFTER + datetime.timedelta(hours=hours)) == []
    assert not any(released for _, _, released in planner.query(CLAIMS))


@pytest.mark.parametrize("queued", [False, True])
def test_a_customer_far_west_keeps_the_whole_send_open_until_their_hour_is_over(shop, planner, queued):
    shop.reachable(time_zone="Pacific/Honolulu")
    declare_once(planner, DAY, send_by="23:59")
    planner.plan(DAY)
    if queued:
        enqueue(planner)
    assert swept(planner, datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)) == []
    assert len(swept(planner, datetime.datetime(2017, 11, 22, 11, tzinfo=datetime.UTC))) == 1
