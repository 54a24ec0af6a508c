"""The page of one campaign: its verdicts, funnel, windows, money, variants, parts of its audience and versions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from crm.evaluation.earnings import MARGIN
from crm.evaluation.report import charts, parts
from crm.evaluation.report.day_page import IMPORTED, MONEY, POINTS, PROFIT, believable, profit, roi, stacked
from crm.evaluation.report.figures import digest, key
from crm.evaluation.report.parts import Table, badge, lines
from crm.evaluation.report.verdicts import BAD, EVEN, GOOD, OBSERVATIONAL, is_earned
from crm.evaluation.results import MANTEL_HAENSZEL

if TYPE_CHECKING:
    from crm.evaluation.report.figures import Campaign, Day, Key, Result
    from crm.evaluation.report.language import Language

#: Occasions and months with all their charts; those before are lines of a table.
WHOLE = 6
#: Charts that are kept.
MOST_DRAWN = 1000
_DRAWN: dict[tuple[str, str, str], str] = {}
ORDERS = ("incremental_orders", "orders_low", "orders_high")
STEPS = ("assigned", "accepted", "delivered", "opened", "clicked", "converted")
DIMENSIONS = ("segment", "tier", "channel", "variant")


def context(campaign: Campaign, day: Day, language: Language) -> dict[str, Any]:
    """What ``campaign.html`` is filled with."""
    sections = [_section(campaign, group, n, day, language) for n, group in enumerate(campaign.groups[:WHOLE])]
    rest = [primary for group in campaign.groups[WHOLE:] if (primary := _primary(campaign.of(group)))]
    return {
        "title": day.title(campaign.name),
        "name": campaign.name,
        "imported": any(result["kind"] == IMPORTED for result in campaign.results),
        "observational": any(result["assignment"] == OBSERVATIONAL for result in campaign.results),
        "sections": [section for section in sections if section],
        "rest": _windows(rest, language, groups=True),
    }


def _primary(results: list[Result]) -> Result | None:
    return next((result for result in results if result["is_primary"]), None)


def _section(campaign: Campaign, group: Key, number: int, day: Day, language: Language) -> dict[str, Any] | None:
    results = campaign.of(group)
    primary = _primary(results)
    if primary is None:
        return None
    whole = [result for result in results if result["dimension"] == "all"]
    declared = [result for result in whole if result["goal"] == primary["goal"]]
    verdict = language.judge.verdict(primary, day.closes(primary))
    variants = [compared for compared in campaign.variants if key(compared) == group]
    history = [version for version in campaign.history if key(version) == group]
    return {
        "label": language.group(primary),
        "question": language.question(primary),
        "observational": primary["assignment"] == OBSERVATIONAL,
        "verdict": verdict,
        "tone": language.words(verdict.tone),
        "facts": _facts(believable(primary), language),
        "funnel": _funnel(primary, language),
        "charts": _charts(declared, f"g{number}", language),
        "windows": _windows(whole, language),
        "money": _money(primary, language),
        "margin": _counted_by(primary, language),
        "pooled": _pooled(primary, language),
        "attribution": _attribution(primary, language),
        "variants": _variants(variants, language),
        "parts": _parts(results, primary, language),
        "history": _history(history, language),
    }


def _pooled(primary: Result, language: Language) -> str:
    """How months and draws were put together; nothing of a result that is not pooled."""
    if primary["method"] != MANTEL_HAENSZEL:
        return ""
    f = language.formats
    note = language.words("pooled_note", later=f.count(primary["later_entries"]))
    if not primary["dropped_strata"]:
        return note
    counts = {"strata": f.count(primary["dropped_strata"]), "customers": f.count(primary["dropped_customers"])}
    return f"{note} {language.words('pooled_dropped', **counts)}"


def _facts(primary: Result, language: Language) -> list[tuple[str, str, str]]:
    """The figures that a reader looks for first: label, figure, interval."""
    w, f = language.words, language.formats
    found = [
        (w("brought"), *_split(language.interval(primary, MONEY, "money"))),
        (w("difference"), *_split(language.interval(primary, POINTS, "points"))),
    ]
    if is_earned(primary) and primary["profit"] is not None:
        left = (w("profit"), *_split(language.interval(primary, PROFIT, "money")))
        found[1:1] = [left, (w("roi"), *roi(primary, language))]
    if primary["status"] != "ok":
        rates = (("treated_rate", "treated_converted"), ("control_rate", "control_converted"))
        found = [(w(rate), f.percent(primary[rate]), f.count(primary[count])) for rate, count in rates]
    counts = [(w(arm), f.count(primary[arm]), "") for arm in ("treated", "control")]
    return [*found, *counts]


def _split(interval: str) -> tuple[str, str]:
    first, space, rest = interval.partition(" [")
    return first, f"[{rest}" if space else ""


def _funnel(primary: Result, language: Language) -> list[dict[str, Any]]:
    """Each step in customers, as a share of the assigned and of the step before; None where nobody knows."""
    counts = {
        "assigned": primary["treated"],
        **{step: primary[step] for step in STEPS[1:-1]},
        "converted": primary["treated_converted"],
    }
    steps, before = [], None
    for step in STEPS:
        count, all_of_them = counts[step], primary["treated"]
        # People buy without a click: the last step is a share of everybody.
        of = all_of_them if step == "converted" else before
        steps.append(
            {
                "label": language.words(f"step_{step}"),
                "count": language.formats.count(count),
                "width": round(100 * count / all_of_them, 1) if count and all_of_them else 0,
                "share": language.formats.percent(count / of) if count is not None and of else "",
            }
        )
        before = count if count is not None else before
    return steps


def _charts(results: list[Result], name: str, language: Language) -> list[dict[str, Any]]:
    w = language.words
    money = w("chart_money", currency=language.formats.currency)
    points = partial(charts.intervals, names=POINTS, form="+.1f", factor=100)
    made = (
        ("rates", w("chart_rates"), w("chart_rates_note"), charts.rates),
        ("points", w("chart_difference"), w("chart_interval_note"), points),
        ("money", money, w("chart_interval_note"), partial(charts.intervals, names=MONEY, form="+~s")),
    )
    told = digest(results)
    return [
        {"kind": kind, "title": title, "note": note, "svg": _drawn((told, title, f"{name}-{kind}"), results, describe)}
        for kind, title, note, describe in made
    ]


def _drawn(key: tuple[str, str, str], results: list[Result], describe: Callable[[list[Result]], Any]) -> str:
    """The chart of ``results`` as SVG, "" where there is nothing to draw; ``key``: their digest, its title, its name.

    Kept, because pages show the same figures again and again: to describe and draw a chart costs some 30 ms.
    """
    if (drawn := _DRAWN.get(key)) is None:
        chart, (_, title, name) = describe(results), key
        drawn = charts.svg(chart, title, name) if chart is not None else ""
        if len(_DRAWN) >= MOST_DRAWN:
            _DRAWN.clear()
        _DRAWN[key] = drawn
    return drawn


def _windows(results: list[Result], language: Language, *, groups: bool = False) -> Table:
    """All windows and goals, or with ``groups`` one line per occasion or month."""
    w, f = language.words, language.formats
    table = Table(
        parts.columns(
            f"={w('window')}|{w('status')}|>{w('treated_rate')}|>{w('control_rate')}|>{w('difference')}|"
            f">{w('relative_lift')}|>{w('p')}|>{w('brought')}|>{w('naive')}"
        )
    )
    money = language.estimates(results, MONEY)
    naive = f.estimates_of((result["naive_revenue"] for result in results), sign=False)
    for result in (
        sorted(results, key=lambda r: (not r["is_primary"], r["goal"], r["window_days"])) if not groups else results
    ):
        mark = badge("primary", w("primary")) if result["is_primary"] else badge("plain", w("secondary"))
        first = language.group(result) if groups else language.question(result)
        table.rows.append(
            [
                lines(Markup("{} {}").format(first, "" if groups else mark)),
                _standing(result, language),
                f.percent(result["treated_rate"]),
                f.percent(result["control_rate"]),
                stacked(language.interval(result, POINTS, "points")),
                stacked(language.interval(result, ("relative_lift", "relative_low", "relative_high"), "lift")),
                f.p(result["p_value"]),
                stacked(language.interval(result, MONEY, money)),
                naive(result["naive_revenue"]),
            ]
        )
    return table


def _standing(result: Result, language: Language) -> str:
    """The verdict in a word; what was not declared beforehand is called no proof, only where its interval lies."""
    tone = language.judge.verdict(result).tone
    if result["is_primary"] or tone not in (GOOD, BAD, EVEN):
        return badge(tone, language.words(tone))
    return badge("plain", language.words(f"secondary_{tone}"))


def _money(primary: Result, language: Language) -> Table:
    """From what was brought in to what is left."""
    w, f = language.words, language.formats
    adjusted = ("revenue_unadjusted", "revenue_unadjusted_low", "revenue_unadjusted_high")
    unreliable = w("unreliable") if primary["uncapped_reliable"] is False else ""
    money = language.estimates([primary], (*MONEY, *PROFIT))
    cost = f.money_of([primary["coupon_cost"], primary["sending_cost"], primary["goods_cost"]])
    rows: list[Any] = [
        [w("incremental_orders"), stacked(language.interval(primary, ORDERS, "count"))],
        [w("incremental_revenue"), stacked(language.interval(primary, MONEY, money))],
        [w("revenue_unadjusted"), stacked(language.interval(primary, adjusted, money))],
        [w("revenue_uncapped"), lines(money(primary["revenue_uncapped"]), unreliable)],
        [w("coupon_cost"), cost(primary["coupon_cost"])],
        [w("sending_cost"), cost(primary["sending_cost"])],
        [w("goods_cost"), _goods(primary, language, cost)],
        [w("profit"), profit(primary, language, money)],
        [w("roi"), lines(*roi(primary, language))],
    ]
    return Table(parts.columns(f"={w('figure')}|>{w('result')}"), rows, compact=True)


def _counted_by(primary: Result, language: Language) -> str:
    """What profit was counted by; versions from before costs of goods say so."""
    basis = primary["profit_basis"] or ("revenue" if primary["margin"] is None else MARGIN)
    percent = language.formats.percent
    return language.words(
        f"money_note_{basis}", margin=percent(primary["margin"]), known=percent(primary["cost_known"] or 0)
    )


def _goods(primary: Result, language: Language, cost: Callable[[Any], str]) -> Any:
    known = language.words("goods_known", known=language.formats.percent(primary["cost_known"] or 0))
    return lines(cost(primary["goods_cost"]), known if primary["goods_cost"] is not None else "")


def _attribution(primary: Result, language: Language) -> Table:
    w, f = language.words, language.formats

    figures = ("last_touch_revenue", "coupon_revenue", "naive_revenue")
    money = f.estimates_of((primary[name] for name in figures), sign=False)

    def told(orders: Any, revenue: Any) -> str:
        if orders is None:
            return f.count(None)
        return w("orders_and_revenue", orders=f.count(orders), revenue=money(revenue))

    rows: list[Any] = [
        [w("last_touch"), told(primary["last_touch_orders"], primary["last_touch_revenue"])],
        [w("coupon_code"), told(primary["coupon_orders"], primary["coupon_revenue"])],
        [w("naive"), told(primary["treated_orders"], primary["naive_revenue"])],
    ]
    return Table(parts.columns(f"={w('figure')}|>{w('result')}"), rows, compact=True)


def _variants(compared: list[Result], language: Language) -> Table:
    w, f = language.words, language.formats
    table = Table(
        parts.columns(
            f"={w('variant')}|>{w('customers')}|>{w('treated_rate')}|>{w('difference')}|~{w('interval')}|"
            f">{w('p_adjusted')}|>{w('probability_better')}|>{w('revenue_each')}"
        )
    )
    each = ("revenue_difference", "revenue_low", "revenue_high")
    money = language.estimates(compared, each)
    for result, bar in zip(compared, parts.bars(compared, POINTS), strict=True):
        table.rows.append(
            [
                w("variant_against", variant=result["variant"], reference=result["reference"]),
                f"{f.count(result['customers'])} / {f.count(result['reference_customers'])}",
                f"{f.percent(result['rate'])} / {f.percent(result['reference_rate'])}",
                stacked(language.interval(result, POINTS, "points")),
                bar,
                f.p(result["p_adjusted"]),
                f.percent(result["probability_better"]),
                _corrected(language.interval(result, each, money), result, language),
            ]
        )
        table.said.append(language.judge.variant(result).said)
    return table


def _parts(results: list[Result], primary: Result, language: Language) -> list[tuple[str, Table]]:
    """By dimension, in the primary goal and window."""
    same = [r for r in results if (r["goal"], r["window_days"]) == (primary["goal"], primary["window_days"])]
    found = []
    for dimension in DIMENSIONS:
        rows = [result for result in same if result["dimension"] == dimension]
        if len(rows) > 1:
            found.append((language.words(dimension), _part(dimension, rows, language)))
    return found


def _part(dimension: str, rows: list[Result], language: Language) -> Table:
    w, f = language.words, language.formats
    table = Table(
        parts.columns(
            f"={w(dimension)}|>{w('treated')}|>{w('control')}|>{w('treated_rate')}|>{w('control_rate')}|"
            f">{w('difference')}|~{w('interval')}|>{w('p_adjusted')}|>{w('brought')}"
        )
    )
    money = language.estimates(rows, MONEY)
    for result, bar in zip(rows, parts.bars(rows, POINTS), strict=True):
        status = "" if result["status"] == "ok" else language.words(result["status"])
        broken = language.words("mismatch") if result["sample_ratio_mismatch"] else ""
        table.rows.append(
            [
                lines(language.part(dimension, result["dimension_value"]), broken or status),
                f.count(result["treated"]),
                f.count(result["control"]),
                f.percent(result["treated_rate"]),
                f.percent(result["control_rate"]),
                stacked(language.interval(result, POINTS, "points")),
                bar,
                f.p(result["p_adjusted"]),
                _corrected(language.interval(result, MONEY, money), result, language),
            ]
        )
    return table


def _corrected(interval: str, result: Result, language: Language) -> str:
    """Money of one part or variant among several: its p, adjusted for their number, stands below its interval."""
    if result["revenue_p_adjusted"] is None:
        return stacked(interval)
    first, _, rest = interval.partition(" [")
    return lines(first, f"[{rest}", language.words("money_p", p=language.formats.p(result["revenue_p_adjusted"])))


def _history(versions: list[Result], language: Language) -> Table:
    w, f = language.words, language.formats
    table = Table(
        parts.columns(
            f">{w('version')}|{w('known')}|{w('reason')}|{w('status')}|>{w('treated')}|>{w('control')}|"
            f">{w('difference')}|>{w('brought')}"
        )
    )
    money = language.estimates(versions, MONEY)
    for version in versions:
        table.rows.append(
            [
                f.count(version["version"]),
                f.day(version["as_of"]),
                w.of(version["reason"]),
                w.of(version["status"]),
                f.count(version["treated"]),
                f.count(version["control"]),
                stacked(language.interval(version, POINTS, "points")),
                stacked(language.interval(version, MONEY, money)),
            ]
        )
    return table
