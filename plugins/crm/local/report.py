"""``make report``: the pages of a business date, and its mail where a person asks for it."""

from __future__ import annotations

from crm import business as businesses
from crm.evaluation.report.figures import ReportError
from crm.local import stack
from crm.local.home import Home
from crm.messages.clock import RealClock
from crm.rehearsal.daily_report import report as report_of
from crm.runs import day


def report(home: Home, date: str = "", mail: str = "") -> None:
    """Write the pages of ``date`` (YYYY-MM-DD; "" = the last that was evaluated) and say where they are.

    :param mail: "again": mail it too, to everybody in report.to, whoever has had it; "" = pages alone
    :raises ReportError: ``mail`` is another word; nothing was evaluated up to there; the mail did not go out
    :raises RunError: ``date`` is none
    """
    if mail not in ("", "again"):
        raise ReportError(f"MAIL={mail}: it takes one word, MAIL=again, and sends the mail of the date once more")
    as_of = day(date, "DATE (the business date)") if date else None
    with stack.open_warehouse(home) as warehouse:
        found = report_of(warehouse, businesses.load(), as_of, RealClock().now(), mail=False, again=mail == "again")
    if found["mailed"]:
        print(f"mailed to {', '.join(found['mailed'])}")
    pages = f"{found['pages']} pages written" if found["pages"] else "nothing has changed"
    print(f"the report of {found['as_of']} ({pages}): open {found['index']} in a browser")
