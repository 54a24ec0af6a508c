"""Dates of the year: public holidays by country, the lunar calendar and its solar terms, birthdays kept on a date."""

from __future__ import annotations

import datetime
import functools
from typing import Literal, get_args

#: A holiday that a country kept in none of these years is taken for a misspelt one.
KNOWN_YEARS = range(2010, 2031)
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


@functools.cache
def _holidays_of(country: str, year: int) -> dict[str, datetime.date]:
    """First date of each public holiday of ``country`` (ISO 3166) in ``year``, by its English name."""
    import holidays

    try:
        found = holidays.country_holidays(country, years=year, language="en_US")
    except NotImplementedError:  # a country that the library does not know keeps no public holidays
        return {}
    first: dict[str, datetime.date] = {}
    for date, names in sorted(found.items()):
        for name in names.split("; "):
            first.setdefault(name, date)
    return first


@functools.cache
def holidays(country: str) -> tuple[str, ...]:
    """Names of the public holidays of ``country``, as ``holiday`` takes them, in the order of the alphabet."""
    return tuple(sorted({each for year in KNOWN_YEARS for each in _holidays_of(country, year)}))


def holiday(country: str, name: str, year: int) -> datetime.date | None:
    """First day of a public holiday in ``year``, None where it is not kept that year.

    :raises LookupError: the country keeps no holiday of that name; lists those that it keeps
    """
    found = _holidays_of(country, year).get(name)
    if found is None:
        known = holidays(country)
        if name not in known:
            own = [each for each in known if "(" not in each]  # not "(observed)", "(substituted from …)"
            raise LookupError(
                f"{name!r} is no public holiday of {country}: use one of {', '.join(own)}; or switch the campaign off "
                "(enabled: false)"
            )
    return found


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
