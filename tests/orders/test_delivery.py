"""Which files a delivery consists of, what of them is new, and what is refused at once."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from landed import Shop, day, line

from crm.orders.delivery import Delivery, DeliveryError
from crm.orders.landing import LandingError
from crm.orders.reading import SourceError

FIRST, LAST = datetime.date(2017, 3, 1), datetime.date(2017, 3, 3)


def test_a_load_without_its_dates_says_what_to_give(tea: Shop):
    with pytest.raises(DeliveryError, match=r"give from_date \(first\)"):
        tea.ingest("2017-03-03", mode="load")


def test_reversed_dates_are_refused(tea: Shop):
    with pytest.raises(DeliveryError, match="2017-03-03 is after the last date 2017-03-01"):
        tea.ingest("2017-03-01", mode="load", from_date=LAST)


def test_a_range_belongs_to_a_load(tea: Shop):
    with pytest.raises(DeliveryError, match="belongs to mode 'load'"):
        tea.ingest("2017-03-03", from_date=FIRST)


def test_nothing_is_known_before_its_own_date(tea: Shop):
    with pytest.raises(DeliveryError, match="known_on 2017-03-01 is before 2017-03-03"):
        tea.ingest("2017-03-03", known_on=FIRST)


def test_a_missing_order_file_names_the_full_path_and_what_to_do(tea: Shop):
    path = tea.folder / "tea" / "orders_2017-03-01.csv"
    with pytest.raises(LandingError) as failure:
        tea.ingest("2017-03-01")
    assert str(path) in str(failure.value)
    assert "empty file" in str(failure.value)
    assert "allow_empty" in str(failure.value)


def test_a_range_with_holes_names_them(tea: Shop):
    tea.deliver("orders", "2017-03-02", [line("2", at="2017-03-02")])
    with pytest.raises(LandingError, match=r"orders_2017-03-01\.csv, .*orders_2017-03-03\.csv"):
        tea.ingest("2017-03-03", mode="load", from_date=FIRST)


@pytest.mark.parametrize("content", ["", "order,buyer,item,pieces,paid,status,at,refunded,refunded_at\n"])
def test_an_empty_file_declares_a_day_without_sales(tea: Shop, query, content):
    tea.validated = True
    tea.deliver("orders", "2017-03-01", []).write_text(content)
    assert tea.take("2017-03-01")["lines_read"] == 0
    assert query("select declared_empty, status from crm.file_version") == [(True, "published")]
    assert query("select count(*) from crm.delivery") == [(1,)]


def test_allow_empty_declares_a_missing_file_empty_and_a_later_one_is_a_correction(tea: Shop, query):
    tea.validated = True
    tea.take("2017-03-01", allow_empty=True)
    tea.take("2017-03-02", allow_empty=True)
    assert query("select count(*) from crm.delivery") == [(2,)]
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    assert query("select known_on::text from crm.orders") == [("2017-03-02",)]


def test_a_second_business_is_refused(tea: Shop):
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    for change in ({"name": "Coffee"}, {"time_zone": "Europe/London"}):
        other = Shop(tea.warehouse, tea.folder, tea.business.model_copy(update=change))
        with pytest.raises(DeliveryError, match="serves another business"):
            other.take("2017-03-01")


def test_a_source_in_another_currency_is_refused(tea: Shop):
    other = Shop(tea.warehouse, tea.folder, tea.business.model_copy(update={"currency": "CNY"}))
    with pytest.raises(DeliveryError, match="is in USD, the business reports in CNY"):
        other.take("2017-03-01")


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    tea.deliver("orders", "2017-03-02", []).write_text("something,else\n1,2\n")
    with pytest.raises(SourceError, match=r"orders_2017-03-02\.csv"):
        tea.ingest("2017-03-02")
    assert query("select count(*) from crm.file_version") == [(1,)]


def test_a_mended_mapping_makes_a_new_version_of_the_same_file(tea: Shop, query):
    tea.day("2017-03-01", [line("1", at="2017-03-01", pieces="3")])
    (mapping,) = tea.business.sources
    with open(mapping) as file:
        text = file.read()
    with open(mapping, "w") as file:
        file.write(text.replace("    quantity: pieces\n", ""))
    assert tea.take("2017-03-01")["lines_published"] == 1
    assert query("select quantity::int from crm.orders where known_until is null") == [(1,)]


def test_a_delivery_travels_as_json(tea: Shop):
    tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    delivery = tea.ingest("2017-03-01")
    assert Delivery.from_dict(json.loads(json.dumps(delivery.to_dict()))) == delivery


def test_progress_names_files_and_counts_but_no_persons(tea: Shop):
    lines: list[str] = []
    tea.deliver("orders", "2017-03-01", [line("1", "ann", "2017-03-01"), line("2", "ann", "never")])
    tea.ingest("2017-03-01", progress=lines.append)
    assert lines == ["tea/orders_2017-03-01.csv: 2 rows of orders, 1 rejected"]


# --- files that are handed over


def test_a_dated_file_keeps_its_identity_wherever_it_lies(tea: Shop, tmp_path):
    landed = tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    tea.take("2017-03-01")
    elsewhere = tmp_path / "elsewhere" / landed.name
    elsewhere.parent.mkdir()
    elsewhere.write_text(landed.read_text())
    counts = tea.take("2017-03-01", mode="load", from_date=FIRST, files=elsewhere)
    assert counts["unchanged"] == 1


def test_a_folder_of_files_may_be_flat(tea: Shop, tmp_path):
    landed = tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    flat = tmp_path / "flat"
    flat.mkdir()
    landed.rename(flat / landed.name)
    assert tea.take("2017-03-01", files=flat)["lines_published"] == 1


def test_a_handed_over_file_of_another_date_is_refused(tea: Shop):
    landed = tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    with pytest.raises(LandingError, match="is of 2017-03-01"):
        tea.ingest("2017-03-02", files=landed)


def test_files_that_do_not_exist_are_named(tea: Shop, tmp_path):
    with pytest.raises(LandingError, match=r"nothing\.csv does not exist"):
        tea.ingest("2017-03-02", files=tmp_path / "nothing.csv")


def year(tea: Shop, rows):
    path = tea.deliver("orders", "2017", rows)
    return path.rename(path.with_name("all.csv"))


def test_one_file_for_a_range_gives_each_order_its_own_date(tea: Shop, query):
    tea.validated = True
    file = year(tea, [line("1", at="2017-03-01"), line("3", at="2017-03-03", refunded="2")])
    counts = tea.take("2017-03-03", mode="load", from_date=FIRST, files=file)
    assert counts["lines_published"] == 2
    assert query("select order_id, business_date::text, known_on::text from crm.orders order by 1") == [
        ("1", "2017-03-01", "2017-03-01"),
        ("3", "2017-03-03", "2017-03-03"),
    ]
    assert query("select known_on::text from crm.refund") == [("2017-03-03",)]
    assert query("select count(*) from crm.delivery") == [(3,)], "the file speaks for every date of the range"


def test_a_refund_in_a_file_for_a_range_is_known_on_the_day_of_the_refund(tea: Shop, query):
    rows = [line("1", at="2017-03-01", refunded="2", refunded_at="2017-03-02T12:00:00-05:00")]
    rows += [line("2", at="2017-03-01", refunded="3", refunded_at="2017-09-02T12:00:00-05:00")]
    tea.take("2017-03-03", mode="load", from_date=FIRST, files=year(tea, rows))
    assert query("select refund_id, known_on::text from crm.refund order by 1") == [
        ("1", "2017-03-02"),
        ("2", "2017-03-03"),
    ]


def test_rows_outside_the_range_are_set_aside_until_a_wider_range_is_loaded(tea: Shop, query):
    tea.validated = True
    file = year(tea, [line("1", at="2017-02-28"), line("2", at="2017-03-02", refunded="1"), line("3", at="2017-03-04")])
    counts = tea.take("2017-03-03", mode="load", from_date=FIRST, files=file)
    assert counts["rejected"] == {"outside_range": 2}
    assert query("select order_id from crm.orders") == [("2",)]
    assert query("select raw::text, replayed_by from crm.rejected_row") == [("{}", None)] * 2
    counts = tea.take("2017-03-04", mode="load", from_date=day("2017-02-01"), files=file)
    assert (counts["lines_published"], counts["unchanged"], counts["rejected"]) == (2, 1, {})
    assert query("select order_id from crm.orders order by 1") == [("1",), ("2",), ("3",)]
    assert query("select count(*) from crm.rejected_row where replayed_by is null") == [(0,)]


def test_the_same_file_for_the_same_range_is_unchanged(tea: Shop):
    file = year(tea, [line("2", at="2017-03-02")])
    tea.take("2017-03-03", mode="load", from_date=FIRST, files=file)
    assert tea.take("2017-03-03", mode="load", from_date=FIRST, files=file)["unchanged"] == 1


def test_a_file_for_a_range_may_move_an_order_to_an_earlier_date(tea: Shop, query):
    tea.take("2017-03-03", mode="load", from_date=FIRST, files=year(tea, [line("1", at="2017-03-03")]))
    tea.take("2017-03-03", mode="load", from_date=FIRST, files=year(tea, [line("1", at="2017-03-01")]))
    assert query("select ordered_on::text from crm.orders where known_until is null") == [("2017-03-01",)]


# --- files without order ids, and undated files of a daily run


@pytest.fixture
def nameless(tea: Shop) -> Shop:
    """The shop's files have no order ids, and one file serves all dates."""
    (mapping,) = tea.business.sources
    with open(mapping) as file:
        text = file.read()
    with open(mapping, "w") as file:
        file.write(text.replace("    order_id: order\n", "").replace("orders_{date}.csv", "orders.csv"))
    return tea


def deliver(shop: Shop, rows) -> None:
    path = shop.deliver("orders", "x", rows)
    path.rename(path.with_name("orders.csv"))


def test_without_order_ids_every_row_is_an_order_and_the_file_is_replaced_as_a_whole(nameless: Shop, query):
    ann, bob = line("", "ann", "2017-03-01"), line("", "bob", "2017-03-02", refunded="1")
    deliver(nameless, [ann, ann, bob])
    nameless.take("2017-03-03", mode="load", from_date=FIRST)
    assert query("select count(*) from crm.orders where known_until is null") == [(3,)]
    query("delete from crm.refresh_queue")
    deliver(nameless, [ann, ann | {"paid": "7"}])
    counts = nameless.take("2017-03-03", mode="load", from_date=FIRST)
    assert (counts["lines_published"], counts["unchanged"]) == (1, 1)
    assert query("select order_id, amount::int from crm.orders where known_until is null order by 1") == [
        ("tea/orders.csv#1", 10),
        ("tea/orders.csv#2", 7),
    ]
    assert query("select count(*) from crm.refund where known_until is null") == [(0,)]
    assert query("select count(*) from crm.refresh_queue") == [(2,)]


def test_an_undated_file_of_a_daily_run_brings_its_late_rows_and_keeps_later_ones_for_later(nameless: Shop, query):
    nameless.validated = True
    deliver(nameless, [line("", "ann", "2017-03-01"), line("", "bob", "2017-03-02")])
    assert nameless.take("2017-03-01")["rejected"] == {"outside_range": 1}
    counts = nameless.take("2017-03-02")
    assert (counts["unchanged"], counts["lines_published"]) == (1, 1)
    assert query("select known_on::text from crm.orders where known_until is null order by 1") == [
        ("2017-03-01",),
        ("2017-03-02",),
    ]


def test_a_file_read_by_a_mended_mapping_is_replaced_as_a_whole(tea: Shop, query):
    (mapping,) = tea.business.sources
    text = Path(mapping).read_text()
    Path(mapping).write_text(text.replace("order_id: order\n", "order_id: item\n"))
    tea.day("2017-03-01", [line("1", at="2017-03-01"), line("2", at="2017-03-01", refunded="1")])
    Path(mapping).write_text(text)
    tea.take("2017-03-01")
    assert query("select order_id from crm.orders where known_until is null order by 1") == [("1",), ("2",)]
    assert query("select refund_id from crm.refund where known_until is null") == [("2",)]


def test_a_value_that_the_warehouse_refuses_is_named_but_not_quoted(tea: Shop, query):
    query("alter table staging.order_line add constraint refused check (customer <> 'secret')")
    tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01"), line("2", "secret", at="2017-03-01")])
    with pytest.raises(SourceError, match=r"orders_2017-03-01\.csv: .* in row 2 ") as failure:
        tea.ingest("2017-03-01")
    assert "secret" not in str(failure.value)
    assert failure.value.__cause__ is None
