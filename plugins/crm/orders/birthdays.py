"""Birthdays as files write them: with or without a year, solar or lunar."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import NamedTuple

from crm import date_formats

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

#: Days that systems write where they know none: the zeros of spreadsheets, of databases and of clocks.
_PLACEHOLDERS = {datetime.date(1900, 1, 1), datetime.date(1970, 1, 1), datetime.date(1901, 1, 1)}
_ZERO = re.compile(r"^(0{4}|0001|1800|1899|9999)[-/.]?\d\d?[-/.]?\d\d?$|^0?0[-/.]0?0[-/.](00|0000)$|^1900-01-00$")


class Birthday(NamedTuple):
    """A date in its own calendar: a lunar one is the 5th month's 17th day, written as 05-17."""

    date: datetime.date
    calendar: str
    has_year: bool


def calendar(text: str) -> str | None:
    """``solar`` or ``lunar``; None for other words."""
    return _CALENDARS.get(text.strip().lower())


def is_placeholder(text: str, birthday: Birthday | None) -> bool:
    """Whether a birthday as it is written, and as it was read, only says that there is none."""
    if birthday is None:
        return bool(_ZERO.match(_MIDNIGHT.sub("", text.strip())))
    return birthday.has_year and birthday.calendar == "solar" and birthday.date in _PLACEHOLDERS


def in_doubt(texts: Iterable[str], formats: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The formats in the order that ``texts`` show to be right, and the texts whose day stays in doubt.

    Of %d/%m/%Y and %m/%d/%Y the right one is that which alone reads some of the texts.
    """
    rivals = [form for form in formats if form in date_formats.rivals(formats)]
    if not rivals:
        return formats, frozenset()
    read = {text: {form: day for form in rivals if (day := _date(_bare(text), form))} for text in texts}
    shown = {next(iter(days)) for days in read.values() if len(days) == 1}
    if len(shown) == 1:
        return (*shown, *(form for form in formats if form not in shown)), frozenset()
    return formats, frozenset(text for text, days in read.items() if len(set(days.values())) > 1)


def _bare(text: str) -> str:
    """The date without the words of its calendar and the midnight of a spreadsheet."""
    return _MIDNIGHT.sub("", _SOLAR.sub("", _LUNAR.sub("", text.strip())))


def parse(
    text: str, formats: tuple[str, ...], default_calendar: str = "solar", today: datetime.date | None = None
) -> Birthday | None:
    """The birthday, or None where it has none of the formats.

    :param formats: strptime formats; one without %Y or %y has no year. Words such as 农历 may lead
    :param today: nobody is born after it: a year of two digits is of the century before
    """
    found = "lunar" if _LUNAR.match(text) else "solar" if _SOLAR.match(text) else default_calendar
    for form in formats:
        date = _date(_bare(text), form)
        if date is not None:
            if "%y" in form and today is not None and date > today:
                date = _a_century_before(date)
            return Birthday(date, found, "%Y" in form or "%y" in form)
    return None


def _a_century_before(date: datetime.date) -> datetime.date:
    """The same day a hundred years before; 1900 had no 29 February, which 2000 had."""
    leap_day = (date.month, date.day) == (2, 29)
    return date.replace(year=date.year - 100, day=28 if leap_day and date.year == 2000 else date.day)


def _date(text: str, form: str) -> datetime.date | None:
    has_year = "%Y" in form or "%y" in form
    try:
        if has_year:
            found = datetime.datetime.strptime(text, form).date()  # noqa: DTZ007 (a date has no zone)
            return found if 1900 <= found.year < 2100 else None
        return datetime.datetime.strptime(f"{NO_YEAR} {text}", f"%Y {form}").date()  # noqa: DTZ007
    except ValueError:
        return None
