"""The statistics: post-stratified differences with 95 % intervals, from the few sums of each stratum.

Every function is vectorised over leading axes, so that the tests re-randomise 4,000 times through the very code that
evaluates a campaign. A table of sums has the axes (…, stratum, arm, sum), arm 0 = treated and 1 = control.
Formulas and sources: docs/evaluation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

CONFIDENCE = 0.95
#: A stratum with fewer customers than this in an arm says nothing of its own variance: it joins the other small ones.
MINIMUM_IN_STRATUM = 5


class Interval(NamedTuple):
    """Estimate and the ends of its interval; arrays over the leading axes of the table."""

    estimate: Any
    low: Any
    high: Any


def merge_small_strata(table: Array, minimum: int = MINIMUM_IN_STRATUM) -> Array:
    """Put strata with fewer than ``minimum`` customers in an arm together, or into the largest one if still too few.

    :param table: (…, stratum, arm, sum); the first sum is the number of customers
    :return: one stratum more (the merged ones); emptied strata stay, with zeros
    """
    import numpy as np

    small = (table[..., 0].min(axis=-1) < minimum)[..., None, None]
    kept = np.where(small, 0.0, table)
    rest = np.where(small, table, 0.0).sum(axis=-3, keepdims=True)
    too_few = rest[..., 0].min(axis=-1)[..., None, None] < minimum
    largest = kept[..., 0].sum(axis=-1).argmax(axis=-1)
    into = np.arange(table.shape[-3]) == largest[..., None]
    kept = kept + np.where(into[..., None, None] & too_few, rest, 0.0)
    return np.concatenate([kept, np.where(too_few, 0.0, rest)], axis=-3)


def difference_of_rates(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """Treated minus control conversion rate, post-stratified, with a Newcombe interval at effective sample sizes.

    :param table: (…, stratum, arm, 2): customers, converters
    """
    import numpy as np
    from statsmodels.stats.proportion import confint_proportions_2indep

    table = merge_small_strata(table)
    customers, converters = table[..., 0], table[..., 1]
    weights = _weights(customers)
    rates = converters / np.maximum(customers, 1)
    totals, overall = customers.sum(axis=-2), (weights * rates).sum(axis=-2)
    spread = (weights**2 * rates * (1 - rates) / np.maximum(customers - 1, 1)).sum(axis=-2)
    simple = overall * (1 - overall) / np.maximum(totals - 1, 1)
    # Design effect: the variance against that of an unstratified sample of the same size and rate. One stratum: 1.
    effect = np.divide(spread, simple, out=np.ones_like(simple), where=(spread > 0) & (simple > 0))
    size = totals / effect
    low, high = confint_proportions_2indep(
        overall[..., 0] * size[..., 0],
        size[..., 0],
        overall[..., 1] * size[..., 1],
        size[..., 1],
        compare="diff",
        method="newcomb",
        alpha=alpha,
    )
    return Interval(overall[..., 0] - overall[..., 1], low, high)


def p_of_no_difference(table: Array) -> float:
    """Two-sided p: the level at which the interval just touches zero, so that p and interval never disagree.

    :param table: (stratum, arm, 2) of one result
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    if difference_of_rates(table).estimate == 0:
        return 1.0

    def towards_zero(z: float) -> float:
        found = difference_of_rates(table, alpha=2 * norm.sf(z))
        return float(found.low if found.estimate > 0 else -found.high)

    furthest = 37.0  # beyond, the normal tail is no longer a number
    if towards_zero(furthest) > 0:
        return 0.0
    return float(2 * norm.sf(brentq(towards_zero, 1e-9, furthest)))


def difference_of_means(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """Treated minus control mean, post-stratified, with a Welch interval (Satterthwaite's degrees of freedom).

    :param table: (…, stratum, arm, 3): customers, sum, sum of squares
    """
    import numpy as np
    from scipy.stats import t

    table = merge_small_strata(table)
    customers, sums, squares = table[..., 0], table[..., 1], table[..., 2]
    n = np.maximum(customers, 1)
    means = sums / n
    weights = _weights(customers)
    variances = np.maximum(squares - sums * means, 0) / np.maximum(customers - 1, 1)
    parts = weights**2 * variances / n
    estimate = (weights * means).sum(axis=-2)
    variance = parts.sum(axis=(-2, -1))
    freedom = variance**2 / np.maximum((parts**2 / np.maximum(customers - 1, 1)).sum(axis=(-2, -1)), 1e-300)
    half = np.where(variance > 0, t.isf(alpha / 2, np.maximum(freedom, 1)) * np.sqrt(variance), 0.0)
    difference = estimate[..., 0] - estimate[..., 1]
    return Interval(difference, difference - half, difference + half)


def enough_for_uncapped(customers: float, total: float, squares: float, cubes: float) -> bool:
    """Whether a mean of so many heavy-tailed values is near normal: n >= 355 x skewness^2 (Kohavi et al. 2014)."""
    if customers == 0:
        return False
    mean = total / customers
    variance = squares / customers - mean**2
    if variance <= 0:
        return True
    third = cubes / customers - 3 * mean * squares / customers + 2 * mean**3
    return bool(customers >= 355 * third**2 / variance**3)


def sample_ratio_p(control: int, customers: int, share: float) -> float | None:
    """Two-sided exact p of ``control`` among ``customers`` at the declared ``share``; None without a control."""
    from scipy.stats import binomtest

    if not customers or not 0 < share < 1:
        return None
    return float(binomtest(control, customers, share).pvalue)


def _weights(customers: Array) -> Array:
    """Each stratum's share of both arms together, on the arm axis: (…, stratum, 1)."""
    import numpy as np

    in_stratum = customers.sum(axis=-1, keepdims=True)
    total = np.maximum(in_stratum.sum(axis=-2, keepdims=True), 1)
    weights: Array = in_stratum / total
    return weights
