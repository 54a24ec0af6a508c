"""The order of the reasons is one: in the code, on the page, and in what is decided."""

from __future__ import annotations

import re

from crm import settings
from crm.campaigns import reasons


def test_the_page_lists_the_reasons_in_their_order():
    page = (settings.PROJECT / "docs" / "exclusions.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| \d+ \| `(\w+)` \|", page, re.MULTILINE)) == reasons.ORDER


def test_a_decision_has_its_reasons_in_their_order():
    steps = [
        (settings.SQL / "campaigns" / f"{name}.sql").read_text(encoding="utf-8") for name in ("exclusions", "draw")
    ]
    named = (re.findall(r"then '\{?(\w+)\}?'", step) for step in steps)
    verdicts, draws = ([reason for reason in each if reason in reasons.ORDER] for each in named)
    assert verdicts == sorted(verdicts, key=reasons.ORDER.index)
    assert draws == sorted(draws, key=reasons.ORDER.index)
    assert set(verdicts) | set(draws) == set(reasons.ORDER)
