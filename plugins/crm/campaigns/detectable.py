"""What a campaign can show: the smallest effect that its groups can tell from chance, and the control that would do.

Two proportions after the arcsine transformation, unequal arms, two-sided (J. Cohen, "Statistical Power Analysis for the
Behavioral Sciences", 2nd ed. 1988, ch. 6): h = 2 asin(sqrt p1) - 2 asin(sqrt p0) is found with the given power where
h = (z[1 - alpha/2] + z[power]) * sqrt(1/n1 + 1/n0).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

ALPHA, POWER = 0.05, 0.8
_Z = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)


#: Controls of earlier occasions below which their rate is no rate.
MINIMUM_CONTROLS = 100


def told(row: Any, worthwhile_lift: float) -> dict[str, Any]:
    """What an operator is told of one due campaign, from a row of ``campaigns/baseline``: see crm.detectable_effect.

    Rates, shares and effects lie between 0 and 1 (0.05 = 5 points).
    """
    rate, baseline = _baseline(row)
    found: dict[str, Any] = {
        **{key: getattr(row, key) for key in ("campaign", "occasion", "wave", "goal", "window_days", "eligible")},
        **{"baseline_rate": rate, "baseline": baseline, "holdout": float(row.holdout), "effect": None},
        **{"worthwhile_lift": worthwhile_lift, "proposed_holdout": None, "occasions_to_pool": None},
    }
    if rate is None or not row.eligible:
        return found
    treated, control = row.eligible * (1 - found["holdout"]), row.eligible * found["holdout"]
    return found | {
        "effect": effect(rate, treated, control),
        "proposed_holdout": smallest_holdout(rate, row.eligible, worthwhile_lift),
        "occasions_to_pool": occasions(rate, row.eligible, found["holdout"], worthwhile_lift),
    }


def _baseline(row: Any) -> tuple[float | None, str]:
    if row.by_controls and (row.observed or 0) < MINIMUM_CONTROLS:
        return None, "there are fewer than 100 earlier controls"
    if not row.observed:
        return None, "nobody is eligible"
    whose = "its own controls, last 90 days" if row.by_controls else "the eligible themselves, last window"
    return row.reached / row.observed, whose


def effect(rate: float, treated: float, control: float) -> float | None:
    """Smallest rise above ``rate`` that ``treated`` against ``control`` customers show with 80 % power at 5 %."""
    if treated <= 0 or control <= 0:
        return None
    angle = math.asin(math.sqrt(rate)) + _Z * math.sqrt(1 / treated + 1 / control) / 2
    return math.sin(min(angle, math.pi / 2)) ** 2 - rate


def smallest_holdout(rate: float, eligible: int, lift: float) -> float | None:
    """Smallest share to hold out of ``eligible`` customers that shows ``lift``; None where half of them does not.

    1/(n(1-c)) + 1/(nc) = 1/(nc(1-c)), so c(1-c) must reach what one person of a balanced pair counts for.
    """
    needed = _needed(rate, lift) / eligible if eligible else math.inf
    return None if needed > 1 / 4 else (1 - math.sqrt(1 - 4 * needed)) / 2


def occasions(rate: float, eligible: int, holdout: float, lift: float) -> int | None:
    """How many occasions of this size show ``lift`` together when ``holdout`` of each is held out; None: never."""
    share, needed = eligible * holdout * (1 - holdout), _needed(rate, lift)
    return math.ceil(needed / share) if share and math.isfinite(needed) else None


def _needed(rate: float, lift: float) -> float:
    """n c (1 - c) at which ``lift`` is the detectable effect; infinite where the rate cannot rise by so much."""
    if rate + lift >= 1:
        return math.inf
    h = 2 * (math.asin(math.sqrt(rate + lift)) - math.asin(math.sqrt(rate)))
    return (_Z / h) ** 2
