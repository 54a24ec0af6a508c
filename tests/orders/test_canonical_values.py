"""Numbers and times: what a file may write, and what it becomes."""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.orders import times, values
from crm.orders.mapping import Amounts

PLAIN = Amounts()
LONDON = "Europe/London"


def numbers(*texts: str | None, amounts: Amounts = PLAIN) -> list[Decimal | str | None]:
    """Values; ``wrong`` where the mask says so."""
    found, wrong = values.number(pa.array(texts, pa.string()), amounts)
    faults = [False] * len(texts) if wrong is None else wrong.to_pylist()
    return ["wrong" if fault else value for value, fault in zip(found.to_pylist(), faults, strict=True)]


def moments(*texts: str | None, formats: tuple[str, ...] = ("iso",), zone: str = LONDON) -> list[object]:
    found, wrong = times.instants(pa.array(texts, pa.string()), formats, zone)
    faults = [False] * len(texts) if wrong is None else wrong.to_pylist()
    return ["wrong" if fault else value for value, fault in zip(found.to_pylist(), faults, strict=True)]


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=datetime.UTC)  # type: ignore[arg-type]


money = st.decimals(min_value=-(10**13), max_value=10**13, places=4)


@given(st.lists(money, min_size=1, max_size=30))
def test_amounts_of_four_decimals_come_back_unchanged(amounts: list[Decimal]) -> None:
    assert numbers(*map(str, amounts)) == amounts


@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=9), min_size=1, max_size=30))
def test_further_decimals_are_rounded_half_to_even(amounts: list[Decimal]) -> None:
    assert numbers(*map(str, amounts)) == [a.quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for a in amounts]


@given(money)
def test_grouped_numbers_of_either_custom_are_read(amount: Decimal) -> None:
    english = f"{amount:,.4f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert numbers(english, amounts=Amounts(thousands=",")) == [amount]
    assert numbers(german, amounts=Amounts(decimal=",", thousands=".")) == [amount]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_floats_are_taken_as_they_are_written(value: float) -> None:
    found, _ = values.number(pa.array([value]), PLAIN)
    assert found.to_pylist() == [Decimal(repr(value)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.00005", "1.0000"),
        ("1.00015", "1.0002"),
        ("-1.00015", "-1.0002"),
        (" 12.5 ", "12.5"),
        ("¥12.50", "12.5"),
        ("£ 3", "3"),
        ("+1", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.5e-3", "0.0015"),
        ("2E2", "200"),
        ("0.1234567890123456789012", "0.1235"),
        ("１２", "12"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("-0", "0"),
    ],
)
def test_usual_spellings_of_a_number_are_understood(text: str, value: str) -> None:
    # Alone, and beside a plain one: the two take different ways.
    assert numbers(text) == [Decimal(value)]
    assert numbers("1", None, text) == [Decimal(1), None, Decimal(value)]


@pytest.mark.parametrize(
    "text",
    ["abc", "1,5", "1 2x", "--1", "nan", "inf", "0x1F", "1_0", "1e400", "999999999999999", "99999999999999.99999"],
)
def test_what_is_no_number_is_wrong_rather_than_zero(text: str) -> None:
    assert numbers("1", text) == [Decimal(1), "wrong"]


def test_blank_is_missing_and_not_wrong() -> None:
    assert numbers("", "  ", None) == [None, None, None]


def test_whole_numbers_refuse_fractions_and_zero() -> None:
    found, wrong = values.whole(pa.array(["1", "2.0", "1.5", "0", "-1", None, "x", "3000000000"]))
    assert found.to_pylist() == [1, 2, None, None, None, None, None, None]
    assert wrong is not None
    assert wrong.to_pylist() == [False, False, True, True, True, False, True, True]


def test_ids_that_were_stored_as_floats_have_no_decimal_point() -> None:
    assert values.text(pa.array([17850.0, None, 12345678901234.0])).to_pylist() == ["17850", None, "12345678901234"]


def test_text_loses_surrounding_blanks_and_excels_formula_signs() -> None:
    found = values.text(pa.array([" a b ", '="0123"', "\u3000x\t", "  ", "", None]))
    assert found.to_pylist() == ["a b", "0123", "x", None, None, None]


@pytest.mark.parametrize("masked", ["t**1", "138****1234", "****", "张*", "＊＊"])
def test_masked_values_are_missing(masked: str) -> None:
    found, count = values.without_masked(pa.array(["open", masked, None]))
    assert (found.to_pylist(), count) == (["open", None, None], 1)


# Arrow knows daylight saving up to 2037.
aware = st.datetimes(
    datetime.datetime(1950, 1, 1),  # noqa: DTZ001
    datetime.datetime(2037, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")]),
)


@given(st.lists(aware, min_size=1, max_size=20))
def test_iso_times_with_offsets_are_the_same_instants(instants: list[datetime.datetime]) -> None:
    assert moments(*[i.isoformat() for i in instants]) == [i.astimezone(datetime.UTC) for i in instants]


@given(st.lists(st.tuples(aware, st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_iso_times_with_and_without_offset_may_be_mixed(cases: list[tuple[datetime.datetime, bool, bool]]) -> None:
    texts, expected = [], []
    for instant, offset, blank in cases:
        local = instant.astimezone(ZoneInfo(LONDON))
        # An hour that comes twice in autumn is ambiguous without its offset: the earlier is taken.
        texts.append(local.isoformat(sep=" " if blank else "T") if offset else local.replace(tzinfo=None).isoformat())
        expected.append((instant if offset else local.replace(fold=0)).astimezone(datetime.UTC))
    assert moments(*texts) == expected


@given(st.lists(st.dates(datetime.date(1970, 1, 1), datetime.date(2068, 12, 31)), min_size=1, max_size=20))
def test_american_short_dates_are_read_with_and_without_leading_zeros(dates: list[datetime.date]) -> None:
    expected = [datetime.datetime(d.year, d.month, d.day, tzinfo=datetime.UTC) for d in dates]
    padded = [d.strftime("%m/%d/%y") for d in dates]
    bare = [f"{d.month}/{d.day}/{d.year % 100:02}" for d in dates]
    assert moments(*padded, formats=("%m/%d/%y",), zone="UTC") == expected
    assert moments(*bare, formats=("%m/%d/%y",), zone="UTC") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-10-07 09:50:26 +0200", utc(2025, 10, 7, 7, 50, 26)),
        ("2017-01-01T17:05:03Z", utc(2017, 1, 1, 17, 5, 3)),
        ("2017-01-01T17:05:03.1234567Z", utc(2017, 1, 1, 17, 5, 3, 123456)),
        ("2017-07-01 08:00", utc(2017, 7, 1, 7, 0)),
        ("2017-07-01", utc(2017, 6, 30, 23, 0)),
    ],
)
def test_the_variants_of_iso_are_understood(text: str, expected: datetime.datetime) -> None:
    assert moments(text) == [expected]
    assert moments(text, "2017-01-01") == [expected, utc(2017, 1, 1)]


@pytest.mark.parametrize(
    "text", ["2017-02-30", "2017-13-01", "yesterday", "20170101", "0017-01-01", "2017-01-01T25:00:00"]
)
def test_what_is_no_time_is_wrong(text: str) -> None:
    assert moments("2017-01-01", text) == [utc(2017, 1, 1), "wrong"]


@pytest.mark.parametrize("text", ["30/2/2017", "31/04/2017", "29/02/2017", "1/13/2017", "1/1/17 x", "01/01/0017"])
def test_a_day_that_its_month_lacks_is_wrong_rather_than_the_next_months(text: str) -> None:
    assert moments("01/03/2017", text, formats=("%d/%m/%Y",)) == [utc(2017, 3, 1), "wrong"]


def test_a_leap_day_is_a_day() -> None:
    assert moments("29/02/2016", formats=("%d/%m/%Y",)) == [utc(2016, 2, 29)]


def test_several_formats_are_tried_in_turn() -> None:
    found = moments("2017-01-02", "3/1/2017", "4.1.2017 10:00", "x", formats=("iso", "%d/%m/%Y", "%d.%m.%Y %H:%M"))
    assert found == [utc(2017, 1, 2), utc(2017, 1, 3), utc(2017, 1, 4, 10), "wrong"]


def test_formats_with_an_offset_or_a_fraction_are_instants_too() -> None:
    form = "%d/%m/%Y %H:%M:%S %z"
    assert moments("07/10/2025 09:50:26 +0200", formats=(form,)) == [utc(2025, 10, 7, 7, 50, 26)]
    assert moments("07/10/2025 09:50:26.5", formats=("%d/%m/%Y %H:%M:%S.%f",)) == [utc(2025, 10, 7, 8, 50, 26, 500000)]


def test_an_hour_that_spring_skips_is_the_first_after_the_gap_and_a_double_one_the_earlier() -> None:
    assert moments("2017-03-26 01:30:00") == [utc(2017, 3, 26, 1, 0)]
    assert moments("2017-10-29 01:30:00") == [utc(2017, 10, 29, 0, 30)]
    assert moments("26/03/2017 01:30", formats=("%d/%m/%Y %H:%M",)) == [utc(2017, 3, 26, 1, 0)]
    assert moments("26/03/2017 01:30.0", formats=("%d/%m/%Y %H:%M.%f",)) == [utc(2017, 3, 26, 1, 0)]


def test_typed_times_of_parquet_are_local_unless_they_have_a_zone() -> None:
    naive = pa.array([datetime.datetime(2017, 7, 1, 8)], pa.timestamp("ns"))  # noqa: DTZ001
    assert times.instants(naive, ("iso",), LONDON)[0].to_pylist() == [utc(2017, 7, 1, 7)]
    zoned = pa.array([utc(2017, 7, 1, 8)], pa.timestamp("ms", tz="Asia/Shanghai"))
    assert times.instants(zoned, ("iso",), LONDON)[0].to_pylist() == [utc(2017, 7, 1, 8)]
    assert times.instants(pa.array([datetime.date(2017, 7, 1)]), ("iso",), LONDON)[0].to_pylist() == [
        utc(2017, 6, 30, 23)
    ]
