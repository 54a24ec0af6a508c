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


def business_date(partition_key: str | None) -> datetime.date:
    """Business date of a run.

    :raises RunError: the partition key (form: Advanced options) is no date
    """
    return day(partition_key, "the partition key (the business date; under Advanced options in the form)")


def load_range(partition_key: str | None, params: Mapping[str, Any]) -> tuple[datetime.date | None, datetime.date]:
    """First and last business date of a daily run: (None, date), or the range of a load.

    :raises RunError: a load without its dates or with reversed ones, a range outside a load, an unknown mode
    """
    mode, first = params.get("mode", "live"), params.get("from_date")
    if mode not in MODES:
        raise RunError(f"mode is {mode!r}: give one of {', '.join(MODES)}")
    last = business_date(partition_key)
    if mode != "load":
        if first:
            raise RunError("from_date belongs to mode 'load': leave it empty, or set mode to 'load'")
        return None, last
    if not first:
        raise RunError("a load needs its dates: from_date (first) and the partition key (last), both YYYY-MM-DD")
    start = day(first, "from_date")
    if start > last:
        raise RunError(f"from_date {start} is after the partition key {last}: give the first date of the range")
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
