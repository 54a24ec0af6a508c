"""Order files: frames of the file's own columns into canonical order lines and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import cast, get_args

from crm.orders import values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money
from crm.orders.grouping import Orders as Groups
from crm.orders.mapping import Orders, Status
from crm.orders.rows import Rows

_KEPT_TEXTS = ("product_name", "category", "coupon_codes", "entry_source", "utm_campaign")


def batch(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of an order file.

    The order of the checks is the order of the reasons: a row is set aside for the first that it fails.
    """
    block = cast(Orders, rows.reading.block)
    groups = Groups(rows, block)
    columns = {"order_id": _order_id(rows)}
    columns["ordered_at"] = groups.carried("ordered_at", rows.time("ordered_at"))
    _require(rows, columns["ordered_at"], "missing_time", "ordered_at")
    columns["paid_at"] = groups.carried("paid_at", rows.time("paid_at"))
    columns["line_number"] = rows.whole("line_number", "bad_line_number")
    columns["currency"] = _currency(rows, groups)
    columns |= _money(rows, block, groups)
    columns["status"] = _status(rows, block, groups, columns["paid_at"])
    columns["customer"] = groups.carried("customer", rows.identified("customer"))
    columns["product"] = groups.carried("product", rows.text("product"))
    columns |= {name: groups.carried(name, rows.text(name)) for name in _KEPT_TEXTS}
    columns |= _refunds(rows, block, columns, groups)
    return rows.finish(columns)


def _require(rows: Rows, found: pa.Array, reason: str, name: str) -> None:

    if found.null_count:
        rows.reject(pc.is_null(found), reason, name)


def _order_id(rows: Rows) -> pa.Array:
    """The file's order id, or, where it has none, file name and position: the whole file is one version then."""

    if rows.has("order_id"):
        found = rows.text("order_id")
        _require(rows, found, "missing_order_id", "order_id")
        return found
    name = pa.scalar(rows.reading.source_name)
    return pc.binary_join_element_wise(name, rows.frame.row_numbers.cast(pa.string()), "#")


def _currency(rows: Rows, groups: Groups) -> pa.Array:

    own = rows.reading.mapping.currency
    if not rows.has("currency"):
        return rows.constant(own)
    found = pc.fill_null(pc.utf8_upper(groups.carried("currency", rows.text("currency"))), own)
    if pc.any(foreign := pc.not_equal(found, own)).as_py():
        # The reason names the currency, but only what looks like one: the cell may hold anything.
        reasons = values.translated(found, _foreign, pa.string())
        rows.reject(foreign, reasons, "currency")
    return found


def _foreign(code: str) -> str:
    plain = len(code) == 3 and code.isascii() and code.isalpha()
    return f"foreign_currency_{code}" if plain else "foreign_currency"


def _money(rows: Rows, block: Orders, groups: Groups) -> dict[str, pa.Array]:

    one = pa.repeat(pa.scalar(Decimal(1), money()), len(rows))
    quantity = rows.number("quantity", "bad_quantity") if rows.has("quantity") else one
    _require(rows, quantity, "bad_quantity", "quantity")
    price, amount = rows.number("unit_price"), rows.number("amount")
    discount = rows.number("discount")
    if not rows.has("amount") or (amount.null_count and rows.has("unit_price")):
        product = _rounded(pc.multiply(quantity, price))
        if block.subtract_discount:
            product = pc.subtract(product, pc.fill_null(discount, 0)).cast(money())
        amount = pc.coalesce(amount, product)
    _require(rows, amount, "missing_amount", "amount" if rows.has("amount") else "unit_price")
    if block.spread_total:
        listed = _rounded(pc.multiply(quantity, price))
        amount = groups.spread(amount, groups.first_only("order_total", rows.number("order_total")))
        discount = pc.subtract(listed, amount).cast(money()) if rows.has("unit_price") else discount
    shipping = groups.first_only("shipping_fee", rows.number("shipping_fee"))
    return {"quantity": quantity, "unit_price": price, "amount": amount, "discount": discount, "shipping_fee": shipping}


def _rounded(amounts: pa.Array) -> pa.Array:

    return pc.round(amounts, ndigits=4, round_mode="half_to_even").cast(money())


def _status(rows: Rows, block: Orders, groups: Groups, paid_at: pa.Array) -> pa.Array:

    words: dict[str, str] = {status: status for status in get_args(Status)}
    words |= {name.lower(): status for name, status in block.status.values.items()}
    told = groups.carried("status", rows.text("status"))
    status = (
        told if told.null_count == len(told) else values.translated(told, lambda w: words.get(w.lower()), pa.string())
    )
    if status.null_count > told.null_count:
        rows.reject(pc.and_(pc.is_valid(told), pc.is_null(status)), "unknown_status", "status")
    missing: pa.Array = pa.scalar(block.status.missing)
    if block.status.missing == "paid_if_paid_at":
        missing = pc.if_else(pc.is_valid(paid_at), "paid", "unpaid")
    status = pc.coalesce(status, missing)
    for rule in block.status.rules:
        column = rows.first_of(rule.column)
        if column is not None:
            said = groups.carried("status", values.text(column))
            applies = pc.fill_null(pc.match_substring_regex(said, rule.matches), False)
            if rule.when:
                applies = pc.and_(applies, pc.is_in(status, pa.array(rule.when)))
            status = pc.if_else(applies, rule.becomes, status)
    return status


def _refunds(rows: Rows, block: Orders, columns: dict[str, pa.Array], groups: Groups) -> dict[str, pa.Array]:
    """Refunds beside lines (per order: the order's id is theirs; per line: SQL numbers them), then rows of refunds."""

    none = pa.scalar(None, pa.string())
    amount = groups.first_only("refund_amount", rows.number("refund_amount"))
    at = groups.carried("refunded_at", rows.time("refunded_at"))
    ids = rows.text("refund_id")
    if block.refund.per == "order" and rows.has("refund_amount"):
        ids = pc.coalesce(ids, columns["order_id"])
    found = {"refund_amount": amount, "refunded_at": at, "refund_id": ids}
    if block.refund.rows is not None:
        found |= _refund_rows(rows, block, columns, found)
    if not rows.has("refund_amount") and block.refund.rows is None:
        return found
    told = pc.is_valid(found["refund_amount"])
    found["refund_id"] = pc.if_else(told, found["refund_id"], none)
    found["refunded_at"] = pc.if_else(told, found["refunded_at"], pa.scalar(None, at.type))
    return found


def _refund_rows(
    rows: Rows, block: Orders, columns: dict[str, pa.Array], beside: dict[str, pa.Array]
) -> dict[str, pa.Array]:
    """Rows that are refunds are no order lines: their quantity, price and amount are null."""

    rule = block.refund.rows
    column = None if rule is None else rows.first_of(rule.column)
    if rule is None or column is None:
        name = " or ".join(rule.column) if rule else ""
        raise rows.reading.error(f"misses the column {name}", "correct orders.refund.rows.column of the mapping")
    is_refund = pc.match_substring_regex(values.text(column), rule.matches)
    is_refund = pc.fill_null(is_refund, False)
    paid_back = columns["amount"] if rule.amounts == "positive" else pc.negate(columns["amount"])
    amount = pc.coalesce(beside["refund_amount"], paid_back.cast(money()))
    found = {
        "refund_id": pc.if_else(
            is_refund, pc.coalesce(rows.text("refund_id"), columns["order_id"]), beside["refund_id"]
        ),
        "refund_amount": pc.if_else(is_refund, amount, beside["refund_amount"]),
        "refunded_at": pc.if_else(
            is_refund, pc.coalesce(beside["refunded_at"], columns["ordered_at"]), beside["refunded_at"]
        ),
    }
    found["status"] = pc.if_else(is_refund, pa.scalar(None, pa.string()), columns["status"])
    for name in ("quantity", "unit_price", "amount", "discount", "shipping_fee"):
        found[name] = pc.if_else(is_refund, pa.scalar(None, money()), columns[name])
    if rule.without_order:
        found["order_id"] = pc.if_else(is_refund, pa.scalar(None, pa.string()), columns["order_id"])
    return found
