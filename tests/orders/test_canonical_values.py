"""Numbers and times: what a file may write, and what it becomes."""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import date_formats
from crm.orders import times, values
from crm.orders.evidence import Evidence
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
        ("\u221212.50", "-12.5"),
        ("12.50-", "-12.5"),
        ("(12.50)", "-12.5"),
        ("($1.50)", "-1.5"),
        ("-$1.50", "-1.5"),
        ("$ -1.50", "-1.5"),
        ("EUR 12.50", "12.5"),
        ("12.50 USD", "12.5"),
        ("12.50元", "12.5"),
        ("R$12.50", "12.5"),
        ("1 234.50", "1234.5"),
        ("1\u202f234\u00a0567", "1234567"),
        ("'-75.63", "-75.63"),
        ("\u200e12.50", "12.5"),
    ],
)
def test_usual_spellings_of_a_number_are_understood(text: str, value: str) -> None:
    # Alone, and beside a plain one: the two take different ways.
    assert numbers(text) == [Decimal(value)]
    assert numbers("1", None, text) == [Decimal(1), None, Decimal(value)]


@pytest.mark.parametrize(
    "text",
    [
        *("abc", "1,5", "1 2x", "--1", "inf", "0x1F", "1_0", "1e400", "999999999999999", "99999999999999.99999"),
        *("12 50", "1 2 3", "1.2.3", "(1", "1)", "(-1)", "-1-", "1 2345", "12.5 0", "12 kg", "$", "1.234,50"),
    ],
)
def test_what_is_no_number_is_wrong_rather_than_zero(text: str) -> None:
    assert numbers("1", text) == [Decimal(1), "wrong"]


@pytest.mark.parametrize(
    ("amounts", "right", "wrong"),
    [
        (
            Amounts(thousands=","),
            ("1,234.50", "1,234,567", "12.50"),
            ("12,50", "99,9", "1.234,50", "1,23,456", "1234,567"),
        ),
        (Amounts(thousands=".", decimal=","), ("1.234,50", "12,50"), ("12.50", "1234.56", "1,234.50")),
        (Amounts(decimal=","), ("12,50", "1 234,50"), ("12.50", "1.234,50")),
        (Amounts(thousands=" ", decimal=","), ("1\u202f234,50",), ("12 34,50", "1 234 5")),
        (Amounts(thousands="'"), ("1'234.50", "1’234.50"), ("12'34.50",)),
    ],
)
def test_thousands_come_in_groups_of_three_or_the_number_is_wrong(
    amounts: Amounts, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    """12,50 was read as 1250 once."""
    assert "wrong" not in numbers(*right, amounts=amounts)
    for text in wrong:
        assert numbers("1", text, amounts=amounts) == [Decimal(1), "wrong"]


@pytest.mark.parametrize(("text", "currency"), [("100 INR", "USD"), ("€12", "USD"), ("$5", "EUR"), ("¥5", "GBP")])
def test_an_amount_in_the_sign_of_another_currency_is_no_amount_of_the_shop(text: str, currency: str) -> None:
    found, wrong = values.number(pa.array(["1", text]), PLAIN, currency)
    assert (found.to_pylist(), wrong.to_pylist()) == ([Decimal(1), None], [False, True])
    own = values.number(pa.array(["¥5", "5 CNY", "5元"]), PLAIN, "CNY")[0]
    assert own.to_pylist() == [Decimal(5)] * 3


def test_ids_are_damaged_where_a_spreadsheet_has_rounded_them() -> None:
    def damaged(*ids: str) -> list[bool]:
        wrong = values.as_id(pa.array(ids))[1]
        return [False] * len(ids) if wrong is None else wrong.to_pylist()

    assert damaged("2.02407E+18", "2024070112345678", "1e+15", "4.00638E+12", "5E10", "E12") == [
        *(True, False, True, True, False, False)
    ]
    assert damaged("2024070112345680000", "2024070112345690000", "17") == [True, True, False]
    # Zeros by chance: other long numbers of the file end otherwise, or it is one zero alone.
    assert damaged("2024070112345680000", "2024070112345678901") == [False, False]
    assert damaged("2024070112345670") == [False]


def test_an_id_that_pandas_wrote_as_a_float_is_a_whole_number() -> None:
    assert values.as_id(pa.array(["17850.0", "1.50", "v2.0"]))[0].to_pylist() == ["17850", "1.50", "v2.0"]


def test_a_spreadsheets_apostrophe_is_no_character() -> None:
    found = values.text(pa.array(["'A3", "'+4915112345678", "'quoted'", "it's"]))
    assert found.to_pylist() == ["A3", "+4915112345678", "'quoted'", "it's"]
    assert values.text(pa.array(["'t Hart", "'+49"]), prose=True).to_pylist() == ["'t Hart", "+49"]


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


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d %H:%M:%S %Z", "2024-06-30 23:30:00 UTC"),
        ("%Y-%m-%d %H:%M:%SZ", "2024-06-30 23:30:00Z"),
        ("%Y-%m-%d %H:%M:%S UTC", "2024-06-30 23:30:00 UTC"),
        ("%Y-%m-%d %H:%M:%S GMT", "2024-06-30 23:30:00 GMT"),
        ("iso", "2024-06-30 23:30:00 UTC"),
        ("iso", "2024-07-01 01:30:00+02"),
    ],
)
def test_a_zone_that_is_written_out_is_honoured(form: str, text: str) -> None:
    assert moments(text, formats=(form,), zone="Asia/Shanghai") == [utc(2024, 6, 30, 23, 30)]


def test_a_zone_that_is_several_zones_is_wrong() -> None:
    texts = ("2024-07-01 18:00:00 PST", "2024-07-01 18:00:00 CST")
    for form in ("%Y-%m-%d %H:%M:%S %Z", "iso"):
        assert moments(*texts, formats=(form,), zone="Asia/Shanghai") == ["wrong", "wrong"]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S PST", "%d.%m.%Y %H:%M CEST", "%Z %Y-%m-%d"])
def test_a_format_with_such_a_zone_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"zone|end"):
        date_formats.check(form)


def test_serial_dates_and_epochs_are_read_by_a_named_format() -> None:
    assert moments("45352.4167", "45352,5", "45353", formats=("excel",), zone="UTC") == [
        utc(2024, 3, 1, 10, 0, 3), utc(2024, 3, 1, 12), utc(2024, 3, 2),
    ]  # fmt: skip
    assert moments("1709287200", "x", formats=("epoch",)) == [utc(2024, 3, 1, 10), "wrong"]
    assert moments("1709287200123", formats=("epoch_ms",)) == [utc(2024, 3, 1, 10, 0, 0, 123000)]


def test_narrow_blanks_are_blanks_in_a_time() -> None:
    text = "Mar 1, 2024, 10:12:33\u202fAM"
    assert moments(text, formats=("%b %d, %Y, %I:%M:%S %p",), zone="UTC") == [utc(2024, 3, 1, 10, 12, 33)]


BOTH = ("%d/%m/%Y", "%m/%d/%Y")


def test_a_column_has_one_format_and_its_other_dates_show_which() -> None:
    assert moments("03/04/2024", "03/15/2024", formats=BOTH, zone="UTC") == [utc(2024, 3, 4), utc(2024, 3, 15)]
    assert moments("03/04/2024", "15/03/2024", formats=BOTH, zone="UTC") == [utc(2024, 4, 3), utc(2024, 3, 15)]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([["03/04/2024"]], "fit several formats, from record 1 on, and none"),
        ([["15/03/2024", "03/16/2024", "03/04/2024"]], "several formats for at: .*record 3 fits both"),
        ([["03/04/2024"], ["03/16/2024"]], "only late"),
        ([["03/04/2024"], ["16/03/2024"]], None),
        ([["04/04/2024"]], None),
    ],
)
def test_dates_that_stay_in_doubt_refuse_the_file(files: list[list[str]], told: str | None) -> None:
    evidence = Evidence()
    for texts in files:
        times.instants(pa.array(texts), BOTH, LONDON, evidence=evidence, column="at")
    problem = evidence.problem()
    assert problem is None if told is None else problem and re.search(told, problem)


def test_formats_that_never_read_one_text_as_two_days_may_be_mixed() -> None:
    assert date_formats.rivals(("iso", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M", "%d.%m.%Y", "%Y/%m/%d")) == frozenset()
    assert date_formats.rivals(("iso", *BOTH)) == {*BOTH}
