"""The dumps of earlier releases (tests/upgrades/make_warehouse.py), restored into databases of their own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from crm.warehouse import Warehouse

DUMPS = sorted((Path(__file__).parent / "upgrades").glob("warehouse_*.sql.gz"))
Contents = dict[str, tuple[list[str], tuple[Any, ...]]]


class Old:
    """A warehouse that was restored from a dump."""

    def __init__(self, url: str) -> None:
        self.warehouse, self.url = Warehouse(url.replace("postgresql://", "postgresql+psycopg://", 1)), url

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(statement.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def contents(self, like: Contents | None = None) -> Contents:
        """Of each table of ``crm`` its columns (those of ``like``, if given), and a fingerprint of its rows."""
        tables = like or self._columns()
        with psycopg.connect(self.url) as connection:
            return {name: (columns, _rows(connection, name, columns)) for name, (columns, _) in tables.items()}

    def _columns(self) -> Contents:
        rows = self.query(
            "select c.table_name, array_agg(c.column_name::text order by c.ordinal_position) "
            "from information_schema.columns as c "
            "inner join information_schema.tables as t using (table_schema, table_name) "
            "where c.table_schema = 'crm' and t.table_type = 'BASE TABLE' group by 1"
        )
        return {name: (columns, ()) for name, columns in rows}


def _rows(connection: psycopg.Connection[Any], name: str, columns: list[str]) -> tuple[Any, ...]:
    row = f"md5(cast(row({', '.join(columns)}) as text))"
    rows = f"md5(coalesce(string_agg({row}, '' order by {row}), ''))"
    return connection.execute(f"select count(*), {rows} from crm.{name}".encode()).fetchone() or ()


@contextmanager
def restored(server_url: str, dump: Path, name: str = "crm_old") -> Iterator[Old]:
    """The warehouse of ``dump``; the roles that it speaks of must be there. Dropped in the end."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)".encode())
        admin.execute(f"create database {name}".encode())
    url = server_url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(gzip.decompress(dump.read_bytes()))
    yield Old(url)
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)".encode())
