"""Orders after a send become conversions, of treated customers and of held-out ones alike, and redeem coupons.

Cost follows what came in since the last collection (new order files, new plans), not the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.evaluation import declared

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse


def collect(warehouse: Warehouse, business: Business) -> dict[str, Any]:
    """Append to ``crm.conversion`` what came in since the last collection; nothing new, nothing written.

    :return: ``as_of`` (latest complete business date, ISO, or None), and how many ``files`` and ``plans`` were new, how
        many ``conversions`` they gave, and how many ``coupon_uses`` (redeemed or not) the files
    """
    with warehouse.transaction() as tx:
        tx.run("evaluation/lock")
        return collect_in(tx, business)


def collect_in(tx: Transaction, business: Business) -> dict[str, Any]:
    """The same inside a transaction that holds the lock."""
    as_of = tx.value("evaluation/latest_date")
    window_days = declared.longest_window(declared.by_hash(tx, business).values(), business)
    files = [row.file_version_id for row in tx.rows("evaluation/new_files")]
    plans = tx.rows("evaluation/new_plans", window_days=window_days)
    conversions = coupon_uses = 0
    if files:
        coupon_uses = tx.run("evaluation/link_redemptions", file_version_ids=files)
    if files or plans:
        send_dates = sorted({plan.send_date for plan in plans})
        conversions = tx.run(
            "evaluation/link_conversions", file_version_ids=files, send_dates=send_dates, hours=24 * window_days
        )
        tx.run(
            "evaluation/mark_collected",
            file_version_ids=files,
            business_dates=[plan.business_date for plan in plans],
            as_of=as_of,
            window_days=window_days,
        )
    return {
        "as_of": as_of.isoformat() if as_of else None,
        "files": len(files),
        "plans": len(plans),
        "conversions": conversions,
        "coupon_uses": coupon_uses,
    }
