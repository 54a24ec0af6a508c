"""Databases of the tests: copies of a migrated template that are emptied and lent again, not made anew for each test.

A copy costs some ten times what emptying costs, and its first connections build the catalogue's cache anew. Only tables
that were written to are emptied. A database whose schema, rights, settings or seeded rows a test changed is dropped.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import psycopg

_numbers = itertools.count(1)

#: Whoever is still connected to it.
OTHERS = """
select pg_terminate_backend(pid, 60000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
#: Tables with so much as one page: a row was written, though it may be gone again.
WRITTEN = """
select format('%I.%I', nspname, relname) from pg_class as c join pg_namespace as n on n.oid = relnamespace
where relkind = 'r' and nspname !~ '^pg_|^information_schema$' and pg_relation_size(c.oid) > 0
"""
STATISTICS = "delete from pg_statistic where starelid = any(%s::regclass[])"
SEQUENCES = """
select setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null
"""
#: Equal before and after every change that emptying mends; a row that was written again has another xmin.
SHAPE = """
with ours as (select * from pg_namespace where nspname !~ '^pg_(toast_)?temp_')
select
    (select sum(hashtext(concat(oid, nspname, nspacl))) from ours where nspname <> 'pg_toast'),
    (select sum(hashtext(concat(c.oid, relname, relkind, relowner, relacl, reloptions, relrowsecurity)))
        from pg_class as c join ours on ours.oid = relnamespace where nspname <> 'pg_toast'),
    (select sum(hashtext(concat(attrelid, attnum, a.xmin))) from pg_attribute as a
        join pg_class as c on c.oid = attrelid join ours on ours.oid = relnamespace where nspname <> 'pg_toast'),
    (select sum(hashtext(concat(oid, xmin))) from pg_constraint),
    (select sum(hashtext(concat(oid, xmin))) from pg_proc),
    (select sum(hashtext(concat(oid, xmin))) from pg_trigger),
    (select sum(hashtext(concat(oid, xmin))) from pg_rewrite),
    (select sum(hashtext(concat(oid, xmin))) from pg_default_acl),
    (select sum(hashtext(concat(oid, xmin))) from pg_extension),
    (select sum(hashtext(concat(datacl, datdba, datconnlimit))) from pg_database where datname = current_database()),
    (select sum(hashtext(setconfig::text)) from pg_db_role_setting
        where setdatabase = (select oid from pg_database where datname = current_database()))
"""


class Databases:
    """Lends databases that are like ``template``, on the server whose database ``postgres`` is at ``url``."""

    def __init__(self, url: str, template: str) -> None:
        self._url, self._template = url, template
        self._idle: list[str] = []
        self._seeded: list[str] = []
        self._like_new: object = None

    def url(self, name: str) -> str:
        return on(self._url, name)

    def lend(self) -> str:
        """Name of a database that is like new."""
        return self._idle.pop() if self._idle else self._copy()

    def take_back(self, name: str) -> None:
        """Empty ``name`` for the next test; one that cannot be made like new by that is dropped."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(OTHERS)
            mended = self._state(connection) == self._like_new
            if mended:
                self._empty(connection)
        if mended:
            self._idle.append(name)
        else:
            admin(self._url, f"drop database {name} with (force)")

    def _copy(self) -> str:
        name = f"crm_test_{os.getpid()}_{next(_numbers)}"
        admin(self._url, f"create database {name} template {self._template} strategy file_copy")
        if self._like_new is None:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                self._seeded = [table for (table,) in connection.execute(WRITTEN.encode())]
                self._like_new = self._state(connection)
        return name

    def _state(self, connection: psycopg.Connection) -> object:
        rows = [
            connection.execute(f"select sum(hashtext(t::text)::bigint), count(*) from {table} as t".encode()).fetchone()
            for table in self._seeded
        ]
        return connection.execute(SHAPE.encode()).fetchone(), rows

    def _empty(self, connection: psycopg.Connection) -> None:
        written = [table for (table,) in connection.execute(WRITTEN.encode()) if table not in self._seeded]
        if written:
            connection.execute(f"truncate {', '.join(written)}".encode())
            connection.execute(STATISTICS, [written])
        connection.execute(SEQUENCES)


class OwnSql:
    """SQL of a test's own over one connection, made anew where the server ended it."""

    def __init__(self, url: str, **options: Any) -> None:
        self._url, self._options = url, options
        self._connection: psycopg.Connection | None = None

    def __call__(self, statement: str, *values: object, named: dict[str, Any] | None = None) -> list[tuple]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, prepare_threshold=None, **self._options)
        cursor = self._connection.execute(statement.encode(), named or values or None)
        return cursor.fetchall() if cursor.description else []

    def __enter__(self) -> OwnSql:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()


def on(url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return url.rsplit("/", 1)[0] + "/" + database


def admin(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
