"""``make plan``: a dry run, printed and written to a file."""

from __future__ import annotations

from crm import business as businesses
from crm.local import stack
from crm.local.home import Home
from crm.rehearsal.dry_run import rehearse
from crm.runs import day


def plan(home: Home, date: str, campaign: str = "") -> None:
    """Decide for the business date ``date`` (YYYY-MM-DD) in a dry run, print it and write the CSV.

    :param campaign: one campaign alone, enabled or not; "" = all that are due
    :raises RunError: no date
    :raises DeclarationError: no such campaign
    """
    business_date = day(date, "DATE (the business date)")
    with stack.open_warehouse(home) as warehouse:
        rehearse(warehouse, businesses.load(), business_date, campaign or None)
