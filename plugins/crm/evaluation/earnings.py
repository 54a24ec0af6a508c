"""What is left of a campaign's incremental revenue, and what a message that arrived did.

Amounts of orders are after discounts and coupons, so revenue is net of what coupons took off. With a known margin m
the goods are paid from the price before the coupon: profit = (revenue + coupons) x m - coupons - sending. Without one
profit is counted on revenue: revenue - sending. Seed: 100 spent for 1,000 is 900, 1,000 spent for 2,000 is 1,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def of(figures: Mapping[str, Any], margin: float | None) -> dict[str, Any]:
    """Profit with its interval, ROI, and the difference per delivered message, of a result that is ok.

    :param figures: of ``results``: incremental revenue, costs, difference
    :param margin: share of the undiscounted price that is left after the goods; None = not known
    :return: profit is None where a cost is not known, ROI where nothing was spent
    """
    return {**_profit(figures, margin), "margin": margin, "difference_delivered": _delivered(figures)}


def _profit(figures: Mapping[str, Any], margin: float | None) -> dict[str, Any]:
    if figures["sending_cost"] is None or figures["coupon_cost"] is None:
        return {}
    sending, coupons = float(figures["sending_cost"]), float(figures["coupon_cost"])

    def left(revenue: float) -> float:
        return revenue - sending if margin is None else (revenue + coupons) * margin - coupons - sending

    profit, spent = left(figures["incremental_revenue"]), sending + coupons
    return {
        "profit": profit,
        "profit_low": left(figures["revenue_low"]),
        "profit_high": left(figures["revenue_high"]),
        "roi": profit / spent if spent else None,
    }


def _delivered(figures: Mapping[str, Any]) -> float | None:
    """ITT / delivered share: nobody is left out of an arm, so the draw still holds."""
    if not figures["delivered"]:
        return None
    return float(figures["difference"] * figures["treated"] / figures["delivered"])
