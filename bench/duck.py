"""DuckDB over the same lines, in a file of its own: it builds every customer's columns anew, as a batch job would."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from bench.server import SQL, execute

LINES = """
    select line.customer_id, line.order_key, orders.ordered_on, orders.ordered_at, orders.status, line.amount
    from crm.order_line as line
    inner join crm.orders as orders using (customer_id, order_key, file_version_id)
    where orders.known_until is null order by orders.ordered_on"""
REFUNDS = "select customer_id, order_key, amount from crm.refund where known_until is null"
ASSIGNMENTS = """
    select customer_id, planned_send_at, treated, segment, tier, channel, variant, spent_before from crm.assignment"""


def export(url: str, file: Path) -> None:
    """Copy lines and refunds of the warehouse into the DuckDB file ``file``."""
    _export(url, file, "line", LINES)
    _export(url, file, "refund", REFUNDS)


def export_assignments(url: str, file: Path) -> None:
    """Copy the assignments of the warehouse into the DuckDB file ``file``."""
    _export(url, file, "assignment", ASSIGNMENTS)


def _export(url: str, file: Path, table: str, query: str) -> None:
    import duckdb

    csv = file.with_suffix(f".{table}.csv")
    with (
        psycopg.connect(url.replace("+psycopg", "")) as connection,
        connection.cursor().copy(f"copy ({query}) to stdout (format csv, header)".encode()) as blocks,
        csv.open("wb") as out,
    ):
        out.writelines(blocks)
    types = {"spent_before": "double"} if table == "assignment" else {"amount": "decimal(18, 4)"}
    with duckdb.connect(str(file)) as database:
        database.execute(f"create table {table} as select * from read_csv(?, types = ?)", [str(csv), types])
    csv.unlink()


def build(url: str, file: Path, as_of: date) -> tuple[float, bool]:
    """Seconds for the columns as of ``as_of``, and whether they agree with those of the warehouse."""
    import duckdb

    bounds = execute(
        url, "select measure, upper_bound::float from crm.rfm_breakpoints where upper_bound is not null order by 2"
    )
    values: dict[str, Any] = {
        "as_of": as_of,
        **{
            measure[0]: [bound for name, bound in bounds if name == measure]
            for measure in ("recency", "frequency", "monetary")
        },
        "cycle": float(execute(url, "select cycle_days from crm.repurchase_cycle where level = 'shop'")[0][0]),
        "tiers": [0.0, 2000.0, 5000.0, 20000.0],
    }
    columns = (SQL / "duckdb_columns.sql").read_text(encoding="utf-8")
    sums = (SQL / "sums.sql").read_text(encoding="utf-8")
    began = time.perf_counter()
    with duckdb.connect(str(file)) as database:
        database.execute(columns, values)
        seconds = time.perf_counter() - began
        theirs = database.execute(sums).fetchone()
    ours = execute(url, sums.replace("from customer_state", "from crm.customer_state"))[0]
    return seconds, theirs == ours
