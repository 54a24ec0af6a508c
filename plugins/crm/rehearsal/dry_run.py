"""Decide a business date as it was known at its end, in a transaction that is rolled back.

Every decision goes to ``$CRM_HOME/plans/<business date>[-<campaign>].csv``: customer ids, no names, no addresses.
"""

from __future__ import annotations

import datetime
import functools
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import printing, settings
from crm.campaigns import planning
from crm.customers.calibrating import cycles_as_known
from crm.customers.refreshing import as_known
from crm.messages.preview import preview_of_dry_run
from crm.messages.sources import TemplateError
from crm.rehearsal.keeping import keep
from crm.rehearsal.lacking import lacking
from crm.rehearsal.showing import show

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse


@dataclass
class DryRun:
    """What one dry run decided. Groups and reasons are by (campaign, occasion, wave), samples by campaign."""

    business_date: datetime.date
    file: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[tuple[str, str, str], list[Any]] = field(default_factory=lambda: defaultdict(list))
    reasons: dict[tuple[str, str, str], list[Any]] = field(default_factory=lambda: defaultdict(list))
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def rehearse(
    warehouse: Warehouse, business: Business, business_date: datetime.date, only: str | None, run_id: str = ""
) -> list[dict[str, Any]]:
    """The same from a DAG: printed into the task's log; returns what ``crm.campaigns.planning.plan`` does.

    :param run_id: run of the DAG of ``only``, under which the counts are kept for the page that follows it
    """
    with warehouse.transaction() as tx:
        published = tx.value("rehearsal/published")
        known = tx.row("rehearsal/known")
    found = dry_run(warehouse, business, business_date, only)
    if only and run_id:
        keep(warehouse, found, only, run_id, published)
    show(found, business, published, printing.console(), lacking(known))
    return found.rows


def dry_run(warehouse: Warehouse, business: Business, business_date: datetime.date, only: str | None) -> DryRun:
    """Decide ``business_date`` as it was known at its end; where no history was kept it is computed on demand."""
    name = f"{business_date}-{only}" if only else str(business_date)
    found = DryRun(business_date, settings.plans() / f"{name}.csv")
    found.rows = planning.plan(
        warehouse,
        business,
        business_date,
        mode="dry",
        only=only,
        standing=functools.partial(as_known, warehouse, business, business_date),
        calibrate=functools.partial(cycles_as_known, business, business_date),
        report=functools.partial(_read, found, business, only),
    )
    return found


def _read(found: DryRun, business: Business, only: str | None, tx: Transaction) -> None:
    for row in tx.rows("rehearsal/groups", named=only):
        found.groups[row.campaign, row.occasion, row.wave].append(row)
    for row in tx.rows("rehearsal/reasons", named=only):
        found.reasons[row.campaign, row.occasion, row.wave].append(row)
    for campaign in sorted({campaign for campaign, _, _ in found.groups}):
        try:
            found.samples[campaign] = preview_of_dry_run(tx, business, campaign, found.business_date)["samples"]
        except TemplateError as error:
            found.broken[campaign] = str(error)
    found.file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = found.file.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.writelines(tx.copy_out("rehearsal/decisions", named=only))
    unfinished.replace(found.file)
