"""Amounts that a file gives in several columns: sums, differences, products, discounts as a share."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from crm.orders import values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money

if TYPE_CHECKING:
    from crm.orders.rows import Rows


def calculated(rows: Rows, name: str, reason: str) -> pa.Array:
    """The amounts of a column declared with ``sum``, rounded to 4 places half to even.

    Added columns that are blank count as 0. Where the rule is more than a sum, the amount is missing in rows that give
    none of the added columns, or that lack a factor: an order without a total is not worth minus its shipping.
    """
    column, _ = rows.bound[name]
    parts = [_number(rows, name, part, reason) for part in column.sum]
    found = reduce(_plus, [pc.fill_null(part, 0) for part in parts])
    if not column.calculated:
        return found
    found = pc.if_else(_none_given(parts), pa.scalar(None, money()), found)
    found = reduce(_minus, [pc.fill_null(_number(rows, name, part, reason), 0) for part in column.minus], found)
    found = reduce(_product, [_number(rows, name, part, reason) for part in column.times], found)
    for rate, whole in ((column.less_share, 1), (column.less_percent, 100)):
        if rate is not None:
            found = _product(found, _left(rows, name, rate, whole, reason))
    return found


def _left(rows: Rows, name: str, rate: str, whole: int, reason: str) -> pa.Array:
    """The share that is paid after a discount; a discount below nothing or above everything is wrong."""
    texts = pc.replace_substring_regex(values.text(rows.cells(rate)), r"\s*%$", "")
    off, wrong = rows.number_of(texts, name)
    outside = pc.or_(pc.less(off, 0), pc.greater(off, whole))
    for mask in (outside, wrong):
        if mask is not None:
            rows.reject(mask, reason, rate)
    left = pc.subtract(pa.scalar(whole), pc.fill_null(off, 0).cast(pa.decimal128(18, 4)))
    return pc.divide(left.cast(pa.decimal128(28, 8)), pa.scalar(whole, pa.decimal128(3, 0))).cast(pa.decimal128(18, 8))


def _number(rows: Rows, name: str, part: str, reason: str) -> pa.Array:
    found, wrong = rows.number_of(rows.cells(part), name)
    if wrong is not None:
        rows.reject(wrong, reason, part)
    return found


def _none_given(parts: Iterable[pa.Array]) -> pa.Array:
    return reduce(pc.and_, [pc.is_null(part) for part in parts])


def _plus(one: pa.Array, two: pa.Array) -> pa.Array:
    return pc.add(one, two).cast(money())


def _minus(one: pa.Array, two: pa.Array) -> pa.Array:
    return pc.subtract(one, two).cast(money())


def _product(one: pa.Array, two: pa.Array) -> pa.Array:
    return pc.round(pc.multiply(one, two), ndigits=4, round_mode="half_to_even").cast(money())
