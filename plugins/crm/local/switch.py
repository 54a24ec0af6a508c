"""``make stop`` and ``make resume``: the stop switch of a campaign's sending."""

from __future__ import annotations

import datetime
import getpass

from crm.local.home import Home
from crm.local.stack import StackError, open_warehouse
from crm.messages import stopping
from crm.messages.clock import RealClock, send_date_of
from crm.runs import day


def stop(home: Home, campaign: str, date: str) -> None:
    """Stop what ``campaign`` sends for the business date ``date`` (YYYY-MM-DD).

    :raises StackError: campaign or date are missing
    """
    send_date = _send_date("stop", campaign, date)
    with open_warehouse(home) as warehouse:
        stopping.stop(warehouse, campaign, send_date, by=getpass.getuser(), at=RealClock().now())
    print(f"{campaign}: nothing more is taken up on {send_date}; make resume takes it back")


def resume(home: Home, campaign: str, date: str) -> None:
    """Take the switch back.

    :raises StackError: campaign or date are missing
    """
    send_date = _send_date("resume", campaign, date)
    with open_warehouse(home) as warehouse:
        was_stopped = stopping.resume(warehouse, campaign, send_date)
    print(f"{campaign}: goes on within five minutes" if was_stopped else f"{campaign}: was not stopped on {send_date}")


def _send_date(command: str, campaign: str, date: str) -> datetime.date:
    if not campaign or not date:
        raise StackError(f"give both: make {command} CAMPAIGN=<campaign> DATE=<business date> (YYYY-MM-DD)")
    return send_date_of(day(date, "DATE"))
