"""What ``docs/bi.md`` tells an analyst to type runs, and its grant opens nothing to the others."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "bi.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
QUERIES, GRANTS = [b for b in BLOCKS if "create " not in b], [b for b in BLOCKS if "create " in b]


@pytest.fixture
def connection(shop, warehouse):
    with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
        yield connection
        connection.rollback()  # a role is the server's, not the test's database's


def test_its_queries_run_as_the_reader(connection):
    assert len(QUERIES) == 3
    connection.execute("set role crm_reader")
    for text in QUERIES:
        assert connection.execute(text.encode()).fetchall()


def test_personal_data_are_seen_by_whom_they_were_granted_to_alone(connection):
    (grants,) = GRANTS
    connection.execute(grants.encode())
    connection.execute("set role crm_people")
    assert ("fang@example.com",) in connection.execute("select email from people.contacts").fetchall()
    connection.execute("set role crm_reader")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select email from people.contacts")


def test_it_names_every_view(query):
    views = {name for (name,) in query("select table_name from information_schema.views where table_schema = 'mart'")}
    assert {view for view in views if f"`{view}`" not in PAGE} == set()
