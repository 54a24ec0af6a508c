"""One housekeeping of the warehouse and the files, as of a business date: what went, step by step."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm import runs
from crm.housekeeping import files, tables

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Period:
    """What ``step`` keeps: from the beginning of ``kept_from``, the instant ``before``, on."""

    step: str
    kept_from: datetime.date
    before: datetime.datetime


def periods(business: Business, business_date: datetime.date, steps: Iterable[str]) -> Iterator[Period]:
    """The periods of ``steps`` as of ``business_date``; what is kept for ever has none."""
    for step in steps:
        days = getattr(business.retention, step)
        if days is None:
            continue
        kept_from = business_date - datetime.timedelta(days=days)
        midnight = datetime.datetime.combine(kept_from, datetime.time(), ZoneInfo(business.time_zone))
        yield Period(step, kept_from, midnight)


def as_of(business: Business, date: str | None, now: datetime.datetime) -> datetime.date:
    """The business date as of which periods are counted: ``date`` (YYYY-MM-DD), or the last that is over.

    :raises RunError: that is no date, or one that is not over: what is still wanted would go
    """
    last = business.today_at(now) - datetime.timedelta(days=1)
    chosen = runs.day(date, "business_date") if date else last
    if chosen > last:
        raise runs.RunError(f"business_date is {chosen}, which is not over: give one up to {last}")
    return chosen


def warehouse(
    warehouse: Warehouse, business: Business, business_date: datetime.date, *, dry_run: bool
) -> dict[str, int]:
    """Remove the rows that are older than their periods, batch by batch; again, it removes nothing.

    :param dry_run: count what would go, and remove nothing
    :return: rows by step
    """
    remover = tables.Remover(warehouse, business, business_date, dry_run=dry_run)
    removed = {each.step: remover.remove(each) for each in periods(business, business_date, tables.STEPS)}
    return _told(warehouse, business, business_date, removed, dry_run=dry_run)


def run_time_files(
    warehouse: Warehouse, business: Business, business_date: datetime.date, logs: Path | None, *, dry_run: bool
) -> dict[str, int]:
    """Remove the files that were written before their periods; again, it removes nothing.

    :param logs: folder of Airflow's task logs; None = they are elsewhere
    :param dry_run: count what would go, and remove nothing
    :return: files by step
    """
    folders = {**files.folders(), **({"task_logs": logs} if logs else {})}
    removed = {
        each.step: sum(1 for _ in files.removed(folders[each.step], each.step, each.before, dry_run=dry_run))
        for each in periods(business, business_date, folders)
    }
    for each in periods(business, business_date, ["deliveries"]):
        with warehouse.transaction() as tx:
            published = [row.source_file for row in tx.rows("housekeeping/published_files", before=each.before)]
        removed[each.step] = files.remove_deliveries(published, each.before, dry_run=dry_run)
    return _told(warehouse, business, business_date, removed, dry_run=dry_run)


def _told(
    warehouse: Warehouse, business: Business, business_date: datetime.date, removed: dict[str, int], *, dry_run: bool
) -> dict[str, int]:
    """Say what went, and keep it for ``mart.housekeeping``."""
    for each in periods(business, business_date, removed):
        count, verb = removed[each.step], "would be removed" if dry_run else "removed"
        log.info("%s: %s %s, kept from %s", each.step, f"{count:,}", verb, each.kept_from)
        if not dry_run:
            keep(warehouse, each, business_date, count)
    return removed


def keep(warehouse: Warehouse, period: Period, business_date: datetime.date, removed: int) -> None:
    """Write down what a step removed."""
    row: dict[str, Any] = {"step": period.step, "kept_from": period.kept_from, "removed": removed}
    with warehouse.transaction() as tx:
        tx.run("housekeeping/keep", business_date=business_date, **row)
