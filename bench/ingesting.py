"""(a) Ingest of order lines, file to published, against a raw COPY of the same file; (c) memory of its three tasks."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from bench import server
from bench.report import Row
from bench.server import Bench
from bench.task import call

DAY = date(2017, 11, 19)
HEADER = "order,line,customer,sku,name,category,quantity,price,amount,discount,currency,status,ordered_at\n"
RAW = """
create table raw (
    order_id text, line int, customer text, sku text, name text, category text, quantity numeric, price numeric,
    amount numeric, discount numeric, currency text, status text, ordered_at timestamptz
)"""


@dataclass
class Ingest:
    """What was measured on one file."""

    lines: int
    megabytes: float = 0
    raw_seconds: float = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)
    published: int = 0

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def write(file: Path, lines: int, customers: int) -> None:
    """A CSV of ``lines`` order lines, 13 columns, about three lines an order, all of ``DAY`` (New York)."""
    draw, order, written = random.Random(7), 0, 0
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        while written < lines:
            order += 1
            customer, second = draw.randrange(customers), order % 43_200
            for line in range(1, min(1 + draw.randrange(5), lines - written) + 1):
                written += 1
                sku, quantity = draw.randrange(20_000), 1 + draw.randrange(3)
                price = 2 + sku % 40
                out.write(
                    f"o{order:08d},{line},c{customer:07d},p{sku:05d},Product {sku},Group {sku % 8} > Kind {sku % 60},"
                    f"{quantity},{price}.50,{price * quantity}.{quantity * 5}0,0.00,USD,paid,"
                    f"{DAY}T{8 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}\n"
                )


def measure(bench: Bench, lines: int, customers: int, say: Any, repeats: int = 1) -> Ingest:
    """Raw COPY, then ingest, validate and publish into an empty warehouse; the best of ``repeats``."""
    found = Ingest(lines)
    file = bench.folder / f"{DAY}.csv"
    say(f"{lines:,} lines: writing the file")
    write(file, lines, customers)
    found.megabytes = file.stat().st_size / 2**20
    runs = [_once(bench, file, found, say) for _ in range(repeats)]
    found.raw_seconds = min(raw for raw, _ in runs)
    found.seconds = min((seconds for _, seconds in runs), key=lambda seconds: sum(seconds.values()))
    file.unlink()
    return found


def _once(bench: Bench, file: Path, found: Ingest, say: Any) -> tuple[float, dict[str, float]]:
    url = bench.database("ingest")
    raw = _raw_copy(url, file)
    server.execute(url, "drop table raw")
    server.execute(url, "checkpoint")
    done = {"ingest": call(bench.home, "ingest", url, DAY, file=str(file))}
    delivery = done["ingest"]["result"]
    for task in ("validate", "publish"):
        done[task] = call(bench.home, task, url, DAY, delivery=delivery)
    found.published = done["publish"]["result"]["lines_published"]
    for task, cost in done.items():
        found.peak_mb[task] = max(found.peak_mb.get(task, 0), cost["peak_mb"])
    seconds = {task: cost["seconds"] for task, cost in done.items()}
    say(f"{found.lines:,} lines: raw COPY {raw:.1f} s; " + ", ".join(f"{t} {s:.1f} s" for t, s in seconds.items()))
    bench.drop("ingest")
    return raw, seconds


def _raw_copy(url: str, file: Path) -> float:
    server.execute(url, RAW)
    with psycopg.connect(url.replace("+psycopg", "")) as connection, file.open("rb") as source:
        began = time.perf_counter()
        with connection.cursor().copy("copy raw from stdin (format csv, header)") as copy:
            while block := source.read(1 << 20):
                copy.write(block)
        connection.commit()
        return time.perf_counter() - began


def rows(found: Ingest) -> list[Row]:
    parts = ", ".join(f"{task} {seconds:.1f} s" for task, seconds in found.seconds.items())
    return [
        Row(
            f"ingest of {found.lines:,} order lines: rate / raw COPY's",
            f"{found.total:.1f} s ({parts}) / {found.raw_seconds:.2f} s",
            found.raw_seconds / found.total,
            at_least=0.08,
            aim="0.15",
        ),
        Row(
            "of that file",
            f"{found.megabytes:.0f} MB, 13 columns; {found.published:,} lines published, "
            f"{found.lines / found.total:,.0f} lines/s",
        ),
    ]
