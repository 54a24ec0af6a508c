"""(d) Deciding four campaigns over a million customers, down to the rows of the ledger, against inserting them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench import server
from bench.report import Row
from bench.server import Bench
from bench.task import call

DAY = date(2017, 11, 23)  # all four campaigns of bench/campaigns are due on the day after
ORDERS_OF_A_CUSTOMER = 3.34  # in the one year that there is: about ten lines


@dataclass
class Decided:
    """What was measured. Seconds; ``rows``: decisions, contact claims and messages together."""

    customers: int
    lines: int
    rows: int
    decide: float
    enqueue: float
    insert: float
    peak_mb: float


def measure(bench: Bench, customers: int, say: Any) -> Decided:
    """Build a shop of ``customers``, decide and enqueue, then insert the same rows into tables like theirs."""
    url = bench.database("deciding")
    per_day = round(customers * ORDERS_OF_A_CUSTOMER / 366)
    say(f"{customers:,} customers: writing a year of orders")
    last = DAY - timedelta(days=1)
    server.run(url, "history", orders=per_day * 366, per_day=per_day, customers=customers, last=last)
    server.run(url, "day", day=DAY, orders=per_day, customers=customers)
    server.execute(url, "vacuum analyze")
    say(f"{customers:,} customers: refresh")
    call(bench.home, "refresh", url, DAY)
    server.run(url, "known_cycles")
    server.execute(url, "vacuum analyze")
    server.execute(url, "checkpoint")
    done = call(bench.home, "plan", url, DAY)
    enqueued = call(bench.home, "enqueue", url, DAY)
    say(f"{customers:,} customers: decided in {done['seconds']:.1f} s, enqueued in {enqueued['seconds']:.1f} s")
    server.run(url, "insert_tables")
    server.execute(url, "checkpoint")
    began = time.perf_counter()
    server.run(url, "insert")
    inserted = time.perf_counter() - began
    ((lines, rows),) = server.run(url, "decided_facts")
    bench.drop("deciding")
    return Decided(customers, lines, rows, done["seconds"], enqueued["seconds"], inserted, done["peak_mb"])


def rows(one: Decided, tenth: Decided) -> list[Row]:
    total = one.decide + one.enqueue
    return [
        Row(
            f"deciding 4 campaigns over {one.customers:,} customers, ledger rows included / plain insert of those rows",
            f"{total:.1f} s (decide {one.decide:.1f} s, enqueue {one.enqueue:.1f} s) / {one.insert:.1f} s; "
            f"{one.lines:,} order lines, {one.rows:,} rows written",
            total / one.insert,
            at_most=3,
        ),
        Row(
            "peak memory of deciding: ten times the customers / once",
            f"{one.peak_mb:.0f} MB / {tenth.peak_mb:.0f} MB",
            one.peak_mb / tenth.peak_mb,
            at_most=1.5,
        ),
    ]
