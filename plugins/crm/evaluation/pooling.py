"""Arms that were drawn with different shares, put together: Mantel-Haenszel, Sato's variance, and the same for money.

A stratum is one declared set of shares, one month and one segment. Each has the weight n1 n0 / n, so that a month in
which hardly anybody was held out says little, and no month is compared with another one. Where effects differ between
strata the result is therefore their average by these weights, not the average over the treated.

Tables of sums have the axes (…, stratum, arm, sum), arm 0 = treated and 1 = control, as in ``intervals``. Strata may be
as small as one customer in each arm. A stratum with an empty arm has the weight 0. Formulas: docs/evaluation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation.intervals import CONFIDENCE, Adjusted, Interval, Rates, take_off_covariate

if TYPE_CHECKING:
    from crm.evaluation.intervals import Array


class Pooled(NamedTuple):
    """Rates of both arms by the weights of the difference, and the standard error of the difference (Sato)."""

    treated: Any
    control: Any
    error: Any
    ratio_error: Any
    #: Customers of each of two equal arms without strata that would know the difference as well.
    size: Any


def compared(table: Array) -> Array:
    """Whether a stratum holds both arms, and so says anything: (…, stratum)."""
    found: Array = table[..., 0].min(axis=-1) > 0
    return found


def pool(table: Array) -> Pooled:
    """Mantel-Haenszel rates, with the variance of Sato (1989) and that of the ratio (Greenland and Robins 1985).

    :param table: (…, stratum, arm, 2): customers, converters; a stratum of at least one customer in each arm
    """
    import numpy as np

    (n1, n0), (x1, x0) = np.moveaxis(table[..., 0], -1, 0), np.moveaxis(table[..., 1], -1, 0)
    n = np.maximum(n1 + n0, 1)
    both = compared(table)
    weight = n1 * n0 / n
    total = np.maximum(weight.sum(axis=-1), 1e-300)
    treated, control = (x1 * n0 / n).sum(axis=-1), (x0 * n1 / n).sum(axis=-1)
    difference = (treated - control) / total
    p = ((n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / n**2 * both).sum(axis=-1)
    q = ((x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n) * both).sum(axis=-1)
    variance = np.maximum(difference * p + q, 0) / total**2
    of_ratio = ((n1 * n0 * (x1 + x0) - x1 * x0 * n) / n**2 * both).sum(axis=-1)
    product = treated * control
    ratio = np.divide(of_ratio, product, out=np.full_like(product, np.inf), where=product > 0)
    common = (x1 + x0) / n
    within = (weight * common * (1 - common)).sum(axis=-1)
    middle = (treated + control) / (2 * total)
    simple = middle * (1 - middle) * total
    effect = np.divide(within, simple, out=np.ones_like(simple), where=(within > 0) & (simple > 0))
    rates = treated / total, control / total
    return Pooled(*rates, np.sqrt(variance), np.sqrt(ratio), 2 * total / effect)


def rates(table: Array) -> Rates:
    """The rates by the weights of the difference, at the sizes of two samples that would know it as well."""
    found = pool(table)
    return Rates(found.treated, found.size, found.control, found.size)


def difference_of_rates(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """Treated minus control rate with Sato's interval, which never leaves [-1, 1]; ``table`` as in ``pool``."""
    import numpy as np
    from scipy.stats import norm

    found = pool(table)
    difference, half = found.treated - found.control, norm.isf(alpha / 2) * found.error
    return Interval(difference, np.maximum(difference - half, -1), np.minimum(difference + half, 1))


def p_of_no_difference(table: Array) -> float:
    """Two-sided p: below 0.05 exactly when the interval leaves out zero. One table."""
    from scipy.stats import norm

    found = pool(table)
    difference = abs(float(found.treated - found.control))
    return 1.0 if difference == 0 else float(2 * norm.sf(difference / max(float(found.error), 1e-300)))


def probability_better(table: Array) -> float:
    """Probability that the first arm's rate is the higher one, by the same normal approximation as the interval."""
    from scipy.stats import norm

    found = pool(table)
    return float(norm.cdf(float(found.treated - found.control) / max(float(found.error), 1e-300)))


def relative_lift(table: Array, alpha: float = 1 - CONFIDENCE) -> Interval:
    """(treated - control) / control rate, the interval by the logarithm of the ratio; some control converters."""
    import numpy as np
    from scipy.stats import norm

    found = pool(table)
    ratio, factor = found.treated / found.control, np.exp(norm.isf(alpha / 2) * found.ratio_error)
    return Interval(ratio - 1, ratio / factor - 1, ratio * factor - 1)


def mean_difference(table: Array) -> tuple[Any, Any, Any]:
    """Treated minus control mean, its standard error and degrees of freedom.

    The estimate is that of least squares with a constant for each stratum: the same weights n1 n0 / n. Its variance is
    robust (HC2: MacKinnon and White 1985), which a stratum with one control alone can serve; each arm brings its share
    of the degrees of freedom that the strata's constants leave (Satterthwaite).

    :param table: (…, stratum, arm, 3): customers, sum, sum of squares
    """
    import numpy as np

    n, sums, squares = (table[..., index] * compared(table)[..., None] for index in range(3))
    size, in_stratum = np.maximum(n, 1), np.maximum(n.sum(axis=-1, keepdims=True), 1)
    means = sums / size
    weight = n.prod(axis=-1) / in_stratum[..., 0]
    total = np.maximum(weight.sum(axis=-1), 1e-300)
    difference = (weight * (means[..., 0] - means[..., 1])).sum(axis=-1) / total
    others = n[..., ::-1] / in_stratum  # how far a customer is from the stratum's share of treated, without its sign
    sign = np.array([1.0, -1.0])
    fitted = sums.sum(axis=-1, keepdims=True) / in_stratum + sign * others * difference[..., None, None]
    residuals = np.maximum(squares - sums * means, 0) + n * (means - fitted) ** 2
    left = 1 - 1 / in_stratum - others**2 / total[..., None, None]
    parts = (
        np.where(left > 1e-9, others**2 * residuals / np.maximum(left, 1e-9), 0.0).sum(axis=-2) / total[..., None] ** 2
    )
    variance = parts.sum(axis=-1)
    customers, strata = n.sum(axis=-2), compared(table).sum(axis=-1)
    free = 1 - strata / np.maximum(customers.sum(axis=-1), 1)
    each = np.maximum(customers * free[..., None] - 1, 1)
    freedom = np.maximum(variance**2 / np.maximum((parts**2 / each).sum(axis=-1), 1e-300), 1)
    return difference, np.sqrt(variance), freedom


def adjust(table: Array) -> Adjusted:
    """Take off what the covariate foretold, within these strata; ``table`` as in ``intervals.adjust``."""
    return take_off_covariate(table * compared(table)[..., None, None])
