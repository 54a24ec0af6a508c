"""Money of an order in one unit: amounts and refunds of goods, apart from shipping and tax.

What shops call paid or refunded often covers shipping, tax or an earlier refund; taken as it is, a full refund would
leave less than nothing of its order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from crm.orders.arrow import pa, pc
from crm.orders.canonical import money
from crm.orders.grouping import Orders as Groups
from crm.orders.rows import Rows

_NOTHING = Decimal(0)


class Paid(NamedTuple):
    """Columns of order rows: paid for goods, paid for shipping, paid back."""

    amount: pa.Array
    shipping_fee: pa.Array
    refund_amount: pa.Array


def paid_back(rows: Rows) -> pa.Array:
    """Refunds beside orders or lines. Some exports write what was paid back with a minus; it is no payment."""
    found = rows.number("refund_amount")
    negative = pc.less(found, 0)
    rows.warn("negative_refund", negative)
    return pc.abs(found).cast(money()) if pc.any(negative).as_py() else found


def before_refunds(paid: Paid, total: pa.Array) -> Paid:
    """Amounts that are what the refunds left (Taobao's reports), as they were before.

    Where amount and refund are more than the order's ``total``, the amount was not lowered by the refund.
    """
    whole = pc.add(paid.amount, pc.fill_null(paid.refund_amount, 0)).cast(money())
    too_much = pc.fill_null(pc.greater(whole, total), False)
    return paid._replace(amount=pc.if_else(too_much, paid.amount, whole))


def without_shipping(paid: Paid) -> Paid:
    """Amounts of whole orders that cover shipping, without it. Who paid less than the fee paid that much of it."""
    covered = pc.and_(pc.greater_equal(paid.amount, 0), pc.less(paid.amount, paid.shipping_fee))
    fee = pc.if_else(pc.fill_null(covered, False), paid.amount, paid.shipping_fee)
    goods = pc.subtract(paid.amount, pc.fill_null(fee, 0)).cast(money())
    return paid._replace(amount=goods, shipping_fee=fee)


def of_goods(rows: Rows, groups: Groups, paid: Paid, total: pa.Array) -> Paid:
    """Refunds that cover shipping and tax: what of them is goods, so that a full refund leaves exactly nothing.

    Tax (what of the ``total`` is neither goods nor shipping) is taken off in proportion; goods are paid back first.

    :param total: what was paid in all, on the order's first row; null: goods and shipping
    """
    refund = paid.refund_amount
    goods, fees, in_all = groups.sums(paid.amount), groups.sums(paid.shipping_fee), groups.sums(total)
    untaxed = pc.add(goods, fees).cast(money())
    in_all = pc.max_element_wise(in_all, untaxed).cast(money())
    share = pc.divide(untaxed.cast(pa.float64()), in_all.cast(pa.float64()))
    part = pc.multiply(refund.cast(pa.float64()), share)
    # Nothing was paid: no tax either.
    part = pc.if_else(pc.is_finite(part), pc.round(part, ndigits=4), 0.0).cast(money())
    part = pc.if_else(pc.equal(untaxed, in_all), refund, part)
    all_goods = pc.or_(pc.greater_equal(refund, in_all), pc.greater(part, goods))
    part = pc.if_else(all_goods, pc.if_else(pc.greater(goods, 0), goods, _NOTHING), part).cast(money())
    rows.warn("refund_exceeds_order", pc.greater(refund, in_all))
    return paid._replace(refund_amount=pc.if_else(pc.greater(refund, 0), part, refund))
