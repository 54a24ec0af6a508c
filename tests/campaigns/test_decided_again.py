"""Decided is not contacted: who is decided again, who never, and what a dry run says of those."""

from __future__ import annotations

import datetime
from datetime import date

import pytest

DAY = date(2017, 11, 20)
MOVED = DAY + datetime.timedelta(days=14)


def declare_once(planner, business_date, **keys):
    once = business_date + datetime.timedelta(days=1)
    planner.declare("tea", occasions=[{"name": "tea", "once": once.isoformat()}], **keys)


def release(query, send_date):
    query("update crm.contact_claim set released = true where send_date = %s", send_date)


def greeted(planner) -> list[tuple]:
    return planner.decisions("send_date, occasion_date", "decision <> 'exclude'")


def test_a_campaign_that_was_rejected_and_is_moved_decides_about_everybody_anew(shop, planner, query):
    for _ in range(6):
        shop.reachable()
    shop.reachable(consent=())
    declare_once(planner, DAY, holdout=0.5)
    [first] = planner.plan(DAY)
    release(query, DAY + datetime.timedelta(days=1))  # as messages/close_campaign does for both arms
    declare_once(planner, MOVED, holdout=0.5)
    [dry] = planner.plan(MOVED, mode="dry")
    [again] = planner.plan(MOVED)
    assert {key: again[key] for key in ("candidates", "included", "held_out", "excluded")} == {
        key: first[key] for key in ("candidates", "included", "held_out", "excluded")
    } == {key: dry[key] for key in ("candidates", "included", "held_out", "excluded")}  # fmt: skip
    arms = query("select customer_id, count(*), count(distinct decision) from crm.decision group by 1 order by 1")
    assert arms == [(customer, 2, 1) for customer in range(1, 8)], "the same arm again"
    assert query("select distinct occasion, instance from crm.decision order by 2") == [
        ("tea-2017", ""), ("tea-2017", ":again:2017-12-05"),
    ]  # fmt: skip
    declare_once(planner, MOVED + datetime.timedelta(days=7), holdout=0.5)
    assert planner.plan(MOVED + datetime.timedelta(days=7)) == [], "this one was not rejected"


def test_who_was_contacted_is_not_decided_again_and_a_dry_run_says_so(shop, planner, query):
    shop.reachable()
    shop.reachable()
    declare_once(planner, DAY)
    planner.plan(DAY)
    query("update crm.contact_claim set released = customer_id = 1")  # that message failed; the other went out
    declare_once(planner, MOVED)
    [dry] = planner.plan(MOVED, mode="dry")
    assert (dry["candidates"], dry["excluded"]) == (2, {"decided_before": 2})
    assert planner.plan(MOVED) == []


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        (date(2017, 12, 28), date(2018, 1, 4), False),
        (date(2018, 1, 4), date(2017, 12, 28), False),
        (date(2017, 12, 28), date(2018, 12, 27), True),
    ],
    ids=["put off", "brought forward", "next year's"],
)
def test_an_occasion_that_is_moved_over_new_year_is_the_one_that_it_was(shop, planner, first, second, again):
    shop.reachable(bought=(date(2017, 12, 20),))
    declare_once(planner, first)
    planner.plan(first)
    declare_once(planner, second, active_within_days=1000)
    if second > first:
        [dry] = planner.plan(second, mode="dry")
        assert dry["excluded"] == ({} if again else {"decided_before": 1})
    else:
        planner.query("delete from crm.plan")  # a date is planned after those before it
    planner.plan(second)
    assert len(greeted(planner)) == 1 + again


def test_what_reached_nobody_is_decided_again_though_it_is_moved_over_new_year(shop, planner, query):
    shop.reachable(bought=(date(2017, 12, 20),))
    declare_once(planner, date(2017, 12, 28))
    planner.plan(date(2017, 12, 28))
    release(query, date(2017, 12, 29))
    declare_once(planner, date(2018, 1, 4))
    planner.plan(date(2018, 1, 4))
    assert [str(sent) for sent, _ in greeted(planner)] == ["2017-12-29", "2018-01-05"]


def test_another_account_of_the_person_is_not_barred_by_a_send_that_contacted_nobody(shop, planner, query):
    shop.reachable(email="same@example.com", bought=(DAY,))
    shop.reachable(email="same@example.com", bought=(date(2017, 3, 1),))
    declare_once(planner, DAY)
    planner.plan(DAY)
    release(query, DAY + datetime.timedelta(days=1))
    declare_once(planner, MOVED)
    planner.plan(MOVED)
    where = f"send_date = '{MOVED + datetime.timedelta(days=1)}'"
    assert planner.decisions("customer_id, decision, reason", where) == [
        (1, "include", None), (2, "exclude", "shared_address"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("leads", "dates"),
    [
        # (lead_days, send dates that are planned with it); the birthday is 3 January
        ([(0, ["2018-01-03"]), (7, ["2018-12-27"]), (0, ["2019-01-03"])], ["2018-01-03", "2018-12-27"]),
        ([(7, ["2017-12-27"]), (0, ["2018-01-03"]), (7, ["2018-12-27"])], ["2017-12-27", "2018-12-27"]),
    ],
)
def test_a_birthday_is_kept_once_whatever_its_lead_was_before_and_is_now(shop, planner, leads, dates):
    shop.reachable(birthday="1980-01-03", birthday_calendar="solar", bought=[date(2017, 12, 20)])
    for lead, sends in leads:
        planner.declare("wish", kind="birthday", lead_days=lead, active_within_days=1000)
        for send in sends:
            planner.plan(date.fromisoformat(send) - datetime.timedelta(days=1))
    assert [str(sent) for sent, _ in greeted(planner)] == dates


@pytest.mark.parametrize("account", [1, 2])
def test_a_greeting_that_was_named_by_the_year_of_its_send_date_counts(shop, planner, query, account):
    """Before, a greeting sent in December for a birthday in January was the occasion of the old year."""
    born = {"birthday": "1980-01-03", "birthday_calendar": "solar", "email": "same@example.com"}
    shop.reachable(bought=[date(2017, 12, 20)], **born)
    planner.declare("wish", kind="birthday", lead_days=7)
    planner.plan(date(2017, 12, 26))
    query("update crm.decision set occasion = '2017', epoch = '2017'")
    query("update crm.contact_claim set occasion = '2017'")
    if account == 2:
        shop.reachable(bought=[date(2017, 12, 20)], **born)
    planner.declare("wish", kind="birthday", lead_days=0)
    planner.plan(date(2018, 1, 2))
    expected = [] if account == 1 else [(2, "exclude", "shared_address")]
    assert planner.decisions("customer_id, decision, reason", "send_date = '2018-01-03'") == expected
