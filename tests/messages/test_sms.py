from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.messages.sms import count


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        # 153 septets do not hold 76.5 euros: the half one goes to the next part
        ("€" * 153, "gsm7", 306, 3),
        ("啊" * 70, "ucs2", 70, 1),
        ("啊" * 71, "ucs2", 71, 2),
        ("啊" * 135, "ucs2", 135, 3),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 67, "ucs2", 134, 3),
        ("don’t", "ucs2", 5, 1),
        ("`", "ucs2", 1, 1),
    ],
)
def test_parts_are_counted_as_operators_bill_them(text: str, encoding: str, units: int, parts: int) -> None:
    found = count(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


@given(st.text(max_size=400), st.text(max_size=40))
def test_a_longer_text_never_costs_fewer_parts(text: str, more: str) -> None:
    assert count(text).parts <= count(text + more).parts
