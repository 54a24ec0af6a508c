"""Orders after a send become conversions, of treated customers and of held-out ones alike, and redeem coupons.

Cost follows what came in since the last collection (new order files, new plans), not the history.
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from crm.evaluation import declared

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

#: So many new rows are told to the planner at once: unaware of them it joins a campaign row by row (measured: 12 times
#: slower for a thousand customers).
MANY = 500


def collect(warehouse: Warehouse, business: Business) -> dict[str, Any]:
    """Take into ``crm.assignment`` and ``crm.conversion`` what came in since the last collection.

    Nothing new, nothing written.

    :return: ``as_of`` (latest complete business date, ISO, or None), and how many ``files`` and ``plans`` were new, how
        many ``conversions`` they gave, and how many ``coupon_uses`` (redeemed or not) the files
    """
    with warehouse.transaction() as tx:
        tx.run("evaluation/lock")
        return collect_in(tx, business)


def collect_in(tx: Transaction, business: Business, *, recount: bool = False) -> dict[str, Any]:
    """The same inside a transaction that holds the lock.

    :param recount: also the costs of goods that margins of categories may have changed
    """
    as_of = tx.value("evaluation/latest_date")
    window_days = declared.longest_window(declared.by_hash(tx, business).values(), business)
    files = [row.file_version_id for row in tx.rows("evaluation/new_files")]
    plans = tx.rows("evaluation/new_plans", window_days=window_days)
    found = {"files": len(files), "plans": len(plans), "conversions": 0, "coupon_uses": 0}
    if files or plans:
        tx.run("evaluation/memory")
        send_dates = sorted({plan.send_date for plan in plans})
        found["coupon_uses"] = tx.run("evaluation/link_redemptions", file_version_ids=files) if files else 0
        assigned = _assign(tx, business, send_dates) if plans else 0
        found["conversions"] = _link(tx, business, files, send_dates, window_days)
        tx.run(
            "evaluation/mark_collected",
            file_version_ids=files,
            business_dates=[plan.business_date for plan in plans],
            as_of=as_of,
            window_days=window_days,
        )
        if assigned + found["conversions"] > MANY:
            tx.run("evaluation/analyze")
    _recount(tx, business, everything=recount)
    return {"as_of": as_of.isoformat() if as_of else None, **found}


def _assign(tx: Transaction, business: Business, send_dates: list[datetime.date]) -> int:
    rules = business.evaluation
    # Orders are read by local dates: a day or two on either side cover every time zone.
    return tx.run(
        "evaluation/assign",
        send_dates=send_dates,
        first_on=min(send_dates) - datetime.timedelta(days=rules.covariate_days + 2),
        last_on=max(send_dates) + datetime.timedelta(days=2),
        covariate_days=rules.covariate_days,
        cap_quantile=rules.revenue_cap_quantile,
    )


def _link(
    tx: Transaction, business: Business, files: list[int], send_dates: list[datetime.date], window_days: int
) -> int:
    tx.run("evaluation/new_conversions", file_version_ids=files, send_dates=send_dates, hours=24 * window_days)
    _price(tx, business)
    linked = tx.run("evaluation/link_conversions")
    if files:
        tx.run("evaluation/follow_versions", file_version_ids=files)
    return linked


def _price(tx: Transaction, business: Business) -> None:
    """What the goods of the orders in ``to_price`` cost."""
    margins = [{"category": name, "share": share} for name, share in business.margins.items()]
    tx.run("evaluation/price_orders", margins=json.dumps(margins))


def _recount(tx: Transaction, business: Business, *, everything: bool) -> None:
    """Costs that became known after their orders were collected."""
    news = tx.row("evaluation/new_costs")
    if not (news.file_version_ids or news.waiting or everything):
        return
    tx.run("evaluation/memory")
    tx.run("evaluation/conversions_to_price", file_version_ids=news.file_version_ids, everything=everything)
    _price(tx, business)
    tx.run("evaluation/update_costs", file_version_ids=news.file_version_ids)
