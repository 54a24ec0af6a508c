"""Every table and column says what it is, and the data dictionary says the same."""

from __future__ import annotations

from crm.local import dictionary


def test_every_table_view_and_column_has_a_comment(warehouse):
    with warehouse.transaction() as transaction:
        columns = transaction.rows("local/dictionary")
    silent = {f"{c.schema}.{c.relation}.{c.name}" for c in columns if not c.comment}
    silent |= {f"{c.schema}.{c.relation}" for c in columns if not c.relation_comment}
    assert len(columns) > 300
    assert not silent


def test_the_data_dictionary_is_up_to_date(warehouse):
    assert dictionary.page(warehouse) == dictionary.PAGE.read_text(encoding="utf-8"), "run `make docs`"
