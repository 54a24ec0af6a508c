"""Times as files write them into UTC instants."""

from __future__ import annotations

import datetime

from crm.orders.arrow import pa, pc, types
from crm.orders.values import _is_text, text

#: Years in which an order can have been placed; anything else is a misread date.
YEARS = (1900, 2199)
_ISO = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})(?:[T ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2})?"
    r"(?P<fraction>\.\d{1,6})?\d*\s?(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?)?$"
)


def instants(values: pa.Array, formats: tuple[str, ...], time_zone: str) -> tuple[pa.Array, pa.Array | None]:
    """UTC instants (µs) and a mask of the values that are no times.

    :param formats: ``iso`` or strptime formats; the first that a value has is taken
    :param time_zone: of times without an offset. The earlier of two in autumn; a time that spring leaves out is the
        first instant after the gap
    """

    if types.is_timestamp(values.type):
        return _typed(values, time_zone), None
    if types.is_date(values.type):
        return _typed(values.cast(pa.timestamp("us")), time_zone), None
    if formats[0] == "iso" and _is_text(values.type):
        try:
            return _plausible(values, values.cast(pa.timestamp("us", tz="UTC")))
        except pa.ArrowInvalid:
            pass
    spelt = text(values)
    # An order's lines share its time: each distinct text is parsed once.
    coded = spelt.dictionary_encode()
    parsed = pa.nulls(len(coded.dictionary), pa.timestamp("us", tz="UTC"))
    for form in formats:
        left = coded.dictionary if parsed.null_count == len(parsed) else _unparsed(coded.dictionary, parsed)
        parsed = pc.coalesce(parsed, _iso(left, time_zone) if form == "iso" else _strptime(left, form, time_zone))
        if not parsed.null_count:
            break
    return _plausible(spelt, parsed.take(coded.indices))


def _unparsed(texts: pa.Array, parsed: pa.Array) -> pa.Array:

    return pc.if_else(pc.is_null(parsed), texts, pa.scalar(None, pa.string()))


def _plausible(spelt: pa.Array, parsed: pa.Array) -> tuple[pa.Array, pa.Array | None]:

    first, last = (
        pa.scalar(datetime.datetime(y, 1, 1, tzinfo=datetime.UTC), parsed.type) for y in (YEARS[0], YEARS[1] + 1)
    )
    span = pc.min_max(parsed).as_py()
    if span["min"] is not None and not first.as_py() <= span["min"] <= span["max"] < last.as_py():
        inside = pc.and_(pc.greater_equal(parsed, first), pc.less(parsed, last))
        parsed = pc.if_else(inside, parsed, pa.scalar(None, parsed.type))
    if parsed.null_count == spelt.null_count:
        return parsed, None
    return parsed, pc.and_(pc.is_valid(spelt), pc.is_null(parsed))


def _typed(values: pa.Array, time_zone: str) -> pa.Array:

    if values.type.tz is not None:
        return values.cast(pa.timestamp("us", tz="UTC"), safe=False)
    return _local(values.cast(pa.timestamp("us"), safe=False), time_zone)


def _local(naive: pa.Array, time_zone: str) -> pa.Array:

    zoned = pc.assume_timezone(naive, time_zone, ambiguous="earliest", nonexistent="latest")
    return zoned.cast(pa.timestamp("us", tz="UTC"))


def _iso(texts: pa.Array, time_zone: str) -> pa.Array:

    none = pa.scalar(None, pa.string())
    parts = pc.extract_regex(texts, _ISO)
    day, minute, second, fraction, offset = (parts.field(i) for i in range(5))
    minute = pc.if_else(pc.equal(minute, ""), "00:00", minute)
    second = pc.if_else(pc.equal(second, ""), ":00", second)
    clock = pc.binary_join_element_wise(minute, second, fraction, "")
    naive = _cast_sound(pc.if_else(pc.equal(offset, ""), pc.binary_join_element_wise(day, clock, " "), none))
    aware = pc.binary_join_element_wise(day, clock, " ")
    aware = pc.binary_join_element_wise(aware, pc.utf8_upper(offset), "")
    aware = _cast_sound(pc.if_else(pc.equal(offset, ""), none, aware), "UTC")
    return pc.coalesce(aware, _local(naive, time_zone))


def _cast_sound(texts: pa.Array, zone: str | None = None) -> pa.Array:
    """Cast to timestamps; a text such as 2017-02-30 becomes null instead of spoiling the rest."""

    kind = pa.timestamp("us", tz=zone)
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, kind)
    half = len(texts) // 2
    return pa.concat_arrays([_cast_sound(texts[:half], zone), _cast_sound(texts[half:], zone)])


def _strptime(texts: pa.Array, form: str, time_zone: str) -> pa.Array:

    if "%f" in form:
        return _slowly(texts, form, time_zone)
    parsed = pc.strptime(texts, format=form, unit="us", error_is_null=True)
    utc = parsed.cast(pa.timestamp("us", tz="UTC")) if parsed.type.tz else _local(parsed, time_zone)
    # C's strptime turns the 30th of February into the 2nd of March: look again at texts with such days.
    suspect = pc.and_(pc.match_substring_regex(texts, "29|30|31"), pc.less_equal(pc.day(parsed), 4))
    suspect = pc.fill_null(suspect, False)
    if not pc.any(suspect).as_py():
        return utc
    return pc.replace_with_mask(utc, suspect, _slowly(texts.filter(suspect), form, time_zone))


def _slowly(texts: pa.Array, form: str, time_zone: str) -> pa.Array:
    """With Python's strptime, which knows more directives and checks the day."""
    found = [_python(text, form) for text in texts.to_pylist()]
    naive = pa.array([m if m is not None and m.tzinfo is None else None for m in found], pa.timestamp("us"))
    kind = pa.timestamp("us", tz="UTC")
    aware = pa.array([m if m is not None and m.tzinfo is not None else None for m in found], kind)
    return pc.coalesce(aware, _local(naive, time_zone))


def _python(text: str | None, form: str) -> datetime.datetime | None:
    try:
        return None if text is None else datetime.datetime.strptime(text, form)  # noqa: DTZ007 (made aware by the caller)
    except ValueError:
        return None
