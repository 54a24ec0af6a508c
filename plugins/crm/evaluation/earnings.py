"""What is left of a campaign's incremental revenue after the goods, and what a message that arrived did.

Amounts of orders are after discounts and coupons, so revenue is net of what coupons took off. What goods cost is known
line by line (docs/evaluation.md, Profit); profit = contribution - sending. Where no cost is known a margin m pays the
goods from the price before the coupon: (revenue + coupons) x m - coupons - sending. With neither, profit is unknown:
it is never counted on revenue. Seed: 100 spent for 1,000 is 900, 1,000 spent for 2,000 is 1,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm.evaluation.intervals import Interval

if TYPE_CHECKING:
    from crm.business import Evaluation
    from crm.evaluation.cells import Cell

COSTS, COSTS_AND_MARGIN, MARGIN, UNKNOWN = "costs", "costs_and_margin", "margin", "unknown"


def basis(cells: Sequence[Cell], rules: Evaluation) -> dict[str, Any]:
    """What profit is counted by, of any result: what the treated's goods cost, and of how much revenue it is known.

    :return: ``goods_cost``, ``cost_known`` (0 to 1, of both arms' revenue), ``profit_basis`` and ``margin``
    """
    costs = [cell.goods_cost for cell in cells if cell.treated and cell.goods_cost is not None]
    known = _known(cells)
    found = _basis(known or 0, rules)
    return {
        "goods_cost": sum(costs, Decimal(0)) if known else None,
        "cost_known": known,
        "profit_basis": found,
        "margin": rules.margin if found in (COSTS_AND_MARGIN, MARGIN) else None,
    }


def _known(cells: Sequence[Cell]) -> float | None:
    if not all(cell.contribution is not None for cell in cells):
        return None
    revenue = sum((cell.revenue for cell in cells), Decimal(0))
    return min(max(float(sum((cell.costed for cell in cells), Decimal(0)) / revenue), 0), 1) if revenue > 0 else None


def _basis(known: float, rules: Evaluation) -> str:
    if known == 1 or (rules.margin is None and known >= rules.minimum_cost_known):
        return COSTS
    if rules.margin is None:
        return UNKNOWN
    return COSTS_AND_MARGIN if known else MARGIN


def of(figures: Mapping[str, Any], contribution: Interval | None) -> dict[str, Any]:
    """Profit with its interval, ROI, and the difference per delivered message, of a result that is ok.

    :param figures: of ``results``: incremental revenue, costs, difference, and those of ``basis``
    :param contribution: incremental revenue less goods, with its interval; None = by the margin alone
    :return: profit is None where a cost is not known, ROI where nothing was spent
    """
    return {**_profit(figures, contribution), "difference_delivered": _delivered(figures)}


def _profit(figures: Mapping[str, Any], contribution: Interval | None) -> dict[str, Any]:
    unknown = figures["profit_basis"] == UNKNOWN
    if unknown or figures["sending_cost"] is None or figures["coupon_cost"] is None:
        return {}
    sending, coupons = float(figures["sending_cost"]), float(figures["coupon_cost"])
    spent = sending + coupons
    left = contribution or Interval(
        *(figures[name] * figures["margin"] for name in ("incremental_revenue", "revenue_low", "revenue_high"))
    )
    # A margin is a share of the price before the coupon, so what it knows of the goods is short of the coupon's part.
    by_margin = 0.0 if figures["margin"] is None else (1 - figures["margin"]) * (1 - (figures["cost_known"] or 0))
    profit, low, high = (float(value) - sending - coupons * by_margin for value in left)
    return {"profit": profit, "profit_low": low, "profit_high": high, "roi": profit / spent if spent else None}


def _delivered(figures: Mapping[str, Any]) -> float | None:
    """ITT / delivered share: nobody is left out of an arm, so the draw still holds."""
    if not figures["delivered"]:
        return None
    return float(figures["difference"] * figures["treated"] / figures["delivered"])
