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


def let_go(messages=0, contacts=0, questions=0):
    return [
        {
            "campaign": "tea", "send_date": "2017-11-21",
            "messages": messages, "contacts": contacts, "questions": questions,
        }
    ]  # fmt: skip


def ask(query, at="2017-11-21 10:00Z", outcome=None):
    query(
        "insert into crm.approval values ('tea', %s, %s, 8, 1, 0, %s, %s, %s, %s)",
        DAY, at, at, outcome, outcome and "mei", outcome and at,
    )  # fmt: skip


ANSWERS = "select outcome, decided_by, decided_at from crm.approval order by asked_at"


def test_the_contacts_of_a_campaign_whose_file_was_removed_are_released_and_named(shop, planner, query, caplog):
    decide(shop, planner)
    (planner.folder / "tea.yaml").unlink()
    assert swept(planner, dry_run=True) == let_go(0, 8)
    assert not any(released for _, _, released in query(CLAIMS))
    assert swept(planner) == let_go(0, 8)
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
    assert swept(planner) == let_go(waiting, waiting)
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
    assert swept(planner) == let_go(1, 0)
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


@pytest.mark.parametrize("removed", [False, True])
def test_a_question_of_a_send_that_is_over_is_closed_and_the_send_is_decided_again_when_it_is_moved(
    shop, planner, query, removed, caplog
):
    decide(shop, planner)
    ask(query)
    if removed:
        (planner.folder / "tea.yaml").unlink()
    assert swept(planner, AFTER - datetime.timedelta(hours=13)) == []
    assert swept(planner, dry_run=True) == let_go(contacts=8, questions=1)
    assert query(ANSWERS) == [(None, None, None)]
    assert swept(planner) == let_go(contacts=8, questions=1)
    assert "8 contacts and an approval that nobody gave let go" in caplog.text
    assert query(ANSWERS) == [("timeout", None, AFTER)]
    assert swept(planner) == []


def test_a_question_is_closed_too_where_the_contacts_were_let_go_before(shop, planner, query):
    decide(shop, planner)
    swept(planner)
    ask(query)
    assert swept(planner) == let_go(questions=1)
    assert swept(planner) == []


@pytest.mark.parametrize("waiting", [0, 1])
def test_a_question_that_was_put_again_and_answered_yes_never_makes_the_send_one_that_was_not_approved(
    shop, planner, query, waiting
):
    decide(shop, planner)
    ask(query)
    ask(query, "2017-11-21 11:00Z", "approved")
    enqueue(planner)
    query("update crm.message set status = 'accepted' where customer_id in"
          " (select customer_id from crm.message order by 1 offset %s)", waiting)  # fmt: skip
    query("update crm.message_batch set status = 'done' where batch_id in"
          " (select batch_id from crm.message where status = 'accepted')")  # fmt: skip
    assert swept(planner) == (let_go(messages=1, contacts=1) if waiting else [])
    assert [outcome for outcome, _, _ in query(ANSWERS)] == [None, "approved"]


@pytest.mark.parametrize("queued", [False, True])
def test_a_simulated_date_is_over_days_after_it_was_planned_whatever_date_it_is(shop, planner, query, queued):
    decide(shop, planner, "simulate")
    if queued:
        enqueue(planner)
    [(planned_at,)] = query("select planned_at from crm.plan")
    assert swept(planner, planned_at + datetime.timedelta(hours=47)) == []
    [found] = swept(planner, planned_at + datetime.timedelta(hours=48))
    assert (found["messages"] > 0, found["contacts"]) == (queued, 8), "both arms"
    assert swept(planner, planned_at + datetime.timedelta(hours=48)) == []
