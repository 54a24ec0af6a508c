"""Uploaded lists: what a file may look like, how a bad row is told, and that a list is never changed."""

from __future__ import annotations

import datetime

import pytest

from crm.campaigns import customer_lists
from crm.campaigns.customer_lists import Bad, ListError


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (b"A1\nA2\n", ["A1", "A2"]),
        (b"customer_id\r\nA1\r\n\r\nA2", ["A1", "A2"]),
        (b"\xef\xbb\xbfCustomer ID;Name\nA1;Ann\nA2;Bob\n", ["A1", "A2"]),
        ("会员编号\t备注\n张三_1\t好\n".encode("gb18030"), ["张三_1"]),
        ("买家会员名\n张三\n".encode(), ["张三"]),
        (b'name,id\n"Smith, Ann",A1\n', ["A1"]),
        (b'="00123"\n 00124 \n', ["00123", "00124"]),
        (b'"say ""hi"""\n\\.\nNULL\n', ['say "hi"', "\\.", "NULL"]),
    ],
)
def test_a_list_may_come_as_shops_export_it(content, ids):
    assert customer_lists.read(content).ids == ids


@pytest.mark.parametrize(
    ("content", "bad"),
    [
        (b"", Bad("empty")),
        (b"\n \n", Bad("empty")),
        (b"customer_id\n", Bad("empty")),
        (b"PK\x03\x04\0\0", Bad("binary")),
        (b"A1\n\xff\xff\xff\n", Bad("encoding")),
        (b"name,city\nAnn,Rome\n", Bad("which_column", 1)),
        (b"id,name\nA1,Ann\n,Bob\n", Bad("no_id", 3, 1)),
        (b"name,id\nAnn,A1\nBob\n", Bad("columns", 3, 2)),
        (b"A1\n=1+1\n", Bad("formula", 2, 1)),
        (b"A1\n@SUM(A1)\n", Bad("formula", 2, 1)),
        (b"1.23E+15\n", Bad("shortened", 1, 1)),
        (b"x" * 201, Bad("too_long", 1, 1)),
        (b"A\x07\n", Bad("control", 1, 1)),
        (b'A1\n"A2\n', Bad("csv", 2)),
    ],
)
def test_a_bad_row_is_told_by_row_and_column_and_never_by_what_it_says(content, bad):
    with pytest.raises(ListError) as told:
        customer_lists.read(content)
    assert told.value.bad == [bad]
    assert bad.problem in customer_lists.PROBLEMS
    assert "SUM" not in str(told.value)


def test_of_many_bad_rows_some_are_named_and_the_others_counted():
    with pytest.raises(ListError) as told:
        customer_lists.read(b"=1\n" * 50)
    assert (len(told.value.bad), told.value.more) == (20, 30)


@pytest.fixture
def upload(warehouse, query):
    query("insert into crm.customer select crm.key64('main', 'C' || n), 'main', 'C' || n, false, '2017-01-01'"
          " from generate_series(1, 5) as n")  # fmt: skip

    def keep(*ids, replace=False):
        read = customer_lists.read("\n".join(ids).encode())
        return customer_lists.keep(warehouse, "vips", "main", read, "Olive", replace=replace)

    return keep


def _members(query) -> list[tuple[int, str | None]]:
    return query(
        "select m.version, c.external_id from crm.customer_list_member as m"
        " left join crm.customer as c on c.customer_id = m.customer_id order by 1, 2"
    )


def test_an_id_that_nobody_has_yet_is_counted_and_kept(upload, query):
    kept = upload("C1", "C2", "C2", "new")
    assert (kept.version, kept.customers, kept.unknown, kept.valid_from) == (1, 3, 1, None)
    assert _members(query) == [(1, "C1"), (1, "C2"), (1, None)]


def test_a_list_is_not_replaced_unless_that_is_said(upload, query):
    upload("C1")
    with pytest.raises(customer_lists.NameTaken) as taken:
        upload("C2")
    assert taken.value.version == 1
    assert _members(query) == [(1, "C1")]


def test_what_was_decided_by_a_list_stays_as_it_was(upload, query, warehouse):
    upload("C1")
    query("insert into crm.plan (business_date, send_date, mode, whole, declarations, candidates, included, held_out,"
          " excluded) values ('2017-11-20', '2017-11-21', 'live', true, '{}', 0, 0, 0, 0)")  # fmt: skip
    assert upload("C2", replace=True).valid_from == datetime.date(2017, 11, 21)
    assert upload("C3", "C4", replace=True).valid_from == datetime.date(2017, 11, 21)
    versions = query("select version, valid_from, valid_to from crm.customer_list order by version")
    next_day = datetime.date(2017, 11, 21)
    assert versions == [(1, None, next_day), (2, next_day, next_day), (3, next_day, None)]

    def asked(day: str) -> list[str]:
        with warehouse.transaction(discard=True) as tx:
            tx.run("campaigns/tables")
            run = tx.connection.exec_driver_sql
            run("insert into candidate (customer_id, due_id) select customer_id, 1 from crm.customer")
            tx.run("campaigns/audience_begin", due_id=1)
            tx.run("campaigns/filters/list", scope=0, number=1, business_date=day, listed=["vips"])
            found = run("select external_id from found inner join crm.customer using (customer_id) where number = 1")
            return sorted(row[0] for row in found)

    assert asked("2016-05-01") == asked("2017-11-20") == ["C1"]
    assert asked("2017-11-21") == ["C3", "C4"]


def test_a_version_that_never_decided_anything_never_holds(upload, query):
    upload("C1")
    assert upload("C2", replace=True).valid_from is None
    assert query("select list, version, is_latest from mart.customer_lists where is_latest") == [("vips", 2, True)]
