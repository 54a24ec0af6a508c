"""The one day of a year that a festival or an occasion hangs on."""

from __future__ import annotations

import datetime
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from crm.campaigns import calendars
from crm.campaigns.fields import LunarDay, Model, MonthDay

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Rule(Model):
    """The ``nth`` (-1: the last) ``weekday`` of ``month``, moved by ``days_after``."""

    nth: Literal[1, 2, 3, 4, -1]
    weekday: Weekday
    month: int = Field(ge=1, le=12)
    days_after: int = Field(default=0, ge=-30, le=30)

    def on(self, year: int) -> datetime.date:
        day = calendars.nth_weekday(year, self.month, WEEKDAYS.index(self.weekday), self.nth)
        return day + datetime.timedelta(days=self.days_after)


class Anchor(Model):
    """Exactly one of the keys that ``anchors`` names."""

    anchors: ClassVar[tuple[str, ...]] = ("date", "lunar", "solar_term", "rule")

    date: MonthDay | None = None
    lunar: LunarDay | None = None
    solar_term: calendars.SolarTerm | None = None
    rule: Rule | None = None

    @model_validator(mode="after")
    def _one_anchor(self) -> Anchor:
        if sum(getattr(self, key) is not None for key in self.anchors) != 1:
            raise ValueError(f"give exactly one of {', '.join(self.anchors)}")
        return self

    def on(self, year: int) -> datetime.date:
        """Its date of ``year``: the lunar year for ``lunar``, the solar one for all others."""
        if self.lunar is not None:
            return calendars.lunar(self.lunar, year)
        if self.solar_term is not None:
            return calendars.solar_term(self.solar_term, year)
        if self.rule is not None:
            return self.rule.on(year)
        return calendars.fixed(self.date or "", year)
