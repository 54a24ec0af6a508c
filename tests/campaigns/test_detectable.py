"""The smallest effect that can be shown: against a library, and as it is told before a send."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from crm.campaigns import detectable

DAY = date(2017, 11, 20)


@pytest.mark.parametrize(("rate", "treated", "control"), [(0.14, 1258, 298), (0.6, 453, 105), (0.01, 90_000, 10_000)])
def test_the_effect_has_the_power_that_statsmodels_finds(rate, treated, control):
    found = detectable.effect(rate, treated, control)
    h = proportion_effectsize(rate + found, rate)
    assert NormalIndPower().power(h, treated, 0.05, ratio=control / treated) == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize(("rate", "eligible"), [(0.14, 5000), (0.6, 3500), (0.02, 900)])
def test_the_proposed_share_is_the_smallest_whose_effect_is_worthwhile(rate, eligible):
    share = detectable.smallest_holdout(rate, eligible, 0.05)
    assert detectable.effect(rate, eligible * (1 - share), eligible * share) == pytest.approx(0.05)
    assert detectable.effect(rate, eligible * (1.01 - share), eligible * (share - 0.01)) > 0.05


def test_where_half_is_not_enough_it_says_how_many_occasions_are():
    assert detectable.smallest_holdout(0.5, 500, 0.05) is None
    times = detectable.occasions(0.5, 500, 0.2, 0.05)
    enough, too_few = (detectable.effect(0.5, 400 * n, 100 * n) for n in (times, times - 1))
    assert enough <= 0.05 < too_few


def test_a_rate_that_cannot_rise_so_far_shows_nothing():
    assert detectable.smallest_holdout(0.97, 10**9, 0.05) is None
    assert detectable.occasions(0.97, 10**9, 0.2, 0.05) is None


def test_the_rate_is_the_eligibles_own_in_their_last_window(shop, planner):
    for number in range(10):
        shop.reachable(bought=[DAY - timedelta(days=9 if number < 4 else 10)])
    shop.reachable(consent=())  # bought today, but is not eligible
    planner.declare("hello", holdout=0.5)
    (row,) = planner.plan()
    told = row["detectable"]
    assert (told["eligible"], told["baseline_rate"], told["goal"], told["window_days"]) == (10, 0.4, "any_order", 10)
    assert told["effect"] == pytest.approx(detectable.effect(0.4, 5, 5))
    assert planner.plan()[0]["detectable"] == told, "told again as it was told then"


def test_the_rate_counts_a_refunded_order_with_something_left(shop, planner):
    for customer in shop.three_refunded(DAY - timedelta(days=3)):
        shop.order(customer, DAY - timedelta(days=20))
    shop.reachable(bought=[DAY - timedelta(days=20)])
    planner.declare("hello", holdout=0.5)
    (row,) = planner.plan()
    assert (row["detectable"]["eligible"], row["detectable"]["baseline_rate"]) == (4, 0.25)


@pytest.mark.parametrize(
    ("goal", "rate"),
    [
        ({"goal": "product", "item": "1"}, 0.25),
        ({"goal": "category", "item": "tea"}, 0.5),
        ({"goal": "minimum_value", "item": 100}, 0.25),
    ],
)
def test_the_rate_is_about_the_declared_goal(shop, planner, goal, rate):
    shop.product(1, "tea > green")
    shop.product(2, "tea > black")
    shop.product(3, "teapots")
    for product, amount in ((1, 100), (2, 99), (3, 50), (None, 50)):
        customer = shop.reachable(bought=[])
        shop.order(customer, DAY - timedelta(days=3), product=product, amount=amount)
    planner.declare("hello", goal=goal, holdout=0.5)
    (row,) = planner.plan()
    assert row["detectable"]["baseline_rate"] == rate


def test_a_repurchase_campaign_is_measured_by_its_own_earlier_controls(shop, planner, query):
    shop.product(1, "tea")
    shop.cycle("tea", 30)
    shop.order(shop.reachable(), DAY - timedelta(days=29), product=1)
    planner.declare("again", kind="repurchase", goal={"goal": "category"}, holdout=0.2, gap_days=0)
    (row,) = planner.plan(mode="dry")
    assert row["detectable"]["baseline_rate"] is None
    assert "fewer than 100 earlier controls" in row["detectable"]["baseline"]
    query(
        "insert into crm.decision (customer_id, campaign, occasion, instance, kind, business_date, send_date,"
        " occasion_date, priority, decision, channel, contact_key, arm, epoch, salt, goal, planned_send_at, send_by,"
        " cut_off_at, declaration_hash) select n, 'again', '2017', 'tea', 'repurchase', '2017-10-31', '2017-11-01',"
        " '2017-11-01', 1, 'hold_out', 'email', crm.contact_key('email', n::text), 'control', '2017', 's', 'category',"
        " '2017-11-01 10:00Z', '2017-11-01 20:00Z', '2017-11-01Z', 'h' from generate_series(1001, 1200) as n"
    )
    query(
        "insert into crm.conversion (customer_id, campaign, occasion, instance, wave, kind, send_date, order_key,"
        " file_version_id, ordered_at, after, meets_goal, amount, known_on) select n, 'again', '2017', 'tea', 'main',"
        " 'repurchase', '2017-11-01', n, 1, '2017-11-02Z', case when n <= 1050 then interval '9 days' else '11 days'"
        " end, true, 20, '2017-11-02'"
        " from generate_series(1001, 1100) as n"
    )
    (row,) = planner.plan(mode="dry")
    assert row["detectable"]["baseline_rate"] == 0.25
