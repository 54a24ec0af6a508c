"""Arms that were drawn with different shares, put together: as other programs do, and as often right as they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from households import covers
from statsmodels.stats.contingency_tables import StratifiedTable

from crm.evaluation import intervals, pooling

SEGMENTS, CUSTOMERS = 8, 25
COVERED = pytest.mark.parametrize(("runs", "off"), [(1_000, 0.02), pytest.param(10_000, 0.01, marks=pytest.mark.proof)])


def months(runs: int, holdouts: np.ndarray, rates: np.ndarray, lift: float = 0.0, *, seed: int) -> np.ndarray:
    """Months of eight segments of 25 people each: (run, stratum, arm, 2), arms and converters drawn anew."""
    generator = np.random.default_rng(seed)
    holdout = np.repeat(holdouts, SEGMENTS)
    rate = np.outer(rates, np.linspace(0.7, 1.3, SEGMENTS)).ravel()
    control = generator.binomial(CUSTOMERS, holdout, size=(runs, holdout.size))
    arms = [(CUSTOMERS - control, rate + lift), (control, rate)]
    return np.stack([np.stack([n, generator.binomial(n, p)], axis=-1) for n, p in arms], axis=2).astype(float)


NEW_YEAR = np.repeat([0.5, 0.05], 12), np.repeat([0.05, 0.25], 12)


@COVERED
def test_a_holdout_that_falls_at_new_year_while_rates_rise_makes_no_effect(runs, off):
    """0.5 to 0.05, 5 % to 25 %: added up raw that is +11 points where there is nothing."""
    tables = months(runs, *NEW_YEAR, seed=5)
    found = pooling.difference_of_rates(tables)
    assert abs(covers(found, 0).mean() - 0.95) <= off
    assert abs(found.estimate.mean()) < 0.001
    whole = tables.sum(axis=1)
    raw = whole[:, 0, 1] / whole[:, 0, 0] - whole[:, 1, 1] / whole[:, 1, 0]
    assert raw.mean() == pytest.approx(0.113, abs=0.003)
    assert covers(intervals.difference_of_rates(whole[:, None]), 0).mean() < 0.01, "raw it is a discovery every time"


@COVERED
@pytest.mark.parametrize("lift", [0, 0.02, 0.1])
@pytest.mark.parametrize("holdouts", [NEW_YEAR[0], np.full(24, 0.1), np.linspace(0.02, 0.5, 24)], ids=["2", "1", "24"])
def test_of_24_months_of_8_segments_of_25_people_19_in_20_intervals_hold_the_truth(holdouts, lift, runs, off):
    found = pooling.difference_of_rates(months(runs, holdouts, NEW_YEAR[1], lift, seed=6))
    assert abs(covers(found, lift).mean() - 0.95) <= off
    assert found.estimate.mean() == pytest.approx(lift, abs=0.003)


@COVERED
@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_money_of_such_strata_is_covered_too_with_and_without_what_was_spent_before(factor, runs, off):
    """A third of the customers buys, for gamma baskets that follow what they spent before; rates differ as above."""
    generator, runs = np.random.default_rng(9), runs // 2
    holdout, scale = (
        np.repeat(NEW_YEAR[0], SEGMENTS),
        np.outer(NEW_YEAR[1] * 100, np.linspace(0.7, 1.3, SEGMENTS)).ravel(),
    )
    plain, adjusted = [], []
    for _ in range(runs):
        control = generator.random((scale.size, CUSTOMERS)) < holdout[:, None]
        before = generator.gamma(2, scale[:, None], control.shape)
        spent = before * generator.gamma(1, 0.5, control.shape) * (generator.random(control.shape) < 0.33)
        spent = spent * np.where(control, 1.0, factor)
        measures = np.stack([np.ones_like(spent), spent, spent**2, before, before**2, spent * before], axis=-1)
        table = np.stack([(measures * arm[..., None]).sum(axis=1) for arm in (~control, control)], axis=1)
        weight = table[:, 0, 0] * table[:, 1, 0]
        truth = float((weight * scale * 0.33 * (factor - 1)).sum() / weight.sum())
        for rows, found in ((table[..., :3], plain), (pooling.adjust(table).table, adjusted)):
            found.append(bool(covers(intervals.interval_of_means(*pooling.mean_difference(rows)), truth)))
    assert abs(np.mean(plain) - 0.95) <= 1.5 * off
    assert abs(np.mean(adjusted) - 0.95) <= 1.5 * off


@pytest.fixture(scope="module")
def table() -> np.ndarray:
    return months(1, *NEW_YEAR, 0.05, seed=3)[0]


def test_the_ratio_of_rates_is_that_of_mantel_and_haenszel(table):
    """statsmodels knows the ratio; of the difference it knows nothing."""
    by_hand = [[[x1, n1 - x1], [x0, n0 - x0]] for (n1, x1), (n0, x0) in table if n1 and n0]
    expected = StratifiedTable([np.array(each) for each in by_hand]).riskratio_pooled
    found = pooling.relative_lift(table)
    assert found.estimate + 1 == pytest.approx(expected)
    rates = pooling.rates(table)
    assert rates.treated / rates.control == pytest.approx(expected), "the rates beside it carry the same weights"
    assert found.low < found.estimate < found.high


def test_the_difference_of_means_is_least_squares_with_a_constant_per_stratum_and_its_robust_variance(table):
    people = pd.DataFrame(
        [
            (stratum, 1 - arm, float(i < x) * (1 + i % 7))
            for stratum, arms in enumerate(table.astype(int))
            for arm, (n, x) in enumerate(arms)
            for i in range(n)
        ],
        columns=["stratum", "treated", "spent"],
    )
    people["squares"] = people.spent**2
    sums = people.groupby(["stratum", "treated"]).agg(n=("spent", "size"), x=("spent", "sum"), xx=("squares", "sum"))
    full = np.zeros((len(table), 2, 3))
    for (stratum, treated), row in sums.iterrows():
        full[stratum, 1 - treated] = row
    both = people[people.stratum.isin(np.flatnonzero(pooling.compared(full)))]
    fitted = smf.ols("spent ~ treated + C(stratum)", both).fit(cov_type="HC2")
    difference, error, freedom = pooling.mean_difference(full)
    assert difference == pytest.approx(fitted.params["treated"])
    assert error == pytest.approx(fitted.bse["treated"])
    assert freedom > 100
    binary = np.stack([full[..., 0], table[..., 1]], axis=-1)
    assert pooling.difference_of_rates(binary).estimate == pytest.approx(
        pooling.mean_difference(table[..., [0, 1, 1]])[0]
    ), "rates and money have the same weights"


def test_p_is_below_a_twentieth_exactly_where_the_interval_leaves_out_zero():
    for each in months(200, *NEW_YEAR, 0.03, seed=8):
        found = pooling.difference_of_rates(each)
        assert (pooling.p_of_no_difference(each) < 0.05) == (found.low > 0 or found.high < 0)
        means = pooling.mean_difference(each[..., [0, 1, 1]])
        interval = intervals.interval_of_means(*means)
        assert (intervals.p_of_means(*means) < 0.05) == (interval.low > 0 or interval.high < 0)


def test_many_tables_at_once_give_what_each_gives_alone():
    tables = months(5, *NEW_YEAR, 0.02, seed=2)
    for at_once, alone in (
        (pooling.difference_of_rates(tables), [pooling.difference_of_rates(each) for each in tables]),
        (pooling.mean_difference(tables[..., [0, 1, 1]]), [pooling.mean_difference(e[..., [0, 1, 1]]) for e in tables]),
    ):
        np.testing.assert_allclose(np.array(at_once), np.array(alone).T)


def test_a_stratum_with_an_empty_arm_says_nothing():
    kept = np.array([[[90.0, 20], [10, 2]], [[50, 10], [50, 8]]])
    more = np.concatenate([kept, [[[700, 600], [0, 0]], [[0, 0], [9, 9]]]])
    assert pooling.compared(more).tolist() == [True, True, False, False]
    np.testing.assert_allclose(np.array(pooling.pool(more)), np.array(pooling.pool(kept)))
    with_squares = more[..., [0, 1, 1]]
    np.testing.assert_allclose(pooling.mean_difference(with_squares), pooling.mean_difference(with_squares[:2]))


def test_too_many_under_one_share_do_not_make_up_for_too_few_under_another_one():
    assert intervals.sample_ratios_p([(500, 1000, 0.5), (50, 1000, 0.05)]) == 1
    assert intervals.sample_ratios_p([(400, 1000, 0.5), (150, 1000, 0.05)]) < 1e-6
    assert intervals.sample_ratio_p(550, 2000, 0.275) == pytest.approx(1), "by an average share both look well drawn"
