"""Columns of text into columns of values, a whole column at a time.

Each function takes what a file delivers (mostly text, but Parquet has types) and returns values and, where a value can
be wrong, a mask of the wrong ones, whose values are null.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Iterable
from typing import Any

from crm import spelling
from crm.addresses import MASKED
from crm.orders.arrow import np, pa, pc, types
from crm.orders.mapping import Amounts

_LIMIT = spelling.LIMIT
#: In front of a text a spreadsheet's apostrophe says "text"; names such as 't Hart begin with one of their own.
_APOSTROPHE = r"(?s)^'(.*[^'])$"
_GUARD = r"^'([=+@-])"
#: Digits that a spreadsheet keeps of a number; it writes zeros for the others.
_KEPT_DIGITS = 15
#: How unlikely zeros must be by chance (10 to the power of this) before they mean rounding.
_UNLIKELY = 3


def text(values: pa.Array, *, prose: bool = False) -> pa.Array:
    """Trimmed text; blank is null. Excel's ``="0123"`` is 0123, a whole float is written without its point.

    A spreadsheet's leading apostrophe is no character; in ``prose`` (names, descriptions) only before = + - @.
    Blanks of other widths are blanks.
    """

    if not is_text(values.type):
        return _typed_text(values, prose)
    trimmed = pc.utf8_trim_whitespace(_plain_blanks(values.cast(pa.string())))
    if pc.any(pc.starts_with(trimmed, '="')).as_py():
        trimmed = pc.replace_substring_regex(trimmed, r'^="(.*)"$', r"\1")
    if pc.any(pc.starts_with(trimmed, "'")).as_py():
        trimmed = pc.replace_substring_regex(trimmed, _GUARD if prose else _APOSTROPHE, r"\1")
    empty = pc.equal(pc.binary_length(trimmed), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed) if pc.any(empty).as_py() else trimmed


def is_text(kind: pa.DataType) -> bool:
    """True for every kind of text that Arrow knows."""

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _plain_blanks(values: pa.Array) -> pa.Array:
    """Blanks of every width as U+0020, without signs that nobody sees."""
    if _is_ascii(values):
        return values
    plain = pc.replace_substring_regex(values, f"[{spelling.BLANKS}]", " ")
    return pc.replace_substring_regex(plain, f"[{spelling.INVISIBLE}]", "")


def _is_ascii(values: pa.Array) -> bool:
    """A look at the bytes, which is much faster than one at each text."""
    _, offsets, content = values.buffers()
    if content is None or not len(values):
        return True
    ends = np.frombuffer(offsets, np.int32)[[values.offset, values.offset + len(values)]]
    return not (np.frombuffer(content, np.uint8)[ends[0] : ends[1]] > 127).any()


def _typed_text(values: pa.Array, prose: bool) -> pa.Array:

    if types.is_dictionary(values.type):
        return text(values.dictionary_decode(), prose=prose)
    if types.is_binary(values.type) or types.is_large_binary(values.type):
        return text(values.cast(pa.string()), prose=prose)
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
        return text(pa.array([None if v is None else _joined(v) for v in values.to_pylist()], pa.string()))
    return values.cast(pa.string())


def _joined(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def without(values: pa.Array, words: Iterable[str]) -> pa.Array:
    """Null where the (trimmed) text is one of ``words``, which say that there is no value."""
    none = pc.is_in(values, pa.array(words, pa.string()))
    return pc.if_else(none, pa.scalar(None, pa.string()), values) if pc.any(none).as_py() else values


def as_id(values: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """Trimmed text as an id, and a mask of the ids that a spreadsheet has damaged (scientific, or rounded to zeros).

    Where a number is missing somewhere in a column, pandas writes the others as 17850.0: the id is 17850.
    """
    if any(pc.any(pc.ends_with(values, end)).as_py() for end in (".0", ",0")):
        values = pc.replace_substring_regex(values, r"^(\d+)[.,]0$", r"\1")
    masks = [mask for mask in (_scientific(values), _rounded_ids(values)) if mask is not None]
    return values, (pc.or_(*masks) if len(masks) == 2 else next(iter(masks), None))


def _scientific(values: pa.Array) -> pa.Array | None:
    found = (
        pc.fill_null(pc.match_substring_regex(values, spelling.SCIENTIFIC), False)
        if _may_be_scientific(values)
        else None
    )
    return found if found is not None and pc.any(found).as_py() else None


def _may_be_scientific(values: pa.Array) -> bool:
    return any(pc.any(pc.match_substring(values, sign)).as_py() for sign in ("E+", "e+", "E1"))


def _rounded_ids(values: pa.Array) -> pa.Array | None:
    """Numbers of more digits than a spreadsheet keeps, where every one of them ends in zeros."""
    long = pc.greater(pc.binary_length(values), _KEPT_DIGITS)
    if not pc.any(long).as_py():
        return None
    digits = pc.fill_null(pc.and_(long, pc.match_substring_regex(values, r"^\d+$")), False)
    rounded = pc.fill_null(pc.and_(digits, pc.match_substring_regex(values, rf"^\d{{{_KEPT_DIGITS}}}0+$")), False)
    if not pc.any(rounded).as_py() or not pc.all(pc.equal(digits, rounded)).as_py():
        return None
    lengths = pc.binary_length(pc.unique(values.filter(rounded)))
    zeros = pc.sum(pc.subtract(lengths, _KEPT_DIGITS)).as_py()
    return rounded if zeros >= _UNLIKELY else None


def is_masked(values: pa.Array) -> pa.Array:
    """True where the text holds a mask."""
    return pc.match_substring_regex(values, MASKED)


def without_masked(values: pa.Array) -> tuple[pa.Array, int]:
    """Null where the text is masked, and how many were."""

    masked = is_masked(values)
    count = int(pc.sum(masked).as_py() or 0)
    return (pc.if_else(masked, pa.scalar(None, pa.string()), values), count) if count else (values, 0)


def number(
    values: pa.Array, amounts: Amounts, currency: str | None = None, missing: Iterable[str] = ()
) -> tuple[pa.Array, pa.Array | None]:
    """Decimals of 4 places, further ones rounded half to even, below 10^14; null stays null.

    ``crm.spelling.number`` says which spellings are numbers; anything else is wrong.

    :param currency: ISO 4217 of amounts: the sign or word of another one makes them wrong; None: any sign will do
    :param missing: words that stand for no value
    """

    kind = pa.decimal128(18, 4)
    spelt_plainly = amounts.decimal == "." and not amounts.thousands
    if types.is_integer(values.type) or (is_text(values.type) and spelt_plainly):
        try:
            return values.cast(kind), None
        except pa.ArrowInvalid:
            pass
    custom = amounts if is_text(values.type) else Amounts()
    return _number(without(text(values), missing), custom, currency)


def _number(texts: pa.Array, amounts: Amounts, currency: str | None) -> tuple[pa.Array, pa.Array | None]:
    """The usual spelling a column at a time, every other one text by text."""
    kind = pa.decimal128(18, 4)
    fits = pc.match_substring_regex(texts, _usual(amounts))
    plain = pc.if_else(fits, texts, pa.scalar(None, pa.string()))
    if amounts.thousands:
        plain = pc.replace_substring(plain, amounts.thousands, "")
    exact = pc.replace_substring(plain, amounts.decimal, ".").cast(pa.decimal128(38, 18))
    rounded = pc.round(exact, ndigits=4, round_mode="half_to_even")
    # 14 digits of nines and four more may round up to a fifteenth digit: then it does not fit either.
    small = pc.less(pc.abs(rounded), pa.scalar(_LIMIT, pa.decimal128(38, 18)))
    values = pc.if_else(small, rounded, pa.scalar(None, rounded.type)).cast(kind)
    rest = pc.and_(pc.is_valid(texts), pc.invert(pc.is_valid(values)))
    if not pc.any(rest).as_py():
        return values, None

    def exactly(text: str) -> decimal.Decimal | None:
        return spelling.number(text, amounts.decimal, amounts.thousands, currency)

    values = pc.replace_with_mask(values, rest, translated(texts.filter(rest), exactly, kind))
    return values, pc.and_(rest, pc.is_null(values))


def _usual(amounts: Amounts) -> str:
    """Digits with the declared signs alone, thousands in groups of three."""
    point, comma = (re.escape(sign) for sign in (amounts.decimal, amounts.thousands))
    whole = rf"\d{{1,3}}(?:{comma}\d{{3}}){{1,3}}|\d{{1,14}}" if comma else r"\d{1,14}"
    return rf"^[+-]?(?:(?:{whole})(?:{point}\d{{0,18}})?|{point}\d{{1,18}})$"


def whole(values: pa.Array, missing: Iterable[str] = ()) -> tuple[pa.Array, pa.Array | None]:
    """Whole numbers from 1 to 2^31 - 1 (line numbers, ages)."""

    if is_text(values.type) or types.is_integer(values.type):
        try:
            fast = values.cast(pa.int64())
            if fast.null_count == len(fast) or 0 < pc.min(fast).as_py() <= pc.max(fast).as_py() < 2**31:
                return fast, None
        except pa.ArrowInvalid:
            pass
    decimals, wrong = number(values, Amounts(), missing=missing)
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


def flag(spelt: pa.Array, yes: tuple[str, ...] = (), no: tuple[str, ...] = ()) -> tuple[pa.Array, int]:
    """True and false in the usual words and the declared ones (of trimmed text); how many were neither (null)."""

    words = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
    words.update({**{w.lower(): True for w in yes}, **{w.lower(): False for w in no}})
    flags = translated(spelt, lambda v: words.get(v.lower()), pa.bool_())
    return flags, flags.null_count - spelt.null_count
