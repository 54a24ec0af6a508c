"""(b) A day of 10,000 orders on ten years of history, on one year, and in DuckDB; (c) memory of the tasks around it.

Ten years hold ten times the lines of one; customers, the last year's orders and the measured days are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bench import duck, server
from bench.report import Row, median
from bench.server import Bench
from bench.task import call

FIRST_DAY = date(2017, 11, 20)
DAYS = 3


@dataclass(frozen=True)
class Scale:
    """Sizes; the small one is for trying the benchmark itself."""

    per_day: int = 911
    customers: int = 100_000
    orders_of_the_day: int = 10_000
    lines_of_a_file: int = 1_000_000


@dataclass
class History:
    """What was measured on one length of history."""

    years: int
    facts: dict[str, int] = field(default_factory=dict)
    first_refresh: float = 0
    refreshes: list[dict[str, Any]] = field(default_factory=list)
    peak_mb: dict[str, float] = field(default_factory=dict)
    duckdb_seconds: float = 0
    duckdb_agrees: bool = False

    @property
    def seconds(self) -> float:
        return median(done["seconds"] for done in self.refreshes)

    @property
    def counts(self) -> list[tuple[int, int]]:
        """Touched customers and crossers of each day."""
        return [(done["result"]["touched"], done["result"]["crossers"]) for done in self.refreshes]


def measure(bench: Bench, years: int, scale: Scale, say: Any) -> History:
    """Build the history, measure, drop it."""
    name, found = f"years_{years}", History(years)
    url = bench.database(name)
    say(f"{years} year(s): writing the history")
    last = FIRST_DAY - timedelta(days=1)
    orders = scale.per_day * 366 * years
    server.run(url, "history", orders=orders, per_day=scale.per_day, customers=scale.customers, last=last)
    server.execute(url, "vacuum analyze")
    say(f"{years} year(s): first refresh (everybody, calibration included)")
    found.first_refresh = _task(bench, found, "refresh", url, last)["seconds"]
    server.run(url, "same_cycle")
    call(bench.home, "refresh", url, last)
    server.execute(url, "vacuum analyze")
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        server.run(url, "day", day=day, orders=scale.orders_of_the_day, customers=scale.customers)
        server.execute(url, "checkpoint")
        found.refreshes.append(_task(bench, found, "refresh", url, day))
        say(f"{years} year(s): refresh of {day}: {found.refreshes[-1]['seconds']:.2f} s")
        if day == FIRST_DAY:
            _task(bench, found, "plan", url, day)
            _task(bench, found, "send", url, day, campaign="birthday")
    _task(bench, found, "collect", url, day)
    _task(bench, found, "evaluate", url, day)
    found.facts = dict(
        zip(("lines", "orders", "customers", "history_rows", "megabytes"), server.run(url, "facts")[0], strict=True)
    )
    say(f"{years} year(s): DuckDB")
    file = bench.folder / f"{name}.duckdb"
    duck.export(url, file)
    runs = [duck.build(url, file, day) for _ in range(3)]
    found.duckdb_seconds, found.duckdb_agrees = median(run[0] for run in runs), all(run[1] for run in runs)
    file.unlink()
    bench.drop(name)
    return found


def _task(bench: Bench, found: History, task: str, url: str, day: date, **more: Any) -> dict[str, Any]:
    done = call(bench.home, task, url, day, **more)
    found.peak_mb[task] = max(found.peak_mb.get(task, 0), done["peak_mb"])
    return done


def rows(one: History, ten: History) -> list[Row]:
    """The ratios and the counts behind them."""
    same = "the same in both" if one.counts == ten.counts else f"DIFFERENT: {one.counts} and {ten.counts}"
    (touched, crossers), changed = ten.counts[0], ten.refreshes[0]["result"]["changed"]
    return [
        Row(
            "refresh of a day: ten years / one year of history",
            f"{ten.seconds:.2f} s / {one.seconds:.2f} s",
            ten.seconds / one.seconds,
            at_most=1.3,
        ),
        Row(
            "refresh of a day on ten years / DuckDB building the columns anew",
            f"{ten.seconds:.2f} s / {ten.duckdb_seconds:.2f} s"
            + (", sums agree" if ten.duckdb_agrees else ", SUMS DIFFER"),
            ten.seconds / ten.duckdb_seconds,
            at_most=1.0,
            aim="0.2",
        ),
        Row(
            "of the first measured day",
            f"{touched:,} touched and {crossers:,} crossers, {same}; {changed:,} history rows",
        ),
        *(
            Row(
                f"history of {found.years} year(s)",
                f"{found.facts['lines']:,} lines, {found.facts['orders']:,} orders, "
                f"{found.facts['customers']:,} customers, {found.facts['history_rows']:,} history rows, "
                f"{found.facts['megabytes']:,} MB; first refresh {found.first_refresh:.1f} s; "
                f"DuckDB {found.duckdb_seconds:.2f} s",
            )
            for found in (one, ten)
        ),
    ]
