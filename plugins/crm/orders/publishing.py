"""Publish a validated delivery: all its facts in one transaction, versions instead of overwriting.

What counts as newer, unchanged or superseded is decided in one place, ``include/sql/orders/settle.sql``.
"""

from __future__ import annotations

from typing import Any

from crm.business import Business
from crm.orders.delivery import Delivery, hold
from crm.warehouse import Transaction, Warehouse


class PublishingError(Exception):
    """The delivery cannot be published; the message says what to do."""


def publish(warehouse: Warehouse, business: Business, delivery: Delivery) -> dict[str, Any]:
    """Turn the staged rows of ``delivery`` into facts and queue the customers whom they touch.

    Returns counts of the rows of order files: ``lines_read`` = ``lines_published`` + ``unchanged`` + ``superseded`` +
    all of ``rejected`` (by reason); ``customers_touched``; the same counts of other kinds of files under ``other``.

    :raises crm.orders.delivery.NotStaged: another delivery was staged since
    :raises PublishingError: the delivery failed its validation
    """
    # Opt-outs first, in a transaction of their own: they hold whatever becomes of the rest.
    with warehouse.transaction() as tx:
        if _own(tx, delivery) == "staged":
            tx.run("responses/said")
            tx.run("orders/suppressions_said", time_zone=business.time_zone)
            tx.run("responses/say_no")
            tx.run("orders/settle_suppressions")
    with warehouse.transaction() as tx:
        # A task that died after its commit is run again by Airflow: then only the counts are still to be told.
        if _own(tx, delivery) != "published":
            _gather(tx, business)
            _settle(tx)
            _store(tx, business)
            tx.run(
                "orders/complete_dates",
                shops=list(delivery.shops), from_date=delivery.first, business_date=delivery.business_date,
                mode=delivery.mode,
            )  # fmt: skip
            tx.run("orders/forget_published")
        return _counts(tx, delivery)


def _own(tx: Transaction, delivery: Delivery) -> str | None:
    """Hold the staging tables for this delivery; return how far it has come."""
    hold(tx, delivery)
    status: str | None = tx.value("orders/delivery_status")
    if status == "failed":
        raise PublishingError(
            f"the delivery of {delivery.business_date} failed its validation: mend it and ingest it again"
        )
    return status


def _gather(tx: Transaction, business: Business) -> None:
    """Orders and refunds of the delivery, without those that the asked-for dates do not cover."""
    tx.run("orders/publishing_memory")
    tx.run("orders/gather_orders", time_zone=business.time_zone)
    tx.run("orders/gather_refunds", time_zone=business.time_zone)
    if tx.value("orders/has_undated_files"):
        tx.run("orders/outside_range")
        tx.run("orders/keep_file_date")
    tx.run("orders/refund_buyers")


def _settle(tx: Transaction) -> None:
    """Whose word counts: of everything of which there is more than one word."""
    tx.run("orders/confirm_orders")
    for what in ("orders", "refunds", "profiles", "products"):
        tx.run(f"orders/contest_{what}")
    tx.run("orders/settle")
    for what in ("orders", "refunds", "profiles", "products"):
        tx.run(f"orders/apply_{what}")


def _store(tx: Transaction, business: Business) -> None:
    tx.run("orders/end_orders")
    tx.run("orders/insert_customers")
    tx.run("orders/products_of_lines", time_zone=business.time_zone)
    for what in ("orders", "lines", "refunds"):
        tx.run(f"orders/insert_{what}")
    tx.run("orders/adopt_refunds")
    tx.run("responses/said")
    tx.run("orders/suppress_customers")
    tx.run("responses/say_no")
    tx.run("orders/insert_contacts", time_zone=business.time_zone)
    tx.run("orders/queue_customers")
    tx.run("orders/insert_rejected")
    tx.run("orders/count_lines")


def _counts(tx: Transaction, delivery: Delivery) -> dict[str, Any]:
    rejections: dict[str, dict[str, int]] = {}
    for row in tx.rows("orders/delivery_rejections"):
        rejections.setdefault(row.kind, {})[row.reason] = row.lines
    staged = {row.kind: row for row in tx.rows("orders/delivery_counts")}
    known = {"orders": delivery.lines_unchanged} | {k: v["lines_unchanged"] for k, v in delivery.other.items()}
    kinds = {kind: _of_kind(staged.get(kind), lines, rejections.get(kind, {})) for kind, lines in known.items()}
    touched = tx.value("orders/customers_touched")
    return {**kinds.pop("orders"), "customers_touched": touched, "other": kinds}


def _of_kind(staged: Any, known: int, rejected: dict[str, int]) -> dict[str, Any]:
    """Counts of new files (``staged``) and of the ``known`` rows of files whose content was published before."""
    return {
        "lines_read": known + (staged.lines_read if staged else 0),
        "lines_published": staged.lines_published if staged else 0,
        "unchanged": known + (staged.unchanged if staged else 0),
        "superseded": staged.superseded if staged else 0,
        "rejected": rejected,
    }
