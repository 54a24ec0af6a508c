"""What time it is, for the send gate. Only ``RealClock`` reads the time; everything else is given a clock."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from crm.business import Business


def send_date_of(business_date: datetime.date) -> datetime.date:
    """The day on which messages go out: the day after the business date, in the business's time zone."""
    return business_date + datetime.timedelta(days=1)


class Clock(Protocol):
    """A source of the present instant (aware)."""

    def now(self) -> datetime.datetime:
        """The present instant."""

    def reached(self, instant: datetime.datetime) -> bool:
        """Whether ``instant`` has come. A clock that may move its hands moves them there if it can."""


class RealClock:
    """The time of day. The only place of the product that reads it."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def reached(self, instant: datetime.datetime) -> bool:
        return instant <= self.now()


class FixedClock:
    """A clock that never leaves ``send_date`` in ``time_zone``: mode ``simulate``.

    It starts at that date's midnight, or at ``at`` o'clock, and jumps forward to whatever is planned on the date, so
    that a simulated day needs no waiting. It never goes back.
    """

    def __init__(self, send_date: datetime.date, time_zone: str, at: datetime.time = datetime.time(0)) -> None:
        self.send_date = send_date
        self._zone = ZoneInfo(time_zone)
        self._now = datetime.datetime.combine(send_date, at, self._zone).astimezone(datetime.UTC)

    def now(self) -> datetime.datetime:
        return self._now

    def reached(self, instant: datetime.datetime) -> bool:
        if instant.astimezone(self._zone).date() <= self.send_date:
            self._now = max(self._now, instant.astimezone(datetime.UTC))
        return instant <= self._now


def clock_for(mode: str, business_date: datetime.date, business: Business) -> Clock:
    """The clock of a run in ``mode``: fixed to the send date in ``simulate``, the real one everywhere else."""
    if mode == "simulate":
        return FixedClock(send_date_of(business_date), business.time_zone)
    return RealClock()


def look_again(mode: str) -> datetime.datetime:
    """When a run that waits for data looks again: soon in ``simulate``, where somebody waits, else in five minutes.

    Not within seconds: Airflow fails a task that is queued again before the end of its last worker was noted.
    """
    return RealClock().now() + datetime.timedelta(seconds=30 if mode == "simulate" else 300)
