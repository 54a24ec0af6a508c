"""The send gate: may this run, at this hour, really send? Everything that leaves the house passes here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from crm.messages.clock import Clock, FixedClock
from crm.runs import MODES

if TYPE_CHECKING:
    from crm.business import Business


class SendRefused(Exception):
    """This run must not send as it was asked to; the message says why and what to change."""


@dataclass(frozen=True)
class Verdict:
    """``send``; ``hold`` (come again later); ``dry`` (never sends and writes nothing); ``past`` (the send date is
    over: nothing goes out, and what was planned is closed as skipped)."""

    action: Literal["send", "hold", "dry", "past"]
    note: str = ""


def check(business: Business, mode: str, clock: Clock) -> None:
    """Refuse what can never be right, whatever the hour.

    :raises SendRefused: unknown mode; ``simulate`` with a provider other than outbox or without a fixed clock; a
        fixed clock in any mode that may really send
    """
    if mode not in MODES:
        raise SendRefused(f"mode {mode!r} is none of {', '.join(MODES)}")
    fixed = isinstance(clock, FixedClock)
    if mode == "live" and fixed:
        raise SendRefused("mode live needs the real clock; a fixed clock is for mode simulate")
    if mode != "simulate":
        return
    real = {name: channel.provider for name, channel in business.channels.items() if channel.provider != "outbox"}
    if real:
        named = ", ".join(f"{name} is sent by {provider}" for name, provider in sorted(real.items()))
        raise SendRefused(f"mode simulate writes to the outbox only, but {named}: set channels.*.provider to outbox")
    if not fixed:
        raise SendRefused("mode simulate needs a clock fixed to the send date (crm.messages.clock.FixedClock)")


def judge(business: Business, mode: str, clock: Clock, send_date: datetime.date) -> Verdict:
    """What a run for ``send_date`` may do now.

    Whatever made the run (schedule, form, backfill, a repeated event): once the send date is over nothing goes out.
    """
    if mode in ("dry", "load"):
        return Verdict("dry", f"mode {mode} never sends")
    today = business.date_at(clock.now())
    if send_date < today:
        return Verdict(
            "past", f"the send date {send_date} is past (it is {today}): ended as a dry run, nothing was sent"
        )
    if send_date > today:
        return Verdict("hold", f"the send date {send_date} has not come (it is {today}): held")
    return Verdict("send")


def opens_at(business: Business, send_date: datetime.date) -> datetime.datetime:
    """When the send date begins, in the business's time zone."""
    return datetime.datetime.combine(send_date, datetime.time(), ZoneInfo(business.time_zone))


def foreign_plan(mode: str, planned_in: str | None) -> str:
    """Why a plan made in mode ``planned_in`` (None = not known) is none of this mode's business; "" where it is.

    Simulated decisions are not really sent, and real ones are not used up by a simulation.
    """
    if planned_in is None or planned_in == mode:
        return ""
    return f"the business date was planned in mode {planned_in}: its messages cannot be sent in mode {mode}"
