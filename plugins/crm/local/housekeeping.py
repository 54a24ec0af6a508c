"""``make housekeeping``: what the DAG ``housekeeping`` removes, counted; with ``YES=1`` removed."""

from __future__ import annotations

import datetime

from crm import business as businesses
from crm.campaigns import sweeping
from crm.housekeeping import airflow_runs, keeping
from crm.local import stack
from crm.local.home import AIRFLOW_DATABASE, Home
from crm.messages.clock import RealClock


class HousekeepingError(Exception):
    """Nothing was removed; the message says what to give."""


def housekeeping(home: Home, date: str, yes: str) -> None:
    """Count what is older than its period as of ``date`` ("" = yesterday); remove it where ``yes`` is 1.

    :raises HousekeepingError: ``yes`` is neither empty nor 1; the date is not over
    """
    if yes not in ("", "0", "1"):
        raise HousekeepingError(f"YES is {yes!r}: give YES=1 to remove what is counted without it")
    business, dry_run = businesses.load(), yes != "1"
    business_date = keeping.as_of(business, date or None, RealClock().now())
    logs = home.airflow / "logs"
    with stack.open_warehouse(home) as warehouse:
        swept = sweeping.sweep(warehouse, business, RealClock().now(), dry_run=dry_run)
        removed = keeping.warehouse(warehouse, business, business_date, dry_run=dry_run)
        removed |= keeping.run_time_files(warehouse, business, business_date, logs, dry_run=dry_run)
    if (home.airflow / "migrated").exists():
        removed["airflow_runs"] = _airflow(home, business, business_date, dry_run=dry_run)
    for each in swept:
        print(f"never left: {each['campaign']} of {each['send_date']}: {sweeping.amounts_of(each)}")
    _show(removed, business_date, dry_run=dry_run)


def _airflow(home: Home, business: businesses.Business, business_date: datetime.date, *, dry_run: bool) -> int:
    with home.running_server(print) as server:
        url = server.url(AIRFLOW_DATABASE, "postgresql+psycopg2")
        return sum(
            sum(airflow_runs.clean(url, each.before, dry_run=dry_run).values())
            for each in keeping.periods(business, business_date, ["airflow_runs"])
        )


def _show(removed: dict[str, int], business_date: datetime.date, *, dry_run: bool) -> None:
    print(f"as of {business_date}, {'older than its period' if dry_run else 'removed'}:")
    for step, count in removed.items():
        print(f"  {step:20} {count:>12,}")
    if dry_run:
        print("nothing was removed: YES=1 removes it")
