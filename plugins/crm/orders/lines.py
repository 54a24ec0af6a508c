"""Order files: frames of the file's own columns into canonical order lines and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import cast, get_args

from crm.orders import refunds, statuses, values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money
from crm.orders.grouping import Orders as Groups
from crm.orders.mapping import Orders, Status
from crm.orders.refunds import Paid
from crm.orders.rows import Rows

#: Texts that are kept as they are; the prose among them may begin with an apostrophe of its own.
_KEPT_TEXTS = {
    "product_name": True,
    "category": True,
    "coupon_codes": False,
    "entry_source": False,
    "utm_campaign": False,
}
#: Nobody paid for these, and their money counts nowhere: an export may leave it out.
_UNPAID = ("unpaid", "cancelled")


def batch(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of an order file.

    The order of the checks is the order of the reasons: a row is set aside for the first that it fails.
    """
    block = cast(Orders, rows.reading.block)
    ids = _order_id(rows, block)
    groups = Groups(rows, block, ids)
    columns = {"order_id": ids}
    columns["ordered_at"] = groups.carried("ordered_at", rows.time("ordered_at"))
    _require(rows, columns["ordered_at"], "missing_time", "ordered_at")
    columns["paid_at"] = groups.carried("paid_at", rows.time("paid_at"))
    columns["line_number"] = rows.whole("line_number", "bad_line_number")
    columns["currency"] = _currency(rows, groups)
    columns["status"] = _status(rows, block, groups, columns["paid_at"])
    columns |= _money(rows, block, groups, columns["status"])
    columns["customer"] = groups.carried("customer", rows.id_or_warning("customer"))
    columns["product"] = groups.carried("product", _product(rows))
    columns |= {name: groups.carried(name, rows.text(name, prose=prose)) for name, prose in _KEPT_TEXTS.items()}
    columns |= _refunds(rows, block, columns, groups)
    return rows.finish(columns)


def _require(rows: Rows, found: pa.Array, reason: str, name: str) -> None:

    if found.null_count:
        rows.reject(pc.is_null(found), reason, name)


def _order_id(rows: Rows, block: Orders) -> pa.Array:
    """The file's order id, or, where it has none, file name and position: the whole file is one version then."""

    if rows.has("order_id"):
        found, damaged = rows.identity("order_id")
        if damaged is not None:
            rows.reject(damaged, "damaged_id", "order_id")
        _require(rows, found, "missing_order_id", "order_id")
        return found
    name = pa.scalar(rows.reading.source_name)
    return pc.binary_join_element_wise(name, rows.frame.row_numbers.cast(pa.string()), "#")


def _product(rows: Rows) -> pa.Array:
    """Product ids; a damaged one would be that of other products too."""
    found, damaged = rows.identity("product")
    rows.warn("damaged_product", damaged)
    return found


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


def _money(rows: Rows, block: Orders, groups: Groups, status: pa.Array) -> dict[str, pa.Array]:

    one = pa.repeat(pa.scalar(Decimal(1), money()), len(rows))
    quantity = rows.number("quantity", "bad_quantity") if rows.has("quantity") else one
    quantity = _unless_needed(quantity, status)
    _require(rows, quantity, "bad_quantity", "quantity")
    price, amount = rows.number("unit_price"), rows.number("amount")
    discount = rows.number("discount")
    if not rows.has("amount") or (amount.null_count and rows.has("unit_price")):
        product = _rounded(pc.multiply(quantity, price))
        if block.subtract_discount:
            product = pc.subtract(product, pc.fill_null(discount, 0)).cast(money())
        amount = pc.coalesce(amount, product)
    amount = _unless_needed(amount, status)
    _require(rows, amount, "missing_amount", "amount" if rows.has("amount") else "unit_price")
    total = groups.first_only("order_total", rows.number("order_total"))
    if block.spread_total:
        listed = _rounded(pc.multiply(quantity, price))
        amount = groups.spread(amount, total)
        discount = pc.subtract(listed, amount).cast(money()) if rows.has("unit_price") else discount
    shipping = groups.first_only("shipping_fee", rows.number("shipping_fee"))
    refund = groups.first_only("refund_amount", refunds.paid_back(rows))
    paid = Paid(amount, shipping, refund)
    if block.amount_after_refunds:
        paid = refunds.before_refunds(paid, total)
    if block.amount_includes_shipping:
        paid = refunds.without_shipping(paid)
    if block.refund.includes_shipping:
        total = groups.first_only("paid_total", rows.number("paid_total"))
        paid = refunds.of_goods(rows, groups, paid, total)
    return {"quantity": quantity, "unit_price": price, "discount": discount, **paid._asdict()}


def _unless_needed(found: pa.Array, status: pa.Array) -> pa.Array:
    """0 where a value is missing of which nothing depends on."""
    if not found.null_count:
        return found
    missing = pc.and_(pc.is_null(found), pc.fill_null(pc.is_in(status, pa.array(_UNPAID)), False))
    return pc.if_else(missing, pa.scalar(Decimal(0), money()), found)


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
        unknown = pc.and_(pc.is_valid(told), pc.is_null(status))
        rows.reject(unknown, statuses.reasons(told, unknown), "status")
    missing: pa.Array = pa.scalar(block.status.missing)
    if block.status.missing == "paid_if_paid_at":
        missing = pc.if_else(pc.is_valid(paid_at), "paid", "unpaid")
    status = pc.coalesce(status, missing)
    for rule in block.status.rules:
        said = rows.said_by(rule.column, rule.matches)
        if said is not None:
            said = groups.carried("status", said)
            applies = pc.fill_null(pc.match_substring_regex(said, rule.matches), False)
            if rule.when:
                applies = pc.and_(applies, pc.is_in(status, pa.array(rule.when)))
            status = pc.if_else(applies, rule.becomes, status)
    return status


def _refunds(rows: Rows, block: Orders, columns: dict[str, pa.Array], groups: Groups) -> dict[str, pa.Array]:
    """Refunds beside lines (per order: the order's id is theirs; per line: SQL numbers them), then rows of refunds."""

    none = pa.scalar(None, pa.string())
    at = groups.carried("refunded_at", rows.time("refunded_at"))
    ids, damaged = rows.identity("refund_id")
    if damaged is not None:
        rows.reject(damaged, "damaged_id", "refund_id")
    if block.refund.per == "order" and rows.has("refund_amount"):
        ids = pc.coalesce(ids, columns["order_id"])
    found = {"refund_amount": columns["refund_amount"], "refunded_at": at, "refund_id": ids}
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
    said = None if rule is None else rows.said_by(rule.column, rule.matches)
    if rule is None or said is None:
        # A JSON line may leave out a column that the file has.
        return {}
    is_refund = pc.fill_null(pc.match_substring_regex(said, rule.matches), False)
    paid_back = columns["amount"] if rule.amounts == "positive" else pc.negate(columns["amount"])
    amount = pc.coalesce(beside["refund_amount"], paid_back.cast(money()))
    found = {
        "refund_id": pc.if_else(is_refund, pc.coalesce(beside["refund_id"], columns["order_id"]), beside["refund_id"]),
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
