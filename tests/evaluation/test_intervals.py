"""The statistics against libraries and hand calculation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from crm.evaluation import intervals


def rates_table(*strata: tuple[int, int, int, int]) -> np.ndarray:
    """(treated, converted, control, converted) per stratum."""
    return np.array([[[n1, x1], [n0, x0]] for n1, x1, n0, x0 in strata], dtype=float)


@pytest.mark.parametrize(("n1", "x1", "n0", "x0"), [(1200, 260, 300, 31), (500, 12, 500, 30), (4000, 3500, 1000, 860)])
def test_with_one_stratum_the_interval_is_statsmodels_newcombe_interval(n1, x1, n0, x0):
    found = intervals.difference_of_rates(rates_table((n1, x1, n0, x0)))
    expected = confint_proportions_2indep(x1, n1, x0, n0, compare="diff", method="newcomb")
    assert found.estimate == pytest.approx(x1 / n1 - x0 / n0, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-10)


def test_newcombes_own_worked_example_comes_out():
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10, 56/70 - 48/80: 0.0524, 0.3339."""
    found = intervals.difference_of_rates(rates_table((70, 56, 80, 48)))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_equal_strata_give_nearly_the_interval_of_one_stratum():
    one = intervals.difference_of_rates(rates_table((1200, 240, 300, 45)))
    three = intervals.difference_of_rates(rates_table(*[(400, 80, 100, 15)] * 3))
    assert three.estimate == pytest.approx(one.estimate)
    assert (three.low, three.high) == pytest.approx((one.low, one.high), abs=1e-3)


def test_the_difference_is_weighted_by_the_strata_of_both_arms():
    """Raw rates differ because the control happens to hold more of the loyal; within the strata nothing differs."""
    table = rates_table((100, 50, 100, 50), (900, 90, 100, 10))
    found = intervals.difference_of_rates(table)
    assert found.estimate == pytest.approx(0)
    assert found.low < 0 < found.high


def test_strata_that_explain_the_rate_narrow_the_interval():
    loyal, other = (800, 640, 200, 160), (3200, 160, 800, 40)
    stratified = intervals.difference_of_rates(rates_table(loyal, other))
    plain = intervals.difference_of_rates(rates_table(tuple(map(sum, zip(loyal, other, strict=True)))))
    assert stratified.high - stratified.low < 0.7 * (plain.high - plain.low)


def test_small_strata_are_put_together_and_nobody_is_lost():
    table = rates_table((500, 50, 120, 12), (40, 4, 3, 1), (30, 9, 4, 1))
    merged = intervals.merge_small_strata(table)
    assert merged[0].tolist() == [[500, 50], [120, 12]]
    assert merged[3].tolist() == [[70, 13], [7, 2]]
    assert merged.sum(axis=0).tolist() == table.sum(axis=0).tolist()


def test_small_strata_that_stay_small_join_the_largest():
    table = rates_table((100, 50, 120, 12), (500, 50, 120, 12), (40, 4, 0, 0))
    merged = intervals.merge_small_strata(table)
    assert merged[1].tolist() == [[540, 54], [120, 12]]
    assert merged[2:].tolist() == [[[0, 0], [0, 0]]] * 2


def test_an_audience_of_small_strata_alone_becomes_one():
    merged = intervals.merge_small_strata(rates_table((40, 4, 4, 1), (40, 4, 4, 0)))
    assert merged.tolist()[2] == [[80, 8], [8, 1]]


def test_many_tables_at_once_give_what_each_gives_alone():
    generator = np.random.default_rng(1)
    customers = generator.integers(2, 300, size=(50, 4, 2))
    tables = np.stack([customers, generator.binomial(customers, 0.3)], axis=-1).astype(float)
    together = intervals.difference_of_rates(tables)
    for index, table in enumerate(tables):
        alone = intervals.difference_of_rates(table)
        assert [part[index] for part in together] == pytest.approx(list(alone), abs=1e-12)


def test_p_is_the_level_at_which_the_interval_touches_zero():
    table = rates_table((900, 150, 250, 25), (300, 60, 80, 9))
    p = intervals.p_of_no_difference(table)
    assert 0.001 < p < 0.05
    assert intervals.difference_of_rates(table, alpha=p).low == pytest.approx(0, abs=1e-9)


def test_p_is_near_that_of_the_usual_test_and_agrees_with_the_interval():
    table = rates_table((1000, 130, 1000, 100))
    usual = stats.chi2_contingency([[130, 870], [100, 900]], correction=False).pvalue
    assert intervals.p_of_no_difference(table) == pytest.approx(usual, abs=0.003)
    assert intervals.p_of_no_difference(rates_table((1000, 100, 1000, 100))) == 1
    assert intervals.p_of_no_difference(rates_table((100_000, 50_000, 100_000, 100))) == 0


def test_with_one_stratum_the_revenue_interval_is_welchs():
    generator = np.random.default_rng(2)
    treated, control = generator.gamma(0.3, 60, 900), generator.gamma(0.3, 40, 200)
    table = np.array([[[len(a), a.sum(), (a**2).sum()] for a in (treated, control)]])
    found = intervals.difference_of_means(table)
    expected = CompareMeans(DescrStatsW(treated), DescrStatsW(control)).tconfint_diff(usevar="unequal")
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-9)


def test_an_arm_without_revenue_gives_an_interval_all_the_same():
    found = intervals.difference_of_means(np.array([[[500, 0, 0], [100, 0, 0]]], dtype=float))
    assert tuple(found) == (0, 0, 0)


def test_a_sum_of_heavy_tailed_values_is_marked_unreliable():
    calm = np.random.default_rng(3).normal(50, 10, 1000)
    wild = np.append(np.zeros(999), 10_000)
    sums = [(len(a), a.sum(), (a**2).sum(), (a**3).sum()) for a in (calm, wild)]
    assert [intervals.enough_for_uncapped(*each) for each in sums] == [True, False]
    skewness = stats.skew(wild)
    assert 355 * skewness**2 > 1000


def test_the_sample_ratio_is_tested_exactly():
    assert intervals.sample_ratio_p(230, 1000, 0.2) == pytest.approx(stats.binomtest(230, 1000, 0.2).pvalue)
    assert intervals.sample_ratio_p(0, 1000, 0.0) is None


def test_wilson_is_the_building_stone():
    """An interval against a control of known rate narrows to Wilson's interval of the treated."""
    found = intervals.difference_of_rates(rates_table((400, 60, 10**12, 10**11)))
    low, high = proportion_confint(60, 400, method="wilson")
    assert (found.low + 0.1, found.high + 0.1) == pytest.approx((low, high), abs=1e-5)
