"""Birthdays as files write them: with or without a year, solar or lunar."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

#: Stands for an unknown year; a leap year, so that 29 February is a birthday too.
NO_YEAR = 1904
#: Excel and CSV exports add a midnight to a date.
_MIDNIGHT = re.compile(r"[ T]00:00(:00)?(\.0+)?(Z|\+00:00)?$")
_LUNAR = re.compile(r"^(农历|阴历|旧历|lunar)\s*[:：]?\s*", re.IGNORECASE)
_SOLAR = re.compile(r"^(公历|阳历|新历|solar)\s*[:：]?\s*", re.IGNORECASE)
_CALENDARS = {
    **dict.fromkeys(("lunar", "农历", "阴历", "旧历", "l"), "lunar"),
    **dict.fromkeys(("solar", "gregorian", "公历", "阳历", "新历", "s"), "solar"),
}


class Birthday(NamedTuple):
    """A date in its own calendar: a lunar one is the 5th month's 17th day, written as 05-17."""

    date: datetime.date
    calendar: str
    has_year: bool


def calendar(text: str) -> str | None:
    """``solar`` or ``lunar``; None for other words."""
    return _CALENDARS.get(text.strip().lower())


def parse(text: str, formats: tuple[str, ...], default_calendar: str = "solar") -> Birthday | None:
    """The birthday, or None where it has none of the formats.

    :param formats: strptime formats; one without %Y or %y has no year. Words such as 农历 may lead
    """
    found = "lunar" if _LUNAR.match(text) else "solar" if _SOLAR.match(text) else default_calendar
    bare = _MIDNIGHT.sub("", _SOLAR.sub("", _LUNAR.sub("", text.strip())))
    for form in formats:
        date = _date(bare, form)
        if date is not None:
            return Birthday(date, found, "%Y" in form or "%y" in form)
    return None


def _date(text: str, form: str) -> datetime.date | None:
    has_year = "%Y" in form or "%y" in form
    try:
        if has_year:
            found = datetime.datetime.strptime(text, form).date()  # noqa: DTZ007 (a date has no zone)
            return found if 1900 <= found.year < 2100 else None
        return datetime.datetime.strptime(f"{NO_YEAR} {text}", f"%Y {form}").date()  # noqa: DTZ007
    except ValueError:
        return None
