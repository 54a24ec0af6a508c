"""`python -m crm.migrations`, as the containers run it: the schema, and the login of BI tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from crm.migrations import NewerSchema, upgrade
from crm.migrations.reader import READER

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"


@pytest.fixture
def migrate(warehouse, query):
    def run(password: str) -> None:
        environment = os.environ | {
            "PYTHONPATH": str(PLUGINS), "CRM_WAREHOUSE_URL": warehouse.url, "CRM_READER_PASSWORD": password,
        }  # fmt: skip
        subprocess.run([sys.executable, "-m", "crm.migrations"], env=environment, check=True, capture_output=True)

    yield run
    query(f"drop role if exists {READER}")


def read(warehouse, password: str, relation: str) -> list[tuple]:
    url = psycopg.conninfo.conninfo_to_dict(warehouse.url.replace("+psycopg", ""))
    with psycopg.connect(**url | {"user": READER, "password": password}) as connection:
        return connection.execute(f"select count(*) from {relation}".encode()).fetchall()


def test_a_schema_of_a_newer_version_is_refused_and_left_as_it_is(warehouse, query):
    ((revision,),) = query("select version_num from crm_schema_version")
    query("update crm_schema_version set version_num = '9999'")
    with pytest.raises(NewerSchema, match=r"\(9999\) is newer than this version \(\d+\): use the newer version"):
        upgrade(warehouse.url)
    assert query("select version_num from crm_schema_version") == [("9999",)]
    query(f"update crm_schema_version set version_num = '{revision}'")


def test_the_reader_sees_mart_alone_and_a_new_password_replaces_the_old_one(migrate, warehouse):
    migrate("first")
    assert read(warehouse, "first", "mart.customers") == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(warehouse, "first", "crm.customer")
    migrate("second")
    assert read(warehouse, "second", "mart.customers") == [(0,)]
    with pytest.raises(psycopg.OperationalError, match="password"):
        read(warehouse, "first", "mart.customers")


@pytest.mark.parametrize(
    "attempt",
    ["create temporary table mine (x integer)", "select lo_create(0)", "create table mart.mine (x integer)"],
)
def test_the_reader_makes_nothing_of_its_own_even_where_it_says_that_it_writes(migrate, warehouse, attempt):
    migrate("first")
    url = psycopg.conninfo.conninfo_to_dict(warehouse.url.replace("+psycopg", ""))
    with psycopg.connect(**url | {"user": READER, "password": "first"}) as connection:
        connection.read_only = False
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(attempt.encode())


def test_a_query_of_the_reader_ends_and_a_limit_that_was_changed_by_hand_stays(migrate, warehouse, query):
    def timeout() -> str:
        url = psycopg.conninfo.conninfo_to_dict(warehouse.url.replace("+psycopg", ""))
        with psycopg.connect(**url | {"user": READER, "password": "first"}) as connection:
            return connection.execute("show statement_timeout").fetchone()[0]

    migrate("first")
    assert timeout() == "5min"
    query(f"alter role {READER} set statement_timeout = '20min'")
    migrate("first")
    assert timeout() == "20min"
