"""When a buyer's own product or category is due again: an event, once per item and last purchase."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from datetime import date
from itertools import pairwise
from statistics import median

import pytest

DAY = date(2017, 11, 20)


def days(n: int) -> datetime.timedelta:
    return datetime.timedelta(days=n)


@pytest.fixture
def again(shop, planner):
    """Coffee (30 days) and tea (20 days) are declared; plan every send date of a range, return who was decided when."""
    for product, category in ((1, "coffee"), (2, "tea"), (3, "coffee")):
        shop.product(product, category)
    shop.cycle("coffee", 30, value=10)
    shop.cycle("tea", 20, value=5)

    def run(first: date, last: date, mode: str = "live", **keys) -> list[tuple]:
        planner.declare(
            "again", kind="repurchase", **{"lead_days": 3, "goal": {"goal": "category"}, "gap_days": 0, **keys}
        )
        for n in range((last - first).days + 1):
            planner.plan(first + days(n - 1), mode=mode)
        return planner.query(
            "select customer_id, send_date, item_key from crm.decision order by send_date, customer_id"
        )

    return run


def buyer(shop, *purchases: tuple[int, date], **profile) -> int:
    customer = shop.reachable(bought=[], **profile)
    for product, day in purchases:
        shop.order(customer, day, product=product)
    return customer


def test_it_is_due_once_on_the_send_date_on_which_cycle_less_lead_is_reached(shop, planner, again):
    buyer(shop, (1, date(2017, 11, 1)))
    due_on = date(2017, 11, 1) + days(27)
    assert again(due_on - days(5), due_on + days(5)) == [(1, due_on, "coffee")]
    assert planner.decisions("occasion, instance, goal, goal_item, cycles_on") == [
        ("2017", "category:coffee:2017-11-01", "category", "coffee", date(2017, 1, 1))
    ]


def test_on_its_first_day_a_campaign_takes_up_no_backlog(shop, again):
    for n in range(1, 60):
        buyer(shop, (1, DAY - days(n)))
    send = DAY + days(1)
    decided = again(send, send)
    assert [(customer, item) for customer, _, item in decided] == [(26, "coffee")]


@pytest.mark.parametrize(("held", "caught_up"), [(3, True), (4, False)])
def test_what_was_missed_in_a_hold_is_caught_up_with_for_three_days(shop, again, held, caught_up):
    due_on = date(2017, 11, 23)
    buyer(shop, (1, due_on - days(27)))
    again(due_on - days(1), due_on - days(1))
    after = due_on + days(held)
    assert again(after, after + days(1)) == ([(1, after, "coffee")] if caught_up else [])


def test_without_a_hold_there_is_nothing_to_catch_up_with(shop, again):
    # The purchase of 27 days ago becomes known a day late: its send date was planned already.
    due_on = date(2017, 11, 23)
    again(due_on, due_on)
    shop.order(shop.reachable(bought=[]), due_on - days(27), product=1, known=due_on)
    assert again(due_on + days(1), due_on + days(1)) == []


def test_a_later_purchase_of_the_same_item_starts_anew(shop, again):
    buyer(shop, (1, date(2017, 11, 1)), (3, date(2017, 11, 10)))
    assert again(date(2017, 11, 25), date(2017, 12, 10)) == [(1, date(2017, 12, 7), "coffee")]


def test_other_items_do_not_start_it_anew_but_products_can_be_told_apart(shop, again):
    shop.cycle(1, 30, level="product")
    buyer(shop, (1, date(2017, 11, 1)), (3, date(2017, 11, 10)), (2, date(2017, 11, 27)))
    decided = again(date(2017, 11, 25), date(2017, 12, 10), level="product", goal={"goal": "product"})
    assert decided == [(1, date(2017, 11, 28), "1")]


def test_one_item_a_day_and_the_one_of_the_largest_expected_value(shop, again):
    send = DAY + days(1)
    buyer(shop, (1, send - days(27)), (2, send - days(17)))
    assert again(send, send) == [(1, send, "coffee")]


def test_after_a_contact_the_campaign_rests_for_its_gap(shop, planner, again):
    send = DAY + days(1)
    buyer(shop, (1, send - days(27)), (2, send - days(17) + days(14)))
    buyer(shop, (1, send - days(27)), (2, send - days(17) + days(15)))
    again(send, send + days(20), gap_days=14)
    assert planner.decisions("customer_id, send_date, reason", "item_key = 'tea'") == [
        (1, send + days(14), "in_gap"),
        (2, send + days(15), None),
    ]


@pytest.mark.parametrize(
    ("bought", "cycles"),
    [
        ({6: "bought_recently", 7: None}, (12, 13)),  # half of a cycle of 12 days is 6, of 13 is 6.5
        ({14: "bought_recently", 15: None}, (40, 41)),  # half of it would be 20
    ],
)
def test_a_buyer_of_the_item_is_recent_for_14_days_or_half_its_cycle(shop, planner, again, bought, cycles):
    send = DAY + days(1)
    for number, (days_ago, cycle) in enumerate(zip(bought, cycles, strict=True)):
        shop.product(10 + number, f"item{number}")
        shop.cycle(f"item{number}", cycle)
        buyer(shop, (10 + number, send - days(days_ago)))
    again(send, send, lead_days=cycles[0] - min(bought))
    assert list(planner.reasons().values()) == list(bought.values())


def test_an_item_that_was_not_bought_recently_goes_before_one_that_was(shop, planner, again):
    shop.product(4, "milk")
    shop.cycle("milk", 12, value=99)
    send = DAY + days(1)
    buyer(shop, (4, send - days(6)), (1, send - days(24)))
    assert again(send, send, lead_days=6) == [(1, send, "coffee")]


def test_only_cycles_that_are_known_well_enough_are_used(shop, again):
    send = DAY + days(1)
    for number, (cycle, intervals, share) in enumerate([(30, 29, 0.9), (30, 30, 0.4), (9, 30, 0.9), (30, 30, 0.5)]):
        shop.product(10 + number, f"item{number}")
        shop.cycle(f"item{number}", cycle, intervals=intervals, share=share)
        buyer(shop, (10 + number, send - days(cycle - 3)))
    shop.product(20, "rare")
    shop.cycle("rare", None)
    buyer(shop, (20, send - days(27)))
    decided = again(send, send, minimum_intervals=30, minimum_repeat_share=0.5, minimum_cycle_days=10)
    assert [item for _, _, item in decided] == ["item3"]


def test_a_campaign_can_be_declared_for_some_items_alone(shop, again):
    send = DAY + days(1)
    buyer(shop, (1, send - days(27)))
    buyer(shop, (2, send - days(17)))
    assert again(send, send, items=["tea"]) == [(2, send, "tea")]


def test_the_calibration_in_force_on_the_date_counts(shop, planner, again):
    shop.cycle("coffee", 40, calibrated_on=date(2017, 11, 15))
    shop.cycle("coffee", 50, calibrated_on=date(2017, 12, 20))
    buyer(shop, (1, date(2017, 11, 1)))
    assert again(date(2017, 11, 25), date(2017, 12, 12)) == [(1, date(2017, 12, 8), "coffee")]
    assert planner.decisions("cycles_on") == [(date(2017, 11, 15),)]


def test_a_cycle_that_grows_does_not_make_it_due_again_nor_keeps_another_item_from_its_turn(shop, again):
    shop.cycle("coffee", 35, value=10, calibrated_on=date(2017, 11, 30))
    shop.cycle("tea", 20, value=5, calibrated_on=date(2017, 11, 30))
    buyer(shop, (1, date(2017, 11, 1)), (2, date(2017, 11, 16)))
    decided = [(1, date(2017, 11, 28), "coffee"), (1, date(2017, 12, 3), "tea")]
    assert again(date(2017, 11, 27), date(2017, 12, 5)) == decided


def test_orders_that_were_not_known_or_came_to_nothing_are_no_purchases(shop, query, again):
    send = DAY + days(1)
    customers = [shop.reachable(bought=[]) for _ in range(4)]
    shop.order(customers[0], send - days(27), product=1, known=send)  # known only the day after
    shop.order(customers[1], send - days(27), product=1, status="cancelled")
    shop.refund(customers[2], shop.order(customers[2], send - days(27), product=1), 10)
    superseded = shop.order(customers[3], send - days(27), product=1)
    query("update crm.orders set known_until = %s where order_key = %s", DAY, superseded)
    assert again(send, send) == []


def test_a_refunded_order_with_something_left_is_due_again_and_starts_the_cycle_anew(shop, again):
    """The cycles are calibrated on such orders (customers/purchases.sql): who is due goes by the same ones."""
    send = DAY + days(1)
    kept, *_ = shop.three_refunded(send - days(27), product=1)
    later = buyer(shop, (1, send - days(27)))
    shop.refund(later, shop.order(later, send - days(20), product=1, status="refunded"), 4)
    assert again(send, send) == [(kept, send, "coffee")]


def test_a_purchase_that_becomes_known_later_does_not_change_a_past_dry_run(shop, planner, again):
    send = DAY + days(1)
    customer = buyer(shop, (1, send - days(27)))
    again(send, send)
    shop.order(customer, DAY, product=3, known=send)
    (row,) = planner.plan(DAY, mode="dry")
    assert (row["candidates"], row["included"]) == (1, 1)


def test_a_customers_own_rhythm_takes_the_place_of_the_items_cycle(shop, again):
    bought = date(2017, 11, 1)
    own, few = buyer(shop, (1, bought)), buyer(shop, (1, bought))
    shop.rhythm(own, "coffee", 35, bought, intervals=6)
    shop.rhythm(few, "coffee", 35, bought, intervals=5)
    again(bought + days(26), bought + days(28), own_rhythm_intervals=6)
    decided = again(bought + days(31), bought + days(33), own_rhythm_intervals=6)
    assert decided == [(few, bought + days(27), "coffee"), (own, bought + days(32), "coffee")]


def test_a_purchase_since_the_calibration_starts_the_rhythm_anew(shop, again):
    """The last purchase before the calibration is found by what it expects, a later one by the orders since."""
    calibrated = date(2017, 11, 15)
    for item in ("coffee", "tea"):
        shop.cycle(item, 60, calibrated_on=calibrated)
    before = buyer(shop, (1, date(2017, 11, 10)))
    since = buyer(shop, (1, date(2017, 11, 10)), (3, date(2017, 11, 20)))
    for customer in (before, since):
        shop.rhythm(customer, "coffee", 20, date(2017, 11, 10), valid_from=calibrated)
    again(date(2017, 11, 26), date(2017, 11, 28))
    assert again(date(2017, 12, 6), date(2017, 12, 8)) == [
        (before, date(2017, 11, 27), "coffee"),
        (since, date(2017, 12, 7), "coffee"),
    ]


def test_a_rhythm_counts_where_the_item_has_no_cycle_and_must_be_worth_a_message(shop, again):
    shop.product(10, "rare")
    shop.cycle("rare", None)
    send = DAY + days(1)
    for rhythm in (20, 9, 3):
        customer = buyer(shop, (10, send - days(rhythm - 3)))
        shop.rhythm(customer, "rare", rhythm, send - days(rhythm - 3))
    assert again(send, send, minimum_cycle_days=10) == [(1, send, "rare")]


@pytest.mark.parametrize(("held", "caught_up"), [(3, True), (4, False)])
@pytest.mark.parametrize("calibrated", [date(2017, 11, 1), date(2017, 11, 15)])
def test_a_rhythm_is_caught_up_with_like_a_cycle(shop, again, held, caught_up, calibrated):
    bought, due_on = date(2017, 11, 6), date(2017, 11, 23)
    customer = buyer(shop, (1, bought))
    shop.cycle("coffee", 60, calibrated_on=calibrated)
    shop.rhythm(customer, "coffee", 20, bought if calibrated > bought else date(2017, 10, 1), valid_from=calibrated)
    again(due_on - days(1), due_on - days(1))
    after = due_on + days(held)
    assert again(after, after + days(1)) == ([(customer, after, "coffee")] if caught_up else [])


def test_the_rhythm_in_force_on_the_date_counts(shop, planner, again):
    bought = date(2017, 11, 1)
    customer = buyer(shop, (1, bought))
    shop.rhythm(customer, "coffee", 20, bought)
    shop.rhythm(customer, "coffee", 40, bought, valid_from=date(2017, 11, 30))
    send = bought + days(17)
    assert again(send, send) == [(customer, send, "coffee")]
    (row,) = planner.plan(send - days(1), mode="dry")
    assert row["included"] == 1
    assert planner.plan(bought + days(36), mode="dry") == []  # once per last purchase, though the rhythm has grown


def test_half_a_rhythm_is_when_a_purchase_is_no_longer_recent(shop, planner, again):
    send = DAY + days(1)
    customer = buyer(shop, (1, send - days(5)))
    shop.rhythm(customer, "coffee", 10, send - days(5))
    again(send, send, lead_days=5)
    assert planner.reasons() == {customer: "bought_recently"}


def test_a_purchase_that_came_to_nothing_is_not_due_by_a_rhythm(shop, query, again):
    send = DAY + days(1)
    customer = shop.reachable(bought=[])
    order = shop.order(customer, send - days(17), product=1)
    shop.rhythm(customer, "coffee", 20, send - days(17))
    query("update crm.orders set known_until = %s where order_key = %s", DAY, order)
    assert again(send, send) == []


def test_a_product_is_due_by_the_cycle_that_it_borrowed(shop, query, again):
    shop.cycle(1, 30, level="product", intervals=2)
    shop.cycle(3, 30, level="product", intervals=2)
    query("update crm.repurchase_cycle set borrowed_intervals = 500, own_weight = 0.0625 where item_key = '1'")
    send = DAY + days(1)
    for product in (1, 3):
        buyer(shop, (product, send - days(27)))
    assert again(send, send, level="product", goal={"goal": "product"}) == [(1, send, "1")]


def test_who_is_due_equals_an_independent_computation(shop, again):
    """Random purchases, rhythms as of 1 November; every send date of a week against all that was ever bought."""
    chance, calibrated, cycles = random.Random(7), date(2017, 11, 1), {"coffee": 18, "tea": 11}
    bought = defaultdict(set)
    for _ in range(15):
        customer = shop.reachable(bought=[])
        for _ in range(chance.randrange(2, 16)):
            product, day = chance.choice([1, 2, 3]), date(2017, 11, 20) - days(chance.randrange(90))
            shop.order(customer, day, product=product)
            bought[customer, "tea" if product == 2 else "coffee"].add(day)
    for item, cycle in cycles.items():
        shop.cycle(item, cycle, value=10 if item == "coffee" else 5, calibrated_on=calibrated)
    own = {}
    for (customer, item), each in bought.items():
        before = sorted(day for day in each if day <= calibrated)
        if len(before) > 4:
            own[customer, item] = int(median((b - a).days for a, b in pairwise(before)) + 0.5)
            shop.rhythm(
                customer, item, own[customer, item], before[-1], valid_from=calibrated, intervals=len(before) - 1
            )

    first, expected = date(2017, 11, 14), []
    for send in (first + days(n) for n in range(7)):
        due = defaultdict(list)
        for (customer, item), each in bought.items():
            cycle = own.get((customer, item), cycles[item])
            last = max((day for day in each if day < send), default=None)
            if last and cycle > 2 and last + days(cycle - 2) == send:
                due[customer].append(((send - last).days > min(14, cycle / 2), item == "coffee", item))
        expected += [(customer, send, max(items)[2]) for customer, items in sorted(due.items())]
    assert again(first, first + days(6), lead_days=2) == expected
    assert len({(customer, item) in own for customer, _, item in expected}) == 2
