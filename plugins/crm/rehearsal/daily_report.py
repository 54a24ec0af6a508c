"""The report of a business date: its pages are written, and mailed to those whom ``report.to`` names.

Mailed once for the same figures, whatever dies or runs again; what did not go out is sent again by a person alone.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from crm.evaluation.report import figures, mailing, writing
from crm.evaluation.report.figures import ReportError
from crm.messages import staff
from crm.messages.providers import Picture

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.report.letter import Letter
    from crm.evaluation.report.writing import Written
    from crm.warehouse import Warehouse

HOW_AGAIN = "make report DATE={date} MAIL=again"


def report(
    warehouse: Warehouse,
    business: Business,
    as_of: datetime.date | None,
    at: datetime.datetime,
    *,
    mail: bool = True,
    again: bool = False,
) -> dict[str, Any]:
    """Write the pages, then mail the day to whoever has not had it.

    :param as_of: business date; None = the last that was evaluated
    :param at: the present instant, for the provider
    :param mail: False = pages alone
    :param again: a person asks that it be mailed, to everybody, whoever has had it
    :return: ``as_of`` (ISO), ``index`` (path), ``pages`` written anew, ``mailed`` (names)
    :raises ReportError: nothing was evaluated; nobody is named; a provider did not take it, and nobody tries again
    """
    written = writing.write(warehouse, business, as_of)
    mailed = _mail(warehouse, business, written, at, again=again) if mail or again else []
    return {
        "as_of": written.day.as_of.isoformat(),
        "index": str(written.index),
        "pages": written.pages,
        "mailed": mailed,
    }


def report_if_evaluated(
    warehouse: Warehouse, business: Business, at: datetime.datetime, *, repeated: bool = False
) -> dict[str, Any]:
    """The same after an evaluation; before the first delivery there is nothing to report, and nothing wrong.

    :param repeated: the task ran before: a mail of which nobody knows what became is its own, and no other run's
    :raises ReportError: a provider did not take the mail, and nobody tries again; or the sender of a mail died
    """
    with warehouse.transaction() as tx:
        as_of = figures.last_evaluated(tx)
    if as_of is None:
        return {"as_of": None, "pages": 0, "mailed": []}
    done = report(warehouse, business, as_of, at)
    if repeated:
        _insist_on_ends(warehouse, business, as_of)
    return done


def _mail(
    warehouse: Warehouse, business: Business, written: Written, at: datetime.datetime, *, again: bool
) -> list[str]:
    names = list(dict.fromkeys(business.report.to))
    if again and not names:
        raise ReportError("nobody is named in report.to of business.yaml: add names of staff")
    as_of, content = written.day.as_of, written.content
    wanted = names if again else mailing.waiting(warehouse, as_of, content, names)
    if not wanted:
        return []
    from crm.evaluation.report import letter

    # Both before anything is taken: a broken template or a missing connection must not use the mail up.
    page, provider = _page(letter.write(written.day, business)), staff.email_provider(business)
    sent = {}
    for name in wanted:
        if mail := mailing.take(warehouse, as_of, content, name, again=again):
            sent[name] = staff.send_page(
                business, provider, page, to=name, message_id=mail.message_id, send_date=as_of, at=at
            )
            mailing.end(warehouse, mail, sent[name])
    _insist(sent, as_of)
    return list(sent)


def _page(written: Letter) -> staff.Page:
    pictures = tuple(Picture(each.name, each.content) for each in written.pictures)
    return staff.Page("report", written.subject, written.text, written.html, pictures)


def _insist(sent: dict[str, dict[str, Any]], as_of: datetime.date) -> None:
    """Somebody has to know what did not go out."""
    failed = {name: outcome for name, outcome in sent.items() if outcome["status"] != "accepted"}
    if failed:
        told = "; ".join(f"{name}: {_why(outcome)}" for name, outcome in failed.items())
        how = HOW_AGAIN.format(date=as_of)
        raise ReportError(f"the report of {as_of} was not mailed ({told}); mend the cause, then: {how}")


def _insist_on_ends(warehouse: Warehouse, business: Business, as_of: datetime.date) -> None:
    """A task whose worker died in the middle of a mail must not end well when it is repeated: the mail may be lost."""
    content = writing.write(warehouse, business, as_of).content
    if lost := mailing.without_end(warehouse, as_of, content):
        how = HOW_AGAIN.format(date=as_of)
        raise ReportError(
            f"the sender of the report of {as_of} to {', '.join(lost)} died: nobody knows whether it went out; {how}"
        )


def _why(outcome: dict[str, Any]) -> str:
    return ", ".join(filter(None, (outcome["status"], outcome["reason"])))
