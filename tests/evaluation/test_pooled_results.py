"""Continuous campaigns whose shares or variants changed on the way: each month and draw is compared with itself."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_facts import Facts

from crm.evaluation.evaluating import evaluate

#: Epoch, send date, share held out, customers, converters per hundred.
OLD, NEW = ("2017", "2017-12-05", 0.5, 400, 5), ("2018", "2018-01-05", 0.05, 4000, 25)


def entered(facts: Facts, draw, *, first: int, variants: tuple[str, ...] = ("a",), campaign: str = "birthday") -> None:
    """One day's entries of an epoch; in each arm and segment the same share buys, for 20 each."""
    epoch, date, holdout, customers, percent = draw
    declaration = facts.declared(campaign, "birthday", holdout=holdout)
    facts.epoch(campaign, epoch, holdout, *variants)
    held_out, buyers = round(customers * holdout), []
    for index, variant in enumerate(variants):
        rows = []
        for place in range(index, customers, len(variants)):
            arm, segment = "control" if place < held_out else "treatment", ("loyal", "new")[place // len(variants) % 2]
            rows.append((first + place, arm, segment))
            buyers += [first + place] if place // 2 % 100 < percent else []
        facts.decisions(
            rows,
            declaration=declaration,
            send_at=f"{date}T10:00",
            epoch=epoch,
            occasion=f"{date} {variant}",
            variant=variant,
        )
    file = facts.file(date)
    facts.orders([(each, f"o{each}", f"{date}T12:00", 20) for each in buyers], file=file)


@pytest.fixture
def new_year(facts: Facts) -> Facts:
    """Half held out and 5 % who buy in December, a twentieth held out and 25 % who buy in January; no effect."""
    facts.delivered("2018-03-31")
    entered(facts, OLD, first=1)
    entered(facts, NEW, first=10_001)
    return facts


def last(facts: Facts, **where):
    return facts.results(period="to-date", window_days=10, **where)[-1]


def test_shares_that_changed_make_no_effect_and_the_rates_carry_the_weights(new_year, warehouse, business):
    evaluate(warehouse, business)
    found = last(new_year)
    assert (found["treated"], found["control"], found["status"]) == (4000, 400, "ok")
    raw = found["treated_converted"] / found["treated"] - found["control_converted"] / found["control"]
    assert raw == pytest.approx(0.08, abs=0.02), "added up raw it would be an effect"
    assert found["low"] < 0 < found["high"]
    assert abs(found["difference"]) < 0.005
    assert found["treated_rate"] - found["control_rate"] == pytest.approx(found["difference"], abs=1e-9)
    assert found["baseline_rate"] == pytest.approx(found["control_rate"])
    assert found["revenue_low"] < 0 < found["revenue_high"]
    assert abs(found["incremental_revenue"]) < 0.02 * float(found["naive_revenue"])
    assert (found["method"], found["strata"], found["dropped_strata"]) == ("mantel_haenszel", 4, 0)
    assert found["sample_ratio_p"] == 1, "each draw is tested by the share that was declared for it"


def test_parts_of_such_an_audience_are_compared_within_their_months_too(new_year, warehouse, business):
    evaluate(warehouse, business)
    parts = [last(new_year, dimension="segment", dimension_value=name) for name in ("loyal", "new")]
    assert {part["method"] for part in parts} == {"mantel_haenszel"}
    assert all(part["low"] < 0 < part["high"] for part in parts)
    assert all(part["revenue_p_adjusted"] >= part["revenue_p"] for part in parts)
    assert sum(part["treated"] for part in parts) == last(new_year)["treated"]


def test_the_weights_are_those_of_mantel_and_haenszel(new_year, warehouse, business):
    evaluate(warehouse, business)
    rows = new_year.select(
        "select to_char(a.send_date, 'YYYY-MM') || a.segment, a.treated, count(*), count(c.customer_id)"
        " from crm.assignment as a left join crm.conversion as c using (customer_id, occasion)"
        " group by 1, 2 order by 1, 2"
    )
    n = np.array([row[2] for row in rows], float).reshape(-1, 2)
    rate = np.array([row[3] for row in rows]).reshape(-1, 2) / n
    weight = n.prod(axis=1) / n.sum(axis=1)
    expected = (weight[:, None] * rate).sum(axis=0) / weight.sum()
    found = last(new_year)
    assert [found["control_rate"], found["treated_rate"]] == pytest.approx(expected.tolist())


def test_a_variant_that_was_added_is_compared_within_the_epoch_that_has_it(facts, warehouse, business):
    """Variant c came with the new year, when many more buy: it is no better than a."""
    facts.delivered("2018-03-31")
    entered(facts, ("2017", "2017-12-05", 0.2, 2000, 5), first=1, variants=("a", "b"))
    entered(facts, ("2018", "2018-01-05", 0.2, 3000, 25), first=10_001, variants=("a", "b", "c"))
    evaluate(warehouse, business)
    found = [row for row in facts.variant_results() if row["period"] == "to-date" and row["window_days"] == 10]
    by_name = {row["variant"]: row for row in found}
    added = by_name["c"]
    raw = added["converted"] / added["customers"] - added["reference_converted"] / added["reference_customers"]
    assert raw > 0.06
    assert added["low"] < 0 < added["high"]
    assert abs(added["difference"]) < 0.03
    assert added["rate"] - added["reference_rate"] == pytest.approx(added["difference"])
    assert 0.01 < added["probability_better"] < 0.99
    assert added["dropped_strata"] == 2
    assert by_name["b"]["dropped_strata"] == 0
    part = last(facts, dimension="variant", dimension_value="c")
    assert part["low"] < 0 < part["high"]


def test_months_without_anybody_held_out_are_dropped_and_counted(facts, warehouse, business):
    facts.delivered("2018-03-31")
    entered(facts, ("2017", "2017-12-05", 0.0, 500, 5), first=1)
    entered(facts, ("2018", "2018-01-05", 0.2, 2000, 25), first=10_001)
    evaluate(warehouse, business)
    found = last(facts)
    assert (found["strata"], found["dropped_strata"], found["dropped_customers"]) == (2, 2, 500)
    assert found["treated"] == 500 + 1600
    assert found["low"] < 0 < found["high"]
    december = facts.results(period="2017-12", window_days=10)[-1]
    assert (december["status"], december["strata"], december["difference"]) == ("not_enough", 0, None)


def test_who_enters_again_in_the_next_epoch_counts_in_both_and_within_one_epoch_once(facts, warehouse, business):
    facts.delivered("2018-03-31")
    entered(facts, ("2017", "2017-12-05", 0.2, 100, 5), first=1)
    entered(facts, ("2018", "2018-01-05", 0.2, 100, 5), first=1, campaign="birthday")
    again = facts.declared("birthday", "birthday", holdout=0.2)
    facts.decisions(
        [(50, "treatment", "new")], declaration=again, send_at="2018-02-05T10:00", epoch="2018", occasion="again"
    )
    evaluate(warehouse, business)
    found = last(facts)
    assert (found["treated"] + found["control"], found["later_entries"]) == (200, 1)


def test_a_message_is_paid_for_once_though_the_windows_of_two_epochs_overlap(facts, warehouse, business):
    facts.delivered("2018-03-31")
    for epoch, at in (("2017", "2017-12-28"), ("2018", "2018-01-03")):
        facts.epoch("birthday", epoch, 0.2, "a")
        declaration = facts.declared("birthday", "birthday")
        facts.decisions(
            [(1, "treatment", "new")], declaration=declaration, send_at=f"{at}T10:00", epoch=epoch, instance=epoch
        )
        facts.messages("birthday", accepted_at=f"{at}T10:01", cost=0.5)
    evaluate(warehouse, business)
    assert last(facts)["sending_cost"] == 1


def test_two_accounts_of_one_person_are_one_entry_the_first(facts, warehouse, business):
    """Accounts 1 and 2 share the key that the arm is drawn by; 3 has no key and is a person of its own."""
    facts.delivered("2018-03-31")
    declaration = facts.declared("birthday", "birthday")
    facts.epoch("birthday", "2017", 0.2, "a")
    for customer, at in ((1, "2017-12-02"), (2, "2017-12-05"), (3, "2017-12-05")):
        facts.decisions(
            [(customer, "treatment", "new")], declaration=declaration, send_at=f"{at}T10:00", occasion=f"{customer}"
        )
    facts.run("update crm.decision set assignment_key = md5('one')::uuid where customer_id < 3", [()])
    facts.orders([(1, "a", "2017-12-06T10:00", 20), (2, "b", "2017-12-06T10:00", 30)], file=facts.file("2017-12-06"))
    evaluate(warehouse, business)
    found = last(facts)
    assert (found["treated"], found["later_entries"], found["treated_converted"]) == (2, 1, 1)
    assert found["naive_revenue"] == 20, "what the account that entered bought"


@pytest.mark.parametrize("second_arm", ["treatment", "control"])
def test_a_coupon_and_a_claim_count_once_though_the_windows_of_two_epochs_overlap(
    facts, warehouse, business, second_arm
):
    """One order in both windows: it names the shop's own code of 4, and a code of the first epoch's own, worth 5."""
    facts.delivered("2018-03-31")
    for epoch, at, arm in (("2017", "2017-12-28", "treatment"), ("2018", "2018-01-03", second_arm)):
        facts.epoch("birthday", epoch, 0.2, "a")
        declaration = facts.declared("birthday", "birthday")
        facts.decisions([(1, arm, "new")], declaration=declaration, send_at=f"{at}T10:00", epoch=epoch, instance=epoch)
        if arm == "treatment":
            facts.messages("birthday", accepted_at=f"{at}T10:01")
    facts.run("""update crm.decision set offer = '{"code": "OURS"}', coupon_cost = 4""", [()])
    [(code,)] = facts.select("select b || crm.coupon_check(b) from crm.coupon_body('seed', '1') as b")
    facts.run("insert into crm.coupon_code values (%s, 1)", [(code,)])
    facts.run(
        "insert into crm.coupon (customer_id, campaign, occasion, instance, business_date, code, threshold, value,"
        " currency, starts_on, expires_on) values (1, 'birthday', '2017', '2017', '2017-12-27', %s, 0, 5, 'USD',"
        " '2017-12-28', '2018-12-31')", [(code,)],
    )  # fmt: skip
    facts.orders([(1, "a", "2018-01-05T10:00", 20)], file=facts.file("2018-01-05"))
    facts.run("update crm.orders set coupon_codes = %s", [(["OURS", code],)])
    evaluate(warehouse, business)
    found = last(facts)
    assert found["coupon_cost"] == 9
    assert (found["coupon_orders"], found["coupon_revenue"]) == (1, 20)
    assert (found["last_touch_orders"], found["last_touch_revenue"]) == (1, 20)


def test_a_result_that_was_added_up_raw_gets_a_version_by_the_method_and_stays(new_year, warehouse, business):
    """What an earlier release wrote: the difference that is none. Nothing came in since, but a day."""
    evaluate(warehouse, business)
    new_year.connection.execute(
        "update crm.result set method = 'post_stratified', difference = 0.113, strata = null, dropped_strata = null,"
        " dropped_customers = null, later_entries = null, revenue_p = null, revenue_p_adjusted = null"
    )
    new_year.delivered("2018-12-31")
    evaluate(warehouse, business)
    versions = new_year.results(period="to-date", window_days=10)
    assert [(row["version"], row["reason"], row["method"]) for row in versions] == [
        (1, "first", "post_stratified"),
        (2, "method", "mantel_haenszel"),
    ]
    assert versions[0]["difference"] == 0.113
    assert abs(versions[1]["difference"]) < 0.005
    assert {row["reason"] for row in new_year.results(version=2)} == {"method"}
    new_year.delivered("2019-01-31")
    evaluate(warehouse, business)
    assert new_year.results(version=3) == [], "once"
