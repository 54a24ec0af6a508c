"""A dry run (``make plan``, a DAG's form): whom would a business date have written to? Leaves no trace.

Prints, per campaign that was due, candidates, reasons, arms, tiers, cost and sample messages to an invented person, and
writes every decision to ``$CRM_HOME/plans/<business date>[-<campaign>].csv``: customer ids, no names, no addresses.
"""

from __future__ import annotations

import datetime
import functools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import business as businesses
from crm import settings
from crm.campaigns import planning, reasons
from crm.customers.calibrating import cycles_as_known
from crm.customers.refreshing import as_known
from crm.local import stack, summary
from crm.local.home import Home
from crm.messages.preview import can_show, preview_of_dry_run
from crm.messages.rendering import TemplateError
from crm.runs import day

if TYPE_CHECKING:
    from rich.console import Console

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


def plan(home: Home, date: str, campaign: str = "") -> None:
    """Decide for the business date ``date`` (YYYY-MM-DD) in a dry run, print it and write the CSV.

    :param campaign: one campaign alone, enabled or not; "" = all that are due
    :raises RunError: no date
    :raises DeclarationError: no such campaign
    """
    business_date = day(date, "DATE (the business date)")
    business = businesses.load()
    with stack.open_warehouse(home) as warehouse:
        rehearse(warehouse, business, business_date, campaign or None)


def rehearse(
    warehouse: Warehouse, business: Business, business_date: datetime.date, only: str | None
) -> list[dict[str, Any]]:
    """The same from a DAG: printed into the task's log; returns what ``crm.campaigns.planning.plan`` does."""
    with warehouse.transaction() as tx:
        published = tx.value("local/published")
    found = dry_run(warehouse, business, business_date, only)
    show(found, business, published, summary.console())
    return found.rows


def dry_run(warehouse: Warehouse, business: Business, business_date: datetime.date, only: str | None) -> DryRun:
    """Decide ``business_date`` as it was known at its end; where no history was kept it is computed on demand."""
    name = f"{business_date}-{only}" if only else str(business_date)
    found = DryRun(business_date, settings.home() / "plans" / f"{name}.csv")
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
    for row in tx.rows("local/plan_groups", named=only):
        found.groups[row.campaign, row.occasion, row.wave].append(row)
    for row in tx.rows("local/plan_reasons", named=only):
        found.reasons[row.campaign, row.occasion, row.wave].append(row)
    for campaign in sorted({campaign for campaign, _, _ in found.groups}):
        try:
            found.samples[campaign] = preview_of_dry_run(tx, business, campaign, found.business_date)["samples"]
        except TemplateError as error:
            found.broken[campaign] = str(error)
    found.file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = found.file.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.writelines(tx.copy_out("local/plan_decisions", named=only))
    unfinished.replace(found.file)


def show(found: DryRun, business: Business, published: datetime.date | None, out: Console) -> None:
    """Print a dry run."""
    send_date = found.business_date + datetime.timedelta(days=1)
    out.print(f"\n[bold]Business date {found.business_date}[/bold]: as known at its end; sent on {send_date}. Dry run.")
    if published is None or published < found.business_date:
        out.print(f"Orders are published up to {published or 'no date yet'}: what came after is missing here.")
    if not found.rows:
        out.print("\nNo campaign was due, or there was nobody to ask.")
    for row in found.rows:
        _show_campaign(row, found, business, out)
    for campaign, samples in found.samples.items():
        for each in samples:
            _show_sample(campaign, each, out)
    for campaign, told in found.broken.items():
        out.print(f"\n{campaign}: its messages cannot be written: {told}", markup=False)
    out.print(f"\nEvery decision: {found.file}", soft_wrap=True)


def _show_campaign(row: dict[str, Any], found: DryRun, business: Business, out: Console) -> None:
    key = row["campaign"], row["occasion"], row["wave"]
    groups = found.groups[key]
    left_out = sum(row["excluded"].values())
    out.print(f"\n[bold]{row['campaign']}[/bold]  {row['occasion']}, wave {row['wave']} ({row['kind']})")
    out.print(
        f"{row['candidates']:,} candidates = {row['included']:,} written to + {row['held_out']:,} held out"
        f" + {left_out:,} left out. Sending costs {sum(g.sending_cost for g in groups):,.2f} {business.currency}."
    )
    if detectable := row.get("detectable"):
        out.print(can_show(detectable))
    if found.reasons[key]:
        told = sorted(found.reasons[key], key=lambda reason: _place(reason.reason))
        lines = [(each.reason, f"{each.first_of_all:,}", f"{each.at_all:,}") for each in told]
        out.print(summary.table("", "left out for|>first reason|>at all", lines))
    kept = [group for group in groups if group.decision != "exclude"]
    if kept:
        out.print(summary.table("", "variant|channel|>treatment|>control", _arms(kept, "variant", "channel")))
        out.print(summary.table("", "tier|>treatment|>control", _arms(kept, "tier")))


def _place(reason: str) -> tuple[int, str]:
    return (reasons.ORDER.index(reason) if reason in reasons.ORDER else len(reasons.ORDER), reason)


def _arms(groups: Iterable[Any], *columns: str) -> list[tuple[str, ...]]:
    counted: Counter[tuple[tuple[str, ...], str]] = Counter()
    for group in groups:
        counted[tuple(getattr(group, column) or "(none)" for column in columns), group.decision] += group.customers
    names = sorted({name for name, _ in counted})
    return [(*name, f"{counted[name, 'include']:,}", f"{counted[name, 'hold_out']:,}") for name in names]


def _show_sample(campaign: str, each: dict[str, Any], out: Console) -> None:
    about = f"{campaign}, {each['occasion']}, wave {each['wave']}, {each['channel']}, {each['locale']}"
    about += f", variant {each['variant']}: {each['messages']:,} messages"
    about += f" of {each['parts']} SMS parts" if "parts" in each else f"\nSubject: {each['subject']}"
    out.print(f"\n--- {about}\n{each['text']}", markup=False)
