"""Codes that later orders name: one redemption each, for good."""

from __future__ import annotations

import pytest

from crm.evaluation.collecting import collect


@pytest.fixture
def coupon(facts):
    """Customer 1 has a coupon of 21 to 25 November; gives its code."""
    facts.delivered("2017-11-30")
    code = facts.select("select b || crm.coupon_check(b) from crm.coupon_body('seed', '1') as b")[0][0]
    facts.run("insert into crm.coupon_code values (%s, 1)", [(code,)])
    facts.run(
        "insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency,"
        " starts_on, expires_on)"
        " values (1, 'deal', '2017', '2017-11-20', %s, 50, 5, 'USD', '2017-11-21', '2017-11-25')",
        [(code,)],
    )
    return code


@pytest.fixture
def ordered(facts, warehouse, business):
    """Deliver orders (customer, order id, wall clock, amount) that name codes, and collect them."""

    def write(rows, on, *codes, status="paid"):
        file = facts.file(on)
        facts.orders(rows, file=file, status=status)
        facts.run("update crm.orders set coupon_codes = %s where file_version_id = %s", [(list(codes), file)])
        return collect(warehouse, business)["coupon_uses"]

    return write


def uses(facts) -> list[tuple]:
    return facts.select(
        "select o.order_id, u.outcome, u.buyer_id from crm.coupon_use as u"
        " inner join crm.orders as o using (order_key, file_version_id) order by u.known_on, u.ordered_at"
    )


def test_the_first_paid_order_redeems_and_later_ones_are_recorded_as_repeated(facts, coupon, ordered, warehouse):
    rows = [(1, "a", "2017-11-21T09:00", 60), (1, "b", "2017-11-21T12:00", 60)]
    assert ordered(rows, "2017-11-21", coupon, "OTHER") == 2
    assert ordered([(2, "c", "2017-11-22T12:00", 60)], "2017-11-22", coupon) == 1
    assert uses(facts) == [("a", "redeemed", 1), ("b", "repeated", 1), ("c", "repeated", 2)]


def test_a_code_is_recognised_however_it_is_written_and_whoever_uses_it(facts, coupon, ordered):
    ordered([(9, "a", "2017-11-22T12:00", 60)], "2017-11-22", f" {coupon.lower()} ", coupon)
    assert uses(facts) == [("a", "redeemed", 9)]


@pytest.mark.parametrize("status", ["unpaid", "cancelled", "refunded"])
def test_only_a_paid_order_redeems(facts, coupon, ordered, status):
    assert ordered([(1, "a", "2017-11-22T12:00", 60)], "2017-11-22", coupon, status=status) == 0
    facts.run("update crm.orders set known_until = '2017-11-23'", [()])
    assert ordered([(1, "a", "2017-11-22T12:00", 60)], "2017-11-23", coupon) == 1
    assert uses(facts) == [("a", "redeemed", 1)]


def test_a_cancelled_or_refunded_order_gives_the_code_back_to_nobody(facts, coupon, ordered):
    ordered([(1, "a", "2017-11-22T12:00", 60)], "2017-11-22", coupon)
    facts.run("update crm.orders set known_until = '2017-11-23'", [()])
    ordered([(1, "a", "2017-11-22T12:00", 60)], "2017-11-23", coupon, status="cancelled")
    facts.refund(1, "a", 60, known_on="2017-11-23")
    ordered([(1, "b", "2017-11-24T12:00", 60)], "2017-11-24", coupon)
    assert uses(facts) == [("a", "redeemed", 1), ("b", "repeated", 1)]


def test_after_its_last_day_a_code_is_recorded_as_expired(facts, coupon, ordered):
    ordered([(1, "late", "2017-11-26T00:00", 60)], "2017-11-26", coupon)
    ordered([(1, "last day", "2017-11-25T23:59", 60)], "2017-11-27", coupon)
    assert uses(facts) == [("late", "expired", 1), ("last day", "redeemed", 1)]


def test_an_order_told_again_is_no_second_use(facts, coupon, ordered):
    ordered([(1, "a", "2017-11-22T12:00", 60)], "2017-11-22", coupon)
    facts.run("update crm.orders set known_until = '2017-11-23'", [()])
    assert ordered([(1, "a", "2017-11-22T12:00", 55)], "2017-11-23", coupon) == 0
    assert uses(facts) == [("a", "redeemed", 1)]


def test_codes_that_are_not_ours_leave_no_trace(facts, coupon, ordered):
    assert ordered([(1, "a", "2017-11-22T12:00", 60)], "2017-11-22", "SUMMER", "", coupon[::-1]) == 0
    assert uses(facts) == []
