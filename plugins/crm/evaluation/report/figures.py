"""The figures of a report, as the warehouse keeps them: what ``mart`` shows, to the digit.

Nothing is computed here. Amounts in the reporting currency, rates and differences between 0 and 1.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from crm import yaml_files

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction

#: A result as ``crm.result`` has it: column -> value.
Result = dict[str, Any]
#: What a result belongs to: (occasion, wave, period).
Key = tuple[str, str, str]
TO_DATE = "to-date"

#: Days of sends and of shop indicators that a day's page looks back on.
SENT_DAYS, INDICATOR_DAYS = 7, 35


class ReportError(Exception):
    """There is nothing to report, or it did not go out; the message says what to do and holds no address."""


@dataclass(frozen=True)
class Day:
    """What the page of a day shows.

    ``primary``: latest primary results (columns of ``crm.result``); ``titles``: campaign -> its declared name;
    ``waves``: send dates (evaluation/report/waves); ``sent``: evaluation/report/sent; ``indicators``: business date ->
    columns of ``mart.shop_indicators``, oldest first; ``jobs``: what waits for a person now (evaluation/report/jobs).
    """

    as_of: datetime.date
    primary: list[Result]
    titles: dict[str, str]
    waves: list[dict[str, Any]]
    sent: list[dict[str, Any]]
    indicators: dict[datetime.date, dict[str, Any]]
    jobs: list[dict[str, Any]]

    def title(self, campaign: str) -> str:
        """What people call the campaign."""
        return self.titles.get(campaign) or campaign

    @property
    def campaigns(self) -> list[str]:
        """Every campaign that has a result."""
        return sorted({result["campaign"] for result in self.primary})

    def closes(self, result: Result) -> datetime.date | None:
        """The business date on which the window of ``result`` is over; None where no send is known.

        To date it is over, for a beginning, when that of the first who entered is.
        """
        waves = [wave for wave in self.waves if _belongs(wave, result)]
        if not waves:
            return None
        to_date = result["period"] == TO_DATE
        sent = min(w["first_send_date"] for w in waves) if to_date else max(w["last_send_date"] for w in waves)
        closes: datetime.date = sent + datetime.timedelta(days=result["window_days"])
        return closes


@dataclass(frozen=True)
class Campaign:
    """What the page of one campaign shows, up to the business date of the report.

    ``results``: latest version of all of its results; ``variants``: of its primary comparisons; ``history``: all
    versions of its primary results, newest first.
    """

    name: str
    results: list[Result]
    variants: list[Result]
    history: list[Result]

    @property
    def groups(self) -> list[Key]:
        """Occasions and periods, newest first; what is pooled to date before its months."""
        return sorted({key(r) for r in self.results}, key=lambda k: (k[2], k[0], k[1]), reverse=True)

    def of(self, group: Key) -> list[Result]:
        """The results of one group."""
        return [result for result in self.results if key(result) == group]


def key(result: Result) -> Key:
    """What a result of a campaign belongs to."""
    return result["occasion"], result["wave"], result["period"]


def read_day(tx: Transaction, business: Business, as_of: datetime.date) -> Day:
    """The figures of a day, of all campaigns."""
    return replace(
        read_results(tx, business, as_of),
        sent=_dicts(tx.rows("evaluation/report/sent", as_of=as_of, days=SENT_DAYS)),
        indicators=_indicators(tx, as_of),
        jobs=_dicts(tx.rows("evaluation/report/jobs", as_of=as_of, days=SENT_DAYS)),
    )


def read_results(tx: Transaction, business: Business, as_of: datetime.date) -> Day:
    """The results of a day alone: nothing of the shop, of sends, or of what waits for a person."""
    return Day(
        as_of=as_of,
        primary=_dicts(tx.rows("evaluation/report/primary", as_of=as_of)),
        titles=_titles(tx, business.locale, as_of),
        waves=_dicts(tx.rows("evaluation/report/waves", as_of=as_of)),
        sent=[],
        indicators={},
        jobs=[],
    )


def read_campaign(tx: Transaction, name: str, as_of: datetime.date) -> Campaign:
    """The figures of one campaign."""
    return Campaign(
        name=name,
        results=_dicts(tx.rows("evaluation/report/results", campaign=name, as_of=as_of)),
        variants=_dicts(tx.rows("evaluation/report/variants", campaign=name, as_of=as_of)),
        history=_dicts(tx.rows("evaluation/report/history", campaign=name, as_of=as_of)),
    )


def read_segments(tx: Transaction, locale: str) -> dict[str, str]:
    """Segment -> what people call it."""
    column = "label_zh" if locale == "zh-CN" else "label_en"
    return {row.segment: getattr(row, column) for row in tx.rows("evaluation/report/segments")}


def last_evaluated(tx: Transaction) -> datetime.date | None:
    """The last business date that was evaluated."""
    last: datetime.date | None = tx.value("evaluation/report/date")
    return last


def date_of_report(tx: Transaction, as_of: datetime.date | None) -> datetime.date:
    """``as_of``, else the last business date that was evaluated.

    :raises ReportError: nothing was evaluated, or not up to there
    """
    last = last_evaluated(tx)
    if last is None:
        raise ReportError("there is nothing to report: no business date was evaluated; run evaluate_campaigns first")
    if as_of and as_of > last:
        raise ReportError(f"nothing was evaluated after {last}: give DATE={last} or an earlier one")
    return as_of or last


def digest(*parts: Any) -> str:
    """SHA-256 of figures: the same figures, the same report."""
    plain = [asdict(part) if isinstance(part, Day | Campaign) else part for part in parts]
    return hashlib.sha256(json.dumps(_plain(plain), sort_keys=True, default=str).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """JSON has text alone for keys."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _belongs(wave: dict[str, Any], result: Result) -> bool:
    if wave["campaign"] != result["campaign"]:
        return False
    if result["period"]:
        return result["period"] in (TO_DATE, wave["month"])
    return (wave["occasion"], wave["wave"]) == (result["occasion"], result["wave"])


def _dicts(rows: Iterable[Any]) -> list[Result]:
    return [dict(row._mapping) for row in rows]


def _titles(tx: Transaction, locale: str, as_of: datetime.date) -> dict[str, str]:
    found = {}
    for row in tx.rows("evaluation/report/titles", as_of=as_of):
        said = (yaml_files.frozen(row.body) or {}).get("title") or {}
        if isinstance(said, dict) and said:
            found[row.campaign] = str(said.get(locale) or next(iter(said.values())))
    return found


def _indicators(tx: Transaction, as_of: datetime.date) -> dict[datetime.date, dict[str, Any]]:
    rows = tx.rows("evaluation/report/indicators", as_of=as_of, days=INDICATOR_DAYS)
    return {row.business_date: row.figures for row in rows}
