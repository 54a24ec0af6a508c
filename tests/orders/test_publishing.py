"""Versions of orders, refunds, profiles and products: who was known to have said what, and since when."""

from __future__ import annotations

import itertools
import multiprocessing
import time

import psycopg
import pytest
from landed import Shop, day, line

from crm.orders.publishing import publish

CURRENT = "select order_id, amount::float, status, known_on::text from crm.orders where known_until is null order by 1"
AS_KNOWN = """
    select o.order_id, o.amount::float, o.status, c.external_id, count(l.*)
    from crm.orders as o
    join crm.customer as c using (customer_id)
    join crm.order_line as l using (customer_id, order_key, file_version_id)
    where o.known_on <= %s and (o.known_until is null or o.known_until > %s)
    group by o.order_id, o.amount, o.status, c.external_id
    order by 1
"""
REFUNDS = "select refund_id, amount::float, known_on::text from crm.refund where known_until is null order by 1"


def test_a_day_becomes_orders_lines_customers_products_and_a_queue(tea: Shop, query):
    rows = [line("1", at="2017-03-01"), line("1", at="2017-03-01", item="black"), line("2", "", "2017-03-01", "4.5")]
    counts = tea.day("2017-03-01", rows)
    assert counts["lines_published"] == 3
    assert counts["customers_touched"] == 1
    assert query("select order_id, line_count, amount::float, known_on::text from crm.orders order by 1") == [
        ("1", 2, 20.0, "2017-03-01"),
        ("2", 1, 4.5, "2017-03-01"),
    ]
    assert query("select line_number, count(*) from crm.order_line group by 1 order by 1") == [(1, 2), (2, 1)]
    assert query("select external_id, is_anonymous from crm.customer order by 1") == [("", True), ("ann", False)]
    assert query("select external_id, valid_from::text from crm.product order by 1") == [
        ("black", "2017-03-01"),
        ("green", "2017-03-01"),
    ]
    assert query("""
        select c.external_id, q.changed_from::text
        from crm.refresh_queue as q join crm.customer as c using (customer_id)
    """) == [("ann", "2017-03-01")]
    assert query("select shop, business_date::text from crm.delivery") == [("tea", "2017-03-01")]


def test_the_order_date_is_the_day_in_the_time_zone_of_the_business(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-02T04:59:59Z")])
    assert query("select ordered_on::text from crm.orders") == [("2017-03-01",)]


def test_re_running_a_date_gives_the_same_rows(tea: Shop, query):
    rows = [line("1", at="2017-03-01", refunded="2"), line("2", "bob", "2017-03-01")]
    tea.day("2017-03-01", rows)
    tables = ("orders", "order_line", "refund", "customer", "product", "delivery")
    before = [query(f"select * from crm.{table} order by 1, 2") for table in tables]
    query("delete from crm.refresh_queue")
    counts = tea.take("2017-03-01")
    assert [query(f"select * from crm.{table} order by 1, 2") for table in tables] == before
    assert (counts["lines_read"], counts["unchanged"], counts["customers_touched"]) == (2, 2, 0)
    assert query("select count(*) from crm.refresh_queue") == [(0,)]
    assert query("select count(*) from crm.file_version") == [(1,)]


def test_publishing_the_same_delivery_twice_changes_nothing(tea: Shop, query):
    tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    delivery = tea.ingest("2017-03-01")
    first = publish(tea.warehouse, tea.business, delivery)
    assert publish(tea.warehouse, tea.business, delivery) == first
    assert query("select count(*) from crm.orders") == [(1,)]


def test_publishing_that_was_killed_in_the_middle_left_nothing_and_is_done_by_its_repetition(tea: Shop, query):
    tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01"), line("2", "bob", "2017-03-01")])
    delivery = tea.ingest("2017-03-01")
    url = tea.warehouse.url.replace("+psycopg", "")
    with psycopg.connect(url) as blocking:
        blocking.execute("lock table crm.order_line in share mode")  # nobody writes into it meanwhile
        worker = multiprocessing.get_context("fork").Process(
            target=publish, args=(tea.warehouse, tea.business, delivery)
        )
        worker.start()
        waits = "select count(*) from pg_locks where relation = 'crm.order_line'::regclass and not granted"
        while query(waits) == [(0,)]:
            assert worker.is_alive()
            time.sleep(0.05)
        worker.kill()
        worker.join()
    assert query("select (select count(*) from crm.orders), (select count(*) from crm.delivery)") == [(0, 0)]
    assert publish(tea.warehouse, tea.business, delivery)["lines_published"] == 2
    assert query("select count(*), count(distinct order_key) from crm.order_line") == [(2, 2)]


def test_a_corrected_file_replaces_the_orders_it_changes_and_no_others(tea: Shop, query):
    rows = [line("1", at="2017-03-01"), line("2", "bob", "2017-03-01")]
    tea.day("2017-03-01", rows)
    query("delete from crm.refresh_queue")
    counts = tea.day("2017-03-01", [rows[0], rows[1] | {"paid": "7"}])
    assert (counts["lines_published"], counts["unchanged"], counts["customers_touched"]) == (1, 1, 1)
    assert [row[:2] for row in query(CURRENT)] == [("1", 10.0), ("2", 7.0)]
    assert query("select count(*) from crm.orders") == [(3,)]
    assert query("select count(*) from crm.refresh_queue") == [(1,)]


def test_orders_that_a_corrected_file_lacks_stay(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01"), line("2", at="2017-03-01")])
    tea.day("2017-03-01", [line("1", at="2017-03-01", paid="3")])
    assert [row[:2] for row in query(CURRENT)] == [("1", 3.0), ("2", 10.0)]


def test_a_then_b_then_a_ends_at_a(tea: Shop, query):
    a, b = [line("1", at="2017-03-01")], [line("1", at="2017-03-01", paid="20")]
    for rows in (a, b, a):
        tea.day("2017-03-01", rows)
    assert [row[:2] for row in query(CURRENT)] == [("1", 10.0)]
    assert query("select count(*) from crm.file_version where status = 'published'") == [(3,)]


def test_a_correction_is_known_from_the_latest_published_date(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    tea.day("2017-03-05", [line("2", at="2017-03-05")])
    tea.day("2017-03-01", [line("1", at="2017-03-01", paid="8")])
    assert query(CURRENT)[0] == ("1", 8.0, "paid", "2017-03-05")
    assert query(AS_KNOWN, "2017-03-04", "2017-03-04") == [("1", 10.0, "paid", "ann", 1)]


def test_a_resent_old_file_never_overwrites_a_newer_files_word(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    tea.day("2017-03-02", [line("1", at="2017-03-01", status="completed")])
    counts = tea.day("2017-03-01", [line("1", at="2017-03-01", paid="99")])
    assert (counts["lines_published"], counts["superseded"]) == (0, 1)
    assert query(CURRENT) == [("1", 10.0, "completed", "2017-03-02")]


def test_a_resent_old_file_never_overwrites_what_a_newer_file_confirmed(tea: Shop, query):
    rows = [line("1", at="2017-03-01")]
    tea.day("2017-03-01", rows)
    assert tea.day("2017-03-02", rows)["unchanged"] == 1
    assert tea.day("2017-03-01", [line("1", at="2017-03-01", paid="99")])["superseded"] == 1
    assert [row[:2] for row in query(CURRENT)] == [("1", 10.0)]


def test_a_late_first_file_is_known_on_its_own_date(tea: Shop, query):
    tea.day("2017-03-03", [line("3", at="2017-03-03")])
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    assert [row[3] for row in query(CURRENT)] == ["2017-03-01", "2017-03-03"]


def test_a_late_first_file_after_decisions_is_known_on_the_latest_published_date(tea: Shop, query):
    tea.day("2017-03-03", [line("3", at="2017-03-03")])
    query("insert into crm.plan values ('2017-03-03', '2017-03-04', 'live', true, '{}', 0, 0, 0, 0)")
    tea.day("2017-03-04", [line("4", at="2017-03-04")])
    tea.day("2017-03-02", [line("2", at="2017-03-02")])
    assert query(CURRENT)[0] == ("2", 10.0, "paid", "2017-03-04")


def test_known_on_can_be_told(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")], known_on=day("2017-03-09"))
    assert query(CURRENT)[0][3] == "2017-03-09"


LIFE = {
    "2017-03-01": [
        line("1", at="2017-03-01"),
        line("1", at="2017-03-01", item="black"),
        line("2", "bob", "2017-03-01"),
    ],
    "2017-03-02": [line("1", at="2017-03-01", status="shipped"), line("3", "cat", "2017-03-02")],
    "2017-03-03": [line("1", "dan", "2017-03-01", status="shipped"), line("2", "bob", "2017-03-01", refunded="4")],
    "2017-03-04": [line("2", "bob", "2017-03-01", refunded="6"), line("3", "cat", "2017-03-02", status="completed")],
}
KNOWN_REFUNDS = """
    select refund_id, amount::float from crm.refund
    where known_on <= %s and (known_until is null or known_until > %s) order by 1
"""


@pytest.fixture
def known_in_order(tea: Shop, query):
    for on, rows in LIFE.items():
        tea.day(on, rows)
    known = {on: (query(AS_KNOWN, on, on), query(KNOWN_REFUNDS, on, on)) for on in LIFE}
    query("truncate crm.orders, crm.order_line, crm.refund, crm.customer, crm.product, crm.delivery, crm.file_version")
    query("truncate crm.refresh_queue")
    return known


@pytest.mark.parametrize("order", [o for o in itertools.permutations(range(4)) if o[0] != 0][::4])
def test_dates_released_in_any_order_are_known_the_same(tea: Shop, query, known_in_order, order):
    dates = sorted(LIFE)
    for number in order:
        tea.take(dates[number])
    assert {on: (query(AS_KNOWN, on, on), query(KNOWN_REFUNDS, on, on)) for on in LIFE} == known_in_order


def test_a_range_in_one_pass_is_known_as_if_it_had_come_day_by_day(tea: Shop, query, known_in_order):
    counts = tea.take("2017-03-04", mode="load", from_date=day("2017-03-01"))
    assert counts["lines_published"] == 9
    assert {on: (query(AS_KNOWN, on, on), query(KNOWN_REFUNDS, on, on)) for on in LIFE} == known_in_order
    assert query("select count(*) from crm.delivery") == [(4,)]


def test_an_order_that_changes_its_customer_leaves_the_old_one(tea: Shop, query):
    tea.day("2017-03-01", [line("1", "ann", "2017-03-01")])
    query("delete from crm.refresh_queue")
    tea.day("2017-03-02", [line("1", "bob", "2017-03-01")])
    assert query("""
        select c.external_id from crm.orders join crm.customer as c using (customer_id) where known_until is null
    """) == [("bob",)]
    assert query("select count(*) from crm.refresh_queue") == [(2,)]


def test_a_refund_is_updated_and_never_doubled(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    tea.day("2017-03-03", [line("1", at="2017-03-01", refunded="4", refunded_at="2017-03-03T10:00:00-05:00")])
    tea.day("2017-03-04", [line("1", at="2017-03-01", refunded="6", refunded_at="2017-03-03T10:00:00-05:00")])
    assert query(REFUNDS) == [("1", 6.0, "2017-03-04")]
    assert query("select count(*) from crm.orders") == [(1,)], "the order itself is unchanged"


def test_a_refund_of_zero_takes_the_refund_back(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01", refunded="4")])
    tea.day("2017-03-02", [line("1", at="2017-03-01", refunded="0"), line("2", at="2017-03-02", refunded="0")])
    assert query(REFUNDS) == [("1", 0.0, "2017-03-02")]


def test_what_was_known_before_a_refund_can_still_be_asked_for(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    before = query(AS_KNOWN, "2017-03-02", "2017-03-02")
    tea.day("2017-03-03", [line("1", at="2017-03-01", status="refunded", refunded="10")])
    assert query(AS_KNOWN, "2017-03-02", "2017-03-02") == before
    assert query(KNOWN_REFUNDS, "2017-03-02", "2017-03-02") == []
    assert query(CURRENT)[0][2] == "refunded"


def test_a_mixed_order_has_the_status_of_its_furthest_line(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01", status="cancelled"), line("1", at="2017-03-01", status="paid")])
    assert query(CURRENT)[0][2] == "paid"


def test_a_file_with_its_rows_in_another_order_says_nothing_new(tea: Shop, query):
    rows = [line("1", at="2017-03-01"), line("1", at="2017-03-01", item="black"), line("2", at="2017-03-01")]
    tea.day("2017-03-01", rows)
    assert tea.day("2017-03-01", rows[::-1])["unchanged"] == 3
    assert query("select count(*) from crm.orders") == [(2,)]


def test_equal_lines_of_an_order_are_separate_lines(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")] * 3)
    assert query("select sum(amount)::float, count(*) from crm.order_line") == [(30.0, 3)]
    tea.day("2017-03-01", [line("1", at="2017-03-01")] * 2)
    assert query(CURRENT)[0][1] == 20.0


def test_the_codes_of_an_order_are_told_apart_however_they_are_joined(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01", codes="B;A"), line("2", at="2017-03-01", codes=" A , B,")])
    assert query("select order_id, coupon_codes from crm.orders order by 1") == [("1", ["A", "B"]), ("2", ["A", "B"])]
