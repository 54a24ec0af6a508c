"""``make load``: a folder of order files to a refreshed warehouse without the scheduler; the same code as the DAGs."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import business as businesses
from crm import printing, settings
from crm.local import summary
from crm.local.home import Home
from crm.local.stack import open_warehouse
from crm.runs import day

if TYPE_CHECKING:
    from crm.business import Business
    from crm.orders.mapping import Mapping
    from crm.warehouse import Warehouse

WRITTEN = "# Written by the first `make load`; plugins/crm/business.py documents every key. Change it as you like."


class LoadError(Exception):
    """The load cannot begin; the message says what to give."""


def load(
    home: Home, source: str, first: str, last: str, files: str = "", *, known_on: str = "", allow_empty: str = ""
) -> None:
    """Load the business dates ``first`` to ``last`` (YYYY-MM-DD) by the mapping ``source``, and refresh as of ``last``.

    :param files: a folder or file instead of the landing folder, also in a bucket
    :param known_on: business date from which a corrected file counts as known (YYYY-MM-DD)
    :param allow_empty: yes: a date without an order file is a day without sales
    :raises LoadError: something is missing or is no date
    """
    dates, place = _range(first, last), _files(files)
    given = {"known_on": day(known_on, "KNOWN_ON") if known_on else None, "allow_empty": _yes(allow_empty)}
    mapping = _mapping(source)
    with open_warehouse(home, new=True) as warehouse:
        _Load(home, warehouse, mapping, source).run(dates, place, given)


def _range(first: str, last: str) -> tuple[datetime.date, datetime.date]:
    if not first or not last:
        raise LoadError("give the range: make load SOURCE=<mapping> FROM=<first date> TO=<last date> (YYYY-MM-DD)")
    dates = day(first, "FROM"), day(last, "TO")
    if dates[0] > dates[1]:
        raise LoadError(f"FROM={first} is after TO={last}")
    return dates


def _yes(text: str) -> bool:
    words = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
    if text.lower() not in words:
        raise LoadError(f"ALLOW_EMPTY={text}: give yes where a date without an order file is a day without sales")
    return words[text.lower()]


def _files(files: str) -> str | None:
    """A place of files: a path of this machine, or a bucket."""
    if not files or files.startswith("s3://"):
        return files or None
    path = Path(files).expanduser().resolve()
    if not path.exists():
        raise LoadError(f"FILES={files}: there is no {path}")
    return str(path)


def _mapping(source: str) -> Mapping:
    from crm.orders import mapping

    if not source:
        known = ", ".join(sorted(file.stem for file in settings.SOURCES.glob("*.yaml")))
        raise LoadError(f"give SOURCE, a mapping: one of {known}, or the path of a YAML file (docs/sources.md)")
    return mapping.load(source)


class _Load:
    """One load into one warehouse, with its progress."""

    def __init__(self, home: Home, warehouse: Warehouse, mapping: Mapping, source: str) -> None:
        self.home, self.warehouse, self.mapping, self.source = home, warehouse, mapping, source
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.started:4.0f} s] {text}", flush=True)

    def run(self, dates: tuple[datetime.date, datetime.date], place: str | None, given: dict[str, Any]) -> None:
        """The steps of the DAG daily_orders in mode ``load``, what evaluate_campaigns counts, then the summary."""
        from crm.customers.refreshing import refresh
        from crm.orders.delivery import ingest
        from crm.orders.publishing import publish
        from crm.orders.validation import validate

        business, (first, last) = self._business(), dates
        self.say(f"reading {self.mapping.name}, {first} to {last}, from {place or settings.landing()}")
        delivery = ingest(
            self.warehouse,
            business,
            last,
            mode="load",
            from_date=first,
            source=self.source,
            files=place,
            progress=_Progress(self.say),
            **given,
        )
        for what, count in sorted(delivery.warnings.items()):
            self.say(f"warning: {count:,} x {what} (docs/sources.md)")
        self.say("validating every row")
        validated = validate(self.warehouse, delivery)
        for warning in validated["warnings"]:
            self.say(f"warning: {warning}")
        self.say("publishing")
        counts = publish(self.warehouse, business, delivery)
        self.say("refreshing the customers")
        refresh(self.warehouse, business, last)
        self._count(business)
        _show(self.warehouse, business, counts, validated.get("docs"))
        self.say("nothing changed: every file was known already" if _unchanged(counts) else "done")

    def _count(self, business: Business) -> None:
        """Indicators, cohorts and sizes of segments, which the desk and BI read; daily, evaluate_campaigns does it."""
        from crm.customers import standings
        from crm.evaluation import indicators

        self.say("counting indicators, cohorts and segments")
        counted = indicators.refresh(self.warehouse, business)
        standings.count(self.warehouse)
        self.say(f"indicators and cohorts as of {counted['as_of']}: {counted['indicators']:,} rows written")

    def _business(self) -> Business:
        """The settings in force; a home without any, whose warehouse is empty, gets those that the mapping implies."""
        if businesses.path() != settings.INCLUDE / "business.yaml":
            return businesses.load()
        with self.warehouse.transaction() as tx:
            files = tx.row("local/facts").files
        shipped = businesses.load()
        if files or self.mapping.name in shipped.sources:
            return shipped
        import yaml

        mapping = self.mapping
        written = {
            "name": mapping.shop,
            "time_zone": mapping.time_zone,
            "currency": mapping.currency,
            "country": mapping.country,
            "locale": "zh-CN" if mapping.country == "CN" else "en",
            "sources": [str(Path(self.source).resolve()) if Path(self.source).suffix else self.source],
        }
        file = self.home.folder / "business.yaml"
        text = yaml.safe_dump(written, sort_keys=False, allow_unicode=True)
        file.write_text(f"{WRITTEN}\n{text}", encoding="utf-8")
        self.say(f"wrote {file}: {mapping.time_zone}, {mapping.currency}, {mapping.country}")
        return businesses.load()


class _Progress:
    """One line a second at most, so that a year of files does not fill the screen.

    A file that holds orders and customers is read once for each, and counted once.
    """

    def __init__(self, say: Any) -> None:
        self.say, self.last = say, 0.0
        self.names: set[str] = set()

    def __call__(self, text: str) -> None:
        self.names.add(text.partition(": ")[0])
        if time.monotonic() - self.last >= 1:
            self.last = time.monotonic()
            self.say(f"file {len(self.names)}: {text}")


def _unchanged(counts: dict[str, Any]) -> bool:
    return counts["lines_read"] == counts["unchanged"] and not counts["lines_published"]


def _show(warehouse: Warehouse, business: Business, counts: dict[str, Any], docs: str | None) -> None:
    with warehouse.transaction() as tx:
        customers = tx.row("local/customers")
        shops = tx.rows("local/shops")
    out = printing.console()
    out.print(f"\n[bold]This load[/bold]  {summary.lines(counts)}")
    for reason, lines in sorted(counts["rejected"].items(), key=lambda each: -each[1]):
        out.print(f"  rejected, {reason}: {lines:,}")
    if counts["rejected"]:
        out.print("  `make psql`: select * from crm.rejected_row  (file, row number, reason, column, the row itself)")
    if docs:
        out.print(f"  validation report: {docs}")
    out.print()
    money = [(s.shop, f"{s.orders:,}", f"{s.gross:,.2f}", f"{s.refunds:,.2f}", f"{s.net:,.2f}") for s in shops]
    columns = f"shop|>paid orders|>gross {business.currency}|>refunds|>net"
    out.print(printing.table("Warehouse", columns, money))
    out.print()
    summary.show_customers(
        {"total": customers.total, "by_segment": customers.by_segment, "by_tier": customers.by_tier}, out
    )
    if reason := _why_no_segments(customers, business):
        out.print(reason)


def _why_no_segments(customers: Any, business: Business) -> str:
    """What keeps everybody without a segment; nothing where somebody has one."""
    if set(customers.by_segment) - {"no_segment"}:
        return ""
    if not customers.total:
        return (
            "No segments: no order names its customer. Map orders.columns.customer (docs/sources.md), or these orders "
            "count for the shop alone."
        )
    rfm = business.rfm
    return (
        f"No segments yet: scores need at least {rfm.minimum_buyers:,} customers with a purchase in the window of "
        f"{rfm.window_days or 'all'} days before the last date (rfm.minimum_buyers, rfm.window_days in business.yaml)."
    )
