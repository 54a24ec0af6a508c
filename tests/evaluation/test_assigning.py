"""Who was assigned to what, and what each spent before: taken in with the plan, and never changed."""

from __future__ import annotations

import pytest
from evaluation_facts import day

from crm.evaluation.collecting import collect

SENT = "2017-11-21T10:00"


@pytest.fixture
def planned(facts):
    """Plan customers 1 and 2 (treated, held out); written after the orders that a test delivers."""

    def plan(**more):
        facts.delivered("2017-11-21", first="2017-06-01")
        arms = [(1, "treatment", "loyal"), (2, "control", None), (3, "opted_out", "loyal")]
        facts.decisions(arms, declaration=facts.declared("thanksgiving", "holiday"), send_at=SENT, **more)

    return plan


def assignments(facts):
    return facts.select(
        "select customer_id, treated, segment, tier, channel, variant, spent_before from crm.assignment"
        " order by customer_id, campaign"
    )


def test_both_arms_are_assigned_and_nobody_else(facts, warehouse, business, planned):
    planned()
    facts.run("update crm.decision set tier = 'gold', variant = 'b' where customer_id = 1", [()])
    collect(warehouse, business)
    assert assignments(facts) == [
        (1, True, "loyal", "gold", "email", "b", 0),
        (2, False, "none", "none", "email", "a", 0),
    ]
    wave = facts.select("select customers, goal, epoch, codes, business_date, kind from crm.collected_wave")
    assert wave == [(2, "any_order", "2017", [], day("2017-11-20"), "holiday")]


def test_collecting_again_assigns_nobody_again(facts, warehouse, business, planned):
    planned()
    collect(warehouse, business)
    before = facts.select("select xmin, * from crm.assignment order by 3")
    facts.run("update crm.collected_plan set decisions = -1", [()])
    collect(warehouse, business)
    assert facts.select("select xmin, * from crm.assignment order by 3") == before
    assert facts.select("select customers from crm.collected_wave") == [(2,)]


def test_a_campaign_added_by_hand_to_a_planned_date_is_taken_in_later(facts, warehouse, business, planned):
    planned()
    collect(warehouse, business)
    more = {"declaration": facts.declared("by_hand", "holiday"), "send_at": SENT}
    facts.decisions([(1, "treatment", None), (2, "treatment", None)], **more)
    collect(warehouse, business)
    assert facts.select("select campaign, count(*) from crm.assignment group by 1 order by 1") == [
        ("by_hand", 2),
        ("thanksgiving", 2),
    ]


def test_what_was_spent_before_is_of_91_days_and_ends_at_the_send(facts, warehouse, business, planned):
    orders = [
        (1, "too long ago", "2017-08-22T08:59:59", 1),  # the clocks went back in between: 91 x 24 hours
        (1, "first", "2017-08-22T11:00", 2),
        (1, "last", "2017-11-20T23:59", 4),
        (2, "control", "2017-11-01T12:00", 7),
    ]
    facts.orders(orders, file=facts.file("2017-11-20"))
    facts.orders([(1, "after", "2017-11-21T10:00", 8)], file=facts.file("2017-11-20", known_on="2017-11-20"))
    planned()
    collect(warehouse, business)
    assert [row[-1] for row in assignments(facts)] == pytest.approx([6, 7], abs=0.011)  # capped, see below


def test_what_was_spent_before_is_what_was_known_when_it_was_decided(facts, warehouse, business, planned):
    """Net of refunds known then; an order that came in late, and a refund, say nothing of the day of the draw."""
    facts.orders([(1, "a", "2017-11-01T12:00", 20), (1, "b", "2017-11-02T12:00", 30)], file=facts.file("2017-11-20"))
    facts.orders([(1, "late", "2017-11-03T12:00", 5)], file=facts.file("2017-11-21"))
    facts.orders([(1, "unpaid", "2017-11-04T12:00", 9)], file=facts.file("2017-11-19"), status="unpaid")
    facts.refund(1, "a", 7.5, known_on="2017-11-20")
    facts.refund(1, "b", 30, known_on="2017-11-21")
    planned()
    collect(warehouse, business)
    assert assignments(facts)[0][-1] == 42.5


def test_nobody_counts_for_more_than_the_quantile_of_those_who_spent(facts, warehouse, business):
    facts.delivered("2017-11-21", first="2017-06-01")
    facts.orders([(i, f"o{i}", "2017-11-01T12:00", i) for i in range(1, 101)], file=facts.file("2017-11-20"))
    rows = [(i, "treatment", None) for i in range(1, 201)]
    facts.decisions(rows, declaration=facts.declared("thanksgiving", "holiday"), send_at=SENT)
    collect(warehouse, business)
    spent = [row[-1] for row in assignments(facts)]
    assert [spent[i] for i in (97, 98, 99, 100)] == pytest.approx([98, 99, 99.01, 0])


def test_codes_of_the_shops_own_are_kept_with_the_wave(facts, warehouse, business, planned):
    planned()
    facts.run("""update crm.decision set offer = '{"code": "spring5 "}' where customer_id = 1""", [()])
    collect(warehouse, business)
    assert facts.select("select codes from crm.collected_wave") == [(["SPRING5"],)]


def test_conversions_follow_what_a_later_file_says_of_their_orders(facts, warehouse, business, planned):
    """A correction ends the version before it; a file that replaces another as a whole ends what it lacks."""
    facts.orders([(1, "a", "2017-11-21T12:00", 20), (2, "b", "2017-11-21T12:00", 30)], file=facts.file("2017-11-21"))
    planned()
    collect(warehouse, business)
    known = "select customer_id, known_on::text, known_until::text from crm.conversion order by 1"
    assert facts.select(known) == [(1, "2017-11-21", None), (2, "2017-11-21", None)]
    facts.run("update crm.orders set known_until = '2017-11-23'", [()])
    facts.select(
        "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)"
        " values ('shop', 'orders', '2017-11-21.csv', 'y', '2017-11-21', '2017-11-23', 'published')"
        " returning file_version_id"
    )
    collect(warehouse, business)
    assert facts.select(known) == [(1, "2017-11-21", "2017-11-23"), (2, "2017-11-21", "2017-11-23")]
