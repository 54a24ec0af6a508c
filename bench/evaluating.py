"""(e) Evaluating a million assignments against ten million order lines in all windows, and DuckDB's sums for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import duck, server
from bench.deciding import ORDERS_OF_A_CUSTOMER
from bench.report import Row, median
from bench.server import SQL, Bench
from bench.task import call

LAST = date(2017, 11, 22)
DAY = LAST - timedelta(days=32)  # the window of 30 days after the next day's send has closed


@dataclass
class Evaluated:
    """What was measured. Seconds, ``spent`` by step of evaluating; ``results``: rows of crm.result."""

    customers: int
    lines: int
    results: int
    collect: float
    evaluate: float
    spent: dict[str, float]
    duckdb: float
    agrees: bool
    peak_mb: float


def measure(bench: Bench, customers: int, say: Any) -> Evaluated:
    """Build a shop of ``customers`` who all entered a campaign, collect, evaluate; then DuckDB's sums (median of 3)."""
    url = bench.database("evaluating")
    per_day = round(customers * ORDERS_OF_A_CUSTOMER / 366)
    say(f"{customers:,} customers: writing a year of orders and a campaign")
    server.run(url, "history", orders=per_day * 366, per_day=per_day, customers=customers, last=LAST)
    server.run(url, "assigned", day=DAY, customers=customers)
    server.execute(url, "vacuum analyze")
    server.execute(url, "checkpoint")
    collected = call(bench.home, "collect", url, LAST)
    server.execute(url, "vacuum analyze crm.assignment, crm.conversion")
    done = call(bench.home, "evaluate", url, LAST)
    say(f"{customers:,} customers: collected in {collected['seconds']:.1f} s, evaluated in {done['seconds']:.1f} s")
    file = bench.folder / "evaluating.duckdb"
    duck.export(url, file)
    duck.export_assignments(url, file)
    runs = [_sum(url, file) for _ in range(3)]
    ((lines, results),) = server.run(url, "evaluated_facts")
    file.unlink()
    bench.drop("evaluating")
    return Evaluated(
        customers, lines, results, collected["seconds"], done["seconds"], done["result"]["spent"],
        median(run[0] for run in runs),
        all(run[1] for run in runs), done["peak_mb"],
    )  # fmt: skip


def _sum(url: str, file: Path) -> tuple[float, bool]:
    """Seconds of DuckDB, and whether its counts and sums are those of the results."""
    import duckdb

    began = time.perf_counter()
    with duckdb.connect(str(file)) as database:
        database.execute((SQL / "duckdb_cells.sql").read_text(encoding="utf-8"))
        seconds = time.perf_counter() - began
        theirs = database.execute((SQL / "duckdb_results.sql").read_text(encoding="utf-8")).fetchall()
    return seconds, theirs == server.run(url, "results")


def rows(one: Evaluated, tenth: Evaluated) -> list[Row]:
    agreed = "sums agree" if one.agrees else "SUMS DIFFER"
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in one.spent.items())
    return [
        Row(
            f"sums of {one.customers:,} assignments over {one.lines:,} order lines in 4 windows / DuckDB's",
            f"{one.spent['cells']:.1f} s / {one.duckdb:.1f} s, {agreed}",
            one.spent["cells"] / one.duckdb,
            at_most=3,
        ),
        Row(
            "evaluating them as a whole / DuckDB's sums alone",
            f"{one.evaluate:.1f} s ({steps}); {one.results:,} results",
            one.evaluate / one.duckdb,
        ),
        Row("collecting them before, once: assignments, spending before, conversions", f"{one.collect:.1f} s"),
        Row(
            "peak memory of evaluating: ten times the assignments / once",
            f"{one.peak_mb:.0f} MB / {tenth.peak_mb:.0f} MB",
            one.peak_mb / tenth.peak_mb,
            at_most=1.5,
        ),
    ]
