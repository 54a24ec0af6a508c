"""Customer, product, suppression and contact files."""

from __future__ import annotations

import datetime
import io
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from canonical_rows import read, source, with_block
from hypothesis import given
from hypothesis import strategies as st

from crm.orders import birthdays, reading
from crm.orders.mapping import CANONICAL

EVERY = {name: name for name in CANONICAL["customers"]}


def customers(*rows: dict[str, Any], warnings: Counter[str] | None = None, **block: Any) -> list[dict[str, Any]]:
    mapping = with_block("customers", EVERY, **block)
    lines = [json.dumps({**dict.fromkeys(EVERY, ""), "customer": "C1", **row}) for row in rows]
    return read(mapping, "\n".join(lines), "customers.jsonl", "customers", warnings)


def test_a_customer_comes_out_in_canonical_form() -> None:
    told = {
        **{"name": " Anna ", "email": "ANNA@Example.com", "mobile": "07911 123456", "country": "gb", "region": "Kent"},
        **{"time_zone": "Europe/London", "locale": "zh_CN", "birthday": "1980-05-17", "age": "44", "sex": "F"},
        **{"gift_buyer": "yes", "fake_orders": "0", "preferred_channel": "SMS", "tags": "vip; tea", "invented": "true"},
        **{"consent_email": "TRUE", "consent_sms": "no", "consent_source": "shop", "consent_at": "2017-07-01 08:00"},
    }
    row = customers(told)[0]
    expected = {
        **{"name": "Anna", "email": "anna@example.com", "mobile": "+447911123456", "country": "GB", "region": "Kent"},
        **{"time_zone": "Europe/London", "locale": "zh-CN", "birthday": datetime.date(1980, 5, 17), "age": 44},
        **{"birthday_calendar": "solar", "birthday_has_year": True, "sex": "female", "gift_buyer": True},
        **{"fake_orders": False, "preferred_channel": "sms", "tags": '{"vip": true, "tea": true}', "invented": True},
        **{"consent_email": True, "consent_sms": False, "consent_source": "shop", "reject_reason": None},
        **{"consent_at": datetime.datetime(2017, 7, 1, 7, tzinfo=datetime.UTC), "raw": None},
    }
    assert {name: row[name] for name in expected} == expected


def test_what_cannot_be_used_is_missing_and_counted_but_the_customer_stays() -> None:
    warnings: Counter[str] = Counter()
    broken = {
        **{
            "name": "张**",
            "email": "nobody",
            "mobile": "12",
            "country": "Elbonia",
            "time_zone": "Mars",
            "locale": "xx",
        },
        **{"birthday": "1980-02-30", "age": "200", "sex": "?", "gift_buyer": "maybe", "preferred_channel": "fax"},
        **{"tags": "{broken", "consent_email": "perhaps", "consent_at": "soon"},
    }
    row = customers(broken, warnings=warnings)[0]
    assert row["reject_reason"] is None
    assert {name for name in broken if row[name] is not None} == set()
    expected = {f"malformed_{name}" for name in broken if name not in ("name", "consent_at")}
    assert warnings == dict.fromkeys({*expected, "masked_name", "bad_consent_at"}, 1)


def test_masked_addresses_are_missing() -> None:
    warnings: Counter[str] = Counter()
    row = customers({"email": "a***@qq.com", "mobile": "138****1234"}, warnings=warnings)[0]
    assert (row["email"], row["mobile"]) == (None, None)
    assert (row["email_masked"], row["mobile_masked"]) == (True, True)
    assert warnings == {"masked_email": 1, "masked_mobile": 1}


@pytest.mark.parametrize("nobody", ["", "t**1"])
def test_a_customer_without_an_identity_is_set_aside(nobody: str) -> None:
    row = customers({"customer": nobody})[0]
    assert (row["reject_reason"], row["reject_column"]) == ("missing_customer", "customer")


@pytest.mark.parametrize("word", ["UK", "ZZ", "Elbonia"])
def test_an_unknown_country_is_counted_and_the_shops_own_is_meant(word: str) -> None:
    warnings: Counter[str] = Counter()
    (row,) = customers({"mobile": "07911 123456", "country": word}, warnings=warnings)
    assert (row["country"], row["mobile"]) == (None, "+447911123456")
    assert warnings == {"malformed_country": 1}


@pytest.mark.parametrize(
    "text", ["1900-01-01", "1970-01-01", "0000-00-00", "1970-01-01 00:00:00", "0001-01-01", "1899-12-30", "9999-12-31"]
)
def test_days_that_stand_for_no_birthday_are_missing(text: str) -> None:
    warnings: Counter[str] = Counter()
    first, second = customers({"birthday": text}, {"birthday": "01-01"}, warnings=warnings)
    assert (first["birthday"], second["birthday_has_year"]) == (None, False)
    assert warnings == {"placeholder_birthday": 1}


def test_a_year_of_two_digits_is_never_in_the_future() -> None:
    mapping = with_block("customers", {"customer": "id", "birthday": "born"}, birthdays=["%d.%m.%y"])
    content = b"id,born\nA,01.05.65\nB,01.05.17\nC,02.05.17\nD,29.02.00\n"
    today = datetime.date(2017, 5, 1)
    (batch,) = reading.read(mapping, "customers", io.BytesIO(content), 1, "c.csv", business_date=today)
    assert [day.year for day in batch.column("birthday").to_pylist()] == [1965, 2017, 1917, 2000]


def test_birthdays_that_fit_two_formats_are_read_as_the_others_show_or_not_at_all() -> None:
    forms = ["%d/%m/%Y", "%m/%d/%Y"]
    shown = customers({"birthday": "03/04/1980"}, {"birthday": "04/25/1980"}, birthdays=forms)
    assert [row["birthday"].isoformat() for row in shown] == ["1980-03-04", "1980-04-25"]
    warnings: Counter[str] = Counter()
    rows = customers({"birthday": "03/04/1980"}, {"birthday": "05/05/1980"}, birthdays=forms, warnings=warnings)
    assert [row["birthday"] for row in rows] == [None, datetime.date(1980, 5, 5)]
    assert warnings == {"ambiguous_birthday": 1}


@pytest.mark.parametrize("kind", ["customers", "products"])
def test_rows_about_something_with_a_damaged_id_are_set_aside(kind: str) -> None:
    name = kind.removesuffix("s")
    mapping = with_block(kind, {name: "id", "name": "name"})
    rows = read(mapping, "id,name\n4.00638E+12,one\n4006381333931,two\n", f"{kind}.csv", kind)
    assert [(row[name], row["reject_reason"]) for row in rows] == [(None, "damaged_id"), ("4006381333931", None)]


def test_a_name_may_begin_with_an_apostrophe_and_a_number_of_a_spreadsheet_does_not() -> None:
    (row,) = customers({"customer": "'007", "name": "'t Hart", "mobile": "'07911 123456"})
    assert (row["customer"], row["name"], row["mobile"]) == ("007", "'t Hart", "+447911123456")


def test_a_number_without_country_code_is_of_the_customers_country_else_of_the_shops() -> None:
    rows = customers({"mobile": "13800138000", "country": "CN"}, {"mobile": "07911 123456", "country": ""})
    assert [row["mobile"] for row in rows] == ["+8613800138000", "+447911123456"]


def test_words_of_the_shop_can_be_declared() -> None:
    block = {"yes": ["ja"], "no": ["nein"], "sexes": {"Frau": "female"}, "countries": {"United Kingdom": "GB"}}
    row = customers(
        {"consent_email": "Ja", "consent_sms": "nein", "sex": "frau", "country": "United Kingdom"}, **block
    )[0]
    assert (row["consent_email"], row["consent_sms"], row["sex"], row["country"]) == (True, False, "female", "GB")


@pytest.mark.parametrize(
    ("text", "calendar", "expected"),
    [
        ("1980-05-17", "", (datetime.date(1980, 5, 17), "solar", True)),
        ("05-17", "", (datetime.date(1904, 5, 17), "solar", False)),
        ("02-29", "", (datetime.date(1904, 2, 29), "solar", False)),
        ("1980-05-17", "农历", (datetime.date(1980, 5, 17), "lunar", True)),
        ("农历 08-15", "", (datetime.date(1904, 8, 15), "lunar", False)),
        ("1980-05-17 00:00:00", "", (datetime.date(1980, 5, 17), "solar", True)),
        ("5月17日", "", (datetime.date(1904, 5, 17), "solar", False)),
        ("1880-05-17", "", (None, None, None)),
        ("13-01", "", (None, None, None)),
        ("****-05-17", "", (None, None, None)),
    ],
)
def test_birthdays_come_with_or_without_a_year_solar_or_lunar(text: str, calendar: str, expected: Any) -> None:
    row = customers({"birthday": text, "birthday_calendar": calendar}, birthdays=["%Y-%m-%d", "%m-%d", "%m月%d日"])[0]
    assert (row["birthday"], row["birthday_calendar"], row["birthday_has_year"]) == expected


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2025, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y"]))
def test_a_birthday_comes_back_as_it_was_written(date: datetime.date, form: str) -> None:
    assert birthdays.parse(date.strftime(form), (form,)) == (date, "solar", True)


def test_order_rows_tell_of_customers_and_those_without_one_tell_nothing() -> None:
    mapping = source(customer={"columns": {"customer": "who", "email": "mail"}})
    lines = "order,who,at,paid,mail\nA1,anna,2017-01-01,5,Anna@example.com\nA1,,,,\nA2,t**1,2017-01-01,5,\n"
    rows = read(mapping, lines, kind="customers")
    assert [(row["row_number"], row["customer"], row["email"]) for row in rows] == [(1, "anna", "anna@example.com")]


def listed(
    kind: str, columns: str, *lines: str, warnings: Counter[str] | None = None, **block: Any
) -> list[dict[str, Any]]:
    names = columns.split(",")
    mapping = with_block(kind, {name: name for name in names}, **block)
    return read(mapping, "\n".join([columns, *lines]), f"{kind}.csv", kind, warnings)


def test_products_get_a_cost_from_the_margin_of_their_nearest_category() -> None:
    rows = listed(
        "products",
        "product,category,list_price,unit_cost,role",
        "P1,Food>Tea,10,,profit",
        "P2,Food > Tea,10,3,",
        "P3,Food > Nuts,10,,",
        "P4,Toys,10,,best",
        "P5,Toys,,,",
        ",Toys,1,,",
        "P7,Toys,ten,,",
        margins={"Food > Tea": 0.25, "Food": 0.5, "*": 0.9},
    )
    assert [row["unit_cost"] for row in rows[:5]] == [Decimal("7.5"), 3, 5, 1, None]
    assert [row["category"] for row in rows[:3]] == ["Food > Tea", "Food > Tea", "Food > Nuts"]
    assert [row["role"] for row in rows[:4]] == ["profit", None, None, None]
    assert [row["reject_reason"] for row in rows[5:]] == ["missing_product", "bad_amount"]


def test_without_cost_and_margin_the_cost_is_unknown() -> None:
    assert listed("products", "product,list_price", "P1,10")[0]["unit_cost"] is None


def test_an_opt_out_is_never_lost_for_a_doubtful_reason_or_time() -> None:
    warnings: Counter[str] = Counter()
    rows = listed(
        "suppressions",
        "channel,address,reason,occurred_at",
        "email,Anna@Example.com,whatever,soon",
        ",07911 123456,spam,2017-01-01",
        "all,anna@example.com,,",
        warnings=warnings,
    )
    told = [(row["channel"], row["address"], row["reason"], row["occurred_at"] is None) for row in rows]
    assert told == [
        ("email", "anna@example.com", "opt_out", True),
        ("sms", "+447911123456", "complaint", False),
        ("all", "anna@example.com", "opt_out", True),
    ]
    assert warnings == {"unknown_reason": 1, "bad_occurred_at": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("email,", "missing_address"),
        ("email,a***@qq.com", "missing_address"),
        ("email,nobody", "bad_address"),
        ("sms,anna@example.com", "bad_address"),
        ("email,07911 123456", "bad_address"),
        ("fax,07911 123456", "unknown_channel"),
    ],
)
def test_a_suppression_that_names_no_address_is_set_aside_to_be_mended(line: str, reason: str) -> None:
    assert listed("suppressions", "channel,address", line)[0]["reject_reason"] == reason


def test_past_contacts_need_an_address_and_a_time() -> None:
    lines = ["anna@example.com,2017-01-01T09:00:00Z,Spring", "07911 123456,,x", "07911 123456,soon,x", ",2017-01-01,x"]
    rows = listed("contacts", "address,sent_at,campaign", *lines)
    assert [row["reject_reason"] for row in rows] == [None, "missing_time", "bad_time", "missing_address"]
    assert (rows[0]["channel"], rows[0]["campaign"]) == ("email", "Spring")
