"""The daily refresh: incremental, repeatable, and equal to computing everybody anew."""

from __future__ import annotations

import datetime
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from crm.customers.refreshing import as_known, refresh

START = datetime.date(2024, 1, 1)
COMPARED = (
    "customer_id, next_change_on, first_order_on, last_order_on, order_count, net_revenue, average_order_value, "
    "median_interval_days, frequency, monetary, recency_score, frequency_score, monetary_score, segment, tier, stage"
)
TIERS = [{"name": "base", "from_net_revenue": 0}, {"name": "gold", "from_net_revenue": 200}]
LIFECYCLE = {"own_cycle_from_orders": 3, "default_cycle_days": 6}


def day(number: int) -> datetime.date:
    return START + datetime.timedelta(days=number)


@pytest.fixture
def stored(query):
    """All states, as the refresh left them."""
    return lambda: query(f"select {COMPARED} from crm.customer_state order by customer_id")


@pytest.fixture
def known(warehouse):
    """All states as known on a date, computed from the facts alone."""

    def rows(business, on, **options):
        return [
            tuple(getattr(row, name) for name in COMPARED.split(", "))
            for row in as_known(warehouse, business, on, **options)
        ]

    return rows


def simulate_day(
    shop, chance: random.Random, today: datetime.date, orders: dict[int, tuple[int, datetime.date]]
) -> None:
    """A day of trade: orders (late ones and tomorrow's too), corrections of any old order, refunds of all sorts."""

    def new_key() -> int:
        return chance.randrange(1, 2**40)

    for _ in range(chance.randrange(6)):
        key, customer = new_key(), chance.randrange(1, 15)
        dated = today - datetime.timedelta(days=chance.choice([0, 0, 0, 0, 0, -2, 1, 5, 40]))
        status = chance.choice(["paid", "paid", "shipped", "completed", "refunded", "unpaid", "cancelled"])
        shop.order(key, customer, dated, chance.choice([0, 5, 20, 80, -3]), status=status, known_on=today)
        orders[key] = customer, dated
    for key in chance.sample(sorted(orders), min(len(orders), chance.choice([0, 0, 1, 2]))):
        customer, dated = orders[key]
        moved = dated + datetime.timedelta(days=chance.choice([0, 0, 0, -7, 3]))
        status = chance.choice(["paid", "completed", "refunded", "cancelled"])
        version = new_key()
        shop.order(key, customer, moved, chance.choice([5, 20, 80]), status=status, known_on=today, version=version)
        orders[key] = customer, moved
    for _ in range(chance.choice([0, 0, 1, 2])):
        key = chance.choice([*sorted(orders), None, new_key()])
        customer = orders[key][0] if key in orders else chance.randrange(1, 15)
        back = today - datetime.timedelta(days=chance.choice([0, 0, 0, 1, 30]))
        shop.refund(new_key(), customer, key, back, chance.choice([5, 20, 80]), known_on=today)


PROOF = [pytest.param((window, seed), marks=pytest.mark.proof) for window in (None, 10, 30) for seed in (3, 4, 5)]


@pytest.mark.parametrize("drawn", [(None, 0), (10, 1), (30, 2), *PROOF])
def test_day_by_day_equals_computing_everybody_anew(warehouse, query, business, shop, drawn, stored, known):  # noqa: PLR0917
    window_days, seed = drawn
    chance = random.Random(seed)
    rfm = {"window_days": window_days, "scores": 3, "calibrate_every_days": 17, "minimum_buyers": 3}
    rules = business(rfm=rfm, lifecycle=LIFECYCLE, tiers=TIERS)
    orders: dict[int, tuple[int, datetime.date]] = {}
    for number in range(56):
        if chance.random() < 0.1:
            continue  # a day without a run
        if number < 44:
            simulate_day(shop, chance, day(number), orders)
        refresh(warehouse, rules, day(number))
        assert stored() == known(rules, day(number), in_force=True), f"day {number}"

    assert query("select count(*) > 5, count(distinct stage) > 2 from crm.customer_state") == [(True, True)]
    if window_days:
        assert query("select count(*) > 0 from crm.customer_state where base_order_count > 0") == [(True,)]
    assert query("select count(*) from crm.customer_history where valid_from >= coalesce(valid_to, 'infinity')") == [
        (0,)
    ]
    gaps = """
        select count(*) from (
            select valid_to, lead(valid_from) over (partition by customer_id order by valid_from) as next_from
            from crm.customer_history
        ) as h where valid_to is null and next_from is not null or valid_to > next_from
    """
    assert query(gaps) == [(0,)]
    latest = """
        select count(*) from crm.customer_state as s full join
            (select * from crm.customer_history where valid_to is null) as h using (customer_id)
        where (s.recency_score, s.frequency_score, s.monetary_score, s.segment, s.tier, s.stage)
            is distinct from (h.recency_score, h.frequency_score, h.monetary_score, h.segment, h.tier, h.stage)
    """
    assert query(latest) == [(0,)]


def test_running_a_date_again_changes_nothing(warehouse, query, business, shop):
    for number in range(30):
        shop.order(number, number % 7, day(number % 11), number)
    everything = """
        select md5(string_agg(t::text, '|' order by t::text)) from (
            select s::text || s.xmin from crm.customer_state as s
            union all select h::text || h.xmin from crm.customer_history as h
            union all select b::text || b.xmin from crm.rfm_breakpoints as b
            union all select c::text || c.xmin from crm.repurchase_cycle as c
            union all select o::text || o.xmin from crm.repurchase_rhythm as o
            union all select r::text || r.xmin from crm.refresh as r
        ) as t
    """
    first = refresh(warehouse, business(), day(12))
    before = query(everything)
    second = refresh(warehouse, business(), day(12))

    assert query(everything) == before
    assert (first["touched"], second["touched"], second["crossers"], second["changed"]) == (7, 0, 0, 0)
    assert query("select count(*) from crm.refresh_queue") == [(0,)]


def test_a_late_run_of_an_old_date_keeps_states_as_of_the_newest(warehouse, query, business, shop):
    shop.order(1, 1, day(20))
    refresh(warehouse, business(), day(20))
    shop.order(2, 2, day(3), known_on=day(20))
    assert refresh(warehouse, business(), day(3))["as_of"] == day(20).isoformat()
    assert query("select customer_id, recency_days from crm.customer_state order by 1") == [(1, 0), (2, 17)]


def test_a_published_date_counts_as_known_even_before_it_was_refreshed(warehouse, query, business, shop):
    query("insert into crm.delivery (shop, business_date) values ('s', %s)", day(9))
    shop.order(1, 1, day(2))
    assert refresh(warehouse, business(), day(2))["as_of"] == day(9).isoformat()


def test_stages_and_scores_move_by_time_alone(warehouse, query, business, shop):
    rules = business(lifecycle={"default_cycle_days": 10, "own_cycle_from_orders": 2}, rfm={"scores": 2})
    shop.order(1, 1, day(0))
    for number, bought_on in enumerate((0, 4, 8), start=2):
        shop.order(number, 2, day(bought_on))
    refresh(warehouse, rules, day(8))
    assert sum(refresh(warehouse, rules, day(number))["touched"] for number in range(9, 45)) == 0

    # the shop's own cycle is 4 days; customer 2's as well
    assert query("select cycle_days from crm.repurchase_cycle where level = 'shop'")[0] == (4,)
    first = "select customer_id, stage, min(valid_from) from crm.customer_history group by 1, 2 order by 1, 3"
    assert query(first) == [
        (1, "lapsing", day(8)), (1, "lapsed", day(13)),
        (2, "active", day(8)), (2, "lapsing", day(15)), (2, "lapsed", day(21)),
    ]  # fmt: skip
    worse = (
        "select recency_score, min(valid_from) from crm.customer_history where customer_id = 2 group by 1 order by 2"
    )
    assert query(worse) == [(2, day(8)), (1, day(13))]


def test_an_order_that_leaves_the_window_lowers_frequency_and_money_but_not_the_tier(warehouse, query, business, shop):
    rules = business(rfm={"window_days": 10}, tiers=TIERS)
    shop.order(1, 1, day(0), 190)
    shop.order(2, 1, day(5), 20)
    refresh(warehouse, rules, day(9))
    now = (
        "select frequency, monetary::int, order_count, net_revenue::int, tier, base_order_count from crm.customer_state"
    )
    assert query(now) == [(2, 210, 2, 210, "gold", 0)]
    assert refresh(warehouse, rules, day(10))["crossers"] == 1
    assert query(now) == [(1, 20, 2, 210, "gold", 0)]
    shop.order(3, 1, day(30), 1)
    refresh(warehouse, rules, day(30))
    assert query(now) == [(1, 1, 3, 211, "gold", 2)]


def test_losing_the_last_purchase_brings_back_the_window_before_it(warehouse, query, business, shop):
    rules = business(rfm={"window_days": 10})
    for number in (0, 5, 9, 12):
        shop.order(number, 1, day(number))
    refresh(warehouse, rules, day(12))
    shop.order(12, 1, day(12), status="cancelled", known_on=day(13), version=2)
    refresh(warehouse, rules, day(13))
    assert query("select last_order_on, median_interval_days::float, order_count from crm.customer_state") == [
        (day(9), 4.5, 3)
    ]


def test_a_refund_of_an_order_that_was_folded_long_ago_still_counts(warehouse, query, business, shop):
    rules = business(rfm={"window_days": 10})
    shop.order(1, 1, day(0), 50)
    shop.order(2, 1, day(20), 5)
    refresh(warehouse, rules, day(20))
    assert query("select base_order_count from crm.customer_state") == [(1,)]
    shop.refund(10, 1, 1, day(21), 50)
    refresh(warehouse, rules, day(21))
    assert query("select order_count, net_revenue::int, first_order_on from crm.customer_state") == [(1, 5, day(20))]


def test_what_is_a_purchase(warehouse, query, business, shop):
    shop.order(1, 1, day(1), 10)
    shop.order(2, 1, day(2), 10, status="unpaid")
    shop.order(3, 1, day(3), 10, status="cancelled")
    shop.order(4, 1, day(4), 10, status="refunded")
    shop.order(5, 1, day(5), 10)
    shop.refund(50, 1, 5, day(6), 10)
    shop.order(6, 1, day(6), 0)
    shop.order(7, 1, day(7), 10)
    shop.refund(70, 1, 7, day(8), 3)
    shop.refund(71, 1, 7, day(8), 2)
    shop.refund(80, 1, None, day(8), 4)
    shop.refund(81, 1, 3, day(8), 10)
    refresh(warehouse, business(), day(9))

    # 10 + (10 - 3 - 2) - 4: the refund of a cancelled order gave back nothing that was ever counted
    assert query(
        "select order_count, frequency, net_revenue, monetary, first_order_on, last_order_on from crm.customer_state"
    ) == [(2, 2, 11, 11, day(1), day(7))]


def test_who_only_has_refunds_is_a_prospect_and_who_never_paid_has_no_state(warehouse, query, business, shop):
    shop.refund(1, 1, None, day(1), 5)
    shop.order(2, 2, day(1), status="unpaid")
    refresh(warehouse, business(), day(2))
    assert query("select customer_id, stage, segment, net_revenue::int from crm.customer_state") == [
        (1, "prospect", None, -5)
    ]


def test_a_new_customer_is_new_and_ages(warehouse, query, business, shop):
    rules = business(lifecycle={"default_cycle_days": 10})
    shop.order(1, 1, day(0))
    for number, stage in ((0, "new"), (15, "new"), (16, "lapsing"), (30, "lapsing"), (31, "lapsed")):
        refresh(warehouse, rules, day(number))
        assert query("select stage from crm.customer_state") == [(stage,)], number
    history = query("select stage, min(valid_from) from crm.customer_history group by 1 order by 2")
    assert history == [("new", day(0)), ("lapsing", day(16)), ("lapsed", day(31))]


def test_a_second_change_on_one_date_replaces_the_first(warehouse, query, business, shop):
    rules = business(tiers=TIERS)
    shop.order(1, 1, day(0), 10)
    refresh(warehouse, rules, day(0))
    shop.order(2, 1, day(1), 100)
    refresh(warehouse, rules, day(1))
    shop.order(3, 1, day(1), 100)
    refresh(warehouse, rules, day(1))
    assert query("select valid_from, valid_to, tier from crm.customer_history order by 1") == [
        (day(0), day(1), "base"), (day(1), None, "gold"),
    ]  # fmt: skip


def test_marked_fake_accounts_lose_their_state_and_cleared_ones_get_it_back(warehouse, query, business, shop):
    shop.order(1, 1, day(0))
    refresh(warehouse, business(), day(0))
    query(
        "insert into crm.customer_profile (customer_id, valid_from, fake_orders, file_version_id) "
        "values (1, %s, true, 1)",
        day(1),
    )
    refresh(warehouse, business(), day(1))
    assert query("select count(*) from crm.customer_state") == [(0,)]
    assert query("select valid_to from crm.customer_history") == [(day(1),)]
    query("update crm.customer_profile set valid_to = %s", day(2))
    refresh(warehouse, business(), day(2))
    assert query("select count(*) from crm.customer_state") == [(1,)]


def test_other_settings_compute_everybody_anew(warehouse, business, shop, stored, known):
    for number in range(40):
        shop.order(number, number % 5, day(number))
    refresh(warehouse, business(rfm={"window_days": 10}), day(40))
    wider = business(rfm={"window_days": 30}, tiers=TIERS)
    assert refresh(warehouse, wider, day(41))["calibrated"]
    assert stored() == known(wider, day(41), in_force=True)


@pytest.mark.parametrize("in_force", [False, True])
def test_as_known_on_a_date_is_the_same_before_and_after_a_later_refund(warehouse, business, shop, known, in_force):
    rules = business(rfm={"window_days": 20, "scores": 2, "calibrate_every_days": 3})
    for number in range(30):
        shop.order(number, number % 4, day(number), number)
        refresh(warehouse, rules, day(number))
    before = known(rules, day(25), in_force=in_force)
    shop.refund(100, 1, 25, day(31), 25)
    shop.order(24, 0, day(24), 9, status="cancelled", known_on=day(31), version=2)
    refresh(warehouse, rules, day(31))

    assert known(rules, day(25), in_force=in_force) == before
    assert known(rules, day(31)) != before


def test_as_known_does_not_depend_on_the_order_in_which_dates_were_released(warehouse, query, business, shop, known):
    rules = business(rfm={"window_days": 20, "scores": 2})
    dates, answers = list(range(12)), []
    for _ in range(2):
        for number in dates:
            shop.order(number, number % 3, day(number), number)
            shop.refund(number, number % 3, number, day(number), number % 5)
            refresh(warehouse, rules, day(number))
        answers.append([known(rules, day(number)) for number in range(12)])
        query("""
            truncate crm.orders, crm.refund, crm.refresh_queue, crm.customer_state, crm.customer_history, crm.refresh,
                crm.rfm_breakpoints, crm.repurchase_cycle, crm.repurchase_rhythm
        """)
        random.Random(1).shuffle(dates)
    assert answers[0] == answers[1]
    assert len({len(answer) for answer in answers[0]}) == 3


def test_two_refreshes_at_once_take_turns(warehouse, query, business, shop):
    for number in range(50):
        shop.order(number, number, day(0))
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda _: refresh(warehouse, business(), day(0)), range(2)))
    assert sorted(each["touched"] for each in counts) == [0, 50]
    assert query("select count(*) from crm.customer_history") == [(50,)]


def test_sizes_count_segments_tiers_and_stages(warehouse, business, shop):
    shop.order(1, 1, day(0), 500)
    shop.order(2, 2, day(0), 5)
    refresh(warehouse, business(tiers=TIERS), day(0))
    with warehouse.transaction() as tx:
        sizes = {(row.dimension, row.name): row.customers for row in tx.rows("customers/sizes")}
    assert sizes["tier", "gold"] == sizes["tier", "base"] == 1
    assert sizes["stage", "new"] == sizes["total", "total"] == 2
