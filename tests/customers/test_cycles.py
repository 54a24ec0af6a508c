"""Repurchase cycles: Kaplan-Meier medians with right-censored open intervals."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

import pytest

from crm.customers.refreshing import refresh

END = datetime.date(2024, 6, 30)
CYCLES = """
    select level, item_key, own_cycle_days::float, intervals, open_intervals, customers, repeat_share::float,
        expected_value::float
    from crm.repurchase_cycle
"""


def ago(days: int) -> datetime.date:
    return END - datetime.timedelta(days=days)


def exact_median(closed: list[int], still_open: list[int]) -> int | None:
    """The smallest t with S(t) <= 1/2, in fractions."""
    survival = Fraction(1)
    for days in sorted(set(closed)):
        at_risk = sum(length >= days for length in closed + still_open)
        survival *= 1 - Fraction(closed.count(days), at_risk)
        if survival <= Fraction(1, 2):
            return days
    return None


@pytest.fixture
def buy(shop, products):
    """Sell products (a list of (product, amount)) in one order."""

    def sell(key, customer, day, lines):
        shop.order(key, customer, day, sum(amount for _, amount in lines))
        for number, (product, amount) in enumerate(lines, start=1):
            shop.line(key, customer, number, product, amount)

    return sell


@pytest.fixture
def products(query):
    query("""
        insert into crm.product (product_id, valid_from, valid_to, shop, external_id, category, file_version_id) values
        (1, '2020-01-01', '2024-06-01', 's', '1', 'old', 1), (1, '2024-06-01', null, 's', '1', 'food > dogs', 1),
        (2, '2020-01-01', null, 's', '2', 'food > dogs', 1), (3, '2020-01-01', null, 's', '3', null, 1)
    """)


def test_an_open_interval_counts_as_long_as_it_is(warehouse, query, business, shop):
    for customer, days in enumerate([(100, 90), (100, 80), (100,), (100,)], start=1):
        for number, number_of_days in enumerate(days):
            shop.order(customer * 10 + number, customer, ago(number_of_days))
    refresh(warehouse, business(), END)

    # closed 10, 20; open 90, 80, 100, 100: without the open ones the median would be 10, with them nobody knows
    assert query(CYCLES) == [("shop", "", None, 2, 4, 4, 0.5, 10.0)]


def test_half_at_once_is_the_median(warehouse, query, business, shop):
    for customer in (1, 2, 3):
        shop.order(customer * 10, customer, ago(60))
    shop.order(11, 1, ago(53))
    shop.order(21, 2, ago(53))
    refresh(warehouse, business(), END)

    # 7, 7 closed of five spells; 53, 53, 60 open: S(7) = 3/5; then one more closes: S(7) = 1/2
    assert query(CYCLES)[0][2] is None
    shop.order(31, 3, ago(53))
    query("delete from crm.repurchase_cycle")
    refresh(warehouse, business(), END)
    assert query(CYCLES)[0][2] == 7


def test_two_orders_on_one_day_are_one_purchase_of_that_day(warehouse, query, business, shop):
    shop.order(1, 1, ago(20), 10)
    shop.order(2, 1, ago(20), 30)
    shop.order(3, 1, ago(10), 20)
    refresh(warehouse, business(), END)
    assert query(CYCLES) == [("shop", "", 10, 1, 1, 1, 1.0, 30.0)]


def test_unpaid_cancelled_and_refunded_orders_close_no_interval(warehouse, query, business, shop):
    shop.order(1, 1, ago(30))
    shop.order(2, 1, ago(20), status="unpaid")
    shop.order(3, 1, ago(19), status="cancelled")
    shop.order(4, 1, ago(18), status="refunded")
    shop.order(5, 1, ago(17))
    shop.refund(50, 1, 5, ago(16), 10)
    refresh(warehouse, business(), END)
    assert query(CYCLES) == [("shop", "", None, 0, 1, 1, 0.0, 10.0)]


def test_the_anonymous_customer_and_fake_accounts_have_no_cycle(warehouse, query, business, shop):
    query("insert into crm.customer values (1, 's', '', true, '2024-01-01')")
    query("""
        insert into crm.customer_profile (customer_id, valid_from, fake_orders, file_version_id)
        values (2, '2024-01-01', true, 1)
    """)
    for customer in (1, 2):
        shop.order(customer * 10, customer, ago(20))
        shop.order(customer * 10 + 1, customer, ago(10))
    refresh(warehouse, business(), END)
    assert query(CYCLES) == []
    assert query("select count(*) from crm.customer_state") == [(0,)]


def test_products_and_categories_have_cycles_of_their_own(warehouse, query, business, buy):
    buy(1, 1, ago(30), [(1, 5), (3, 1)])
    buy(2, 1, ago(20), [(2, 7), (2, 0)])
    buy(3, 1, ago(10), [(1, 5)])
    buy(4, 2, ago(10), [(3, 0)])
    refresh(warehouse, business(), END)

    assert {row[:2]: row[2:] for row in query(CYCLES)} == {
        ("shop", ""): (10, 2, 1, 1, 1.0, 6.0),
        ("category", "food > dogs"): (10, 2, 1, 1, 1.0, 5.6667),
        ("product", "1"): (20, 1, 1, 1, 1.0, 5.0),
        ("product", "2"): (None, 0, 1, 1, 0.0, 7.0),
        ("product", "3"): (None, 0, 1, 1, 0.0, 1.0),
    }


def test_a_product_that_was_sent_back_was_not_bought(warehouse, query, business, shop, buy):
    buy(1, 1, ago(30), [(1, 5), (2, 5)])
    buy(2, 1, ago(20), [(1, 5), (2, 5)])
    shop.refund(20, 1, 2, ago(19), 5)
    query("update crm.refund set line_number = 1")
    refresh(warehouse, business(), END)

    assert {row[1]: row[2:4] for row in query(CYCLES) if row[0] == "product"} == {"1": (None, 0), "2": (10, 1)}


BORROWED = """
    select cycle_days::float, own_cycle_days::float, borrowed_cycle_days::float, borrowed_intervals, own_weight::float
    from crm.repurchase_cycle where (level, item_key) = ('product', %s)
"""


def test_a_product_with_few_intervals_borrows_from_its_category(warehouse, query, business, buy):
    # Product 1: two intervals of 40 days; product 2: six of 10. Together eight of them: a median of 10.
    bought = {1: [(1, 85), (1, 45)], 2: [(1, 85), (1, 45)], 3: [(2, 70 - 10 * n) for n in range(7)]}
    for customer, purchases in bought.items():
        for number, (product, days) in enumerate(purchases):
            buy(customer * 10 + number, customer, ago(days), [(product, 5)])
    refresh(warehouse, business(repurchase={"half_weight_intervals": 6}), END)

    # Z = 2 / (2 + 6) and 6 / (6 + 6)
    assert query(BORROWED, "1") == [(round(40**0.25 * 10**0.75, 2), 40, 10, 8, 0.25)]
    assert query(BORROWED, "2") == [(10, 10, 10, 8, 0.5)]
    level = "select cycle_days::float, own_weight::float from crm.repurchase_cycle where level = 'category'"
    assert query(level) == [(10, 1)]


@pytest.mark.parametrize("buyers", [5, 6])
def test_what_nobody_came_back_for_borrows_until_its_buyers_are_many(warehouse, query, business, buy, buyers):
    for number in range(buyers + 2):
        buy(number, 1, ago(100 - 10 * number), [(2, 5)])
    for customer in range(2, buyers + 2):
        buy(customer * 10 + 7, customer, ago(50), [(1, 5)])
    refresh(warehouse, business(repurchase={"half_weight_intervals": 6}), END)
    assert query(BORROWED, "1") == [(10, None, 10, buyers + 1, 0) if buyers < 6 else (None, None, None, None, 1)]


def test_a_product_without_a_category_has_nothing_to_borrow(warehouse, query, business, buy):
    for number, days in enumerate((40, 20)):
        buy(number, 1, ago(days), [(3, 5)])
    refresh(warehouse, business(), END)
    assert query(BORROWED, "3") == [(20, 20, None, None, 1)]


RHYTHMS = """
    select customer_id, level, item_key, valid_from, valid_to, cycle_days::float, intervals, last_bought_on, expected_on
    from crm.repurchase_rhythm order by customer_id, level, item_key, valid_from
"""


def test_a_rhythm_is_kept_from_four_intervals_on_and_as_long_as_nothing_is_bought(warehouse, query, business, buy):
    days = [100, 90, 70, 45, 30]  # 10, 20, 25, 15 days: the median is 17.5
    for number, each in enumerate(days):
        buy(number, 1, ago(each), [(3, 5)])
        buy(10 + number, 2, ago(each), [(1 + number % 2, 5)])
        if number:
            buy(20 + number, 3, ago(each), [(3, 5)])
    rules = business(rfm={"calibrate_every_days": 10})
    for ends in (20, 10):
        refresh(warehouse, rules, ago(ends))
    row = (ago(20), None, 17.5, 4, ago(30), ago(12))
    assert query(RHYTHMS) == [(1, "product", "3", *row), (2, "category", "food > dogs", *row)]

    buy(30, 1, ago(5), [(3, 5)])  # 25 days: the median of five is 20
    refresh(warehouse, rules, END)
    assert query(RHYTHMS) == [
        (1, "product", "3", ago(20), END, 17.5, 4, ago(30), ago(12)),
        (1, "product", "3", END, None, 20, 5, ago(5), ago(5) + datetime.timedelta(days=20)),
        (2, "category", "food > dogs", *row),
    ]


def test_rhythms_calibrated_anew_on_the_same_date_are_the_same(warehouse, query, business, buy):
    for number, each in enumerate([100, 90, 70, 45, 30]):
        buy(number, 1, ago(each), [(3, 5)])
    refresh(warehouse, business(), ago(30))
    buy(30, 1, ago(5), [(3, 5)])
    found = []
    for again in range(2):
        refresh(warehouse, business(lifecycle={"default_cycle_days": 90 + again}), END)
        found.append(query(RHYTHMS))
    assert found[0] == found[1]
    assert [(row[3], row[4]) for row in found[0]] == [(ago(30), END), (END, None)]


@pytest.mark.parametrize("seed", range(3))
def test_cycles_equal_an_independent_estimate(warehouse, query, business, buy, seed):
    chance = random.Random(seed)
    days: dict[tuple[str, int], set[int]] = defaultdict(set)
    for key in range(1, 121):
        customer, bought, day = (
            chance.randrange(1, 20),
            chance.sample([1, 2, 3], chance.randrange(1, 3)),
            chance.randrange(90),
        )
        buy(key, customer, ago(day), [(product, 10) for product in bought])
        for item in ["", *map(str, bought), *(["food > dogs"] if {1, 2} & set(bought) else [])]:
            days[item, customer].add(day)
    refresh(warehouse, business(), END)

    found = {row[1]: row[2:5] for row in query(CYCLES)}
    assert len(found) == 5
    for item, row in found.items():
        lengths = [sorted(d, reverse=True) for (name, _), d in days.items() if name == item]
        closed = [before - after for each in lengths for before, after in pairwise(each)]
        still_open = [each[-1] for each in lengths]
        assert row == (exact_median(closed, still_open), len(closed), len(still_open)), item
        assert_statsmodels_agrees(row[0], closed, still_open)


def assert_statsmodels_agrees(median, closed, still_open):
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    curve = duration.SurvfuncRight(closed + still_open, [1] * len(closed) + [0] * len(still_open))
    below = [time for time, share in zip(curve.surv_times, curve.surv_prob, strict=True) if share <= 0.5 + 1e-9]
    assert (below[0] if below else None) == median
