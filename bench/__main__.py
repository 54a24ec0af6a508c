"""``make bench [PARTS="parse ingest refresh decide evaluate send webhook desk"]``; with ``--small`` it is tried out."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from bench import deciding, desk, evaluating, ingesting, parsing, refreshing, sending, webhook
from bench.refreshing import Scale
from bench.report import Row, markdown, show
from bench.server import Bench, bench

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
PARTS = ("parse", "ingest", "refresh", "decide", "evaluate", "send", "webhook", "desk")

HEAD = """# Benchmarks

Written by `make bench`: ratios of one run on one machine, so they say the same on a slow machine as on a fast one.
{machine}. {lasted}

{table}

- **Ingest** is file to published: reading, staging, validation of every row, publication into logged tables with all
  their indexes; each task in a process of its own, its imports excluded. The raw COPY goes into an unindexed table.
- **Refresh** is the daily refresh after a day of {orders:,} orders, history rows and boundary crossers included; median
  of {days} successive days. Ten years of history and one have the same customers, the same last year, the same days.
  DuckDB reads lines and refunds from a file of its own and builds every customer's columns anew (median of 3 runs); the
  sums of its columns are compared with ours.
- **Deciding** is candidates, exclusions, offers, arms, contacts and the rows of the ledger; the plain insert copies the
  same rows into empty tables with the same keys and indexes.
- **Evaluating**: the bound holds the step that sums (cells) against DuckDB, which makes the same sums from lines,
  refunds and assignments in a file of its own (median of 3 runs). The whole task also follows messages and their
  answers, coupons and last touch, which DuckDB does not, and computes every interval; imports excluded.
- **Sending** is a whole run of the campaign's task: claims, rendering, signed links, the last look at every recipient,
  SendGrid's official client, outcomes, the sum. The stand-in answers after 50 ms and reads nothing; the replay posts
  the same requests, ready made, over plain HTTP. Writing the ledger is part of deciding.
- **Webhook** is SendGrid's signed posts, over loopback, to rows on the disk; client, app and database share the
  machine. In the second run the database is stopped for a second: posts that are answered 5xx are repeated.
- **Desk** is every page from the request to the whole answer, signed in, in one process, without a network: once that
  is not counted, then 15 times. What Airflow answers about a campaign is stood in for. The warehouse is written
  straight into the tables that the pages read; the plain indexed query is one customer by key on the same server.
- **Memory** is the highest resident memory of the task's own process. Ingest, validate and publish: a file of ten times
  the lines; the others: ten years of history against one.

## Server

PostgreSQL as `make up` runs it:

| setting | value |
| --- | --- |
{settings}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--small", action="store_true", help="a hundredth of everything: no bound, no page")
    given = parser.parse_args()
    if set(given.parts) - set(PARTS):
        parser.error(f"give some of {', '.join(PARTS)}")
    parts = given.parts or list(PARTS)
    scale = Scale(per_day=10, customers=1000, orders_of_the_day=100, lines_of_a_file=10_000) if given.small else Scale()
    began, rows = time.perf_counter(), []
    rows += parsing.measure() if "parse" in parts else []
    with bench() as running:
        rows += _with_server(running, parts, scale)
        settings = running.settings()
    lasted = time.perf_counter() - began
    show(f"{_machine()}; {lasted / 60:.0f} minutes", rows)
    show("server", [Row(name, value) for name, value in settings.items()])
    if parts == list(PARTS) and not given.small:
        table = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
        page = HEAD.format(
            machine=_machine(), lasted=f"It took {lasted / 60:.0f} minutes.", table=markdown(rows), settings=table,
            orders=scale.orders_of_the_day, days=refreshing.DAYS,
        )  # fmt: skip
        PAGE.write_text(page, encoding="utf-8")
        print(f"written: {PAGE}")
    missed = [row.what for row in rows if not row.holds]
    if missed and not given.small:
        sys.exit(f"missed: {'; '.join(missed)}")


def _with_server(running: Bench, parts: list[str], scale: Scale) -> list[Row]:
    rows, peaks = [], {}
    if "ingest" in parts:
        one = ingesting.measure(running, scale.lines_of_a_file, scale.customers, _say, repeats=2)
        ten = ingesting.measure(running, 10 * scale.lines_of_a_file, scale.customers, _say)
        rows += ingesting.rows(one)
        peaks |= {task: (one.peak_mb[task], ten.peak_mb[task]) for task in one.peak_mb}
    if "refresh" in parts:
        short = refreshing.measure(running, 1, scale, _say)
        long = refreshing.measure(running, 10, scale, _say)
        rows += refreshing.rows(short, long)
        peaks |= {task: (short.peak_mb[task], long.peak_mb[task]) for task in short.peak_mb}
    if "decide" in parts:
        tenth = deciding.measure(running, scale.customers, _say)
        rows += deciding.rows(deciding.measure(running, 10 * scale.customers, _say), tenth)
    if "evaluate" in parts:
        tenth_evaluated = evaluating.measure(running, scale.customers, _say)
        rows += evaluating.rows(evaluating.measure(running, 10 * scale.customers, _say), tenth_evaluated)
    if "send" in parts:
        tenth_sent = sending.measure(running, scale.customers, _say)
        rows += sending.rows(sending.measure(running, 10 * scale.customers, _say), tenth_sent)
    if "webhook" in parts:
        rows += webhook.rows(webhook.measure(running, scale.lines_of_a_file // 5, _say))
    if "desk" in parts:
        rows += desk.rows(desk.measure(running, 10 * scale.customers, _say))
    memory = [
        Row(
            f"peak memory of `{task}`: ten times the lines / once",
            f"{ten:.0f} MB / {one:.0f} MB",
            ten / one,
            at_most=1.5,
        )
        for task, (one, ten) in peaks.items()
    ]
    return rows + memory


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB of memory, Python {platform.python_version()}"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
