"""The only door to PostgreSQL: run a named SQL file in a transaction, COPY in and out.

SQL lives in ``include/sql/<room>/<step>.sql`` and is named ``<room>/<step>``. Values are always bound (``:name``);
a file may hold several statements. Connections come from the Airflow connection ``crm_warehouse``.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crm import connections, settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine, Row


_COMMENT = re.compile(r"('(?:[^']|'')*')|--[^\n]*")


class WarehouseError(Exception):
    """A step of the warehouse failed; names the SQL file, never the values."""


@functools.cache
def _sql(name: str) -> str:
    path = settings.SQL / f"{name}.sql"
    if not path.is_file():
        raise WarehouseError(f"no such step: {path}")
    # A value bound inside a comment would end it at its first line break and run as SQL.
    return _COMMENT.sub(lambda found: found.group(1) or "", path.read_text(encoding="utf-8"))


class Transaction:
    """One open transaction. Commits when its ``with`` block ends, rolls back when it raises."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def run(self, name: str, **values: Any) -> int:
        """Run the SQL file ``name``; return the row count of its last statement."""
        count: int = self._execute(name, values).rowcount
        return count

    def rows(self, name: str, **values: Any) -> list[Row[Any]]:
        """Run the SQL file ``name``; return the rows of its last statement (small results only)."""
        return list(self._execute(name, values).fetchall())

    def row(self, name: str, **values: Any) -> Row[Any]:
        """Return the single row of the SQL file ``name``."""
        found: Row[Any] = self._execute(name, values).one()
        return found

    def value(self, name: str, **values: Any) -> Any:
        """Return the first column of the first row of ``name``, or None."""
        return self._execute(name, values).scalar()

    def stream(self, name: str, size: int = 1000, **values: Any) -> Iterator[Row[Any]]:
        """Yield the rows of a single-statement file through a server-side cursor: memory stays flat."""
        from sqlalchemy import text

        options = {"stream_results": True, "yield_per": size}
        yield from self.connection.execution_options(**options).execute(text(_sql(name)), values)

    def copy_in(self, table: str, columns: Iterable[str], data: Iterable[bytes]) -> None:
        """COPY CSV ``data`` (UTF-8, no header, empty = null) into ``columns`` of ``table`` (schema-qualified)."""
        from psycopg import sql

        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._driver.cursor() as cursor, cursor.copy(statement) as copy:
            for block in data:
                copy.write(block)

    def create_table(self, table: str, name: str, **values: Any) -> None:
        """Keep the rows of the query in the SQL file ``name`` in the temporary ``table`` until the transaction ends."""
        from psycopg import sql

        statement = sql.SQL("create temporary table {} on commit drop as\n").format(sql.Identifier(table))
        with self._driver.cursor() as cursor, _explained(name):
            cursor.execute(statement.as_string(self._driver).encode() + self._query(name, values))

    def copy_out(self, name: str, **values: Any) -> Iterator[bytes]:
        """Yield the CSV (UTF-8, with header) of the query in ``name`` block by block."""
        statement = b"copy (" + self._query(name, values) + b") to stdout (format csv, header)"
        with self._driver.cursor() as cursor, _explained(name), cursor.copy(statement) as copy:
            for block in copy:
                yield bytes(block)

    def _query(self, name: str, values: Mapping[str, Any]) -> bytes:
        """The single query of the SQL file ``name`` with its values, as a part of another statement."""
        from psycopg import ClientCursor
        from sqlalchemy import text
        from sqlalchemy.dialects import postgresql

        compiled = text(_sql(name)).compile(dialect=postgresql.dialect(paramstyle="pyformat"))  # type: ignore[no-untyped-call]
        return ClientCursor(self._driver).mogrify(str(compiled), values).rstrip().rstrip(";").encode()

    @property
    def _driver(self) -> Any:
        return self.connection.connection.driver_connection

    def _execute(self, name: str, values: Mapping[str, Any]) -> Any:
        from sqlalchemy import text

        with _explained(name):
            return self.connection.execute(text(_sql(name)), values)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """The driver's message quotes the failing row (DETAIL, parameters): personal data must not reach a log."""
    from psycopg import Error
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = getattr(getattr(cause, "diag", None), "message_primary", None) or type(cause).__name__
        raise WarehouseError(f"include/sql/{name}.sql: {reason}") from None


class Warehouse:
    """A PostgreSQL 15+ warehouse by its SQLAlchemy URL (driver ``postgresql+psycopg``).

    :param keeps: whether connections are kept for the next transaction; else each makes its own
    """

    def __init__(self, url: str, *, keeps: bool = False) -> None:
        self.url = url
        self._keeps = keeps

    @classmethod
    def from_connection(cls, connection_id: str = settings.WAREHOUSE_CONNECTION) -> Warehouse:
        """The warehouse that ``$CRM_WAREHOUSE_URL`` names, else the Airflow connection (its extra: libpq's parameters).

        :raises ConnectionMissing: there is no such connection
        """
        given = os.environ.get("CRM_WAREHOUSE_URL")
        if given:
            return cls(f"postgresql+psycopg://{given.split('://', 1)[1]}")
        from sqlalchemy import URL

        found = connections.get(connection_id)
        url = URL.create(
            "postgresql+psycopg", found.login or None, found.password or None, found.host or None, found.port,
            found.schema or None, {key: str(value) for key, value in found.extra.items()},
        )  # fmt: skip
        return cls(url.render_as_string(hide_password=False))

    @functools.cached_property
    def engine(self) -> Engine:
        from psycopg import ClientCursor
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool, QueuePool

        class LastStatement(ClientCursor[Any]):
            """Binds values on the client, so that a file may hold several statements, the last of which counts."""

            def execute(self, *arguments: Any, **options: Any) -> Any:
                super().execute(*arguments, **options)
                self.set_result(-1)
                return self

        pool: dict[str, Any] = {"poolclass": NullPool}
        if self._keeps:
            pool = {"poolclass": QueuePool, "pool_size": 16, "max_overflow": -1}
        return create_engine(self.url, **pool, connect_args={"cursor_factory": LastStatement})

    @contextmanager
    def keeping(self) -> Iterator[Warehouse]:
        """The same warehouse for many short transactions: connections are kept until the end."""
        kept = Warehouse(self.url, keeps=True)
        try:
            yield kept
        finally:
            kept.engine.dispose()

    def at_once(self, name: str, **values: Any) -> int:
        """Run the single statement of the SQL file ``name``, which commits itself: one way to the server and back."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return Transaction(connection).run(name, **values)

    @contextmanager
    def transaction(self, *, rerunnable: bool = False, discard: bool = False) -> Iterator[Transaction]:
        """Open a transaction.

        :param rerunnable: may commit asynchronously (never for ledger, events, opt-outs)
        :param discard: rolled back at its end, whatever was done: a rehearsal
        """
        with self.engine.connect() as connection, connection.begin() as own:
            if rerunnable:
                connection.exec_driver_sql("set local synchronous_commit = off")
            yield Transaction(connection)
            if discard:
                own.rollback()
