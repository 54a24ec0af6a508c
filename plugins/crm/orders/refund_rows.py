"""Refunds in files of their own: order rows that are refunds alone, each by its own id."""

from __future__ import annotations

from typing import cast

from crm.orders import lines, values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money
from crm.orders.mapping import Refunds
from crm.orders.rows import Rows


def batch(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of a file of refunds."""
    block = cast(Refunds, rows.reading.block)
    columns = {"order_id": rows.text("order_id"), "refund_id": rows.text("refund_id")}
    columns["refunded_at"] = _given(rows, "refunded_at", rows.time("refunded_at"), "missing_time")
    columns["line_number"] = rows.whole("line_number", "bad_line_number")
    columns["currency"] = _currency(rows)
    amount = _given(rows, "refund_amount", rows.number("refund_amount"), "missing_amount")
    columns["refund_amount"] = pc.negate(amount).cast(money()) if block.sign == "negative" else amount
    columns |= {"customer": rows.unmasked("customer"), "product": rows.text("product")}
    return rows.finish(columns)


def _given(rows: Rows, name: str, found: pa.Array, reason: str) -> pa.Array:
    rows.reject(pc.is_null(found), reason, name)
    return found


def _currency(rows: Rows) -> pa.Array:
    own = rows.reading.mapping.currency
    if not rows.has("currency"):
        return rows.constant(own)
    found = pc.fill_null(pc.utf8_upper(rows.text("currency")), own)
    rows.reject(pc.not_equal(found, own), values.translated(found, lines._foreign, pa.string()), "currency")
    return found
