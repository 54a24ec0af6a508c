"""Times as files write them into UTC instants."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from crm import date_formats
from crm.orders.arrow import pa, pc, types
from crm.orders.evidence import Evidence
from crm.orders.values import is_text, text, without

#: Years in which an order can have been placed; anything else is a misread date.
YEARS = (1900, 2199)
_ISO = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})(?:[T ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2})?"
    r"(?P<fraction>\.\d{1,6})?\d*\s?(?P<offset>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$"
)
#: Days from 1899-12-30, where the serial dates of spreadsheets begin, to 1970-01-01.
_SERIAL_1970 = 25_569


def instants(  # noqa: PLR0917
    values: pa.Array,
    formats: tuple[str, ...],
    time_zone: str,
    missing: Iterable[str] = (),
    evidence: Evidence | None = None,
    column: str = "",
    rows: pa.Array | None = None,
) -> tuple[pa.Array, pa.Array | None]:
    """UTC instants (µs) and a mask of the values that are no times.

    :param formats: ``iso``, ``excel``, ``epoch``, ``epoch_ms`` or strptime formats; the first that a value has is
        taken, but of formats that read one text as different days, the one that the ``column`` has shown
    :param time_zone: of times without an offset. The earlier of two in autumn; a time that spring leaves out is the
        first instant after the gap
    :param missing: words that stand for no value
    :param evidence: of the file, gathered here; ``rows``: record numbers
    """

    if types.is_timestamp(values.type):
        return _typed(values, time_zone), None
    if types.is_date(values.type):
        return _typed(values.cast(pa.timestamp("us")), time_zone), None
    if formats[0] == "iso" and is_text(values.type):
        try:
            return _plausible(values, values.cast(pa.timestamp("us", tz="UTC")))
        except pa.ArrowInvalid:
            pass
    spelt = without(text(values), missing)
    # An order's lines share its time: each distinct text is parsed once.
    coded = spelt.dictionary_encode()
    if date_formats.rivals(formats):
        every = {form: _sound(_as(form, coded.dictionary, time_zone)).take(coded.indices) for form in formats}
        places = pa.array(range(1, len(spelt) + 1), pa.int64()) if rows is None else rows
        return _plausible(spelt, (evidence or Evidence()).decide(column, every, places))
    parsed = pa.nulls(len(coded.dictionary), pa.timestamp("us", tz="UTC"))
    for form in formats:
        left = coded.dictionary if parsed.null_count == len(parsed) else _unparsed(coded.dictionary, parsed)
        parsed = pc.coalesce(parsed, _sound(_as(form, left, time_zone)))
        if not parsed.null_count:
            break
    return _plausible(spelt, parsed.take(coded.indices))


def _as(form: str, texts: pa.Array, time_zone: str) -> pa.Array:
    """UTC instants of the texts that have the format, null for others."""
    if form == "iso":
        return _iso(texts, time_zone)
    if form == "excel":
        return _local(_counted(texts, 86_400_000_000, _SERIAL_1970), time_zone)
    if form.startswith("epoch"):
        return _counted(texts, 1_000 if form == "epoch_ms" else 1_000_000).cast(pa.timestamp("us", tz="UTC"))
    if form.endswith("%Z"):
        words = "|".join(date_formats.UTC_WORDS)
        texts = pc.extract_regex(texts, rf"^(?P<clock>.*?)\s*(?:{words})$").field(0)
        return _strptime(texts, form.removesuffix("%Z").rstrip(), "UTC")
    return _strptime(texts, form, "UTC" if date_formats.zone_word(form) else time_zone)


def _counted(texts: pa.Array, microseconds: int, zero: int = 0) -> pa.Array:
    """Naive times from numbers of days (to the second), seconds or milliseconds since a first day."""
    fits = pc.match_substring_regex(texts, r"^\d{1,14}([.,]\d+)?$")
    plain = pc.replace_substring(pc.if_else(fits, texts, pa.scalar(None, pa.string())), ",", ".")
    passed = pc.multiply(pc.subtract(plain.cast(pa.float64()), zero), microseconds)
    inside = pc.if_else(pc.less(pc.abs(passed), 1e16), passed, pa.scalar(None, pa.float64()))
    unit = 1_000_000 if zero else 1
    whole = pc.multiply(pc.round(pc.divide(inside, unit)), unit)
    return whole.cast(pa.int64()).cast(pa.timestamp("us"))


def _sound(parsed: pa.Array) -> pa.Array:
    """Without the instants of other ages, which are misread: another format may fit."""
    inside = pc.and_(pc.greater_equal(parsed, _limit(YEARS[0])), pc.less(parsed, _limit(YEARS[1] + 1)))
    return parsed if pc.all(inside).as_py() else pc.if_else(inside, parsed, pa.scalar(None, parsed.type))


def _limit(year: int) -> pa.Scalar:
    return pa.scalar(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC), pa.timestamp("us", tz="UTC"))


def _unparsed(texts: pa.Array, parsed: pa.Array) -> pa.Array:

    return pc.if_else(pc.is_null(parsed), texts, pa.scalar(None, pa.string()))


def _plausible(spelt: pa.Array, parsed: pa.Array) -> tuple[pa.Array, pa.Array | None]:

    span = pc.min_max(parsed).as_py()
    first, last = _limit(YEARS[0]).as_py(), _limit(YEARS[1] + 1).as_py()
    if span["min"] is not None and not first <= span["min"] <= span["max"] < last:
        parsed = _sound(parsed)
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
    aware = pc.binary_join_element_wise(aware, pc.replace_substring_regex(pc.utf8_upper(offset), "UTC|GMT", "Z"), "")
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
