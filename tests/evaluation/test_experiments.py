"""Imported experiments: the figures of live campaigns, from a file; what was not drawn says so on every figure."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from experiment_files import MAPPING, two_arms, write_mapping, write_rows
from scipy import stats

from crm import settings
from crm.evaluation.experiments.evaluating import evaluate_file

OUTCOME = MAPPING["outcomes"][0]
Z = stats.norm.ppf(0.975)


@pytest.fixture
def small(business):
    """A business that is content with a handful of customers, caps nothing, and knows its margin."""
    rules = {"minimum_control": 5, "minimum_expected": 2, "revenue_cap_quantile": 1, "margin": 0.5}
    return business.model_copy(update={"evaluation": business.evaluation.model_copy(update=rules)})


@pytest.fixture
def evaluate(warehouse, business, tmp_path):
    """Evaluate rows by ``MAPPING`` with changes."""

    def run(rows, *, rules=business, **changes):
        mapping, file = write_mapping(tmp_path, **changes), write_rows(tmp_path, rows)
        return evaluate_file(warehouse, rules, mapping, file)

    return run


def wilson(converted, customers):
    """Wilson's score interval, by hand."""
    rate, centre = converted / customers, (converted + Z**2 / 2) / (customers + Z**2)
    half = Z / (customers + Z**2) * math.sqrt(customers * rate * (1 - rate) + Z**2 / 4)
    return centre - half, centre + half


def test_a_small_randomised_experiment_comes_out_to_the_digit(evaluate, small, facts):
    spent = {"letter": [10, 20, 30, 40, 50, 70], "none": [10, 20, 30]}
    rows = [
        {"arm": arm, "converted": 1, "orders": 1, "revenue": revenue, "sent": 1, "used": int(revenue == 70)}
        for arm, amounts in spent.items()
        for revenue in amounts
    ]
    rows[5]["refunds"] = 10
    for arm, count in (("letter", 4), ("none", 7)):
        rows += [{"arm": arm, "sent": int(number < 3), "used": 0} for number in range(count)]
    evaluate(
        rows, rules=small, accepted="sent", outcomes=[{**OUTCOME, "redeemed": "used"}],
        costs={"per_contact": 0.5, "per_redemption": 3},
    )  # fmt: skip
    (found,) = facts.results(goal="conversion")
    assert (found["campaign"], found["kind"], found["occasion"]) == ("spring", "imported", "2017")
    assert (found["status"], found["assignment"], found["is_primary"]) == ("ok", "randomised", True)
    assert (found["treated"], found["control"]) == (10, 10)
    assert (found["treated_converted"], found["control_converted"]) == (6, 3)
    assert (found["treated_orders"], found["control_orders"]) == (6, 3)
    assert (found["naive_revenue"], found["control_revenue"]) == (210, 60)
    assert (found["treated_refunds"], found["control_refunds"]) == (10, 0)
    assert (found["sample_ratio_p"], found["sample_ratio_mismatch"]) == (1, False)
    (low1, high1), (low0, high0) = wilson(6, 10), wilson(3, 10)
    assert found["difference"] == pytest.approx(0.3, abs=1e-12)
    assert found["low"] == pytest.approx(0.3 - math.hypot(0.6 - low1, high0 - 0.3), abs=1e-6)
    assert found["high"] == pytest.approx(0.3 + math.hypot(high1 - 0.6, 0.3 - low0), abs=1e-6)
    treated, control = [10, 20, 30, 40, 50, 60, 0, 0, 0, 0], [10, 20, 30, 0, 0, 0, 0, 0, 0, 0]
    welch = stats.ttest_ind(treated, control, equal_var=False).confidence_interval()
    assert found["incremental_revenue"] == pytest.approx(150)
    assert found["revenue_low"] == pytest.approx(10 * welch.low, rel=1e-6)
    assert found["revenue_high"] == pytest.approx(10 * welch.high, rel=1e-6)
    assert found["incremental_orders"] == pytest.approx(3)
    assert (found["accepted"], found["delivered"], found["opened"]) == (9, None, None)
    assert (found["sending_cost"], found["coupon_cost"]) == (4.5, 3)
    assert (found["profit_basis"], found["margin"]) == ("margin", 0.5)
    assert found["profit"] == pytest.approx((150 + 3) * 0.5 - 3 - 4.5)
    assert found["roi"] == pytest.approx(69 / 7.5)
    assert (found["as_of"], found["version"], found["reason"]) == (date(2017, 3, 11), 1, "first")


def test_the_difference_is_taken_within_the_strata_of_the_file(evaluate, facts):
    """Good customers were written to more often, and buy anyway: within the groups the letter does nothing."""
    rows = []
    for group, treated, control, rate in (("good", 800, 200, 0.5), ("poor", 200, 800, 0.1)):
        bought = int(treated * rate), int(control * rate)
        rows += [{**row, "group": group} for row in two_arms(treated, control, bought)]
    evaluate(rows, stratum="group")
    (whole,), parts = facts.results(goal="conversion"), facts.results(dimension="segment")
    assert (whole["treated_rate"], whole["control_rate"]) == (0.42, 0.18)
    assert whole["difference"] == pytest.approx(0, abs=1e-12)
    assert [(row["dimension_value"], row["is_primary"]) for row in parts] == [("good", False), ("poor", False)]
    assert sum(row["treated"] for row in parts) == whole["treated"]


def test_an_observational_campaign_says_so_on_every_figure(evaluate, facts):
    rows = [{**row, "group": f"g{n % 2}"} for n, row in enumerate(two_arms(300, 900, (60, 90)))]
    evaluate(rows, assignment="observational", without=["holdout"], stratum="group")
    found = facts.results() + facts.results(dimension="segment")
    assert len(found) == 4
    assert {row["assignment"] for row in found} == {"observational"}
    assert {row["sample_ratio_p"] for row in found} == {None}, "nothing was drawn, so nothing can be tested"
    assert facts.select("select distinct assignment from mart.imported_campaigns") == [("observational",)]


@pytest.fixture
def hillstrom(tmp_path):
    """A file of the shape of Hillstrom's: two e-mails and none, 64,000 rows, lifts of 0.7 and 0.3 points planted."""
    random = np.random.default_rng(2008)
    n = 64_000
    arm = random.choice(["Mens E-Mail", "Womens E-Mail", "No E-Mail"], n)
    history = random.lognormal(5, 1, n).round(2)
    chance = 0.006 + 0.007 * (arm == "Mens E-Mail") + 0.003 * (arm == "Womens E-Mail")
    conversion = random.random(n) < chance
    spend = np.where(conversion, random.lognormal(4.5, 0.5, n), 0).round(2)
    group = np.digitize(history, [100, 200, 350, 500, 750, 1000]) + 1
    file = tmp_path / "hillstrom.csv"
    with file.open("w") as opened:
        opened.write(
            "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend\n"
        )
        for row in zip(group, history, arm, conversion.astype(int), spend, strict=True):
            opened.write(f"1,{row[0]}) $,{row[1]},1,0,Rural,0,Web,{row[2]},0,{row[3]},{row[4]}\n")
    return file, {name: conversion[arm == name] for name in set(arm)}


def test_hillstroms_layout_gives_the_lift_of_both_variants_and_which_is_better(warehouse, business, hillstrom, facts):
    file, conversion = hillstrom
    found = evaluate_file(warehouse, business, "hillstrom", file)
    assert (found.rows, found.customers, found.strangers) == (64_000, 64_000, 0)
    (whole,) = facts.results(dimension="all")
    assert (whole["status"], whole["is_primary"], whole["sample_ratio_mismatch"]) == ("ok", True, False)
    parts = {row["dimension_value"]: row for row in facts.results(dimension="variant")}
    assert set(parts) == {"mens", "womens"}
    for variant, name, planted in (("mens", "Mens E-Mail", 0.007), ("womens", "Womens E-Mail", 0.003)):
        part, control = parts[variant], conversion["No E-Mail"]
        assert (part["treated"], part["control"]) == (len(conversion[name]), len(control))
        assert (part["treated_converted"], part["control_converted"]) == (conversion[name].sum(), control.sum())
        assert part["low"] < planted < part["high"]
        assert part["low"] > 0
        assert (part["sample_ratio_p"], part["sample_ratio_mismatch"]) == (None, False)
    (compared,) = facts.select(
        "select variant, reference, difference, low, high, probability_better, is_primary from crm.variant_result"
    )
    assert compared[:2] == ("womens", "mens")
    assert compared[3] < -0.004 < compared[4] < 0
    assert compared[5] < 0.01
    assert compared[6]


def test_what_the_file_does_not_tell_is_not_known_rather_than_nothing(evaluate, facts):
    evaluate(two_arms(300, 300, (60, 30)), outcomes=[{"window_days": 10, "converted": "converted"}])
    (found,) = facts.results()
    assert found["difference"] == pytest.approx(0.1)
    for name in ("naive_revenue", "incremental_revenue", "treated_orders", "incremental_orders", "treated_refunds",
                 "accepted", "sending_cost", "coupon_cost", "profit", "roi", "variance_explained"):  # fmt: skip
        assert found[name] is None, name


def test_revenue_before_makes_the_interval_narrower(evaluate, facts):
    random = np.random.default_rng(1)
    before = random.lognormal(3, 0.5, 2000).round(2)
    rows = [
        {"arm": "letter" if n % 2 else "none", "before": b, "revenue": round(b * 0.8 + random.uniform(0, 5), 2),
         "orders": 1, "converted": n % 3 and 1}
        for n, b in enumerate(before)
    ]  # fmt: skip
    evaluate(rows, spent_before="before")
    (found,) = facts.results(goal="conversion")
    assert found["variance_explained"] > 0.8
    adjusted = found["revenue_high"] - found["revenue_low"]
    assert adjusted < 0.5 * (found["revenue_unadjusted_high"] - found["revenue_unadjusted_low"])


def test_a_window_that_is_not_over_shows_counts_alone(evaluate, facts):
    outcomes = [{**OUTCOME, "window_days": days} for days in (10, 30)]
    evaluate(two_arms(300, 300, (60, 30)), outcomes=outcomes, as_of={"value": "2017-03-20"})
    closed, still_open = sorted(facts.results(goal="conversion"), key=lambda row: row["window_days"])
    assert (closed["status"], closed["is_primary"]) == ("ok", True)
    assert (still_open["status"], still_open["is_primary"], still_open["difference"]) == ("open", False, None)
    assert still_open["as_of"] == date(2017, 3, 20)


def test_the_same_file_again_changes_nothing(evaluate, query):
    first = evaluate(two_arms(300, 300, (60, 30)))
    tables = ("imported_campaign", "imported_assignment", "imported_outcome", "result", "variant_result")
    before = [query(f"select * from crm.{table} order by 1, 2, 3, 4") for table in tables]
    again = evaluate(two_arms(300, 300, (60, 30)))
    assert (first.rows, first.new_versions) == (600, 2)
    assert (again.rows, again.new_versions) == (0, 0)
    assert again.results == first.results
    assert [query(f"select * from crm.{table} order by 1, 2, 3, 4") for table in tables] == before


def test_a_changed_file_makes_new_versions_where_a_figure_differs_and_the_older_ones_stay(evaluate, facts, query):
    def rows(bought):
        more = {"campaign": "autumn"}
        return [*({**row, "campaign": "spring"} for row in two_arms(300, 300, bought)),
                *({**row, "id": f"x{n}", **more} for n, row in enumerate(two_arms(200, 200, (50, 40))))]  # fmt: skip

    evaluate(rows((60, 30)), campaign="campaign")
    assert evaluate(rows((70, 30)), campaign="campaign").new_versions == 2
    versions = {(row["campaign"], row["goal"], row["version"]): row for row in facts.results()}
    assert sorted(key for key in versions if key[2] == 2) == [("spring", "any_order", 2), ("spring", "conversion", 2)]
    assert versions["spring", "conversion", 2]["reason"] == "changed file"
    assert versions["spring", "conversion", 1]["treated_converted"] == 60
    assert query("select campaign, max(version) from crm.imported_campaign group by 1 order by 1") == [
        ("autumn", 2), ("spring", 2),
    ]  # fmt: skip
    evaluate(rows((60, 30)), campaign="campaign")  # A, B, A ends at A
    assert facts.results(campaign="spring", goal="conversion")[-1]["treated_converted"] == 60
    assert query("select max(version) from crm.imported_campaign") == [(3,)]


def test_a_changed_mapping_is_a_reason_of_its_own(evaluate, facts):
    evaluate(two_arms(300, 300, (60, 30)))
    evaluate(two_arms(300, 300, (60, 30)), costs={"per_contact": 1, "per_redemption": 0})
    first, second = facts.results(goal="conversion")
    assert (first["profit"], first["reason"]) == (None, "first")
    assert (second["sending_cost"], second["coupon_cost"], second["reason"]) == (300, 0, "changed mapping")
    assert (second["profit"], second["profit_basis"]) == (None, "unknown"), "of goods nothing is known, and no margin"


def test_arms_that_are_not_as_drawn_are_flagged(evaluate, facts):
    evaluate(two_arms(1200, 900, (240, 90)))
    assert all(row["sample_ratio_mismatch"] and row["sample_ratio_p"] < 0.001 for row in facts.results())


@pytest.fixture
def ordered(facts):
    """Customers c1 … c600 of the shop: c1 … c300 were sent a letter; 60 and 30 buy for 20 after 58 hours."""
    facts.delivered("2017-12-31")
    facts.run(
        "insert into crm.customer (customer_id, shop, external_id, known_on)"
        " values (crm.key64('shop', %s), 'shop', %s, '2017-11-01')",
        [(f"c{n}", f"c{n}") for n in range(1, 601)],
    )
    keys = dict(facts.select("select external_id, customer_id from crm.customer"))
    buyers = [keys[f"c{n}"] for n in (*range(1, 61), *range(301, 331))]
    facts.orders([(key, f"o{key}", "2017-11-23T10:00", 20) for key in buyers], file=facts.file("2017-11-23"))
    facts.orders([(key, f"b{key}", "2017-11-10T10:00", 5) for key in buyers], file=facts.file("2017-11-10"))
    # Neither what was heard of after the letter nor what is too long ago says who was a good customer.
    late, old = facts.file("2017-11-15", known_on="2017-11-30"), facts.file("2017-08-01")
    facts.orders([(keys[f"c{n}"], f"l{n}", "2017-11-15T10:00", 900) for n in range(100, 200)], file=late)
    facts.orders([(keys[f"c{n}"], f"a{n}", "2017-08-01T10:00", 900) for n in range(100, 200)], file=old)
    return keys


FROM_ORDERS = {
    "without": ["outcomes"], "shop": "shop", "from_orders": {"window_days": [10, 2]},
    "date": {"value": "2017-11-21"},
}  # fmt: skip


def test_outcomes_are_read_from_the_warehouses_own_orders(evaluate, ordered, facts):
    found = evaluate(two_arms(300, 300, (0, 0)), **FROM_ORDERS)
    assert found.strangers == 0
    ten, two = sorted(facts.results(), key=lambda row: -row["window_days"])
    assert (ten["goal"], ten["status"], ten["is_primary"], ten["as_of"]) == (
        "any_order",
        "ok",
        True,
        date(2017, 12, 31),
    )
    assert (ten["treated_converted"], ten["control_converted"]) == (60, 30)
    assert (ten["treated_orders"], ten["naive_revenue"]) == (60, 1200)
    assert (two["treated_converted"], two["is_primary"]) == (0, False)
    assert ten["variance_explained"] == pytest.approx(1), "what was spent before is read from the orders too"


def test_late_refunds_make_a_new_version_of_what_the_orders_tell(evaluate, ordered, facts):
    evaluate(two_arms(300, 300, (0, 0)), **FROM_ORDERS)
    facts.refund(ordered["c1"], f"o{ordered['c1']}", 20, known_on="2017-12-31")
    facts.refund(ordered["c2"], f"o{ordered['c2']}", 5, known_on="2017-12-31")
    assert evaluate(two_arms(300, 300, (0, 0)), **FROM_ORDERS).new_versions == 1
    new = facts.results(window_days=10)[-1]
    assert (new["version"], new["reason"]) == (2, "late orders or refunds")
    assert (new["treated_converted"], new["naive_revenue"], new["treated_refunds"]) == (59, 1175, 25)


def test_a_known_customer_brings_the_segment_and_tier_of_the_day_before(evaluate, ordered, facts):
    facts.run(
        "insert into crm.customer_history (customer_id, valid_from, valid_to, segment, tier, stage)"
        " values (%s, %s, %s, %s, %s, 'active')",
        [
            (ordered["c1"], "2017-11-01", "2017-11-20", "early", "base"),
            (ordered["c1"], "2017-11-20", "2017-11-21", "loyal", "gold"),
            (ordered["c1"], "2017-11-21", None, "late", "base"),
        ],
    )
    evaluate(two_arms(300, 300, (0, 0)), **FROM_ORDERS)
    assert facts.select("select segment, tier, count(*) from crm.imported_assignment group by 1, 2 order by 3") == [
        ("loyal", "gold", 1), ("none", "none", 599),
    ]  # fmt: skip


def test_the_preset_of_the_generic_file_evaluates_a_file_of_its_columns(warehouse, business, tmp_path, facts):
    said = {
        "accepted": 1,
        "delivered": 1,
        "opened": 0,
        "clicked": 0,
        "redeemed": 0,
        "spent_before": 10,
        "campaign": "may",
    }
    rows = [
        {**row, "customer_id": f"g{n}", "arm": "email" if n % 2 and row["arm"] == "letter" else row["arm"], **said}
        for n, row in enumerate(two_arms(2700, 300, (500, 30)))
    ]
    file = write_rows(tmp_path, rows, "may.csv")
    found = evaluate_file(warehouse, business, settings.EXPERIMENTS / "generic_experiment.yaml", file)
    assert found.results[0]["status"] == "ok"
    assert {row["dimension_value"] for row in facts.results(dimension="variant")} == {"email", "letter"}
    (whole,) = facts.results(dimension="all", goal="conversion")
    assert (whole["delivered"], whole["sending_cost"], whole["coupon_cost"]) == (2700, 135, 0)
