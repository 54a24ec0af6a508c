"""What stands beside a difference: parts that add up, what came of messages, costs, profit, attribution, versions."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from evaluation_facts import day

from crm.business import Evaluation
from crm.evaluation import earnings, intervals, results
from crm.evaluation.cells import Cell
from crm.evaluation.evaluating import evaluate

SENT = "2017-11-21T10:00"
SEGMENTS, TIERS = ("loyal", "new", None), ("base", "gold")


@pytest.fixture
def shop(facts):
    """800 treated and 200 held out, in three segments, two tiers and two variants; a third buys, some give back."""
    facts.delivered("2017-12-31", first="2017-06-01")
    generator = np.random.default_rng(21)
    before = [(i, f"b{i}", "2017-10-01T10:00", float(generator.integers(5, 90))) for i in range(1, 1001) if i % 3]
    facts.orders(before, file=facts.file("2017-10-01"))
    arms = [(i, "treatment" if i <= 800 else "control", SEGMENTS[i % 3]) for i in range(1, 1001)]
    facts.decisions(arms, declaration=facts.declared("winter", "holiday"), send_at=SENT)
    facts.run(
        "update crm.decision set tier = case when customer_id %% 4 = 0 then 'gold' else 'base' end,"
        " variant = case when customer_id %% 2 = 0 then 'a' else 'b' end,"
        " channel = case when customer_id %% 5 = 0 then 'sms' else 'email' end",
        [()],
    )
    amounts = np.round(generator.gamma(0.6, 60, 1001) + 0.01, 2)
    bought = [i for i in range(1, 1001) if generator.random() < 0.3 + 0.1 * (i <= 800)]
    rows = [(i, f"o{i}-{n}", "2017-11-22T10:00", float(amounts[i])) for i in bought for n in range(1 + i % 2)]
    facts.orders(rows, file=facts.file("2017-11-22"))
    for i in bought[::7]:
        facts.refund(i, f"o{i}-0", round(float(amounts[i]) / 3, 2), known_on="2017-12-01")
    for i in bought[3::11]:
        facts.refund(i, f"o{i}-0", float(amounts[i]), known_on="2017-12-02")
    return facts


#: What adds up over the parts of a dimension in which both arms are divided.
SUMS = (
    "treated", "control", "treated_converted", "control_converted", "treated_orders", "control_orders", "naive_revenue",
    "control_revenue", "treated_refunds", "control_refunds", "accepted", "delivered", "opened", "clicked",
    "sending_cost", "coupon_cost",
)  # fmt: skip


def test_the_parts_of_an_audience_add_up_to_the_whole(shop, warehouse, business):
    shop.messages("winter", accepted_at="2017-11-21T10:05")
    shop.respond("winter", range(1, 601), "delivered", "2017-11-21T10:06")
    shop.respond("winter", range(1, 201), "opened", "2017-11-21T18:00")
    evaluate(warehouse, business)
    for whole in shop.results():
        for dimension, values in (("segment", 3), ("tier", 2), ("channel", 2)):
            parts = shop.results(dimension=dimension, window_days=whole["window_days"])
            assert len(parts) == values
            assert {name: sum(part[name] for part in parts) for name in SUMS} == {name: whole[name] for name in SUMS}


def test_every_figure_of_revenue_reconciles_to_the_order_lines_to_the_cent(shop, warehouse, business):
    evaluate(warehouse, business)
    found = shop.results(window_days=10)[0]
    for arm, revenue, refunds in (
        ("include", "naive_revenue", "treated_refunds"),
        ("hold_out", "control_revenue", "control_refunds"),
    ):
        sold, paid_back = shop.select(
            "with own as ("
            " select o.* from crm.decision as d inner join crm.orders as o using (customer_id)"
            " where d.decision = %s and o.ordered_at >= d.planned_send_at"
            " and o.ordered_at < d.planned_send_at + interval '240 hours')"
            " select (select sum(l.amount) from own inner join crm.order_line as l using (customer_id, order_key)),"
            " (select sum(least(r.amount, own.amount)) from own inner join (select customer_id, order_key,"
            " sum(amount) as amount from crm.refund group by 1, 2) as r using (customer_id, order_key))",
            arm,
        )[0]
        assert (found[revenue], found[refunds]) == (sold - paid_back, paid_back)
        assert paid_back > 100


def test_a_variants_treated_are_compared_with_every_held_out_customer(shop, warehouse, business):
    evaluate(warehouse, business)
    whole, parts = shop.results(window_days=10)[0], shop.results(dimension="variant", window_days=10)
    assert [(part["dimension_value"], part["treated"], part["control"]) for part in parts] == [
        ("a", 400, 200),
        ("b", 400, 200),
    ]
    assert sum(part["naive_revenue"] for part in parts) == whole["naive_revenue"]
    # 100 of the held-out would have had it: drawn at the share that was declared.
    assert [part["sample_ratio_p"] for part in parts] == pytest.approx([1, 1])


def test_what_is_not_divided_has_no_parts(facts, warehouse, business):
    facts.delivered("2017-12-31")
    facts.decisions(
        [(1, "treatment", "new"), (2, "control", "new")], declaration=facts.declared("x", "holiday"), send_at=SENT
    )
    evaluate(warehouse, business)
    assert {row[0] for row in facts.select("select dimension from crm.result")} == {"all"}


def test_p_of_parts_allows_for_their_number_and_none_of_them_is_primary(shop, warehouse, business):
    evaluate(warehouse, business)
    parts = shop.results(dimension="variant", window_days=10)
    p, adjusted = ([part[name] for part in parts] for name in ("p_value", "p_adjusted"))
    assert all(a >= b for a, b in zip(adjusted, p, strict=True))
    assert max(adjusted) == max(p)
    assert shop.select("select dimension, count(*) from crm.result where is_primary group by 1") == [("all", 1)]
    assert shop.results()[0]["p_adjusted"] is None


def test_cuped_stands_beside_the_unadjusted_figure(shop, warehouse, business):
    """Spending before is foretold nothing by here, so both are nearly the same; the incremental orders stand by."""
    evaluate(warehouse, business)
    found = shop.results(window_days=10)[0]
    assert 0 <= found["variance_explained"] < 0.05
    assert found["incremental_revenue"] == pytest.approx(found["revenue_unadjusted"], rel=0.2)
    assert found["orders_low"] < found["incremental_orders"] < found["orders_high"]
    assert found["relative_lift"] == pytest.approx(found["difference"] / found["baseline_rate"])
    assert 0.05 < found["detectable_effect"] < 0.2


def test_cuped_is_what_the_customers_themselves_would_give(shop, warehouse, business):
    """Revenue and spending before of each of the 1,000 customers, summed here and summed by the warehouse."""
    shop.run("update crm.orders set amount = amount + customer_id %% 50 where ordered_at > '2017-10-02'", [()])
    shop.run("update crm.orders set amount = 2 * (customer_id %% 50) + 1 where ordered_at < '2017-10-02'", [()])
    evaluate(warehouse, business)
    rows = shop.select(
        "select a.segment, a.treated, a.spent_before, coalesce(sum(o.amount), 0)::float - coalesce(sum(("
        " select sum(r.amount) from crm.refund as r where r.order_key = o.order_key)), 0)::float"
        " from crm.assignment as a left join crm.orders as o"
        " on o.customer_id = a.customer_id and o.ordered_at > '2017-11-01'"
        " group by a.customer_id, a.segment, a.treated, a.spent_before"
    )
    segments, treated, before, revenue = (np.array(column) for column in zip(*rows, strict=True))
    capped, table = np.minimum(revenue, np.quantile(revenue, 0.99)), np.zeros((3, 2, 6))
    for place, segment in enumerate(sorted(set(segments))):
        for arm in (0, 1):
            x, y = (v[(segments == segment) & (treated == (arm == 0))] for v in (before, capped))
            table[place, arm] = len(y), y.sum(), (y**2).sum(), x.sum(), (x**2).sum(), (x * y).sum()
    expected = intervals.adjust(table)
    found, interval = shop.results(window_days=10)[0], intervals.difference_of_means(expected.table)
    assert 0.02 < found["variance_explained"] == pytest.approx(float(expected.explained), rel=1e-4)
    assert found["incremental_revenue"] == pytest.approx(800 * float(interval.estimate), rel=1e-4)
    assert found["revenue_low"] == pytest.approx(800 * float(interval.low), rel=1e-4)
    plain = intervals.difference_of_means(table[..., :3])
    assert found["revenue_unadjusted_high"] == pytest.approx(800 * float(plain.high), rel=1e-4)


def funnel(facts, **where):
    return tuple(
        facts.results(window_days=2, **where)[-1][name] for name in ("accepted", "delivered", "opened", "clicked")
    )


def test_the_funnel_counts_treated_customers_once_and_leaves_machines_and_late_ones_out(shop, warehouse, business):
    shop.messages("winter", accepted_at="2017-11-21T10:05")
    shop.respond("winter", range(1, 501), "delivered", "2017-11-21T10:06")
    shop.respond("winter", range(501, 511), "opened", "2017-11-21T10:07", machine="prefetch")  # arrived all the same
    shop.respond("winter", range(1, 101), "opened", "2017-11-21T20:00")
    shop.respond("winter", range(1, 101), "opened", "2017-11-22T20:00")
    shop.respond("winter", range(1, 21), "clicked", "2017-11-22T20:00")
    shop.respond("winter", range(21, 31), "clicked", "2017-11-23T10:00")  # after 48 hours
    shop.respond("winter", range(31, 36), "clicked", "2017-11-22T10:00", known_on="2018-01-01")  # not known yet
    evaluate(warehouse, business)
    assert funnel(shop) == (800, 510, 100, 20)
    found = shop.results(window_days=2)[0]
    assert found["sending_cost"] == 8
    assert found["difference_delivered"] == pytest.approx(found["difference"] * 800 / 510)
    assert shop.results(window_days=3)[0]["clicked"] == 30


def test_what_no_provider_reports_is_unknown_and_not_zero(shop, warehouse, business):
    """The outbox reports nothing at all."""
    shop.messages("winter", accepted_at="2017-11-21T10:05", provider="outbox")
    evaluate(warehouse, business)
    assert funnel(shop) == (800, None, None, None)
    assert shop.results(window_days=2)[0]["difference_delivered"] is None


def test_messages_that_nobody_took_cost_nothing(shop, warehouse, business):
    evaluate(warehouse, business)
    assert funnel(shop) == (0, None, None, None)
    found = shop.results(window_days=2)[0]
    assert (found["sending_cost"], found["coupon_cost"], found["roi"]) == (0, 0, None)
    assert (found["profit"], found["profit_basis"]) == (None, "unknown"), "no cost and no margin: never revenue"


def coupon(facts, customer, value=5):
    code = facts.select("select b || crm.coupon_check(b) from crm.coupon_body('seed', %s) as b", str(customer))[0][0]
    facts.run("insert into crm.coupon_code values (%s, %s)", [(code, customer)])
    facts.run(
        "insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency,"
        " starts_on, expires_on)"
        " values (%s, 'winter', '2017', '2017-11-20', %s, 0, %s, 'USD', '2017-11-21', '2017-12-31')",
        [(customer, code, value)],
    )
    return code


def redeem(facts, customer, codes, at="2017-11-22T12:00"):
    file = facts.file(at[:10])
    facts.orders([(customer, f"with coupon {customer} {at}", at, 100)], file=file)
    facts.run("update crm.orders set coupon_codes = %s where file_version_id = %s", [(codes, file)])


def test_coupons_cost_what_the_treated_redeem_in_the_window(shop, warehouse, business):
    redeem(shop, 1, [coupon(shop, 1)])
    redeem(shop, 2, [coupon(shop, 2).lower()], at="2017-11-25T12:00")
    coupon(shop, 3)
    evaluate(warehouse, business)
    costs = {row["window_days"]: row["coupon_cost"] for row in shop.results()}
    assert costs == {2: 5, 3: 5, 10: 10, 30: 10}
    orders = {row["window_days"]: (row["coupon_orders"], row["coupon_revenue"]) for row in shop.results()}
    assert orders == {2: (1, 100), 3: (1, 100), 10: (2, 200), 30: (2, 200)}


def test_a_code_of_the_shops_own_costs_what_the_declaration_says_each_time(shop, warehouse, business):
    shop.run("""update crm.decision set offer = '{"code": "SPRING5"}', coupon_cost = 4""", [()])
    redeem(shop, 1, ["spring5 ", "OTHER"])
    redeem(shop, 2, ["SPRING5"])
    redeem(shop, 900, ["SPRING5"])  # a held-out customer heard of it: costs the campaign nothing
    redeem(shop, 3, ["OTHER"])
    evaluate(warehouse, business)
    found = shop.results(window_days=10)[0]
    assert (found["coupon_cost"], found["coupon_orders"], found["coupon_revenue"]) == (8, 2, 200)


COSTS, HALF, MARGIN = ("costs", None, 1), ("costs_and_margin", 0.3, 0.5), ("margin", 0.3, 0)


@pytest.mark.parametrize(
    ("basis", "contribution", "costs", "profit", "roi"),
    [
        (COSTS, 1000, (50, 100), 900, 6),  # the seed: 100 spent for 1,000 is 900; coupons are taken off already
        (COSTS, 2000, (0, 1000), 1000, 1),
        (MARGIN, 300, (200, 100), 60, 0.2),  # goods of 1,200 at full price leave 360; 200 and 100 are spent
        (("margin", 0.3, None), None, (200, 100), 60, 0.2),  # an imported experiment: revenue, and no lines
        (HALF, 400, (200, 100), 230, 230 / 300),  # of 200 in coupons 140 are goods', of which half are counted
        (MARGIN, 0, (0, 0), 0, None),
        (("unknown", None, 0.2), 400, (0, 100), None, None),
    ],
)
def test_profit_is_what_is_left_after_goods_coupons_and_sending(basis, contribution, costs, profit, roi):
    figures = {
        **{"incremental_revenue": 1000, "revenue_low": 500, "revenue_high": 1500, "delivered": None},
        **{"coupon_cost": Decimal(costs[0]), "sending_cost": Decimal(costs[1])},
        **dict(zip(("profit_basis", "margin", "cost_known"), basis, strict=True)),
    }
    left = None if contribution is None else intervals.Interval(contribution, contribution - 10, contribution + 10)
    found = earnings.of(figures, left)
    assert found.get("profit") == (profit if profit is None else pytest.approx(profit))
    assert found.get("roi") == (roi if roi is None else pytest.approx(roi))
    if profit is not None:
        assert found["profit_high"] - found["profit_low"] == pytest.approx(20 if left else 300)
    assert "profit" not in earnings.of(figures | {"coupon_cost": None}, left)


def test_last_touch_gives_an_order_to_the_last_message_before_it(shop, warehouse, business):
    """A message of another campaign in between takes the order; one after it does not."""
    shop.messages("winter", accepted_at="2017-11-21T10:05")
    more = {"declaration": shop.declared("other", "holiday"), "send_at": "2017-11-22T09:00", "occasion": "o"}
    shop.decisions([(i, "treatment", None) for i in range(1, 401)], **more)
    shop.messages("other", accepted_at="2017-11-22T09:05")
    late = {"declaration": shop.declared("late", "holiday"), "send_at": "2017-11-22T11:00", "occasion": "o"}
    shop.decisions([(i, "treatment", None) for i in range(1, 801)], **late)
    shop.messages("late", accepted_at="2017-11-22T11:05")
    evaluate(warehouse, business)
    by_campaign = {row["campaign"]: row for row in shop.results(window_days=2)}
    expected = shop.select(
        "select customer_id <= 400, sum(net), count(*) from ("
        " select o.customer_id, o.amount - coalesce((select sum(r.amount) from crm.refund as r"
        " where r.order_key = o.order_key), 0) as net from crm.orders as o"
        " where o.customer_id <= 800 and o.ordered_at > '2017-11-22') as x where net > 0 group by 1 order by 1"
    )
    claims = [
        (by_campaign[name]["last_touch_revenue"], by_campaign[name]["last_touch_orders"])
        for name in ("winter", "other")
    ]
    assert claims == [row[1:] for row in expected]
    assert (by_campaign["late"]["last_touch_orders"], by_campaign["late"]["last_touch_revenue"]) == (0, 0)


def test_attribution_is_of_the_whole_audience_alone(shop, warehouse, business):
    evaluate(warehouse, business)
    assert {row["last_touch_orders"] for row in shop.results()} == {0}
    assert {row["coupon_orders"] for row in shop.results(dimension="tier")} == {None}


def test_responses_alone_make_a_version_that_says_so(shop, warehouse, business):
    shop.messages("winter", accepted_at="2017-11-21T10:05")
    evaluate(warehouse, business, day("2017-12-05"))
    shop.respond("winter", [1, 2], "opened", "2017-11-21T20:00", known_on="2017-12-06")
    evaluate(warehouse, business, day("2017-12-06"))
    assert [(row["reason"], row["opened"]) for row in shop.results(window_days=10)] == [("first", 0), ("responses", 2)]
    assert shop.results(window_days=10)[0]["difference"] == shop.results(window_days=10)[1]["difference"]


def test_another_margin_makes_a_version_that_says_settings(shop, warehouse, business):
    evaluate(warehouse, business)
    richer = business.model_copy(update={"evaluation": business.evaluation.model_copy(update={"margin": 0.25})})
    evaluate(warehouse, richer, everything=True)
    old, new = shop.results(window_days=10)
    assert (new["reason"], old["margin"], new["margin"]) == ("settings", None, 0.25)
    assert new["profit"] == pytest.approx(old["incremental_revenue"] * 0.25)


def test_arms_that_were_not_drawn_as_declared_are_flagged_in_the_whole_and_in_the_part(facts, warehouse, business):
    facts.delivered("2017-12-31")
    arms = [(i, "treatment" if i % 5 else "control", "fair") for i in range(1, 1001)]
    arms += [(i, "treatment" if i % 2 else "control", "broken") for i in range(1001, 1401)]
    facts.decisions(arms, declaration=facts.declared("winter", "holiday"), send_at=SENT)
    evaluate(warehouse, business)
    assert facts.results(window_days=10)[0]["sample_ratio_mismatch"]
    flagged = {row["dimension_value"]: row["sample_ratio_mismatch"] for row in facts.results(dimension="segment")}
    assert flagged == {"fair": False, "broken": True}


def test_variants_are_compared_among_the_treated_once_the_window_is_closed(shop, warehouse, business):
    shop.run("insert into crm.epoch values ('winter', '2017', 's', 0.2, '{b,a}', '2017-11-20')", [()])
    evaluate(warehouse, business, day("2017-11-25"))
    found = {row["window_days"]: row for row in shop.variant_results()}
    assert (found[2]["variant"], found[2]["reference"]) == ("a", "b")
    assert (found[2]["status"], found[10]["status"]) == ("ok", "open")
    assert 0 < found[2]["probability_better"] < 1
    assert found[10]["converted"] + found[10]["reference_converted"] > 200
    assert {found[10][name] for name in ("difference", "p_value", "probability_better", "revenue_difference")} == {None}
    evaluate(warehouse, business)
    later = [row for row in shop.variant_results() if row["window_days"] == 10]
    assert [(row["version"], row["reason"], row["is_primary"]) for row in later] == [
        (1, "first", True),
        (2, "window closed", True),
    ]
    assert later[1]["low"] < later[1]["difference"] < later[1]["high"]
    evaluate(warehouse, business, everything=True)
    assert len([row for row in shop.variant_results() if row["window_days"] == 10]) == 2


def test_a_better_variant_is_found_better(shop, warehouse, business):
    more = [(i, f"more {i}", "2017-11-22T12:00", 20) for i in range(2, 801, 4)]  # variant a
    shop.orders(more, file=shop.file("2017-11-23"))
    evaluate(warehouse, business)
    found = next(row for row in shop.variant_results() if row["window_days"] == 10)
    assert (found["variant"], found["reference"]) == ("b", "a")
    assert found["high"] < 0
    assert found["probability_better"] < 0.001
    assert found["p_adjusted"] == found["p_value"] < 0.001


def test_a_pooled_result_bears_the_cost_of_every_message_within_the_window(facts, warehouse, business):
    """One customer, reminded twice within ten days: entered once, accepted once, paid for twice."""
    facts.delivered("2017-12-31")
    declaration = facts.declared("refill", "repurchase")
    for instance, at in (("a", "2017-11-10T10:00"), ("b", "2017-11-15T10:00"), ("c", "2017-11-29T10:00")):
        facts.decisions([(1, "treatment", None)], declaration=declaration, send_at=at, instance=instance)
        facts.messages("refill", accepted_at=f"{at[:10]}T10:01", cost=0.5)
    evaluate(warehouse, business)
    found = {row["window_days"]: (row["accepted"], row["sending_cost"]) for row in facts.results(period="2017-11")}
    assert found == {2: (1, Decimal("0.5")), 3: (1, Decimal("0.5")), 10: (1, 1), 30: (1, Decimal("1.5"))}


@pytest.mark.parametrize(("would_have_had", "expected"), [("a", [True, True]), ("", [False, False])])
def test_where_no_variant_was_drawn_for_the_held_out_a_variants_arms_are_not_tested(would_have_had, expected):
    cells = [Cell(treated=True, variant=variant, customers=400) for variant in "ab"]
    cells.append(Cell(treated=False, variant=would_have_had, customers=200))
    found = results.of_window(cells, results.Question("met_goal", True, 0.2), Evaluation())
    assert [each["dimension"] for each in found] == ["all", "variant", "variant"]
    assert found[0]["sample_ratio_p"] == pytest.approx(1)
    assert [each["sample_ratio_mismatch"] for each in found[1:]] == expected


def test_observational_arms_were_not_drawn_and_are_not_tested():
    cells = [Cell(treated=True, customers=900), Cell(treated=False, customers=100)]
    asked = results.Question("bought", True, None, results.OBSERVATIONAL)
    found = results.figures(cells, asked, Evaluation())
    assert (found["assignment"], found["sample_ratio_p"], found["sending_cost"]) == ("observational", None, None)
