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
    # What rounding leaves of a difference is none.
    assert intervals.p_of_no_difference(rates_table((1000, 100 + 1e-9, 1000, 100))) == pytest.approx(1)
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


def cells_of(frame) -> np.ndarray:
    """(stratum, arm, 6) of customers given as rows of (stratum, treated, revenue, covariate)."""
    table = np.zeros((int(frame[:, 0].max()) + 1, 2, 6))
    for stratum, treated, y, x in frame:
        table[int(stratum), int(1 - treated)] += [1, y, y * y, x, x * x, x * y]
    return table


@pytest.fixture
def customers():
    """1,500 customers in three strata: what they spent before foretells a part of what they spend after."""
    generator = np.random.default_rng(12)
    stratum, treated = generator.integers(0, 3, 1500), generator.random(1500) < 0.7
    before = generator.gamma(0.8, 30, 1500) * (1 + stratum)
    after = 0.4 * before + generator.gamma(0.5, 40, 1500) + 3 * treated + 10 * stratum
    return np.column_stack([stratum, treated, after, before])


def test_cuped_takes_off_what_least_squares_with_a_constant_per_stratum_and_arm_would(customers):
    from statsmodels.api import OLS

    stratum, treated, y, x = customers.T
    constants = np.column_stack([(stratum == s) & (treated == t) for s in range(3) for t in (0, 1)]).astype(float)
    theta = OLS(y, np.column_stack([constants, x])).fit().params[-1]
    means = np.array([x[stratum == s].mean() for s in range(3)])
    residual = y - theta * (x - means[stratum.astype(int)])
    expected = cells_of(np.column_stack([stratum, treated, residual, x]))[..., :3]
    found = intervals.adjust(cells_of(customers))
    assert found.table[:3] == pytest.approx(expected, rel=1e-8)
    within = [v - OLS(v, constants).fit().fittedvalues for v in (x, y)]
    assert found.explained == pytest.approx(np.corrcoef(*within)[0, 1] ** 2, rel=1e-8)


def test_cuped_narrows_the_interval_by_what_it_explains_and_keeps_the_estimate(customers):
    table = cells_of(customers)
    plain, adjusted = intervals.difference_of_means(table[..., :3]), intervals.adjust(table)
    narrow = intervals.difference_of_means(adjusted.table)
    assert 0.2 < adjusted.explained < 0.9
    ratio = ((narrow.high - narrow.low) / (plain.high - plain.low)) ** 2
    assert ratio == pytest.approx(1 - adjusted.explained, abs=0.05)
    assert narrow.low < plain.estimate < narrow.high


def test_a_covariate_that_says_nothing_changes_nothing(customers):
    customers[:, 3] = 0
    table = cells_of(customers)
    found = intervals.adjust(table)
    assert found.explained == 0
    assert tuple(intervals.difference_of_means(found.table)) == pytest.approx(
        tuple(intervals.difference_of_means(table[..., :3]))
    )


def test_the_relative_lift_is_statsmodels_ratio_of_proportions():
    found = intervals.relative_lift(rates_table((1200, 260, 300, 31)))
    low, high = confint_proportions_2indep(260, 1200, 31, 300, compare="ratio", method="log-adjusted")
    assert found.estimate == pytest.approx((260 / 1200) / (31 / 300) - 1, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low - 1, high - 1), rel=1e-9)


def test_the_relative_lift_holds_the_true_one_19_times_of_20():
    generator = np.random.default_rng(13)
    n = np.array([[1600, 400], [400, 100]])
    x = generator.binomial(n, [[0.12, 0.1], [0.36, 0.3]], size=(4000, 2, 2))
    tables = np.stack([np.broadcast_to(n, x.shape), x], axis=-1).astype(float)
    found = intervals.relative_lift(tables)
    assert 0.94 <= ((found.low <= 0.2) & (found.high >= 0.2)).mean() <= 0.96


@pytest.mark.parametrize(("rate", "treated", "control"), [(0.1, 4000, 1000), (0.5, 900, 100), (0.02, 90_000, 10_000)])
def test_the_detectable_effect_has_the_power_that_statsmodels_finds(rate, treated, control):
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    found = intervals.detectable_effect(rate, treated, control)
    effect = proportion_effectsize(rate + found, rate)
    # In one tail: that of the other direction is below one in ten million here.
    power = NormalIndPower().power(effect, treated, 0.025, ratio=control / treated, alternative="larger")
    assert power == pytest.approx(0.8, abs=1e-6)
    assert intervals.detectable_effect(rate, treated, 0) is None


def test_p_is_adjusted_as_benjamini_and_hochberg_do():
    from statsmodels.stats.multitest import multipletests

    values = [0.001, 0.2, 0.03, 0.04, 0.9, 0.012]
    expected = multipletests(values, method="fdr_bh")[1].tolist()
    assert intervals.benjamini_hochberg(values) == pytest.approx(expected, rel=1e-9)
    assert intervals.benjamini_hochberg([0.04, None]) == [pytest.approx(0.04), None]
    assert intervals.benjamini_hochberg([]) == []


def exactly_better(n1: int, x1: int, n0: int, x0: int) -> float:
    """P(first > second) of two Beta posteriors, summed (E. Miller, "Formulas for Bayesian A/B Testing", 2014)."""
    from scipy.special import betaln

    a1, b1, a0, b0 = 1 + x1, 1 + n1 - x1, 1 + x0, 1 + n0 - x0
    i = np.arange(a1)
    terms = betaln(a0 + i, b1 + b0) - np.log(b1 + i) - betaln(1 + i, b1) - betaln(a0, b0)
    return float(np.exp(terms).sum())


@pytest.mark.parametrize(
    "counts",
    [(100, 12, 100, 10), (5000, 520, 5000, 480), (200, 30, 90_000, 12_000), (90_000, 12_000, 200, 30), (50, 0, 60, 0)],
)
def test_the_probability_of_being_better_is_that_of_the_closed_formula(counts):
    assert intervals.probability_better(*counts) == pytest.approx(exactly_better(*counts), abs=1e-6)


def test_equal_variants_are_even_and_a_million_customers_are_no_trouble():
    assert intervals.probability_better(1000, 100, 1000, 100) == pytest.approx(0.5, abs=1e-9)
    assert intervals.probability_better(10**6, 101_000, 10**6, 100_000) == pytest.approx(0.9908, abs=5e-4)
    assert intervals.probability_better(10**6, 110_000, 10**6, 100_000) == pytest.approx(1)
