"""*Results*: what campaigns really brought, by the figures, sentences and tables of the daily report."""

from __future__ import annotations

import collections
import functools
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response

from crm.evaluation.report import campaign_page, day_page, figures, parts
from crm.evaluation.report.language import Language
from crm.evaluation.report.verdicts import BAD, EVEN, GOOD, MISMATCH, NOT_ENOUGH, OBSERVATIONAL, OPEN
from crm.rehearsal import calendar
from crm.web.desk import daily_acts, downloads, pages
from crm.web.desk.access import Reader
from crm.web.desk.given import TheBusiness, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.report.figures import Day
    from crm.warehouse import Transaction
    from crm.web.desk.access import Person

router = APIRouter()

Form = Literal["page", "csv"]
TONES = (GOOD, BAD, EVEN, OPEN, NOT_ENOUGH, OBSERVATIONAL, MISMATCH)


@router.get("/results", response_model=None)
def show(
    request: Request, person: Reader, business: TheBusiness, warehouse: TheWarehouse, *, form: Form = "page"
) -> Response:
    """The primary results of all campaigns.

    :param form: a page, or the same results as a file
    """
    with warehouse.transaction() as tx:
        day, language = _read(tx, request, business)
    if day and form == "csv":
        return downloads.csv("results", day.as_of, _told(day, day.primary, language))
    told = _context(day, language) if day else {}
    return pages.render(
        request,
        "results.html",
        business,
        person,
        page="results",
        day=day,
        **_acts(request, person),
        **_common(language),
        **told,
    )


@router.get("/results/{name:path}", response_model=None)
def campaign(
    request: Request, person: Reader, business: TheBusiness, warehouse: TheWarehouse, name: str, *, form: Form = "page"
) -> Response:
    """Everything that is known of the effect of one campaign.

    :param form: a page, or its results and their parts as a file
    :raises HTTPException: 404, no campaign is called so
    """
    with warehouse.transaction() as tx:
        day, language = _read(tx, request, business)
        found = figures.read_campaign(tx, name, day.as_of) if day else None
    if day is None or found is None or not found.results:
        title = _title(business, name, day, language.business.locale)
        empty = {"day": None, "title": title, "name": name, **_common(language)}
        return pages.render(request, "result.html", business, person, page="results", **empty)
    if form == "csv":
        return downloads.csv("campaign-results", day.as_of, _told(day, found.results, language))
    told = campaign_page.context(found, day, language)
    return pages.render(request, "result.html", business, person, page="results", day=day, **_common(language), **told)


def _acts(request: Request, person: Person) -> dict[str, Any]:
    return {"said": daily_acts.said(request), "may_evaluate": person.may_trigger(daily_acts.EVALUATE_DAG)}


def _read(tx: Transaction, request: Request, business: Business) -> tuple[Day | None, Language]:
    """The results as of the last evaluated business date, and what they are told with: the reader's language."""
    mine = business.model_copy(update={"locale": pages.language(request, business.locale)})
    page = functools.partial(_address, pages.base(request))
    language = Language.of(mine, figures.read_segments(tx, mine.locale), page)
    as_of = figures.last_evaluated(tx)
    return (figures.read_results(tx, mine, as_of) if as_of else None), language


def _address(base: str, name: str) -> str:
    return f"{base}/results/{quote(name, safe='')}"


def _common(language: Language) -> dict[str, Any]:
    """What the templates that are shared with the report need."""
    return {"words": language.words, "unbroken": parts.unbroken}


def _context(day: Day, language: Language) -> dict[str, Any]:
    """As the page of a day, but with every result that cannot tell: here is where one looks for them."""
    short = [result for result in day.primary if result["status"] == NOT_ENOUGH]
    short.sort(key=lambda result: result["as_of"], reverse=True)
    tones = collections.Counter(language.judge.verdict(result).tone for result in day.primary)
    counts = {tone: language.formats.count(tones[tone]) for tone in TONES}
    return {
        **day_page.context(day, language),
        "short": day_page.short(day, short, language),
        "counts": {"all": language.formats.count(len(day.primary)), **counts},
    }


def _title(business: Business, name: str, day: Day | None, locale: str) -> str:
    """What a campaign is called that is declared, or was, and has no result.

    :raises HTTPException: 404, there is none
    """
    title = (day.titles.get(name) if day else None) or calendar.titles(business, locale).get(name)
    if title is None:
        raise HTTPException(404)
    return title


def _told(day: Day, results: list[figures.Result], language: Language) -> list[dict[str, Any]]:
    """Every figure that is kept, with the campaign's title and the verdict; counts and sums alone, of no one person."""
    told = []
    for result in results:
        believed = day_page.believable(result)
        verdict = language.judge.verdict(result, day.closes(result))
        told.append({"title": day.title(result["campaign"]), "verdict": verdict.said, **believed})
    return told
