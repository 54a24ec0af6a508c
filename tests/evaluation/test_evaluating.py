"""Treated against held-out customers: what a result says, when it says nothing, and when a new version is made."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_facts import day, instant
from planting import plant
from scipy import stats

from crm.evaluation import results
from crm.evaluation.collecting import collect
from crm.evaluation.evaluating import EvaluationError, compute, evaluate

SENT = "2017-11-21T10:00"
DIFFERENCES = ("difference", "low", "high", "p_value", "incremental_revenue", "revenue_low", "revenue_high")


def audience(facts, *, treated=400, control=100, send_at=SENT, first=1, **more):
    """Customers ``first`` … treated and then held out, in two segments by turns; the declaration's hash is returned."""
    declaration = more.pop("declaration", None) or facts.declared("thanksgiving", "holiday")
    arms = ["treatment"] * treated + ["control"] * control
    rows = [(first + i, arm, ("loyal", "new", None)[i % 3]) for i, arm in enumerate(arms)]
    facts.decisions(rows, declaration=declaration, send_at=send_at, **more)
    return declaration


def buy(facts, customers, *, at="2017-11-22T10:00", amount=20.0, name="o", **more):
    """One order each, in a file of its date."""
    file = facts.file(more.pop("file_on", at[:10]), known_on=more.pop("known_on", None))
    facts.orders([(each, f"{name}{each}", at, amount) for each in customers], file=file, **more)
    return file


@pytest.fixture
def closed(facts):
    """400 treated, 100 held out, sent on 21 November; 25 % and 15 % buy the day after; delivered up to 31 December."""
    facts.delivered("2017-12-31")
    audience(facts)
    buy(facts, [*range(1, 101), *range(401, 416)])
    return facts


def test_a_closed_window_compares_treated_with_held_out(closed, warehouse, business):
    assert evaluate(warehouse, business) == {
        "as_of": "2017-12-31", "results": 4, "new_versions": 4, "unchanged": 0, "open": 0, "not_enough": 0, "ok": 4,
        "parts": 12,
    }  # fmt: skip
    (found,) = closed.results(window_days=10)
    assert (found["status"], found["is_primary"], found["reason"], found["version"]) == ("ok", True, "first", 1)
    assert (found["treated"], found["control"]) == (400, 100)
    assert (found["treated_rate"], found["control_rate"]) == (0.25, 0.15)
    assert found["difference"] == pytest.approx(0.1, abs=0.01)
    assert found["low"] < 0.1 < found["high"]
    assert [row["is_primary"] for row in closed.results() if row["window_days"] != 10] == [False] * 3


def test_a_refunded_order_counts_with_what_is_left_of_it_and_without_a_refund_for_nothing(facts, warehouse, business):
    facts.delivered("2017-12-31")
    audience(facts)
    buy(facts, [*range(1, 101), *range(401, 416)], status="refunded")
    for customer in range(1, 61):
        facts.refund(customer, f"o{customer}", 20 if customer > 40 else 5, known_on="2017-11-25")
    evaluate(warehouse, business)
    (found,) = facts.results(window_days=10)
    assert (found["treated_converted"], found["treated_orders"], found["control_converted"]) == (40, 40, 0)
    assert (found["naive_revenue"], found["treated_refunds"]) == (40 * 15, 40 * 5 + 20 * 20)


@pytest.mark.parametrize("answer", [("rejected", "mei"), ("timeout", None), ("approved", "mei")])
def test_what_nobody_approved_was_no_campaign(closed, warehouse, business, query, answer):
    query(
        "insert into crm.approval select campaign, business_date, 'h', 400, 1, 0, now(), %s, %s, now()"
        " from crm.decision limit 1",
        *answer,
    )
    assert evaluate(warehouse, business)["results"] == (4 if answer[0] == "approved" else 0)


APPROVAL = (
    "insert into crm.approval (campaign, business_date, decisions_hash, words_hash, messages, sending_cost,"
    " coupon_cost, asked_at, outcome, decided_by, decided_at)"
    " select campaign, business_date, %s, %s, 400, 1, 0, now(), %s, 'mei', now() from crm.decision limit 1"
)


def test_a_campaign_that_was_refused_in_other_words_and_then_approved_counts(closed, warehouse, business, query):
    query(APPROVAL, "h", "first words", "rejected")
    query(APPROVAL, "h", "better words", "approved")
    assert evaluate(warehouse, business)["ok"] == 4


def test_what_never_left_was_no_campaign_and_a_result_of_it_is_followed_by_an_empty_one(
    closed, warehouse, business, query
):
    assert evaluate(warehouse, business, day("2017-11-22"))["open"] == 4
    query("insert into crm.cancelled_send values ('thanksgiving', '2017-11-21', 'never_left')")
    evaluate(warehouse, business)
    assert [(row["treated"], row["control"], row["status"]) for row in closed.results(window_days=10)] == [
        (400, 100, "open"), (0, 0, "not_enough"),
    ]  # fmt: skip
    assert evaluate(warehouse, business)["new_versions"] == 0
    assert {row["treated"] for row in compute(warehouse, business, day("2017-12-31"))} == {0}


def test_what_never_left_before_it_was_evaluated_has_no_result(closed, warehouse, business, query):
    query("insert into crm.cancelled_send values ('thanksgiving', '2017-11-21', 'never_left')")
    assert evaluate(warehouse, business)["results"] == 0


def test_send_and_count_claims_all_orders_and_the_holdout_the_difference_alone(facts, warehouse, business):
    """True lift zero: a fifth of both arms buys for 50."""
    facts.delivered("2017-12-31")
    audience(facts)
    buy(facts, [*range(1, 81), *range(401, 421)], amount=50)
    evaluate(warehouse, business)
    (found,) = facts.results(window_days=10)
    assert found["naive_revenue"] == 80 * 50
    assert found["revenue_low"] < 0 < found["revenue_high"]
    assert abs(found["incremental_revenue"]) < 0.1 * float(found["naive_revenue"])


def test_planted_conversions_are_found(closed, warehouse, business):
    """(c) Ten points more than nothing: the interval excludes 0 and contains 0.10."""
    closed.run("delete from crm.orders", [()])
    buy(closed, [*range(1, 81), *range(401, 421)], name="true lift zero")
    evaluate(warehouse, business)
    before = closed.results(window_days=10)[-1]
    assert before["low"] < 0 < before["high"]
    assert plant(warehouse, "thanksgiving", "2017", 10, seed=7) == 40
    assert evaluate(warehouse, business)["new_versions"] == 4
    after = closed.results(window_days=10)[-1]
    assert after["treated_converted"] == before["treated_converted"] + 40
    assert 0 < after["low"] < 0.10 < after["high"]
    assert after["p_value"] < 0.05


@pytest.mark.parametrize("goal", [("category", "GROCERY > SODA"), ("minimum_value", "75")])
def test_planting_serves_the_declared_goal(facts, warehouse, business, goal):
    facts.delivered("2017-12-31")
    facts.product(5, "GROCERY > SODA > COLA")
    more = {"goal": goal[0], "goal_item": goal[1], "declaration": facts.declared("goal", "holiday", goal=goal[0])}
    audience(facts, **more)
    plant(warehouse, "goal", "2017", 10, seed=1)
    evaluate(warehouse, business)
    found = facts.results(goal=goal[0], window_days=10)[0]
    assert (found["treated_converted"], found["is_primary"]) == (40, True)


def test_the_declared_goal_is_primary_and_any_order_stands_beside_it(facts, warehouse, business):
    facts.delivered("2017-12-31")
    declaration = facts.declared("dear", "holiday", goal="minimum_value", window=7)
    audience(facts, declaration=declaration, goal="minimum_value", goal_item="100")
    buy(facts, range(1, 31), amount=120)
    buy(facts, range(31, 101), amount=20, name="small")
    evaluate(warehouse, business)
    found = {(row["goal"], row["window_days"]): row for row in facts.results()}
    assert {days for _, days in found} == {2, 3, 7, 10, 30}
    assert [key for key, row in found.items() if row["is_primary"]] == [("minimum_value", 7)]
    assert found["minimum_value", 7]["treated_converted"] == 30
    assert found["any_order", 7]["treated_converted"] == 100
    assert found["minimum_value", 7]["naive_revenue"] == found["any_order", 7]["naive_revenue"] == 30 * 120 + 70 * 20


def test_revenue_is_capped_at_the_quantile_of_both_arms_and_compared_as_welch_does(facts, warehouse, business):
    facts.delivered("2017-12-31")
    arms = [(i, "treatment" if i <= 400 else "control", "loyal") for i in range(1, 501)]
    facts.decisions(arms, declaration=facts.declared("thanksgiving", "holiday"), send_at=SENT)
    generator = np.random.default_rng(4)
    revenue = np.where(generator.random(500) < 0.3, generator.gamma(0.4, 90, 500).round(2) + 0.01, 0)
    file = facts.file("2017-11-22")
    facts.orders([(i + 1, str(i), "2017-11-22T10:00", v) for i, v in enumerate(revenue.tolist()) if v], file=file)
    evaluate(warehouse, business)
    (found,) = facts.results(window_days=10)
    cap = np.quantile(revenue, 0.99)
    assert float(found["revenue_cap"]) == pytest.approx(cap, abs=5e-5)
    capped = np.minimum(revenue, cap)
    welch = stats.ttest_ind(capped[:400], capped[400:], equal_var=False).confidence_interval()
    assert found["revenue_low"] == pytest.approx(400 * welch.low, abs=0.01)
    assert found["revenue_high"] == pytest.approx(400 * welch.high, abs=0.01)
    assert found["revenue_uncapped"] == pytest.approx(400 * (revenue[:400].mean() - revenue[400:].mean()))


def test_where_hardly_anybody_buys_the_cap_is_taken_among_the_buyers(facts, warehouse, business):
    facts.delivered("2017-12-31")
    audience(facts)
    buy(facts, [1, 401], amount=30)
    evaluate(warehouse, business)
    (found,) = facts.results(window_days=10)
    assert (found["status"], found["revenue_cap"], found["naive_revenue"]) == ("not_enough", 30, 30)


@pytest.mark.parametrize(
    ("n", "x", "expected"),
    [
        ((400, 100), (80, 20), "ok"),
        ((400, 99), (80, 20), "not_enough"),  # control below 100
        ((400, 100), (40, 10), "ok"),  # exactly 10 expected converters in the control
        ((400, 100), (40, 9), "not_enough"),
        ((400, 100), (0, 49), "not_enough"),  # common rate 9.8 %
        ((400, 100), (361, 90), "not_enough"),  # fewer than 10 expected non-converters
        ((400, 100), (360, 90), "ok"),
        ((50, 1000), (9, 180), "not_enough"),  # the treated are an arm too
        ((0, 400), (0, 80), "not_enough"),
        ((0, 0), (0, 0), "not_enough"),
    ],
)
def test_a_small_control_or_few_expected_converters_are_not_enough(n, x, expected, business):
    arms = dict(zip((True, False), n, strict=True)), dict(zip((True, False), x, strict=True))
    assert results.status(*arms, True, business.evaluation) == expected
    assert results.status(*arms, False, business.evaluation) == "open"


def test_not_enough_shows_counts_and_no_interval(facts, warehouse, business):
    facts.delivered("2017-12-31")
    audience(facts, control=99)
    buy(facts, [*range(1, 101), *range(401, 421)])
    evaluate(warehouse, business)
    for found in facts.results():
        assert found["status"] == "not_enough"
        assert (found["treated_converted"], found["control_converted"], found["naive_revenue"]) == (100, 20, 2000)
        assert all(found[name] is None for name in DIFFERENCES)


def test_a_campaign_without_a_holdout_says_not_enough(facts, warehouse, business):
    facts.delivered("2017-12-31")
    audience(facts, control=0, declaration=facts.declared("thanksgiving", "holiday", holdout=0))
    buy(facts, range(1, 101))
    evaluate(warehouse, business)
    found = facts.results(window_days=10)[0]
    assert (found["status"], found["control_rate"], found["sample_ratio_p"]) == ("not_enough", None, None)


def test_an_open_window_shows_counts_and_no_interval(closed, warehouse, business):
    """Sent on 21 November at 10:00: the window of 2 days closes on the 23rd, that of 3 on the 24th."""
    evaluate(warehouse, business, day("2017-11-23"))
    status = {row["window_days"]: row["status"] for row in closed.results()}
    assert status == {2: "ok", 3: "open", 10: "open", 30: "open"}
    for found in closed.results(status="open"):
        assert (found["treated"], found["treated_converted"], found["naive_revenue"]) == (400, 100, 2000)
        assert all(found[name] is None for name in DIFFERENCES)


def test_a_window_is_open_until_that_of_the_customer_who_entered_last_is_closed(closed, warehouse, business):
    audience(closed, treated=1, control=0, first=1000, send_at="2017-11-25T10:00")
    evaluate(warehouse, business, day("2017-11-26"))
    assert closed.results(window_days=2)[-1]["status"] == "open"
    evaluate(warehouse, business, day("2017-11-27"))
    assert [(row["status"], row["reason"]) for row in closed.results(window_days=2)] == [
        ("open", "first"),
        ("ok", "window closed"),
    ]


def test_the_day_ends_in_the_business_time_zone(closed, warehouse, business):
    """A window that ends at 23:00 in New York is over with that day, though in London the next one has begun."""
    audience(closed, treated=1, control=0, first=1000, send_at="2017-11-21T23:00")
    collect(warehouse, business)
    by_day = {row["window_days"]: row["status"] for row in compute(warehouse, business, day("2017-11-23"))}
    assert by_day[2] == "ok"
    abroad = business.model_copy(update={"time_zone": "Europe/London"})
    assert {row["window_days"]: row["status"] for row in compute(warehouse, abroad, day("2017-11-23"))}[2] == "open"


def test_a_late_refund_makes_a_second_version_and_leaves_the_first(closed, warehouse, business):
    evaluate(warehouse, business, day("2017-12-25"))
    first = closed.select(
        "select r.xmin, r.* from crm.result as r order by goal, window_days, dimension, dimension_value"
    )
    closed.refund(1, "o1", 20, known_on="2017-12-30")
    counts = evaluate(warehouse, business)
    assert counts["new_versions"] == counts["results"] == 4
    assert (
        closed.select(
            "select r.xmin, r.* from crm.result as r where version = 1 order by goal, window_days, dimension,"
            " dimension_value"
        )
        == first
    )
    old, new = closed.results(window_days=10)
    assert (old["treated_converted"], old["naive_revenue"]) == (100, 2000)
    assert (new["treated_converted"], new["naive_revenue"]) == (99, 1980)
    assert (new["version"], new["reason"], new["as_of"]) == (2, "late orders or refunds", day("2017-12-31"))


def test_evaluating_again_writes_nothing_also_when_days_have_passed(closed, warehouse, business):
    evaluate(warehouse, business, day("2017-12-25"))
    before = closed.select("select r.xmin, r.* from crm.result as r")
    assert evaluate(warehouse, business, day("2017-12-25"))["results"] == 0
    assert evaluate(warehouse, business)["new_versions"] == 0
    assert evaluate(warehouse, business)["results"] == 0
    assert evaluate(warehouse, business, everything=True) == {
        "as_of": "2017-12-31", "results": 4, "new_versions": 0, "unchanged": 4, "open": 0, "not_enough": 0, "ok": 4,
        "parts": 0,
    }  # fmt: skip
    assert closed.select("select r.xmin, r.* from crm.result as r") == before


def test_a_refund_long_after_reaches_a_result_closed_long_ago(closed, warehouse, business):
    evaluate(warehouse, business)
    closed.delivered("2019-12-31")
    assert evaluate(warehouse, business)["new_versions"] == 0
    closed.refund(1, "o1", 5, known_on="2019-12-30")
    assert evaluate(warehouse, business)["new_versions"] == 4
    assert closed.results(window_days=10)[-1]["naive_revenue"] == 1995


def test_what_was_not_known_on_the_date_does_not_count(closed, warehouse, business):
    closed.refund(1, "o1", 20, known_on="2017-12-20")
    buy(closed, [200], name="late", file_on="2017-12-22")
    collect(warehouse, business)

    def converted(as_of):
        return [
            row["treated_converted"] for row in compute(warehouse, business, day(as_of)) if row["window_days"] == 10
        ]

    assert [converted(as_of) for as_of in ("2017-12-19", "2017-12-20", "2017-12-22")] == [[100], [99], [100]]
    assert closed.results() == []


def test_a_superseded_version_of_an_order_counts_until_the_newer_one_is_known(closed, warehouse, business):
    evaluate(warehouse, business, day("2017-12-25"))
    closed.run("update crm.orders set known_until = '2017-12-28' where customer_id = 1", [()])
    buy(closed, [1], file_on="2017-12-28", status="cancelled")
    evaluate(warehouse, business)
    assert [row["treated_converted"] for row in closed.results(window_days=10)] == [100, 99]
    by_date = {as_of: compute(warehouse, business, day(as_of))[2] for as_of in ("2017-12-27", "2017-12-28")}
    assert [by_date[as_of]["treated_converted"] for as_of in sorted(by_date)] == [100, 99]


def test_a_refund_of_the_goals_line_alone_takes_the_conversion_back(facts, warehouse, business):
    facts.delivered("2017-12-31")
    facts.product(1, "SODA")
    declaration = facts.declared("soda", "holiday", goal="category")
    audience(facts, declaration=declaration, goal="category", goal_item="SODA")
    file = buy(facts, range(1, 101), amount=20)
    facts.run(
        "insert into crm.order_line (customer_id, order_key, line_number, file_version_id, quantity, amount)"
        " values (1, crm.key64('shop', 'o1'), 2, %s, 1, 30)",
        [(file,)],
    )
    facts.run("update crm.orders set amount = 50, line_count = 2 where customer_id = 1", [()])
    facts.refund(1, "o1", 20, known_on="2017-12-01", line=1)
    facts.refund(2, "o2", 20, known_on="2017-12-01")  # the whole order, without a line
    facts.refund(3, "o3", 5, known_on="2017-12-01", line=1)  # something of it is left
    evaluate(warehouse, business)
    assert facts.results(goal="category", window_days=10)[0]["treated_converted"] == 98
    assert facts.results(goal="any_order", window_days=10)[0]["treated_converted"] == 99


def test_a_minimum_value_must_be_left_after_refunds(facts, warehouse, business):
    facts.delivered("2017-12-31")
    declaration = facts.declared("dear", "holiday", goal="minimum_value")
    audience(facts, declaration=declaration, goal="minimum_value", goal_item="20")
    buy(facts, range(1, 101), amount=20)
    facts.refund(1, "o1", 0.01, known_on="2017-12-01")
    evaluate(warehouse, business)
    assert facts.results(goal="minimum_value", window_days=10)[0]["treated_converted"] == 99


def test_excluded_candidates_and_the_global_holdout_are_in_neither_arm(closed, warehouse, business):
    rows = [(900 + i, reason, "loyal") for i, reason in enumerate(["global_holdout", "opted_out", "no_consent"])]
    closed.decisions(rows, declaration=closed.declared("thanksgiving", "holiday"), send_at=SENT)
    buy(closed, [900, 901, 902], name="x")
    evaluate(warehouse, business)
    found = closed.results(window_days=10)[0]
    assert (found["treated"], found["control"], found["naive_revenue"]) == (400, 100, 2000)


def test_treated_is_who_was_decided_to_be_written_to_whatever_became_of_message_and_person(closed, warehouse, business):
    """Skipped, failed, opted out late, erased: they stay in their arm; nothing of a person is read."""
    assert (
        closed.select("select count(*) from crm.message")
        == closed.select("select count(*) from crm.customer")
        == [(0,)]
    )
    evaluate(warehouse, business)
    assert closed.results(window_days=10)[0]["treated"] == 400


def test_broken_arms_show_in_the_sample_ratio(closed, warehouse, business):
    audience(closed, treated=300, control=200, first=2000, occasion="2018", send_at="2017-11-22T10:00")
    evaluate(warehouse, business)
    by_occasion = {row["occasion"]: row["sample_ratio_p"] for row in closed.results(window_days=10)}
    assert by_occasion["2017"] == pytest.approx(1)
    assert by_occasion["2018"] < 1e-6


def test_the_sample_ratio_is_that_of_the_epoch_not_of_a_later_declaration(closed, warehouse, business):
    closed.run("insert into crm.epoch values ('thanksgiving', '2017', 's', 0.5, '{a}', '2017-11-20')", [()])
    evaluate(warehouse, business)
    assert closed.results(window_days=10)[0]["sample_ratio_p"] < 1e-6


def test_waves_are_results_of_their_own(closed, warehouse, business):
    audience(closed, wave="second", send_at="2017-11-25T10:00")
    evaluate(warehouse, business)
    found = {row["wave"]: row["treated_converted"] for row in closed.results(window_days=10)}
    assert found == {"main": 100, "second": 0}


@pytest.fixture
def birthdays(facts):
    """A continuous campaign: 500 customers on 20 November, a hundred again on the 28th, fifty again in December."""
    facts.delivered("2017-12-31")
    declaration = facts.declared("repurchase", "repurchase")
    audience(facts, declaration=declaration, instance="a", send_at="2017-11-20T10:00")
    again = [(i, "treatment", "new") for i in range(1, 101)]
    facts.decisions(again, declaration=declaration, instance="b", send_at="2017-11-28T10:00")
    facts.decisions(again[:50], declaration=declaration, instance="c", send_at="2017-12-10T10:00")
    return facts


def test_pooled_results_count_each_customer_once_in_the_month_of_the_first_entry_of_the_epoch(
    birthdays, warehouse, business
):
    buy(birthdays, range(1, 81), at="2017-11-21T10:00")
    buy(birthdays, range(401, 421), at="2017-11-21T10:00", name="c")
    buy(birthdays, range(81, 101), at="2017-11-29T10:00", name="after the second entry")
    evaluate(warehouse, business)
    found = {(row["period"], row["window_days"]): row for row in birthdays.results()}
    assert {row["occasion"] + row["wave"] for row in birthdays.results()} == {""}
    assert {period for period, _ in found} == {"2017-11", "2017-12", "to-date"}
    for period in ("2017-11", "to-date"):
        assert (found[period, 2]["treated"], found[period, 2]["control"]) == (400, 100)
        assert (found[period, 2]["treated_converted"], found[period, 10]["treated_converted"]) == (80, 100)
        assert found[period, 10]["naive_revenue"] == 2000
    assert [found[period, 2]["later_entries"] for period in ("2017-11", "2017-12", "to-date")] == [100, 50, 150]
    assert (found["2017-12", 2]["treated"], found["2017-12", 2]["control"]) == (0, 0), "later entries: counts only"
    assert (found["2017-12", 2]["status"], found["2017-12", 30]["status"]) == ("not_enough", "open")


def test_to_date_holds_the_customers_whose_window_has_closed(birthdays, warehouse, business):
    declaration = birthdays.declared("repurchase", "repurchase")
    audience(birthdays, declaration=declaration, first=5000, instance="new", send_at="2017-12-30T10:00")
    buy(birthdays, range(5000, 5500), at="2017-12-30T12:00")
    evaluate(warehouse, business)
    to_date = {row["window_days"]: row for row in birthdays.results(period="to-date")}
    assert {(row["treated_converted"], row["naive_revenue"]) for row in to_date.values()} == {(0, 0)}
    assert {days: (row["treated"], row["status"]) for days, row in to_date.items()} == {
        2: (400, "not_enough"),
        3: (400, "not_enough"),
        10: (400, "not_enough"),
        30: (400, "not_enough"),
    }
    birthdays.delivered("2018-01-02")
    evaluate(warehouse, business)
    assert birthdays.results(period="to-date", window_days=2)[-1]["treated"] == 800
    assert birthdays.results(period="to-date", window_days=10)[-1]["treated"] == 400


def test_to_date_is_open_while_no_window_has_closed(birthdays, warehouse, business):
    evaluate(warehouse, business, day("2017-11-21"))
    found = birthdays.results(period="to-date")
    assert {(row["status"], row["treated"]) for row in found} == {("open", 400)}


def test_a_window_lasts_so_many_times_24_hours_when_the_clocks_change(facts, warehouse, business):
    """New York's clocks went back on 5 November: 48 hours after the 4th at 00:30 it was 23:30 on the 5th."""
    facts.delivered("2017-11-30")
    audience(facts, send_at="2017-11-04T00:30")
    buy(facts, range(1, 91), at="2017-11-05T23:29:59")
    buy(facts, range(401, 411), at="2017-11-05T23:30", name="an hour before the same time of day")
    evaluate(warehouse, business, day("2017-11-05"))
    (found,) = facts.results(window_days=2)
    assert (found["treated_converted"], found["control_converted"]) == (90, 0)
    assert found["status"] != "open"  # by the wall clock it would have closed half an hour after the end of the day
    assert results.closed(instant("2017-11-04T00:30"), 2, instant("2017-11-05T23:30"))


def test_it_evaluates_what_is_complete_and_never_goes_back(closed, warehouse, business):
    with pytest.raises(EvaluationError, match=r"2018-01-01: the latest complete business date is 2017-12-31; deliver"):
        evaluate(warehouse, business, day("2018-01-01"))
    evaluate(warehouse, business)
    with pytest.raises(
        EvaluationError, match=r"2017-12-30: results as of 2017-12-31 exist, and results are append-only"
    ):
        evaluate(warehouse, business, day("2017-12-30"))
    closed.delivered("2017-12-29", shop="new shop")
    assert evaluate(warehouse, business)["results"] == 0


def test_before_the_first_delivery_there_is_nothing_to_evaluate(warehouse, business):
    assert evaluate(warehouse, business)["as_of"] is None


def test_the_view_holds_the_latest_version_of_every_result(closed, warehouse, business):
    evaluate(warehouse, business, day("2017-11-23"))
    evaluate(warehouse, business)
    rows = closed.select(
        "select window_days, is_primary, status, version from mart.campaign_results"
        " order by is_primary desc, window_days"
    )
    assert rows == [(10, True, "ok", 2), (2, False, "ok", 1), (3, False, "ok", 2), (30, False, "ok", 2)]
