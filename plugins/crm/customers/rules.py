"""What the business settings say about scores, tiers and stages, as values for ``include/sql/customers``."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

from crm.business import Business, Rfm, SettingsError

MEASURES = ("recency", "frequency", "monetary")


def fingerprint(business: Business) -> str:
    """MD5 (hex) of the settings that a state depends on: when it changes, everybody is computed anew."""
    parts = {
        "rfm": business.rfm.model_dump(exclude={"calibrate_every_days"}),
        "lifecycle": business.lifecycle.model_dump(),
        "tiers": [(tier.name, tier.from_net_revenue) for tier in business.tiers],
    }
    return hashlib.md5(json.dumps(parts, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def breakpoints(rfm: Rfm, as_of: datetime.date) -> dict[str, Any]:
    """Parameters of ``customers/breakpoints_calibrate``.

    :raises SettingsError: method ``fixed`` without ascending bounds, one fewer than scores, for every measure
    """
    fixed = {measure: [float(bound) for bound in rfm.fixed.get(measure, [])] for measure in MEASURES}  # type: ignore[call-overload]
    if rfm.method == "fixed":
        for measure, bounds in fixed.items():
            if len(bounds) != rfm.scores - 1 or bounds != sorted(bounds):
                raise SettingsError(
                    f"rfm.fixed.{measure}: give {rfm.scores - 1} ascending bounds (one fewer than rfm.scores), "
                    f"found {len(bounds)}"
                )
    return {
        "as_of": as_of,
        "method": rfm.method,
        "best": rfm.best,
        "minimum_buyers": rfm.minimum_buyers,
        "fractions": [step / rfm.scores for step in range(1, rfm.scores)],
        **{f"fixed_{measure}": bounds for measure, bounds in fixed.items()},
    }


def scoring(business: Business, as_of: datetime.date) -> dict[str, Any]:
    """Parameters of ``customers/score``; tiers ascend by net revenue (reporting currency)."""
    tiers = sorted(business.tiers, key=lambda tier: tier.from_net_revenue)
    if not tiers:
        raise SettingsError("tiers: give at least one")
    return {
        "as_of": as_of,
        "best": business.rfm.best,
        "tiers": [tier.name for tier in tiers],
        "tier_thresholds": [tier.from_net_revenue for tier in tiers],
        "own_cycle_from_orders": business.lifecycle.own_cycle_from_orders,
        "default_cycle_days": business.lifecycle.default_cycle_days,
        "lapsing_after": business.lifecycle.lapsing_after,
        "lapsed_after": business.lifecycle.lapsed_after,
    }
