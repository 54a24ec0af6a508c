"""Addresses have one normal form; what is masked or malformed is missing."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from crm import addresses

label = st.from_regex(r"[a-zA-Z0-9-]{1,8}", fullmatch=True)
local = st.from_regex(r"[a-zA-Z0-9._+'-]{1,12}", fullmatch=True)
emails = st.builds(
    lambda a, b, c: f"{a}@{b}.{c}", local, label, st.sampled_from(["com", "de", "co.uk", "c", "test", "1"])
)


@given(emails | st.emails())
@example("x@example.com")
@example("x@a--b.com")
@example("x@ab--c.com")
@example("x@xn--a.com")
@example("a" * 65 + "@example.com")
@example("x@" + "a" * 64 + ".com")
@example("x@" + ".".join(["a" * 60] * 5) + ".com")
def test_the_quick_way_accepts_nothing_that_the_library_does_not(text: str) -> None:
    try:
        expected: str | None = validate_email(text.strip().lower(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        expected = None
    if not addresses.masked(text):
        assert addresses.email(text) == expected


@pytest.mark.parametrize(
    "text", ["a***@example.com", "", "anna", "anna@", "@example.com", "a b@example.com", "a@localhost"]
)
def test_what_is_no_email_is_missing(text: str) -> None:
    assert addresses.email(text) is None


def test_case_and_blanks_make_no_other_email() -> None:
    assert addresses.email("  Anna.Smith@Example.COM ") == "anna.smith@example.com"


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("13800138000", "CN", "+8613800138000"),
        ("+86 138-0013-8000", "US", "+8613800138000"),
        ("86 13800138000", "CN", "+8613800138000"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("'07911 123456", "GB", "+447911123456"),
        ("0571-88888888", "CN", None),
        ("138****1234", "CN", None),
        ("138xxxx1234", "CN", None),
        ("12", "CN", None),
        ("", "CN", None),
    ],
)
def test_mobiles_are_written_in_e164_with_the_countrys_code(text: str, country: str, number: str | None) -> None:
    assert addresses.mobile(text, country) == number


def test_a_landline_can_be_suppressed_though_not_written_to() -> None:
    assert addresses.mobile("0571-88888888", "CN", any_type=True) == "+8657188888888"


@pytest.mark.parametrize(("channel", "address"), [("email", "bär@example.com"), ("sms", "+8613800138000")])
def test_the_warehouse_and_we_make_the_same_key(query, channel, address):
    assert query("select crm.contact_key(%s, %s)::text", channel, address) == [
        (addresses.contact_key(channel, address),)
    ]
