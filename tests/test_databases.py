"""A test's database is like new, whatever the test before it did: emptied where that is enough, else made anew."""

from __future__ import annotations

import psycopg
import pytest


@pytest.fixture
def lent(databases):
    """Name of a database, and a connection to it; the test gives it back."""
    name = databases.lend()
    with psycopg.connect(databases.url(name), autocommit=True) as connection:
        yield name, connection, databases


def test_rows_sequences_statistics_and_connections_are_gone_and_it_is_lent_again(lent):
    name, connection, databases = lent
    connection.execute("insert into crm.shop values ('s', 'x', 'UTC')")
    connection.execute("analyze crm.shop")
    sequences = connection.execute("select seqrelid::regclass::text from pg_sequence order by 1").fetchall()
    first = [connection.execute(f"select nextval('{sequence}')".encode()).fetchone() for (sequence,) in sequences]
    databases.take_back(name)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    assert databases.lend() == name
    with psycopg.connect(databases.url(name), autocommit=True) as again:
        assert again.execute("select count(*) from crm.shop").fetchone() == (0,)
        assert again.execute("select count(*) from pg_stats where tablename = 'shop'").fetchone() == (0,)
        assert [again.execute(f"select nextval('{s}')".encode()).fetchone() for (s,) in sequences] == first
    databases.take_back(name)


@pytest.mark.parametrize(
    "change",
    [
        "alter table crm.orders add constraint broken check (false)",
        "alter table crm.orders add column more integer",
        "create table crm.more (n integer)",
        "drop view mart.customers cascade",
        "create schema more",
        "grant select on crm.orders to public",
        "create or replace function crm.draw(key text) returns double precision language sql return 0.5",
        "update crm.segment set (segment) = row (segment || '!')",
        "do $$ begin execute format('alter database %I set timezone = ''Asia/Shanghai''', current_database()); end $$",
    ],
)
def test_a_database_whose_schema_rights_settings_or_seeded_rows_changed_is_lent_to_nobody(lent, change):
    name, connection, databases = lent
    connection.execute(change.encode())
    databases.take_back(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(databases.url(name))
