"""The one door to PostgreSQL."""

import pytest

from crm.warehouse import Warehouse, WarehouseError


def test_an_unknown_step_names_the_file(warehouse: Warehouse):
    with warehouse.transaction() as tx, pytest.raises(WarehouseError, match=r"include/sql/orders/nothing\.sql"):
        tx.run("orders/nothing")


def test_every_table_and_column_has_a_comment(query):
    missing = query("""
        select c.table_schema || '.' || c.table_name || coalesce('.' || c.column_name, '')
        from information_schema.columns as c
        where c.table_schema in ('crm', 'mart')
          and col_description((c.table_schema || '.' || c.table_name)::regclass, c.ordinal_position) is null
    """)
    assert missing == []


def test_of_several_statements_the_last_one_counts(warehouse: Warehouse, tmp_path, monkeypatch):
    (tmp_path / "two.sql").write_text("create temp table t (n int); insert into t select generate_series(1, :most)")
    (tmp_path / "three.sql").write_text("insert into t values (0); select n from t where n < 2 order by n")
    monkeypatch.setattr("crm.settings.SQL", tmp_path)
    with warehouse.transaction() as tx:
        assert tx.run("two", most=5) == 5
        assert [row.n for row in tx.rows("three")] == [0, 1]


def test_a_value_that_a_comment_names_never_runs_as_sql(warehouse: Warehouse, tmp_path, monkeypatch):
    (tmp_path / "noted.sql").write_text(
        "-- :text is kept -- as it is\nselect :text || ' -- no comment' as kept -- :text\n"
    )
    monkeypatch.setattr("crm.settings.SQL", tmp_path)
    text = "first line\n; select 1/0; --"
    with warehouse.transaction() as tx:
        assert tx.value("noted", text=text) == text + " -- no comment"


def test_a_discarded_transaction_keeps_nothing(warehouse: Warehouse, query, tmp_path, monkeypatch):
    (tmp_path / "add.sql").write_text("insert into crm.shop values (:shop, 'x', 'UTC')")
    monkeypatch.setattr("crm.settings.SQL", tmp_path)
    for shop, discard in (("rehearsed", True), ("real", False)):
        with warehouse.transaction(discard=discard) as tx:
            assert tx.run("add", shop=shop) == 1
    assert query("select shop from crm.shop") == [("real",)]
