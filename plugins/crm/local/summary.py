"""The summary for people: one screen of aligned tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crm import printing
from crm.local.figures import CONTINUOUS, covering_zero, primary
from crm.messages.names import named
from crm.messages.wording import words
from crm.occasion_words import called

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def show(figures: dict[str, Any], out: Console) -> None:
    """Print orders, customers, campaigns and what they really earned."""
    out.print(f"\n[bold]Orders[/bold]  {figures['first_business_date']} to {figures['last_business_date']}: ", end="")
    out.print(lines(figures["orders"]) + "\n")
    show_customers(figures["customers"], out)
    columns = "campaign|send date|>candidates|>left out|>held out|>messages|>skipped|most were left out for"
    out.print(printing.table("Campaigns", columns, _campaigns(figures["campaigns"])))
    out.print()
    title = "What they earned: primary results, 95 % intervals, amounts in the reporting currency"
    out.print(printing.table(title, _RESULT_COLUMNS, map(_result, primary(figures))))
    _explain(figures, out)
    if figures["past_campaigns"]:
        _show_past_campaigns(figures["past_campaigns"], out)


def show_customers(customers: dict[str, Any], out: Console) -> None:
    """Print the customers by segment and by tier, side by side."""
    from rich.columns import Columns

    segments = _groups(f"{customers['total']:,} customers by segment", "segment", customers["by_segment"])
    out.print(Columns([segments, _groups("by tier", "tier", customers["by_tier"])], padding=(0, 4)))
    out.print()


def lines(orders: dict[str, Any]) -> str:
    """What became of the lines that were read."""
    counts = {"published": orders["lines_published"], "unchanged": orders["unchanged"]}
    counts |= {"superseded": orders["superseded"], "rejected": sum(orders["rejected"].values())}
    parts = " + ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"{orders['lines_read']:,} lines read = {parts}"


def _groups(title: str, name: str, counts: dict[str, int]) -> Table:
    rows = sorted(counts.items(), key=lambda each: -each[1])
    return printing.table(title, f"{name}|>customers", [(group, f"{count:,}") for group, count in rows])


def _campaigns(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[object, ...]]:
    """Continuous campaigns stand in one line for all their days."""
    merged: dict[tuple[str, str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        day = "" if row["kind"] in CONTINUOUS else row["send_date"]
        merged[row["campaign"], row["occasion"], row["wave"], day].append(row)
    for (campaign, _, wave, day), days in merged.items():
        reasons: dict[str, int] = defaultdict(int)
        for row in days:
            for reason, count in row["excluded"].items():
                reasons[reason] += count
        name = campaign if wave == "main" else f"{campaign}, {called(wave, 'en')}"
        when = day or f"{days[0]['send_date']}…{days[-1]['send_date'][5:]}"
        counts = [sum(row[key] for row in days) for key in ("candidates", "held_out", "messages", "skipped")]
        commonest = sorted(reasons.items(), key=lambda each: -each[1])[:2]
        most = [f"{named('reasons', reason, 'en')} {count:,}" for reason, count in commonest]
        yield (
            name, when, f"{counts[0]:,}", f"{sum(reasons.values()):,}",
            *(f"{count:,}" for count in counts[1:]), ", ".join(most),
        )  # fmt: skip


_RESULT_COLUMNS = "campaign|goal, days|>treated/control|>bought, %|>lift in points|>send and count|>the holdout says"


def _result(found: tuple[dict[str, Any], dict[str, Any]]) -> tuple[object, ...]:
    owner, result = found
    name = owner["campaign"] + (f", {owner['period']}" if owner.get("period") else "")
    if result["status"] == "ok":
        difference = _interval(result, ("difference", "low", "high"), 100, "+.1f")
        money = _interval(result, ("incremental_revenue", "revenue_low", "revenue_high"), 1, "+,.0f")
    else:
        difference, money = result["status"].replace("_", " "), ""
    rates = [result[rate] for rate in ("treated_rate", "control_rate") if result[rate] is not None]
    bought = " / ".join(f"{100 * rate:.1f}" for rate in rates)
    goal = f"{words(result['goal'], 'en')}, {result['window_days']}"
    return (
        name, goal, f"{result['treated']:,} / {result['control']:,}",
        bought, difference, f"{result['naive_revenue']:,.0f}", money,
    )  # fmt: skip


def _interval(result: dict[str, Any], names: tuple[str, str, str], factor: float, form: str) -> str:
    """An estimate and its interval of 95 %."""
    middle, low, high = (format(factor * result[name], form) for name in names)
    return f"{middle} [{low}, {high}]"


def _explain(figures: dict[str, Any], out: Console) -> None:
    covering, closed = covering_zero(figures)
    out.print(
        f"""
[bold]{covering} of {closed} cover zero.[/bold] Nobody received a message in 2017, so every true lift is zero:
a 95 % interval should cover it, and about 1 in 20 misses it all the same. A tool that sends and counts claims every
order of the treated; the held-out customers, whom nobody wrote to, bought as much. [dim]open: the window is not over.
not enough: fewer than 100 held out, or fewer than 10 expected buyers or non-buyers in an arm.[/dim]"""
    )


def _show_past_campaigns(past: list[dict[str, Any]], out: Console) -> None:
    """Print the shop's own campaigns: what they were is known, how their audience was chosen shows."""
    redeemed = sum(row["redemptions"] for row in past)
    title = f"{len(past)} real campaigns of the shop, from a file: {redeemed:,} coupons redeemed; differences in points"
    columns = "campaign|type|began|>days|>targeted/not|>redeemed|>bought, %|>raw|>stratified|arms were"
    out.print()
    out.print(printing.table(title, columns, map(_past_campaign, past)))
    out.print(
        """[bold]observational[/bold]: not randomised. The shop chose whom to send coupons, and chose good customers:
the raw difference is theirs. Stratified by what they had spent before it shrinks; what is left may still be the
audience's, not the campaign's."""
    )


def _past_campaign(row: dict[str, Any]) -> tuple[object, ...]:
    rates = [row["treated_rate"], row["control_rate"]]
    raw = f"{100 * (rates[0] - rates[1]):+.1f}" if None not in rates else ""
    stratified = row["status"].replace("_", " ")
    if row["status"] == "ok":
        stratified = _interval(row, ("difference", "low", "high"), 100, "+.1f")
    return (
        row["campaign"], row["type"], row["began"], row["window_days"], f"{row['treated']:,} / {row['control']:,}",
        f"{row['redemptions']:,}", " / ".join(f"{100 * rate:.1f}" for rate in rates if rate is not None), raw,
        stratified, row["assignment"],
    )  # fmt: skip
