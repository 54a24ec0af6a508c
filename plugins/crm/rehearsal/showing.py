"""What people see of a dry run: candidates, reasons, arms, tiers, cost and sample messages of each due campaign."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crm import printing
from crm.campaigns import reasons, usable
from crm.messages.names import named
from crm.messages.wording import can_show
from crm.occasion_words import in_full

if TYPE_CHECKING:
    from rich.console import Console

    from crm.business import Business
    from crm.rehearsal.dry_run import DryRun


def show(
    found: DryRun, business: Business, published: datetime.date | None, out: Console, lacking: Iterable[str] = ()
) -> None:
    """Print a dry run; ``lacking``: sentences about what is not known of anybody."""
    send_date = found.business_date + datetime.timedelta(days=1)
    out.print(f"\n[bold]Business date {found.business_date}[/bold]: as known at its end; sent on {send_date}. Dry run.")
    if published is None or published < found.business_date:
        out.print(f"Orders are published up to {published or 'no date yet'}: what came after is missing here.")
    if not found.rows:
        out.print("\nNo campaign was due, or there was nobody to ask.")
    for sentence in lacking:
        out.print(sentence)
    shown = {row["campaign"] for row in found.rows}
    if off := [
        each.campaign for each in usable.read(business).usable if not each.enabled and each.campaign not in shown
    ]:
        out.print(f"Switched off, and asked only by name: {', '.join(off)}.")
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
    out.print(f"\n[bold]{row['campaign']}[/bold]  {in_full(row['occasion'], row['wave'], 'en')}")
    out.print(
        f"{row['candidates']:,} candidates = {row['included']:,} written to + {row['held_out']:,} held out"
        f" + {left_out:,} left out. Sending costs {sum(g.sending_cost for g in groups):,.2f} {business.currency}."
    )
    if detectable := row.get("detectable"):
        out.print(can_show(detectable))
    if found.reasons[key]:
        told = sorted(found.reasons[key], key=lambda reason: _place(reason.reason))
        lines = [(named("reasons", each.reason, "en"), f"{each.first_of_all:,}", f"{each.at_all:,}") for each in told]
        out.print(printing.table("", "left out for|>first reason|>at all", lines))
    kept = [group for group in groups if group.decision != "exclude"]
    if kept:
        out.print(printing.table("", "variant|channel|>written to|>held out", _arms(kept, "variant", "channel")))
        out.print(printing.table("", "tier|>written to|>held out", _arms(kept, "tier")))


def _place(reason: str) -> tuple[int, str]:
    return (reasons.ORDER.index(reason) if reason in reasons.ORDER else len(reasons.ORDER), reason)


def _arms(groups: Iterable[Any], *columns: str) -> list[tuple[str, ...]]:
    counted: Counter[tuple[tuple[str, ...], str]] = Counter()
    for group in groups:
        counted[tuple(getattr(group, column) or "(none)" for column in columns), group.decision] += group.customers
    names = sorted({name for name, _ in counted})
    return [
        (*(_called(each) for each in name), f"{counted[name, 'include']:,}", f"{counted[name, 'hold_out']:,}")
        for name in names
    ]


def _called(name: str) -> str:
    """A channel or a missing tier in words; a tier or variant as the shop calls it."""
    return named("tiers", named("channels", name, "en"), "en")


def _show_sample(campaign: str, each: dict[str, Any], out: Console) -> None:
    channel, language = named("channels", each["channel"], "en"), named("locales", each["locale"], "en")
    about = f"{campaign}, {in_full(each['occasion'], each['wave'], 'en')}, {channel}, {language}"
    about += f", variant {each['variant']}: {each['messages']:,} messages"
    about += (
        f" of {each['parts']} SMS parts, at most {each['most_parts']}"
        if "parts" in each
        else f"\nSubject: {each['subject']}"
    )
    out.print(f"\n--- {about}\n{each['text']}", markup=False)
