"""How dates and numbers are written, as far as the values themselves say it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)")
_DAYS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
)
_WORDS = ("%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%B %d, %Y", "%b-%d-%y", "%d-%b-%y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M:%S %p", "T%H:%M:%S")
FORMATS = ("iso", *(day + clock for day in (*_DAYS, *_WORDS) for clock in _CLOCKS))

_BLANK = "[ \u00a0\u202f]"
#: (decimal, thousands) -> what a number looks like.
STYLES: dict[tuple[str, str], str] = {
    (".", ""): r"\d+(\.\d+)?",
    (",", ""): r"\d+(,\d+)?",
    (".", ","): r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?",
    (",", "."): r"\d{1,3}(\.\d{3})+(,\d+)?|\d+(,\d+)?",
    (",", " "): rf"\d{{1,3}}({_BLANK}\d{{3}})+(,\d+)?|\d+(,\d+)?",
    (".", " "): rf"\d{{1,3}}({_BLANK}\d{{3}})+(\.\d+)?|\d+(\.\d+)?",
    (".", "'"): r"\d{1,3}('\d{3})+(\.\d+)?|\d+(\.\d+)?",
}


def dates(given: Iterable[str]) -> list[str]:
    """The formats in which every value is a date; several where days and months cannot be told apart."""
    distinct = sorted(set(given))
    return [form for form in FORMATS if all(_is_date(text, form) for text in distinct)] if distinct else []


def _is_date(text: str, form: str) -> bool:
    try:
        # A two-digit year also fits %Y, as the year 23.
        if form == "iso" and not _ISO.match(text):
            return False
        found = datetime.fromisoformat(text[:19]) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return 1900 <= found.year < 2200


def amounts(given: Iterable[str]) -> list[tuple[str, str]]:
    """The styles in which every value is a number; several where a sign may be either decimal or thousands."""
    bare = {re.sub(r"[-+()¥￥£$€元]|[A-Z]{3}", "", value).strip() for value in given}
    fits = [style for style, form in STYLES.items() if all(re.fullmatch(form, value) for value in bare if value)]
    plainest = {decimal: (decimal, thousands) for decimal, thousands in reversed(fits)}
    if (".", "") in fits and not any("." in value for value in bare):
        return [(".", "")]
    return list(plainest.values())
