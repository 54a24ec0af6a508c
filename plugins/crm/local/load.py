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


def load(home: Home, source: str, first: str, last: str, files: str = "") -> None:
    """Load the business dates ``first`` to ``last`` (YYYY-MM-DD) by the mapping ``source``, and refresh as of ``last``.

    :param files: a folder or file instead of the landing folder
    :raises LoadError: something is missing or is no date
    """
    dates, place = _range(first, last), _files(files)
    mapping = _mapping(source)
    with open_warehouse(home) as warehouse:
        _Load(home, warehouse, mapping, source).run(dates, place)


def _range(first: str, last: str) -> tuple[datetime.date, datetime.date]:
    if not first or not last:
        raise LoadError("give the range: make load SOURCE=<mapping> FROM=<first date> TO=<last date> (YYYY-MM-DD)")
    dates = day(first, "FROM"), day(last, "TO")
    if dates[0] > dates[1]:
        raise LoadError(f"FROM={first} is after TO={last}")
    return dates


def _files(files: str) -> Path | None:
    if not files:
        return None
    path = Path(files).expanduser().resolve()
    if not path.exists():
        raise LoadError(f"FILES={files}: there is no {path}")
    return path


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

    def run(self, dates: tuple[datetime.date, datetime.date], place: Path | None) -> None:
        """The steps of the DAG daily_orders in mode ``load``, then the summary."""
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
        _show(self.warehouse, business, counts, validated.get("docs"))
        self.say("nothing changed: every file was known already" if _unchanged(counts) else "done")

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
    """One line a second at most, so that a year of files does not fill the screen."""

    def __init__(self, say: Any) -> None:
        self.say, self.last, self.files = say, 0.0, 0

    def __call__(self, text: str) -> None:
        self.files += 1
        if time.monotonic() - self.last >= 1:
            self.last = time.monotonic()
            self.say(f"file {self.files}: {text}")


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
