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
