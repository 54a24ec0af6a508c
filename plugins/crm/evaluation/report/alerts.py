"""What to look at first: broken groups, bad delivery, jobs that wait for a person, results that cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm.evaluation.report.verdicts import NOT_ENOUGH, OBSERVATIONAL

if TYPE_CHECKING:
    from crm.evaluation.report.figures import Day, Result
    from crm.evaluation.report.language import Language


class Alert(NamedTuple):
    """``level``: alarm, warning or note; ``campaign``: whose page tells more, or ""."""

    level: str
    said: str
    campaign: str = ""


def alerts(day: Day, language: Language) -> list[Alert]:
    """Everything of the day, the worst first."""
    return [
        *(_mismatch(day, result, language) for result in day.primary if result["sample_ratio_mismatch"]),
        *_deliverability(day, language),
        *(_job(day, job, language) for job in day.jobs),
        *(_not_enough(day, result, language) for result in day.primary if _is_new_and_short(day, result)),
        *_observational(day, language),
    ]


def name(day: Day, result: Result, language: Language) -> str:
    """A campaign and which of its results."""
    return language.words.join([day.title(result["campaign"]), language.group(result)])


def _mismatch(day: Day, result: Result, language: Language) -> Alert:
    count = language.formats.count
    said = language.words(
        "warn_mismatch",
        campaign=name(day, result, language),
        control=count(result["control"]),
        all=count(result["control"] + result["treated"]),
        p=language.formats.p(result["sample_ratio_p"]),
    )
    return Alert("alarm", said, result["campaign"])


def _deliverability(day: Day, language: Language) -> list[Alert]:
    """A warning stands for the days whose messages it is about; the newest is enough."""
    for date in sorted(day.indicators, reverse=True)[:7]:
        figures = day.indicators[date]
        if figures.get("deliverability_warning"):
            rate = language.formats.percent(figures.get("open_rate"))
            return [Alert("alarm", language.words("warn_deliverability", date=language.formats.day(date), rate=rate))]
    return []


def _job(day: Day, job: dict[str, object], language: Language) -> Alert:
    about, date = str(job["about"]), language.formats.day(job["on_date"])  # type: ignore[arg-type]
    key = f"job_{job['job']}" + ("_all" if job["job"] == "hold" and not about else "")
    return Alert("warning", language.words(key, about=day.title(about), date=date))


def _is_new_and_short(day: Day, result: Result) -> bool:
    """Said once, on the day on which it was found; the campaign's page goes on saying it. Past campaigns are past."""
    is_short = result["status"] == NOT_ENOUGH and not result["sample_ratio_mismatch"]
    return is_short and result["as_of"] == day.as_of and result["assignment"] != OBSERVATIONAL


def _not_enough(day: Day, result: Result, language: Language) -> Alert:
    said = language.judge.verdict(result).said
    told = language.words("warn_not_enough", campaign=name(day, result, language), said=said)
    return Alert("note", told, result["campaign"])


def _observational(day: Day, language: Language) -> list[Alert]:
    count = sum(result["assignment"] == OBSERVATIONAL for result in day.primary)
    said = language.words("warn_observational", count=language.formats.count(count))
    return [Alert("note", said)] if count else []
