"""Which occasions of a campaign are due on a send date."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from crm.campaigns import calendars
from crm.campaigns.declarations import Declaration, HolidayOccasion
from crm.campaigns.fields import DeclarationError


@dataclass(frozen=True)
class Occasion:
    """One dated instance of a campaign.

    ``name`` is dated by what it is about, not by when it is sent (thanksgiving-2017; the year of the birthday; of
    repurchase the send date's), ``date`` the occasion's own, ``groups`` the (country, region group) for which it is due
    (seasonal; country "" = everybody's).
    """

    name: str
    date: datetime.date
    wave: str = "main"
    groups: tuple[tuple[str, str], ...] = ()


def due(declared: Declaration, send_date: datetime.date, country: str) -> list[Occasion]:
    """Occasions of ``declared`` whose messages go out on ``send_date``; continuous campaigns are due every day.

    On any date it tries every occasion: a mistake does not wait for its day.

    :param country: the business's (ISO 3166)
    :raises DeclarationError: a holiday, festival or season that ``country`` does not keep
    """
    if declared.kind == "holiday":
        return _holidays(declared, send_date, country)
    if declared.kind == "seasonal":
        return _seasons(declared, send_date, country)
    date = send_date + datetime.timedelta(days=declared.lead_days if declared.kind == "birthday" else 0)
    return [Occasion(str(date.year), date)]


def epoch(declared: Declaration, occasion: Occasion) -> str:
    """Within an epoch arms hold: a one-off occasion has its own, continuous campaigns change it yearly."""
    continuous = declared.kind in ("birthday", "repurchase")
    return occasion.name if continuous else f"{declared.campaign}:{occasion.name}"


def _holidays(declared: Declaration, send_date: datetime.date, country: str) -> list[Occasion]:
    """Named by the anchor's own year: a lunar day can come twice in a solar one."""
    found = []
    for place, occasion in enumerate(declared.occasions):
        date = send_date + datetime.timedelta(days=occasion.lead_days)
        anchor = date - datetime.timedelta(days=occasion.days_after)
        try:
            names = [
                _dated(occasion.name, year, number)
                for year in (date.year - 1, date.year, date.year + 1)
                for number, day in enumerate(_anchors(declared, occasion, year, country), start=1)
                if day == anchor
            ]
        except LookupError as error:
            key = "holiday" if occasion.holiday else "festival"
            raise DeclarationError(f"{declared.file}: occasions.{place}.{key}: {error.args[0]}") from None
        found += [Occasion(name, date, occasion.wave) for name in names]
    return found


def _dated(name: str, year: int, number: int) -> str:
    """The second of a year has a name of its own."""
    return f"{name}-{year}" if number == 1 else f"{name}-{year}-{number}"


def _anchors(declared: Declaration, occasion: HolidayOccasion, year: int, country: str) -> tuple[datetime.date, ...]:
    if occasion.once:
        return (occasion.once,) if occasion.once.year == year else ()
    if occasion.holiday:
        return calendars.holiday(country, occasion.holiday, year)
    if occasion.festival is None:
        return (occasion.on(year),)
    festival = declared.almanac.festivals[occasion.festival]
    if festival.countries is not None and country not in festival.countries:
        raise LookupError(
            f"{occasion.festival} falls on this day in {', '.join(festival.countries)} alone, not in {country}: "
            "give a date or rule, or add the country in festivals.yaml"
        )
    return (festival.on(year),)


@dataclass(frozen=True)
class Missing:
    """A holiday of ``campaign`` that has no date in ``years``."""

    campaign: str
    file: str
    key: str
    holiday: str
    years: list[int]

    @property
    def what(self) -> str:
        """What it means and what to do, in English."""
        years = ", ".join(map(str, self.years))
        return (
            f"{self.holiday} has no date in {years}, as far as the holidays library knows: the campaign is not due "
            "then. Give those years an occasion of their own, e.g. once: YYYY-MM-DD"
        )


def missing(declared: Declaration, country: str, today: datetime.date) -> list[Missing]:
    """Years ahead in which a declared holiday is not kept.

    :raises LookupError: ``country`` never keeps it
    """
    return [
        Missing(declared.campaign, declared.file, f"occasions.{place}.holiday", occasion.holiday, years)
        for place, occasion in enumerate(declared.occasions)
        if occasion.holiday and (years := calendars.missing(country, occasion.holiday, today.year))
    ]


def _seasons(declared: Declaration, send_date: datetime.date, country: str) -> list[Occasion]:
    """One occasion per wave and first day, with the region groups whose season begins that day."""
    tables = declared.season_tables
    if tables.keys().isdisjoint({"", country}):
        raise DeclarationError(
            f"{declared.file}: seasons: seasons.yaml has no table for {country}: add one, or declare seasons; "
            f"there are {', '.join(sorted(tables))}"
        )
    found = []
    for wave in declared.waves:
        begins = send_date + datetime.timedelta(days=wave.lead_days)
        groups = tuple(
            (of, group)
            for of, table in sorted(tables.items())
            for group, day in sorted(table.seasons[wave.season].items())
            if calendars.fixed(day, begins.year) == begins
        )
        if groups:
            found.append(Occasion(f"{wave.season}-{begins.year}", begins, wave.name, groups))
    return found
