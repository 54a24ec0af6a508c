"""The login of BI tools: a member of the role ``crm_reader``, which sees the schema ``mart`` and nothing else.

Its limits (``include/sql/migrations/reader_limits.sql``) are set once: a time-out that was changed by hand stays.
"""

from __future__ import annotations

from crm.warehouse import Warehouse

READER = "crm_bi"


def allow(url: str, password: str, *, renew: bool = False) -> None:
    """Let ``crm_bi`` sign in to the migrated warehouse at ``url``; where it may already, ``renew`` its password."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        there = connection.execute("select 1 from pg_roles where rolname = %s", (READER,)).fetchone()
        if not there or renew:
            statement = "alter role {} password {}" if there else "create role {} login in role crm_reader password {}"
            connection.execute(sql.SQL(statement).format(sql.Identifier(READER), sql.Literal(password)))
    Warehouse(url).at_once("migrations/reader_limits")
