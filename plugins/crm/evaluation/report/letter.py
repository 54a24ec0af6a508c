"""The day's page as an e-mail: 600 px, tables and pictures, styles in the tags; and the same as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation.report import charts, day_page
from crm.evaluation.report.alerts import alerts, name
from crm.evaluation.report.language import Language
from crm.evaluation.report.rendering import render
from crm.evaluation.report.verdicts import OPEN, is_earned

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.report.figures import Day, Result

#: Gmail cuts what is longer than 102 kB; the rest is on the page.
MOST_RESULTS, MOST_ALERTS, MOST_TILES = 12, 12, 6


class Picture(NamedTuple):
    """A PNG that the HTML shows as ``cid:<name>``."""

    name: str
    content: bytes


class Letter(NamedTuple):
    """An e-mail without a recipient."""

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...]


def write(day: Day, business: Business) -> Letter:
    """The e-mail of a day."""
    language = Language.of(business)
    recent, _ = day_page.split(day)
    closed = [day_page.believable(result) for result in day_page.drawn(recent)]
    rows = list(enumerate(closed[:MOST_RESULTS], 1))
    pictures = tuple(_pictures(day, rows))
    values: dict[str, Any] = {
        "alerts": alerts(day, language)[:MOST_ALERTS],
        "tiles": day_page.tiles(day, language)[:MOST_TILES],
        "rows": [_row(n, result, day, language) for n, result in rows],
        "more": language.words("mail_more", count=len(closed) - len(rows)) if len(closed) > len(rows) else "",
        "open": [_open(result, day, language) for result in recent if result["status"] == OPEN],
        "sent": day_page.sent(day, language),
        "pictures": {picture.name for picture in pictures},
        "full": language.words("mail_full", date=day.as_of.isoformat()),
    }
    return Letter(
        subject=_subject(day, len(closed), len(values["alerts"]), language),
        text=_defused(render("mail.txt", day.as_of, language, **values)),
        html=_defused(_inlined(render("mail.html", day.as_of, language, **values))),
        pictures=pictures,
    )


def _subject(day: Day, results: int, to_look_at: int, language: Language) -> str:
    return language.words("mail_subject", date=language.formats.day(day.as_of), results=results, alerts=to_look_at)


def _row(number: int, result: Result, day: Day, language: Language) -> dict[str, str]:
    verdict = language.judge.verdict(result)
    f = language.formats
    return {
        "number": str(number),
        "title": day.title(result["campaign"]),
        "about": language.words.join([language.group(result), language.question(result)]),
        "tone": verdict.tone,
        "label": language.words(verdict.tone),
        "said": verdict.said,
        "figures": _money(result, language),
        "counts": language.words("mail_counts", treated=f.count(result["treated"]), control=f.count(result["control"])),
    }


def _money(result: Result, language: Language) -> str:
    if result["profit"] is None or not is_earned(result):
        return ""
    profit = language.interval(result, day_page.PROFIT, "money")
    return language.words("mail_figures", profit=profit, roi=day_page.roi(result, language)[0])


def _open(result: Result, day: Day, language: Language) -> dict[str, str]:
    f, closes = language.formats, day.closes(result)
    rates = f"{f.percent(result['treated_rate'])} / {f.percent(result['control_rate'])}"
    date = f.day(closes) if closes else f.count(None)
    return {"title": name(day, result, language), "said": language.words("mail_open", rates=rates, date=date)}


def _pictures(day: Day, rows: Sequence[tuple[int, Result]]) -> list[Picture]:
    drawn = {
        "trend": charts.trend(day_page.revenue_by_day(day), width=520, height=120),
        "forest": charts.forest([(n, r) for n, r in rows if r["incremental_revenue"] is not None], 500),
    }
    return [Picture(key, charts.png(chart)) for key, chart in drawn.items() if chart is not None]


def _inlined(page: str) -> str:
    """Many mail programs read no <style>; what cannot be inlined (media queries) stays in it."""
    from css_inline import CSSInliner

    inliner = CSSInliner(keep_style_tags=True, remove_inlined_selectors=True, load_remote_stylesheets=False)
    return str(inliner.inline(page))


def _defused(text: str) -> str:
    """No name of a campaign is read as a token of the message ledger (``@@name.html@@``)."""
    return text.replace("@@", "@\u200b@")
