"""An embedded PostgreSQL of the benchmark's own, in a temporary folder, removed at the end."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from crm.local.postgres import Server, free_port
from crm.migrations import upgrade

SQL = Path(__file__).parent / "sql"
SHOWN = (
    "server_version", "shared_buffers", "work_mem", "maintenance_work_mem", "max_wal_size", "wal_compression", "fsync",
    "full_page_writes", "synchronous_commit", "data_checksums", "jit", "random_page_cost",
    "max_parallel_workers_per_gather",
)  # fmt: skip


class Bench:
    """Databases of one benchmark and a folder for its files."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.home = folder / "home"

    def database(self, name: str) -> str:
        """Create a migrated, empty warehouse; return its SQLAlchemy URL."""
        self.server.create_database(name)
        url = self.server.url(name, driver="postgresql+psycopg")
        upgrade(url)
        return url

    def drop(self, name: str) -> None:
        self.server.drop_database(name)

    def settings(self) -> dict[str, str]:
        with psycopg.connect(self.server.url("postgres")) as connection:
            return {name: connection.execute(f"show {name}").fetchone()[0] for name in SHOWN}


@contextmanager
def bench() -> Iterator[Bench]:
    """A running, durable server with the settings of ``make up``, and a folder."""
    # Ended from outside, the server must not stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ["AIRFLOW_CONN_CRM_LINKS"] = json.dumps({"password": "bench"})
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as folder:
        server = Server(Path(folder) / "postgres", free_port())
        try:
            server.start()
            yield Bench(server, Path(folder))
        finally:
            server.remove()


def run(url: str, name: str, **values: Any) -> list[tuple[Any, ...]]:
    """Run ``bench/sql/<name>.sql`` with ``%(name)s`` values; return the rows of its last statement."""
    return execute(url, (SQL / f"{name}.sql").read_text(encoding="utf-8"), values)


def execute(url: str, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run ``statement`` outside a transaction."""
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        cursor = connection.execute(statement.encode(), values)
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []
