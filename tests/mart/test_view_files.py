"""The views of mart stand in one file each and are made anew after a migration; what others built stays theirs."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory

from crm import migrations, settings
from crm.migrations import views

FILES = {file.stem for file in (settings.SQL / "mart").glob("*.sql")}


@pytest.fixture
def connected(warehouse):
    """A transaction in the migrated warehouse, rolled back at the end."""
    with warehouse.engine.connect() as connection:
        yield connection


def names(connection) -> set[str]:
    return set(connection.exec_driver_sql("select viewname from pg_views where schemaname = 'mart'").scalars())


def test_every_view_has_its_file_and_every_file_its_view(connected):
    assert names(connected) == FILES


def test_a_change_of_a_view_comes_with_a_revision():
    newest = ScriptDirectory.from_config(migrations._config()).get_revision("head")
    assert newest.module.views == views.digest(), (
        "a new revision, or the one of this version not released yet, names it"
    )


def test_a_view_that_lost_a_column_or_is_gone_is_made_anew_with_its_rights_and_comments(connected):
    connected.exec_driver_sql("drop view mart.rfm_segments; drop view mart.deliveries")
    connected.exec_driver_sql("create view mart.deliveries as select 1 as nothing")
    views.build(connected)
    assert names(connected) == FILES
    assert connected.exec_driver_sql("select shop, business_date from mart.deliveries").all() == []
    for right in ("crm_reader", "crm_writer"):
        allowed = "select bool_and(has_table_privilege(%s, 'mart.' || viewname, 'select')) from pg_views"
        assert connected.exec_driver_sql(f"{allowed} where schemaname = 'mart'", (right,)).scalar()
    assert connected.exec_driver_sql("select obj_description('mart.deliveries'::regclass)").scalar()


def test_a_view_of_somebody_elses_in_mart_stays(connected):
    connected.exec_driver_sql("create view mart.of_the_analysts as select count(*) from crm.orders")
    views.build(connected)
    assert names(connected) == FILES | {"of_the_analysts"}


def lose_a_column(connection) -> None:
    """As if the version before had had another column: replacing the view is not enough."""
    connection.exec_driver_sql("drop view mart.deliveries; create view mart.deliveries as select 1 as nothing")


def test_whom_the_shop_granted_a_view_still_reads_it_when_it_is_made_anew(connected):
    connected.exec_driver_sql("create role analyst_of_the_shop; grant select on mart.customers to analyst_of_the_shop")
    for _ in range(2):
        lose_a_column(connected)
        views.build(connected)
        allowed = "select has_table_privilege('analyst_of_the_shop', 'mart.customers', 'select')"
        assert connected.exec_driver_sql(allowed).scalar()
        others = "select has_table_privilege('analyst_of_the_shop', 'mart.orders', 'select')"
        assert not connected.exec_driver_sql(others).scalar()


def test_a_view_that_reads_ours_goes_on_where_no_column_changes(connected):
    connected.exec_driver_sql("create schema analysts; create view analysts.best as select * from mart.customers")
    views.build(connected)
    assert connected.exec_driver_sql("select count(*) from analysts.best").scalar() == 0


def test_one_that_reads_ours_is_named_where_columns_change_and_nothing_is_dropped(connected):
    connected.exec_driver_sql("create schema analysts; create view analysts.best as select * from mart.customers")
    lose_a_column(connected)
    saved = connected.begin_nested()
    with pytest.raises(views.ViewsInUse, match=r"^analysts\.best read views .*make them again"):
        views.build(connected)
    saved.rollback()
    assert names(connected) == FILES
    assert connected.exec_driver_sql("select count(*) from analysts.best").scalar() == 0
