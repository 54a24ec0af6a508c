"""Pieces of a page: tables of written figures, badges, links, and intervals drawn to one scale. All text is escaped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from crm.evaluation.report.figures import Result
from crm.evaluation.report.verdicts import EVEN, OBSERVATIONAL, SIGNIFICANT, direction

BAR_WIDTH = 180
_INTERVAL = re.compile(r"\[[^\[\]<>&]*\]")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


@dataclass(frozen=True)
class Column:
    """``kind``: ``text``, ``number``, ``bar`` or ``wide`` (the whole line on a phone)."""

    label: str
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """Rows of cells, written already; a cell is text (escaped by the page) or markup of this module.

    ``said``: a sentence below each row, or none at all; ``compact``: stays a table on a phone.
    """

    columns: Sequence[Column]
    rows: list[Sequence[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    compact: bool = False


def columns(described: str) -> list[Column]:
    """``label|>number|=wide|~bar`` in short."""
    kinds = {">": "number", "=": "wide", "~": "bar"}
    return [Column(each.lstrip(">=~"), kinds.get(each[:1], "text")) for each in described.split("|")]


def unbroken(text: str) -> Markup:
    """The same, with no line break between a figure and its interval."""
    return Markup(_INTERVAL.sub(r'<span class="unbroken">\g<0></span>', str(escape(text))))


def badge(tone: str, text: str) -> Markup:
    """A short label whose colour says how it stands."""
    return Markup('<span class="badge {}">{}</span>').format(tone, text)


def link(href: str, text: str) -> Markup:
    """A link to another page of the report."""
    return Markup('<a href="{}">{}</a>').format(href, text)


def lines(first: str, *others: str) -> Markup:
    """A main line and softer ones below it."""
    softer = Markup("").join(Markup('<br><span class="soft">{}</span>').format(each) for each in others if each)
    return Markup("{}{}").format(first, softer)


def page_name(campaign: str) -> str:
    """The file of a campaign's page: its name, where that can be a file's, else a hash of it."""
    if _SAFE.fullmatch(campaign) and campaign.lower() != "index":
        return f"{campaign}.html"
    stem = re.sub(r"[^A-Za-z0-9]+", "-", campaign).strip("-")[:40].lower() or "campaign"
    return f"{stem}-{hashlib.sha256(campaign.encode()).hexdigest()[:8]}.html"


def bars(results: Iterable[Result], names: tuple[str, str, str]) -> list[Markup]:
    """An interval for each result, all drawn to one scale about zero; empty where a result has none.

    :param names: columns of estimate, low and high
    """
    rows = list(results)
    known = [[float(row[name]) for name in names] for row in rows if _has(row, names)]
    ends = [0.0, *(value for row in known for value in row)]
    low, high = min(ends), max(ends)
    return [
        _bar([float(row[name]) for name in names], low, high, _tone(row, names)) if _has(row, names) else Markup("")
        for row in rows
    ]


def _has(row: Result, names: Sequence[str]) -> bool:
    return all(row[name] is not None for name in names)


def _tone(row: Result, names: Sequence[str]) -> str:
    """Nothing is proven by what was not randomised, nor by one of many that were compared unless p survives that."""
    if row["assignment"] == OBSERVATIONAL:
        return OBSERVATIONAL
    p = row.get("revenue_p_adjusted" if "revenue" in names[1] else "p_adjusted")
    if row.get("dimension", "all") != "all" and (p is None or p >= SIGNIFICANT):
        return EVEN
    return direction(row[names[1]], row[names[2]])


def _bar(values: list[float], low: float, high: float, tone: str) -> Markup:
    span = (high - low) or 1.0
    middle, left, right, zero = (round(6 + (BAR_WIDTH - 12) * (value - low) / span, 1) for value in (*values, 0.0))
    return Markup(
        '<svg class="bar {}" viewBox="0 0 {} 18" aria-hidden="true"><line class="zero" x1="{}" x2="{}" y1="1" y2="17"/>'
        '<line class="whisker" x1="{}" x2="{}" y1="9" y2="9"/><circle cx="{}" cy="9" r="4"/></svg>'
    ).format(tone, BAR_WIDTH, zero, zero, left, right, middle)


def sparkline(values: Sequence[Any]) -> Markup:
    """The course of a figure, without axes."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = 116 / (len(known) - 1)
    points = " ".join(f"{2 + n * step:.1f},{26 - 22 * (value - low) / span:.1f}" for n, value in enumerate(known))
    return Markup(
        '<svg class="spark" viewBox="0 0 120 30" preserveAspectRatio="none" aria-hidden="true">'
        '<polyline points="{}"/></svg>'
    ).format(points)
