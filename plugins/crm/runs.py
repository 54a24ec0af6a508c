"""What a DAG run is told: its business date and its mode, validated before anything is touched.

live: plan and send. dry: decide in a report only. load: a range of history, refreshed once as of its last date, nothing
planned, nothing sent. simulate: a clock fixed to the send date and the outbox alone, for demos and rehearsals.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

MODES = ("live", "dry", "load", "simulate")

#: The form's field of a DAG that takes a business date: for Airflow's command line, which knows no partition key.
BUSINESS_DATE: dict[str, Any] = {
    "default": None,
    "type": ["null", "string"],
    "format": "date",
    "description": "Business date, where no partition key is given (command line)",
}
_BOTH_WAYS = "the partition key (under Advanced options in the form) or the parameter business_date, YYYY-MM-DD"


class RunError(ValueError):
    """The run was started with something that it cannot use; the message says what to give."""


def day(text: str | None, what: str) -> datetime.date:
    """Parse ``text`` as YYYY-MM-DD.

    :raises RunError: names ``what`` and the form to give
    """
    try:
        if text is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise RunError(f"{what} is {text!r}, not a date: give it as YYYY-MM-DD, e.g. 2017-11-20") from None


def business_date(partition_key: str | None, params: Mapping[str, Any]) -> datetime.date:
    """Business date of a run: its partition key, or the parameter ``business_date`` where it has none.

    :raises RunError: neither is given, one is no date, or they differ
    """
    given = params.get("business_date")
    if partition_key is None and not given:
        raise RunError(f"this run has no business date: give {_BOTH_WAYS}")
    key = None if partition_key is None else day(partition_key, "the partition key (the business date)")
    named = day(given, "business_date") if given else None
    if key and named and key != named:
        raise RunError(f"the partition key says {key}, business_date says {named}: give one of them, or the same date")
    found = key or named
    assert found is not None
    return found


def can_hand_on(partition_key: str | None, mode: str) -> None:
    """Refuse to decide in earnest where the campaigns' own runs would not be started.

    :raises RunError: Airflow starts them by the partition key of the deciding run alone
    """
    if mode == "live" and partition_key is None:
        raise RunError(
            "plan_campaigns decides in earnest for a partition key alone, by which Airflow starts the campaigns: give "
            "it in the form or by REST, or start daily_orders with business_date, which starts this DAG for that date"
        )


def load_range(partition_key: str | None, params: Mapping[str, Any]) -> tuple[datetime.date | None, datetime.date]:
    """First and last business date of a daily run: (None, date), or the range of a load.

    :raises RunError: a load without its dates or with reversed ones, a range outside a load, an unknown mode
    """
    mode, first = params.get("mode", "live"), params.get("from_date")
    if mode not in MODES:
        raise RunError(f"mode is {mode!r}: give one of {', '.join(MODES)}")
    last = business_date(partition_key, params)
    if mode != "load":
        if first:
            raise RunError("from_date belongs to mode 'load': leave it empty, or set mode to 'load'")
        return None, last
    if not first:
        raise RunError("a load needs its dates: from_date (first) and the business date (last), both YYYY-MM-DD")
    start = day(first, "from_date")
    if start > last:
        raise RunError(f"from_date {start} is after the business date {last}: give the first date of the range")
    return start, last


def campaign_mode(run_type: str, params: Mapping[str, Any], events: Mapping[Any, Any]) -> str:
    """Mode of a run that decides or sends: that of the run whose event started it, or the form's own.

    A person's run is a dry run unless the form says otherwise; ``dry_run`` counts for such runs alone.
    """
    if run_type == "manual":
        return "dry" if params.get("dry_run", True) else "live"
    modes = [event.extra["mode"] for found in events.values() for event in found if "mode" in event.extra]
    if not modes:
        raise RunError("this run was started neither by hand nor by daily_orders: trigger it from the form")
    return str(modes[-1])
