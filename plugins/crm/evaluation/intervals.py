"""The statistics: post-stratified differences with 95 % intervals, from the few sums of each stratum.

Every function is vectorised over leading axes, so that the tests re-randomise 4,000 times through the very code that
evaluates a campaign. A table of sums has the axes (…, stratum, arm, sum), arm 0 = treated and 1 = control.
Formulas and sources: docs/evaluation.md.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

CONFIDENCE = 0.95
POWER = 0.8
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


class Rates(NamedTuple):
    """Post-stratified rates of both arms, and the sizes of unstratified samples that would know them as well."""

    treated: Any
    treated_size: Any
    control: Any
    control_size: Any


def rates(table: Array) -> Rates:
    """Post-stratified conversion rates at effective sample sizes.

    :param table: (…, stratum, arm, 2): customers, converters
    """
    import numpy as np

    table = merge_small_strata(table)
    customers, converters = table[..., 0], table[..., 1]
    weights = _weights(customers)
    shares = converters / np.maximum(customers, 1)
    totals, overall = customers.sum(axis=-2), (weights * shares).sum(axis=-2)
    spread = (weights**2 * shares * (1 - shares) / np.maximum(customers - 1, 1)).sum(axis=-2)
    simple = overall * (1 - overall) / np.maximum(totals - 1, 1)
    # Design effect: the variance against that of an unstratified sample of the same size and rate. One stratum: 1.
    effect = np.divide(spread, simple, out=np.ones_like(simple), where=(spread > 0) & (simple > 0))
    size = totals / effect
    return Rates(overall[..., 0], size[..., 0], overall[..., 1], size[..., 1])


def difference_of_rates(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """Treated minus control conversion rate, post-stratified, with a Newcombe interval at effective sample sizes.

    :param table: (…, stratum, arm, 2): customers, converters
    """
    found = rates(table)
    low, high = _compared(found, compare="diff", method="newcomb", alpha=alpha)
    return Interval(found.treated - found.control, low, high)


def relative_lift(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """(treated - control) / control conversion rate, with the interval of their ratio (logarithm, adjusted by a half).

    :param table: (…, stratum, arm, 2): customers, converters, some of them in the control
    """
    found = rates(table)
    low, high = _compared(found, compare="ratio", method="log-adjusted", alpha=alpha)
    return Interval(found.treated / found.control - 1, low - 1, high - 1)


def _compared(found: Rates, **how: Any) -> Any:
    from statsmodels.stats.proportion import confint_proportions_2indep

    treated, control = found.treated * found.treated_size, found.control * found.control_size
    return confint_proportions_2indep(treated, found.treated_size, control, found.control_size, **how)


def p_of_no_difference(table: Array) -> float:
    """Two-sided p: the level at which the interval just touches zero, so that p and interval never disagree.

    :param table: (stratum, arm, 2) of one result
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    found = rates(table)
    higher, lower = (found[:2], found[2:]) if found.treated > found.control else (found[2:], found[:2])
    distance = float(higher[0] - lower[0])
    if distance == 0:
        return 1.0

    def towards_zero(z: float) -> float:
        return distance - math.hypot(higher[0] - _wilson(*higher, z)[0], _wilson(*lower, z)[1] - lower[0])

    furthest = 37.0  # beyond, the normal tail is no longer a number
    if towards_zero(furthest) > 0:
        return 0.0
    return float(2 * norm.sf(brentq(towards_zero, 0.0, furthest)))


def _wilson(rate: float, size: float, z: float) -> tuple[float, float]:
    """Wilson's score interval: what Newcombe's is built of."""
    middle = rate + z**2 / (2 * size)
    half = z * math.sqrt(rate * (1 - rate) / size + z**2 / (4 * size**2))
    return (middle - half) / (1 + z**2 / size), (middle + half) / (1 + z**2 / size)


def difference_of_means(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """Treated minus control mean, post-stratified, with a Welch interval (Satterthwaite's degrees of freedom).

    :param table: (…, stratum, arm, 3): customers, sum, sum of squares
    """
    return interval_of_means(*mean_difference(table), alpha)


def interval_of_means(difference: Any, error: Any, freedom: Any, alpha: float = 1 - CONFIDENCE) -> Interval:
    """The interval by the t distribution of a difference, its standard error and degrees of freedom."""
    from scipy.stats import t

    half = t.isf(alpha / 2, freedom) * error
    return Interval(difference, difference - half, difference + half)


def p_of_means(difference: Any, error: Any, freedom: Any) -> float:
    """Two-sided p of one difference: below 0.05 exactly when that interval leaves out zero."""
    from scipy.stats import t

    if not error:
        return 0.0 if difference else 1.0
    return float(2 * t.sf(abs(difference) / error, freedom))


def mean_difference(table: Array) -> tuple[Any, Any, Any]:
    """Treated minus control mean, post-stratified, its standard error and Satterthwaite's degrees of freedom."""
    import numpy as np

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
    return estimate[..., 0] - estimate[..., 1], np.sqrt(variance), np.maximum(freedom, 1)


class Adjusted(NamedTuple):
    """A table without what the covariate explains, and the share of the variance that it explained (rho squared)."""

    table: Any
    explained: Any


def adjust(table: Array) -> Adjusted:
    """Take off each customer what the covariate foretold (CUPED), within strata.

    theta is pooled within strata and arms, as least squares with a constant for each of them would find it. Deviations
    are from the stratum's mean over both arms, so that the difference keeps its meaning.

    :param table: (…, stratum, arm, 6): customers, sum, squares, sum of the covariate, its squares, sum of the products
    :return: (…, stratum, arm, 3), small strata merged: for ``difference_of_means``
    """
    return take_off_covariate(merge_small_strata(table))


def take_off_covariate(table: Array) -> Adjusted:
    """The same within the strata as they are, however small."""
    import numpy as np

    n, y, yy, x, xx, xy = (table[..., index] for index in range(6))
    size = np.maximum(n, 1)
    of_y, of_x, of_both = yy - y**2 / size, xx - x**2 / size, xy - x * y / size
    within = [np.maximum(part.sum(axis=(-2, -1)), 0) for part in (of_y, of_x)]
    covariance, possible = of_both.sum(axis=(-2, -1)), (within[0] > 0) & (within[1] > 0)
    theta = np.divide(covariance, within[1], out=np.zeros_like(covariance), where=possible)
    explained = np.divide(theta * covariance, within[0], out=np.zeros_like(covariance), where=possible)
    theta = theta[..., None, None]
    expected = n * (x.sum(axis=-1) / np.maximum(n.sum(axis=-1), 1))[..., None]
    adjusted = y - theta * (x - expected)
    squares = of_y - 2 * theta * of_both + theta**2 * of_x + adjusted**2 / size
    return Adjusted(np.stack([n, adjusted, squares], axis=-1), explained)


def detectable_effect(rate: float, treated: float, control: float) -> float | None:
    """Smallest rise above ``rate`` that arms of these sizes show with 80 % power at two-sided 5 %; None without an arm.

    Cohen's arcsine transformation, as it was told before the send (Cohen 1988, ch. 6).
    """
    from scipy.stats import norm

    if treated <= 0 or control <= 0:
        return None
    needed = norm.isf((1 - CONFIDENCE) / 2) + norm.ppf(POWER)
    angle = math.asin(math.sqrt(rate)) + needed * math.sqrt(1 / treated + 1 / control) / 2
    return float(math.sin(min(angle, math.pi / 2)) ** 2 - rate)


def benjamini_hochberg(values: Sequence[float | None]) -> list[float | None]:
    """p after Benjamini and Hochberg (1995), in the same order; None where there was none."""
    from scipy.stats import false_discovery_control

    known = [value for value in values if value is not None]
    adjusted = iter(false_discovery_control(known) if known else [])
    return [None if value is None else float(next(adjusted)) for value in values]


def probability_better(customers: int, converted: int, reference: int, reference_converted: int) -> float:
    """Probability that the first rate is above the second one's, each Beta(1 + x, 1 + n - x) as uniform priors give it.

    The mean of the second one's distribution function over quantiles of the first (Gauss and Legendre): no simulation.
    """
    import numpy as np
    from scipy.stats import beta

    if customers < reference:  # over quantiles of the better known rate the other one is smooth
        return 1 - probability_better(reference, reference_converted, customers, converted)
    places, weights = _quadrature()
    quantiles = beta.ppf((places + 1) / 2, 1 + converted, 1 + customers - converted)
    below = beta.cdf(quantiles, 1 + reference_converted, 1 + reference - reference_converted)
    return float(np.clip((weights * below).sum() / 2, 0, 1))


@functools.cache
def _quadrature() -> tuple[Array, Array]:
    import numpy as np

    return np.polynomial.legendre.leggauss(400)


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
    return sample_ratios_p([(control, customers, share)])


def sample_ratios_p(arms: Iterable[tuple[int, int, float]]) -> float | None:
    """The same of arms drawn with several shares, each tested by its own: the smallest p times their number.

    Too many under one share do not make up for too few under another one.

    :param arms: control, customers and declared share of each
    """
    from scipy.stats import binomtest

    found = [binomtest(control, n, share).pvalue for control, n, share in arms if n and 0 < share < 1]
    return min(1.0, float(min(found)) * len(found)) if found else None


def _weights(customers: Array) -> Array:
    """Each stratum's share of both arms together, on the arm axis: (…, stratum, 1)."""
    import numpy as np

    in_stratum = customers.sum(axis=-1, keepdims=True)
    total = np.maximum(in_stratum.sum(axis=-2, keepdims=True), 1)
    weights: Array = in_stratum / total
    return weights
