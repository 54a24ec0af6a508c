"""A small shop whose files a test writes: one mapping, one landing folder, one pass from files to facts."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm.business import Business
from crm.orders.delivery import Delivery, ingest
from crm.orders.publishing import publish
from crm.orders.validation import validate
from crm.warehouse import Warehouse

MAPPING = """
shop: tea
time_zone: America/New_York
currency: USD
country: US
orders:
  files: "{shop}/orders_{date}.csv"
  columns:
    order_id: order
    customer: buyer
    product: item
    quantity: pieces
    amount: paid
    status: status
    ordered_at: at
    refund_amount: refunded
    refunded_at: refunded_at
    coupon_codes: codes
  optional: [refunded_at, coupon_codes]
customers:
  files: "{shop}/customers_{date}.csv"
  columns: {customer: buyer, name: name, email: email, consent_email: mail_ok}
products:
  files: "{shop}/products_{date}.csv"
  columns: {product: item, name: name, category: category}
suppressions:
  files: "{shop}/suppressions_{date}.csv"
  columns: {channel: channel, address: address, reason: reason, occurred_at: at, source: source}
contacts:
  files: "{shop}/contacts_{date}.csv"
  columns: {channel: channel, address: address, sent_at: at, campaign: campaign}
"""

ORDER_COLUMNS = ("order", "buyer", "item", "pieces", "paid", "status", "at", "refunded", "refunded_at", "codes")


def line(order: str, buyer: str = "ann", at: str = "", paid: str = "10.00", **more: str) -> dict[str, str]:
    """An order line; ``at`` may be a date (noon is meant)."""
    at = f"{at}T12:00:00-05:00" if len(at) == 10 else at
    row = {"order": order, "buyer": buyer, "item": "green", "pieces": "1", "paid": paid, "status": "paid", "at": at}
    return dict.fromkeys(ORDER_COLUMNS, "") | row | more


def as_csv(rows: list[dict[str, str]], columns: tuple[str, ...] = ORDER_COLUMNS) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns if not rows else list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@dataclass
class Shop:
    """The shop ``tea``: ``deliver`` writes a file, ``take`` brings a date's files in."""

    warehouse: Warehouse
    folder: Path
    business: Business
    validated: bool = False

    def deliver(self, kind: str, on: str, rows: list[dict[str, str]]) -> Path:
        path = self.folder / "tea" / f"{kind}_{on}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_csv(rows), encoding="utf-8")
        return path

    def ingest(self, on: str, **options: Any) -> Delivery:
        return ingest(self.warehouse, self.business, day(on), **options)

    def take(self, on: str, **options: Any) -> dict[str, Any]:
        delivery = self.ingest(on, **options)
        if self.validated:
            validate(self.warehouse, delivery)
        counts = publish(self.warehouse, self.business, delivery)
        rejected = sum(counts["rejected"].values())
        rest = counts["lines_published"] + counts["unchanged"] + counts["superseded"]
        assert counts["lines_read"] == rest + rejected
        return counts

    def day(self, on: str, rows: list[dict[str, str]], **options: Any) -> dict[str, Any]:
        """Deliver the orders of a date and take them in."""
        self.deliver("orders", on, rows)
        return self.take(on, **options)
