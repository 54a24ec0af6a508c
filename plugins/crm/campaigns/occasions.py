"""Which occasions of a campaign are due on a send date."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from crm.campaigns import calendars
from crm.campaigns.declarations import Declaration, DeclarationError, HolidayOccasion


@dataclass(frozen=True)
class Occasion:
    """One dated instance of a campaign.

    ``name`` is dated (thanksgiving-2017; the send date's year for continuous campaigns), ``date`` the occasion's own,
    ``groups`` the region groups for which it is due (seasonal; empty = everybody).
    """

    name: str
    date: datetime.date
    wave: str = "main"
    groups: tuple[str, ...] = ()


def due(declared: Declaration, send_date: datetime.date, country: str) -> list[Occasion]:
    """Occasions of ``declared`` whose messages go out on ``send_date``; continuous campaigns are due every day.

    :raises DeclarationError: a holiday that ``country`` (ISO 3166) does not know
    """
    if declared.kind == "holiday":
        return _holidays(declared, send_date, country)
    if declared.kind == "seasonal":
        return _seasons(declared, send_date)
    lead = declared.lead_days if declared.kind == "birthday" else 0
    return [Occasion(str(send_date.year), send_date + datetime.timedelta(days=lead))]


def epoch(declared: Declaration, occasion: Occasion) -> str:
    """Within an epoch arms hold: a one-off occasion has its own, continuous campaigns change it yearly."""
    continuous = declared.kind in ("birthday", "repurchase")
    return occasion.name if continuous else f"{declared.campaign}:{occasion.name}"


def _holidays(declared: Declaration, send_date: datetime.date, country: str) -> list[Occasion]:
    """Named by the anchor's own year: a lunar day can come twice in a solar one."""
    found = []
    for number, occasion in enumerate(declared.occasions):
        date = send_date + datetime.timedelta(days=occasion.lead_days)
        anchor = date - datetime.timedelta(days=occasion.days_after)
        try:
            years = [
                year for year in (date.year - 1, date.year, date.year + 1) if _anchor(occasion, year, country) == anchor
            ]
        except LookupError as error:
            raise DeclarationError(f"{declared.file}: occasions.{number}.holiday: {error.args[0]}") from None
        found += [Occasion(f"{occasion.name}-{year}", date, occasion.wave) for year in years]
    return found


def _anchor(occasion: HolidayOccasion, year: int, country: str) -> datetime.date | None:
    if occasion.holiday:
        return calendars.holiday(country, occasion.holiday, year)
    if occasion.rule:
        return calendars.RULES[occasion.rule](year)
    if occasion.lunar:
        return calendars.lunar(occasion.lunar, year)
    return calendars.fixed(occasion.date or "", year)


def _seasons(declared: Declaration, send_date: datetime.date) -> list[Occasion]:
    """One occasion per wave and first day, with the region groups whose season begins that day."""
    found = []
    for wave in declared.waves:
        begins = send_date + datetime.timedelta(days=wave.lead_days)
        starts = declared.seasons[wave.season]
        groups = tuple(group for group, day in sorted(starts.items()) if calendars.fixed(day, begins.year) == begins)
        if groups:
            found.append(Occasion(f"{wave.season}-{begins.year}", begins, wave.name, groups))
    return found
