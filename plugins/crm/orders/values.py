"""Columns of text into columns of values, a whole column at a time.

Each function takes what a file delivers (mostly text, but Parquet has types) and returns values and, where a value can
be wrong, a mask of the wrong ones, whose values are null.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable
from typing import Any

from crm.addresses import MASKED
from crm.orders.arrow import pa, pc, types
from crm.orders.mapping import Amounts

_PLACES = decimal.Decimal("0.0001")
_LIMIT = decimal.Decimal(10) ** 14
#: What stands for nobody: taken for an id, it would make one customer of all.
_PLACEHOLDERS = ["null", "(null)", "<null>", "undefined", "nan", "none", "n/a", "#n/a", "\\n", "nil"]
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_PLAIN_NUMBER = r"^[+-]?(\d{1,14}(\.\d{0,18})?|\.\d{1,18})$"


def text(values: pa.Array) -> pa.Array:
    """Trimmed text; blank is null. Excel's ``="0123"`` is 0123, a whole float is written without its point."""

    if not _is_text(values.type):
        return _typed_text(values)
    trimmed = pc.utf8_trim_whitespace(values.cast(pa.string()))
    if pc.any(pc.starts_with(trimmed, '="')).as_py():
        trimmed = pc.replace_substring_regex(trimmed, r'^="(.*)"$', r"\1")
    empty = pc.equal(pc.binary_length(trimmed), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed) if pc.any(empty).as_py() else trimmed


def _is_text(kind: pa.DataType) -> bool:

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _typed_text(values: pa.Array) -> pa.Array:

    if types.is_dictionary(values.type):
        return text(values.dictionary_decode())
    if types.is_binary(values.type) or types.is_large_binary(values.type):
        return text(values.cast(pa.string()))
    if types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        whole_ones = pc.equal(values, pc.floor(values))
        as_float = pc.replace_substring_regex(values.cast(pa.string()), r"\.0+$", "")
        fits = pc.and_(whole_ones, pc.less(pc.abs(values), 1e15))
        as_whole = pc.if_else(fits, values, pa.scalar(0, values.type)).cast(pa.int64()).cast(pa.string())
        return pc.if_else(fits, as_whole, as_float)
    if types.is_decimal(values.type):
        return pc.replace_substring_regex(values.cast(pa.string()), r"\.0+$", "")
    if types.is_nested(values.type):
        return pa.array([None if v is None else _joined(v) for v in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _joined(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def is_masked(values: pa.Array) -> pa.Array:
    """True where the text holds a mask."""
    return pc.match_substring_regex(values, MASKED)


def without_masked(values: pa.Array) -> tuple[pa.Array, int]:
    """Null where the text is masked, and how many were."""

    masked = is_masked(values)
    count = int(pc.sum(masked).as_py() or 0)
    return (pc.if_else(masked, pa.scalar(None, pa.string()), values), count) if count else (values, 0)


def without_placeholders(values: pa.Array) -> tuple[pa.Array, int]:
    """Null where the text is what a program writes for a missing value (``NULL``, ``nan``), and how many were."""

    found = pc.is_in(pc.utf8_lower(values), value_set=pa.array(_PLACEHOLDERS))
    count = int(pc.sum(found).as_py() or 0)
    return (pc.if_else(found, pa.scalar(None, pa.string()), values), count) if count else (values, 0)


def number(values: pa.Array, amounts: Amounts) -> tuple[pa.Array, pa.Array | None]:
    """Decimals of 4 places, further ones rounded half to even, below 10^14; null stays null.

    Currency signs, blanks and the declared thousands separator are dropped; 1.5e-3 is a number. Anything else is wrong.
    """

    kind = pa.decimal128(18, 4)
    plain = amounts.decimal == "." and not amounts.thousands
    if types.is_integer(values.type) or (_is_text(values.type) and plain):
        try:
            return values.cast(kind), None
        except pa.ArrowInvalid:
            pass
    return _number(_spelt(text(values), amounts if _is_text(values.type) else Amounts()))


def _spelt(values: pa.Array, amounts: Amounts) -> pa.Array:
    """Numbers as Python spells them."""

    spelt = pc.replace_substring_regex(values, r"[\s\x{00a0}\x{202f}¥￥£$€元]", "")
    if amounts.thousands.strip():
        spelt = pc.replace_substring(spelt, amounts.thousands, "")
    return pc.replace_substring(spelt, ",", ".") if amounts.decimal == "," else spelt


def _number(spelt: pa.Array) -> tuple[pa.Array, pa.Array | None]:

    kind = pa.decimal128(18, 4)
    fits = pc.match_substring_regex(spelt, _PLAIN_NUMBER)
    exact = pc.if_else(fits, spelt, pa.scalar(None, pa.string())).cast(pa.decimal128(38, 18))
    rounded = pc.round(exact, ndigits=4, round_mode="half_to_even")
    # 14 digits of nines and four more may round up to a fifteenth digit: then it does not fit either.
    small = pc.less(pc.abs(rounded), pa.scalar(_LIMIT, pa.decimal128(38, 18)))
    values = pc.if_else(small, rounded, pa.scalar(None, rounded.type)).cast(kind)
    rest = pc.and_(pc.is_valid(spelt), pc.invert(pc.is_valid(values)))
    if not pc.any(rest).as_py():
        return values, None
    others = pa.array([_exactly(v) for v in spelt.filter(rest).to_pylist()], kind)
    values = pc.replace_with_mask(values, rest, others)
    return values, pc.and_(rest, pc.is_null(values))


def _exactly(spelt: str) -> decimal.Decimal | None:
    """Numbers that the fast way does not know: exponents, many decimals, digits of other scripts."""
    if not _NUMBER.fullmatch(spelt):
        return None
    with decimal.localcontext(prec=60, rounding=decimal.ROUND_HALF_EVEN):
        try:
            value = decimal.Decimal(spelt)
            return value.quantize(_PLACES) if abs(value) < _LIMIT - 1 else None
        except decimal.InvalidOperation:
            return None


def whole(values: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """Whole numbers from 1 to 2^31 - 1 (line numbers, ages)."""

    if _is_text(values.type) or types.is_integer(values.type):
        try:
            fast = values.cast(pa.int64())
            if fast.null_count == len(fast) or 0 < pc.min(fast).as_py() <= pc.max(fast).as_py() < 2**31:
                return fast, None
        except pa.ArrowInvalid:
            pass
    decimals, wrong = number(values, Amounts())
    fits = pc.and_(
        pc.equal(decimals, pc.floor(decimals)),
        pc.and_(pc.greater(decimals, pa.scalar(0, pa.int64())), pc.less(decimals, pa.scalar(2**31, pa.int64()))),
    )
    whole_ones = pc.if_else(fits, decimals, pa.scalar(None, decimals.type)).cast(pa.int64())
    unfit = pc.fill_null(pc.invert(fits), False)
    return whole_ones, unfit if wrong is None else pc.or_(unfit, wrong)


def translated(values: pa.Array, translate: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """``translate`` applied to each distinct text; None becomes null."""

    coded = values.dictionary_encode()
    results = pa.array([None if v is None else translate(v) for v in coded.dictionary.to_pylist()], kind)
    return results.take(coded.indices)


_YES = {"true", "t", "yes", "y", "1", "1.0", "是", "有", "subscribed", "granted", "accepted", "同意", "已订阅"}
_NO = {"false", "f", "no", "n", "0", "0.0", "否", "无", "unsubscribed", "not_subscribed", "denied", "拒绝", "未订阅"}


def flag(values: pa.Array, yes: tuple[str, ...] = (), no: tuple[str, ...] = ()) -> tuple[pa.Array, int]:
    """True and false in the usual words and the declared ones; how many were neither (null)."""

    words = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
    words.update({**{w.lower(): True for w in yes}, **{w.lower(): False for w in no}})
    spelt = text(values)
    flags = translated(spelt, lambda v: words.get(v.lower()), pa.bool_())
    return flags, flags.null_count - spelt.null_count
