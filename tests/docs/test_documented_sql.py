"""Tables, views, columns and functions that a page names are in the migrated warehouse, and its SQL runs there."""

from __future__ import annotations

import pkgutil

import documentation
import psycopg

#: ``docs/bi.md`` grants rights; tests/mart/test_bi_page.py runs it.
GRANTS = "create schema people"
#: Grafana's own macro.
MACRO = "$__timeFilter(business_date)"


def test_every_table_column_and_function_exists(query):
    tables = {
        f"{schema}.{name}" for schema, name in query("select table_schema, table_name from information_schema.tables")
    }
    functions = {
        f"{schema}.{name}"
        for schema, name in query("select nspname, proname from pg_proc join pg_namespace n on n.oid = pronamespace")
    }
    columns = {
        ".".join(each) for each in query("select table_schema, table_name, column_name from information_schema.columns")
    }
    named = set(documentation.everywhere(r"(?<![\w./:<])((?:crm|mart|staging)\.[a-z_]\w*(?:\.[a-z_]\w*)*)(?!\w*[*>:])"))
    assert named
    known = tables | functions | columns
    assert {(page, name) for page, name in named if name not in known and not _is_python(name)} == set()


def _is_python(name: str) -> bool:
    try:
        return pkgutil.resolve_name(name) is not None
    except (ImportError, AttributeError):
        return False


def statements() -> list[tuple[str, str]]:
    found = []
    for page in documentation.PAGES:
        blocks = [block for block in documentation.fences(page, "sql") if GRANTS not in block]
        inline = [span for span in documentation.spans(page) if span.startswith("select ")]
        found += [(page.name, text.replace(MACRO, "true").replace("'…'", "null")) for text in blocks + inline]
    return found


def test_every_query_is_one_that_the_warehouse_can_plan(warehouse):
    shown = statements()
    assert len(shown) > 10
    with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
        for page, text in shown:
            try:
                with connection.transaction():
                    connection.execute(f"explain {text}")
            except psycopg.Error as error:
                raise AssertionError(f"{page}: {text}") from error
