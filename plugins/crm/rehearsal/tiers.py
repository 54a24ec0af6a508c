"""Proposes tier thresholds from the shop's own spread of net revenue (seeds 003, 004: 80 % base … 0.8 % top).

Each tier is to be the top fifth of the one below it: with four tiers 80, 16, 3.2 and 0.8 % of the buyers. It proposes;
the operator copies what they like into business.yaml.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

#: Share of a tier's customers who reach the next one.
FIFTH = 0.2


class Step(NamedTuple):
    """``reach`` customers have paid ``amount`` (reporting currency) or more."""

    amount: Decimal
    reach: int


@dataclass(frozen=True)
class Proposal:
    """A tier from ``threshold`` on; ``customers`` are in it, ``share`` of all; ``wanted``: at or above it."""

    threshold: Decimal
    customers: int
    share: float
    wanted: float


def usual(tiers: int) -> list[float]:
    """The share of customers at or above each tier but the lowest: 0.2, 0.04, 0.008, …"""
    return [FIFTH**number for number in range(1, tiers)]


def propose(spread: Sequence[Step], wanted: Sequence[float]) -> list[Proposal]:
    """Thresholds of two significant digits whose reach comes nearest to the ``wanted`` shares, each above the last.

    :param spread: by amount, lowest first, each reached by somebody
    :param wanted: descending shares, between 0 and 1
    :return: the lowest tier (threshold 0) and one for each share; fewer where the spread has not so many amounts
    """
    total = spread[0].reach if spread else 0
    if not total:
        return []
    chosen: list[tuple[Step, float]] = [(Step(Decimal(0), total), 1.0)]
    for share in wanted:
        above = [step for step in spread if step.amount > chosen[-1][0].amount]
        if not above:
            break
        chosen.append((min(above, key=lambda step: abs(step.reach - share * total)), share))
    ends = [step.reach for step, _ in chosen[1:]] + [0]
    return [
        Proposal(step.amount, step.reach - end, (step.reach - end) / total, share)
        for (step, share), end in zip(chosen, ends, strict=True)
    ]


def well_formed(wanted: Sequence[float]) -> bool:
    """Are the shares between 0 and 1, each smaller than the one before?"""
    return all(0 < share < 1 for share in wanted) and all(a > b for a, b in itertools.pairwise(wanted))
