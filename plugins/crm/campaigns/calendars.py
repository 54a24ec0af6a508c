"""Dates of the year: public holidays by country, the lunar calendar and its solar terms, birthdays kept on a date."""

from __future__ import annotations

import datetime
import functools
import re
from typing import Literal, get_args

#: A holiday that a country kept in none of these years is taken for a misspelt one.
KNOWN_YEARS = range(2010, 2036)
#: So far ahead it is told that a holiday has no date.
YEARS_AHEAD = 5
#: Days of a holiday that lie no further apart are one; a day given for a holiday is at most so far from its own.
TOGETHER, NEAR = datetime.timedelta(days=3), datetime.timedelta(days=10)
#: What the holidays library adds to the name of a holiday in some years.
_ADDED = re.compile(
    r" \(((?:estimated|observed|in lieu|substitute day|substituted from [\d/]+)"
    r"(?:, (?:estimated|observed))*)\)$"
)
SolarTerm = Literal[
    "xiaohan", "dahan", "lichun", "yushui", "jingzhe", "chunfen", "qingming", "guyu", "lixia", "xiaoman", "mangzhong",
    "xiazhi", "xiaoshu", "dashu", "liqiu", "chushu", "bailu", "qiufen", "hanlu", "shuangjiang", "lidong", "xiaoxue",
    "daxue", "dongzhi",
]  # fmt: skip
#: The keys of lunar-python's table of a year, in which 冬至 is the winter solstice of the year before.
_CHINESE = (
    "小寒", "大寒", "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种",
    "夏至", "小暑", "大暑", "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪",
    "大雪", "DONG_ZHI",
)  # fmt: skip
TERMS: dict[SolarTerm, str] = dict(zip(get_args(SolarTerm), _CHINESE, strict=True))


def nth_weekday(year: int, month: int, weekday: int, n: int) -> datetime.date:
    """The ``n``-th (1 = first, -1 = last) ``weekday`` (0 = Monday) of a month."""
    if n < 0:
        after = datetime.date(year + month // 12, month % 12 + 1, 1)
        return nth_weekday(after.year, after.month, weekday, 1) + datetime.timedelta(days=7 * n)
    first = datetime.date(year, month, 1)
    return first + datetime.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _identity(label: str) -> tuple[str, bool]:
    """The holiday that a label of the library is about, and whether its day is the holiday's own."""
    added = _ADDED.search(label)
    return (label[: added.start()], added[1] == "estimated") if added else (label, True)


@functools.cache
def _days(country: str, year: int) -> tuple[tuple[datetime.date, str, bool], ...]:
    """Every date of a public holiday of ``country`` (ISO 3166) in ``year``: its holiday, in English, and whether it is
    the holiday's own day."""
    import holidays

    try:
        found = holidays.country_holidays(country, years=year, language="en_US")
    except NotImplementedError:  # a country that the library does not know keeps no public holidays
        return ()
    return tuple((date, *_identity(label)) for date, labels in sorted(found.items()) for label in labels.split("; "))


@functools.cache
def holidays(country: str) -> tuple[str, ...]:
    """Names of the public holidays of ``country``, as ``holiday`` takes them, in the order of the alphabet."""
    return tuple(sorted({name for year in KNOWN_YEARS for _, name, _ in _days(country, year)}))


@functools.cache
def holiday(country: str, name: str, year: int) -> tuple[datetime.date, ...]:
    """First day of each time that a public holiday is kept in ``year``: none where it is not, two of some lunar ones.

    A day that is given for it ("observed") counts where the holiday has no day of its own near it. What the library
    adds to a name in some years, such as "(estimated)", makes no difference.

    :raises LookupError: the country keeps no holiday of that name; lists those that it keeps
    """
    wanted, _ = _identity(name)
    dated = [
        (date, own)
        for each in (year - 1, year, year + 1)
        for date, found, own in _days(country, each)
        if found == wanted
    ]
    own_days = [date for date, own in dated if own]
    given = [date for date, own in dated if not own and all(abs(date - day) > NEAR for day in own_days)]
    kept = tuple(day for day in sorted(_first_days(own_days) + _first_days(given)) if day.year == year)
    if not kept and wanted not in (known := holidays(country)):
        raise LookupError(
            f"{name!r} is no public holiday of {country}: use one of {', '.join(known)}; or switch the campaign off "
            "(enabled: false)"
        )
    return kept


def _first_days(dates: list[datetime.date]) -> list[datetime.date]:
    """The first of each run of days that belong together."""
    days = sorted(dates)
    return [day for before, day in zip([None, *days], days, strict=False) if before is None or day - before > TOGETHER]


def missing(country: str, name: str, first_year: int) -> list[int]:
    """Of ``YEARS_AHEAD`` years from ``first_year`` on those in which the holiday is not kept, as far as is known."""
    return [year for year in range(first_year, first_year + YEARS_AHEAD) if not holiday(country, name, year)]


def fixed(month_day: str, year: int) -> datetime.date:
    """``MM-DD`` in ``year``; 29 February is the 28th in common years."""
    try:
        return datetime.date.fromisoformat(f"{year}-{month_day}")
    except ValueError:
        return datetime.date(year, 2, 28)


@functools.cache
def lunar(month_day: str, year: int) -> datetime.date:
    """Solar date of ``MM-DD`` of the Chinese lunar year ``year``: never in a leap month; day 30 is 29 in short ones."""
    from lunar_python import Lunar, LunarMonth

    month, day = map(int, month_day.split("-"))
    length = LunarMonth.fromYm(year, month).getDayCount()
    solar = Lunar.fromYmd(year, month, min(day, length)).getSolar()
    return datetime.date(solar.getYear(), solar.getMonth(), solar.getDay())


@functools.cache
def solar_term(name: SolarTerm, year: int) -> datetime.date:
    """The day, in China, on which a solar term of the solar ``year`` begins."""
    from lunar_python import Solar

    solar = Solar.fromYmd(year, 6, 1).getLunar().getJieQiTable()[TERMS[name]]
    return datetime.date(solar.getYear(), solar.getMonth(), solar.getDay())


def solar_birthdays(date: datetime.date) -> list[str]:
    """Birthdays (``MM-DD``) that are kept on ``date``: its own, and 29 February on the 28th of common years."""
    days = [date.strftime("%m-%d")]
    if days == ["02-28"] and (date + datetime.timedelta(days=1)).month == 3:
        days.append("02-29")
    return days


def lunar_birthdays(date: datetime.date) -> tuple[list[str], int]:
    """Lunar birthdays (``MM-DD``) that are kept on ``date``, and the lunar year.

    None in a leap month: the birthday was kept in the month before it. Day 30 is kept on the 29th of short months.
    """
    from lunar_python import LunarMonth, Solar

    found = Solar.fromYmd(date.year, date.month, date.day).getLunar()
    year, month, day = found.getYear(), found.getMonth(), found.getDay()
    if month < 0:
        return [], year
    days = [f"{month:02}-{day:02}"]
    if day == 29 and LunarMonth.fromYm(year, month).getDayCount() == 29:
        days.append(f"{month:02}-30")
    return days, year
