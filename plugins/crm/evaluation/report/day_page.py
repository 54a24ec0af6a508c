"""The page of a day: what to look at first, the shop, what the campaigns earned, what is open, what was sent."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from crm.evaluation.earnings import UNKNOWN
from crm.evaluation.report import charts, parts
from crm.evaluation.report.alerts import alerts
from crm.evaluation.report.figures import TO_DATE
from crm.evaluation.report.parts import Table, badge, lines, link
from crm.evaluation.report.verdicts import NOT_ENOUGH, OBSERVATIONAL, OPEN, is_earned, spent

if TYPE_CHECKING:
    from crm.evaluation.report.figures import Day, Result
    from crm.evaluation.report.language import Language

#: Kind of what another tool sent and this one only measured.
IMPORTED = "imported"
#: A result whose last version is older than this stands below, folded.
RECENT_DAYS = 60
MONEY = ("incremental_revenue", "revenue_low", "revenue_high")
POINTS = ("difference", "low", "high")
PROFIT = ("profit", "profit_low", "profit_high")
#: Tiles: key in ``words``, column of mart.shop_indicators, how it is written.
TILES = (
    ("net_revenue", "net_revenue", "money"),
    ("paid_orders", "orders_paid", "count"),
    ("average_order_value", "average_order_value", "money"),
    ("buyers", "buyers", "count"),
    ("returning_share", "returning_share", "percent"),
    ("payment_rate", "payment_rate", "percent"),
    ("repurchase_rate", "repurchase_rate", "percent"),
    ("second_purchase_rate", "second_purchase_rate", "percent"),
    ("members", "members", "count"),
    ("open_rate", "open_rate", "percent"),
    ("response_rate", "response_rate", "percent"),
)


def context(day: Day, language: Language) -> dict[str, Any]:
    """What ``day.html`` is filled with."""
    recent, earlier = split(day)
    return {
        "alerts": [(a.level, a.said, language.page(a.campaign) if a.campaign else "") for a in alerts(day, language)],
        "tiles": tiles(day, language),
        "trend": _trend(day, language),
        "earned": earned(day, drawn(recent), language),
        "observed": earned(day, [r for r in (*recent, *earlier) if r["status"] == "ok" and not _is_drawn(r)], language),
        "short": short(day, [r for r in recent if r["status"] == NOT_ENOUGH], language),
        "open": open_windows(day, [r for r in recent if r["status"] == OPEN], language),
        "earlier": earned(day, drawn(earlier), language),
        "sent": sent(day, language),
    }


def split(day: Day) -> tuple[list[Result], list[Result]]:
    """Results of late, and closed ones of long ago; within both, the newest first and what is pooled to date last."""
    limit = day.as_of - datetime.timedelta(days=RECENT_DAYS)
    ordered = sorted(
        day.primary, key=lambda r: (r["period"] == TO_DATE, -r["as_of"].toordinal(), r["campaign"], r["occasion"])
    )

    def is_recent(result: Result) -> bool:
        return bool(result["as_of"] > limit or result["status"] == OPEN or result["period"] == TO_DATE)

    recent = [result for result in ordered if is_recent(result)]
    return recent, [result for result in ordered if not is_recent(result) and result["status"] == "ok"]


def drawn(results: Sequence[Result]) -> list[Result]:
    """Closed results whose control was held out by lot."""
    return [result for result in results if result["status"] == "ok" and _is_drawn(result)]


def _is_drawn(result: Result) -> bool:
    return bool(result["assignment"] != OBSERVATIONAL)


def earned(day: Day, results: Sequence[Result], language: Language) -> Table:
    """Primary results side by side: conversion, revenue with its interval; profit and ROI of what is proven."""
    w = language.words
    table = Table(
        parts.columns(
            f"={w('campaign')}|{w('result')}|>{w('treated')}|>{w('control')}|>{w('difference')}|>{w('brought')}|"
            f"~{w('interval')}|>{w('profit')}|>{w('roi')}"
        )
    )
    believed = [believable(result) for result in results]
    money = language.estimates(believed, MONEY)
    written = language.estimates(map(headline, believed), PROFIT)
    for result, bar in zip(believed, parts.bars(believed, MONEY), strict=True):
        verdict = language.judge.verdict(result)
        table.said.append(verdict.said)
        table.rows.append(
            [
                title(day, result, language),
                badge(verdict.tone, w(verdict.tone)),
                language.formats.count(result["treated"]),
                language.formats.count(result["control"]),
                stacked(language.interval(result, POINTS, "points")),
                stacked(language.interval(result, MONEY, money)),
                bar,
                profit(headline(result), language, written),
                roi(headline(result), language)[0],
            ]
        )
    return table


def believable(result: Result) -> Result:
    """The same without what nobody should believe: comparisons of groups that are not those that were drawn."""
    if not result["sample_ratio_mismatch"]:
        return result
    return result | dict.fromkeys((*MONEY, *POINTS, *PROFIT, "roi"))


def headline(result: Result) -> Result:
    """The same without profit and ROI where it is not proven that anything was earned or lost."""
    return result if is_earned(result) else result | dict.fromkeys((*PROFIT, "roi"))


def title(day: Day, result: Result, language: Language) -> str:
    """The campaign, with a link to its page, which of its results, and whether it may be called an effect."""
    called = link(language.page(result["campaign"]), day.title(result["campaign"]))
    marks = [badge(OBSERVATIONAL, language.words(OBSERVATIONAL))] if result["assignment"] == OBSERVATIONAL else []
    if result["kind"] == IMPORTED:
        marks.append(badge("plain", language.words(IMPORTED)))
    if result["as_of"] == day.as_of:
        marks.append(badge("new", language.words("changed")))
    first = Markup(" ").join([called, *marks])
    return lines(first, language.words.join([language.group(result), language.question(result)]))


def stacked(interval: str) -> str:
    """The interval below its estimate."""
    first, space, rest = interval.partition(" [")
    return lines(first, f"[{rest}") if space else interval


def profit(result: Result, language: Language, written: Callable[[Any], str]) -> str:
    """Profit with its interval; of a closed result of which no cost and no margin is known: that it is unknown.

    :param written: writes each amount (``Language.estimates``)
    """
    if result["status"] == "ok" and result["profit_basis"] == UNKNOWN:
        return language.words("profit_unknown")
    return stacked(language.interval(result, PROFIT, written))


def roi(result: Result, language: Language) -> tuple[str, str]:
    """Profit for each unit spent, and what to know of it; where nothing was spent there is none."""
    free = result["status"] == "ok" and spent(result) == 0
    known = result["roi"] is not None or result["profit_basis"] != UNKNOWN
    told = language.words("nothing_spent" if free else "roi_note" if is_earned(result) else "roi_unproven")
    return language.formats.number(result["roi"], sign=True), told if known else ""


def short(day: Day, results: Sequence[Result], language: Language) -> Table:
    """Results that cannot tell, and what would be enough."""
    w = language.words
    table = Table(parts.columns(f"={w('campaign')}|>{w('treated')}|>{w('control')}|={w('verdict')}"))
    for result in results:
        counts = [language.formats.count(result[arm]) for arm in ("treated", "control")]
        table.rows.append([title(day, result, language), *counts, language.judge.verdict(result).said])
    return table


def open_windows(day: Day, results: Iterable[Result], language: Language) -> Table:
    """Counts so far of what is not over, and when it will be."""
    w, f = language.words, language.formats
    table = Table(
        parts.columns(f"={w('campaign')}|>{w('closes')}|>{w('treated')}|>{w('control')}|>{w('so_far')}|>{w('naive')}")
    )
    listed = list(results)
    money = f.estimates_of((result["naive_revenue"] for result in listed), sign=False)
    for result in listed:
        closes = day.closes(result)
        table.rows.append(
            [
                title(day, result, language),
                f.day(closes) if closes else f.count(None),
                f.count(result["treated"]),
                f.count(result["control"]),
                f"{f.percent(result['treated_rate'])} / {f.percent(result['control_rate'])}",
                money(result["naive_revenue"]),
            ]
        )
    return table


def sent(day: Day, language: Language) -> Table:
    """What went out of late."""
    w, f = language.words, language.formats
    table = Table(
        parts.columns(
            f"={w('campaign')}|{w('send_date')}|{w('channel')}|{w('provider')}|>{w('messages')}|>{w('waiting')}"
        )
    )
    for row in day.sent:
        about = language.group({**row, "period": ""})
        cells = [f.day(row["send_date"]), w.of(row["channel"]), row["provider"], f.count(row["messages"])]
        table.rows.append([lines(day.title(row["campaign"]), about), *cells, f.count(row["waiting"])])
    return table


def tiles(day: Day, language: Language) -> list[dict[str, str]]:
    """Indicators of the last day that has any, against the mean of the seven days before."""
    if not day.indicators:
        return []
    dates = sorted(day.indicators)
    last = day.indicators[dates[-1]]
    found = []
    for label, column, kind in TILES:
        if last.get(column) is None:
            continue
        values = [day.indicators[date].get(column) for date in dates]
        found.append(
            {
                "label": language.words(label),
                "value": getattr(language.formats, kind)(last[column]),
                "change": _change(values, kind, language),
                "spark": parts.sparkline(values[-28:]),
            }
        )
    return found


def _change(values: Sequence[Any], kind: str, language: Language) -> str:
    before = [value for value in values[-8:-1] if value is not None]
    if not before or not (mean := sum(before) / len(before)):
        return ""
    if kind == "percent":
        change = language.words("in_points", points=language.formats.points(values[-1] - mean))
    else:
        change = language.formats.lift(values[-1] / mean - 1)
    return language.words("before", change=change)


def revenue_by_day(day: Day) -> dict[datetime.date, float | None]:
    """What the charts of the shop show."""
    return {date: figures.get("net_revenue") for date, figures in day.indicators.items()}


def _trend(day: Day, language: Language) -> list[Any]:
    """The same chart for a wide and for a narrow page."""
    points = revenue_by_day(day)
    drawn = [charts.trend(points, width=1080, height=150), charts.trend(points, width=charts.WIDTH, height=150)]
    label = language.words("shop_trend")
    return [charts.svg(chart, label, f"trend{n}") for n, chart in enumerate(drawn) if chart is not None]
