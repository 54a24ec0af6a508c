"""Scores and segments."""

from __future__ import annotations

import csv
import datetime

import pytest

from crm.business import SettingsError
from crm.customers.refreshing import as_known, refresh

END = datetime.date(2014, 12, 31)
LIFETIME_QUARTILES = {"scores": 4, "best": "lowest", "window_days": None}


@pytest.fixture
def published(shared_data, query):
    """The orders of the published table, as facts; returns the table."""
    text = (shared_data / "rfm_check" / "sample-orders.csv").read_text(encoding="mac_roman")
    orders = list(csv.DictReader(text.splitlines()))
    for order in orders:
        month, day, year = map(int, order["order_date"].split("/"))
        order["day"] = datetime.date(2000 + year, month, day).isoformat()
    for name in ("customer", "order_id", "day", "grand_total"):
        assert all(order[name] for order in orders)
    query(
        """
        with line as (
            select * from unnest(%s::text[], %s::text[], %s::date[], %s::numeric[]) as l (customer, id, day, amount)
        ), named as (
            insert into crm.customer select distinct crm.key64('s', customer), 's', customer, false, day
            from (select customer, min(day) as day from line group by customer) as c
        )
        insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,
            ordered_on, business_date, line_count, quantity, amount, known_on)
        select crm.key64('s', customer), crm.key64('s', id), 1, 's', id, 'paid', day, day, day, 1, 1, amount, day
        from line
        """,
        *([order[name] for order in orders] for name in ("customer", "order_id", "day", "grand_total")),
    )
    with (shared_data / "rfm_check" / "rfm-table.csv").open(encoding="mac_roman", newline="") as file:
        return {
            row["customer"]: tuple(
                int(row[name])
                for name in ("recency", "frequency", "monetary_value", "R_Quartile", "F_Quartile", "M_Quartile")
            )
            for row in csv.DictReader(file)
        }


MEASURED = """
    select external_id, recency_days, frequency, monetary, recency_score, frequency_score, monetary_score
    from crm.customer_state inner join crm.customer using (customer_id)
"""


def test_all_793_rows_of_the_published_table_come_out_exactly(warehouse, query, business, published):
    counts = refresh(warehouse, business(rfm=LIFETIME_QUARTILES), END)

    assert counts["customers"] == len(published) == 793
    assert {name: tuple(map(int, values)) for name, *values in query(MEASURED)} == published


def test_the_published_table_also_comes_out_of_the_question_about_the_past(warehouse, query, business, published):
    names = dict(query("select customer_id, external_id from crm.customer"))
    rows = as_known(warehouse, business(rfm=LIFETIME_QUARTILES), END)
    found = {
        names[row.customer_id]: (
            row.recency_days, row.frequency, int(row.monetary),
            row.recency_score, row.frequency_score, row.monetary_score,
        )
        for row in rows
    }  # fmt: skip
    assert found == published


def test_equal_values_share_a_score_and_upper_bounds_are_inclusive(warehouse, query, business, shop):
    for customer, amount in enumerate([10, 10, 10, 10, 20, 20, 30, 40], start=1):
        shop.order(customer, customer, END, amount)
    refresh(warehouse, business(rfm={"scores": 4}), END)

    assert query("select upper_bound from crm.rfm_breakpoints where measure = 'monetary' order by 1") == [
        (10,), (15,), (22.5,), (None,),
    ]  # fmt: skip
    scores = query("select monetary::int, monetary_score from crm.customer_state group by 1, 2 order by 1")
    assert scores == [(10, 1), (20, 3), (30, 4), (40, 4)]


def test_a_quantile_between_two_cents_moves_nobody_across_it(warehouse, query, business, shop):
    for customer, amount in enumerate(["10.0000", "10.0001"], start=1):
        shop.order(customer, customer, END, amount)
    refresh(warehouse, business(rfm={"scores": 2}), END)

    assert query("select monetary_score from crm.customer_state order by customer_id") == [(1,), (2,)]


@pytest.mark.parametrize("best", ["highest", "lowest"])
def test_the_best_segment_is_the_recent_frequent_and_rich_in_either_orientation(warehouse, query, business, shop, best):
    shop.order(1, 1, END, 500)
    shop.order(2, 1, END - datetime.timedelta(days=1), 500)
    shop.order(3, 2, datetime.date(2013, 1, 1), 10)
    refresh(warehouse, business(rfm={"scores": 2, "best": best}), END)

    assert query("select segment from crm.customer_state order by customer_id") == [
        ("important_value",), ("general_win_back",),
    ]  # fmt: skip
    assert query("select recency_score from crm.customer_state where customer_id = 1") == [
        (2 if best == "highest" else 1,)
    ]


def test_the_middle_score_of_five_is_not_high(warehouse, query, business, shop):
    for customer in range(1, 6):
        shop.order(customer, customer, END, customer * 100)
    refresh(warehouse, business(), END)

    assert query("""
        select monetary_score, monetary_high from crm.customer_state inner join crm.segment using (segment) order by 1
    """) == [(1, False), (2, False), (3, False), (4, True), (5, True)]


def test_by_the_mean_there_are_two_scores_and_the_mean_itself_is_low_in_money(warehouse, query, business, shop):
    for customer, amount in enumerate([10, 20, 30], start=1):
        shop.order(customer, customer, END, amount)
    refresh(warehouse, business(rfm={"method": "mean"}), END)

    assert query("select monetary_score from crm.customer_state order by customer_id") == [(1,), (1,), (2,)]


def test_fixed_bounds_are_used_as_declared(warehouse, query, business, shop):
    for customer, amount in enumerate([99, 100, 100.01], start=1):
        shop.order(customer, customer, END, amount)
    fixed = {"recency": [30], "frequency": [1], "monetary": [100]}
    refresh(warehouse, business(rfm={"method": "fixed", "scores": 2, "fixed": fixed}), END)

    assert query("select monetary_score from crm.customer_state order by customer_id") == [(1,), (1,), (2,)]


def test_fixed_bounds_of_the_wrong_number_are_refused_by_name(warehouse, business, shop):
    shop.order(1, 1, END)
    with pytest.raises(SettingsError, match=r"rfm\.fixed\.recency: give 4 ascending bounds"):
        refresh(warehouse, business(rfm={"method": "fixed"}), END)


def test_too_few_buyers_have_no_scores_and_the_refresh_says_so(warehouse, query, business, shop):
    shop.order(1, 1, END)
    counts = refresh(warehouse, business(rfm={"minimum_buyers": 2}), END)

    assert (counts["scored"], counts["reason"]) == (False, "fewer than 2 buyers: no RFM")
    assert query("select recency_score, segment, tier, stage from crm.customer_state") == [(None, None, "base", "new")]

    shop.order(2, 2, END)
    assert refresh(warehouse, business(rfm={"minimum_buyers": 2}), END)["scored"]
    assert query("select count(segment) from crm.customer_state") == [(2,)]


def test_breakpoints_are_reused_until_they_are_old_and_then_everybody_is_scored_anew(warehouse, query, business, shop):
    rules = business(rfm={"calibrate_every_days": 28, "scores": 2})
    for customer, amount in enumerate([10, 20], start=1):
        shop.order(customer, customer, END, amount)
    assert refresh(warehouse, rules, END)["calibrated"]
    shop.order(3, 3, END, 1000)
    shop.order(4, 4, END, 1000)
    later = refresh(warehouse, rules, END + datetime.timedelta(days=27))
    assert (later["calibrated"], later["breakpoints_on"]) == (False, END.isoformat())
    assert query("select monetary_score from crm.customer_state where customer_id = 2") == [(2,)]

    again = refresh(warehouse, rules, END + datetime.timedelta(days=28))
    assert again["calibrated"]
    assert query("select monetary_score from crm.customer_state where customer_id = 2") == [(1,)]
    assert query("select count(distinct breakpoints_on), min(breakpoints_on) from crm.customer_state") == [
        (1, END + datetime.timedelta(days=28))
    ]
