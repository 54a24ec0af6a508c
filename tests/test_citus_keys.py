"""The schema can be distributed: decided on the first day, checked in PostgreSQL's own catalogue."""

from __future__ import annotations

import re

import pytest

from crm import settings

FILE = settings.SQL / "citus" / "distribute.sql"


def _placement() -> dict[str, str]:
    """Table -> distribution column, ``reference`` or ``local``, as the file tells Citus."""
    text = FILE.read_text(encoding="utf-8")
    placed = dict(re.findall(r"create_distributed_table\('(crm\.\w+)', '(\w+)'", text))
    for call, tables in re.findall(r"select (create_\w+)\(wanted\.name.*?array\[(.*?)\]", text, re.DOTALL):
        where = "reference" if call == "create_reference_table" else "customer_id"
        placed |= dict.fromkeys(re.findall(r"'(crm\.\w+)'", tables), where)
    for line in re.findall(r"^-- local: (.*)$", text, re.MULTILINE):
        placed |= dict.fromkeys(line.split(", "), "local")
    return placed


@pytest.fixture(scope="module")
def placement() -> dict[str, str]:
    return _placement()


def test_every_table_of_crm_has_a_place(query, placement):
    tables = {
        name for (name,) in query("select schemaname || '.' || tablename from pg_tables where schemaname = 'crm'")
    }
    assert tables == set(placement), f"say in {FILE} where these live"


def test_every_key_of_a_distributed_table_holds_its_distribution_column(query, placement):
    keys = query("""
        select 'crm.' || class.relname, index.indexrelid::regclass::text, array_agg(attribute.attname::text)
        from pg_index as index
        inner join pg_class as class on class.oid = index.indrelid and class.relnamespace = 'crm'::regnamespace
        inner join pg_attribute as attribute
            on attribute.attrelid = index.indrelid and attribute.attnum = any(index.indkey)
        where index.indisunique
        group by class.relname, index.indexrelid""")
    wrong = [key for table, key, columns in keys
             if placement[table] not in ("local", "reference", *columns)]  # fmt: skip
    assert len(keys) > len(placement) / 2
    assert not wrong


def test_every_distributed_table_has_a_primary_key(query, placement):
    keyed = {
        name
        for (name,) in query("""
        select 'crm.' || class.relname from pg_constraint as constr
        inner join pg_class as class on class.oid = constr.conrelid
        where constr.contype = 'p' and class.relnamespace = 'crm'::regnamespace""")
    }
    assert not {table for table, where in placement.items() if where != "local"} - keyed


def test_no_foreign_key_and_no_trigger_stands_in_the_way_of_distributing(query):
    assert query("select conname from pg_constraint where contype = 'f' and connamespace = 'crm'::regnamespace") == []
    assert query("select tgname from pg_trigger where not tgisinternal") == []


def test_the_comment_of_a_table_says_where_it_lives(query, placement):
    comments = dict(
        query("""
        select 'crm.' || relname, obj_description(oid, 'pg_class') from pg_class
        where relkind = 'r' and relnamespace = 'crm'::regnamespace""")
    )
    words = {"local": "Local table", "reference": "Reference table"}
    wrong = {
        table for table, where in placement.items()
        if table != "crm.business" and words.get(where, f"Distributed by {where}") not in comments[table]
    }  # fmt: skip
    assert not wrong
