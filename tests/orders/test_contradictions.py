"""What a delivery says of orders that cannot all be true is reported or refused, never merged in silence."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from landed import MAPPING, Shop, line

from crm.orders import contradictions
from crm.orders.frames import SourceError
from crm.orders.publishing import publish
from crm.orders.validation import ValidationFailed, validate


def found(shop: Shop) -> list[str]:
    with shop.warehouse.transaction() as tx:
        return [each.text for each in contradictions.find(tx)]


def load(shop: Shop, first: str, last: str):
    return shop.ingest(last, mode="load", from_date=datetime.date.fromisoformat(first))


def test_numbers_that_begin_again_every_day_are_refused(tea: Shop):
    tea.day("2017-03-01", [line(str(n), f"c{n}", "2017-03-01", paid=f"{n}0") for n in (1, 2, 3)])
    tea.deliver("orders", "2017-03-02", [line(str(n), f"d{n}", "2017-03-02", paid=f"{n}5") for n in (1, 2)])
    delivery = tea.ingest("2017-03-02")
    with pytest.raises(
        ValidationFailed, match=r"2 orders came under the id .*row 1 of tea/orders_2017-03-02.csv.*join"
    ):
        validate(tea.warehouse, delivery)


def test_numbers_of_a_till_that_names_no_buyers_are_refused_too_but_not_a_corrected_amount(tea: Shop):
    tea.day("2017-03-01", [line(str(n), "", "2017-03-01", paid=f"{n}0") for n in (1, 2, 3)])
    tea.deliver("orders", "2017-03-02", [line(str(n), "", "2017-03-02", paid=f"{n}5") for n in (1, 2)])
    tea.ingest("2017-03-02")
    (text,) = found(tea)
    assert "2 orders came under the id" in text
    tea.deliver("orders", "2017-03-02", [line(str(n), "", "2017-03-01", paid=f"{n}5") for n in (1, 2)])
    tea.ingest("2017-03-02")
    assert found(tea) == []


def test_rows_that_move_in_a_corrected_file_without_order_ids_are_no_reused_numbers(tea: Shop, tmp_path: Path):
    text = MAPPING.replace("    order_id: order\n", "").replace("orders_{date}.csv", "orders*.csv", 1)
    (tmp_path / "tea.yaml").write_text(text, encoding="utf-8")
    rows = [line("", "", f"2017-03-0{n}", paid=f"{n}0") for n in (1, 2, 3)]
    tea.deliver("orders", "all", rows)
    publish(tea.warehouse, tea.business, load(tea, "2017-03-01", "2017-03-04"))
    tea.deliver("orders", "all", [line("", "", "2017-03-04", paid="99"), *rows])
    load(tea, "2017-03-01", "2017-03-04")
    assert not [text for text in found(tea) if "came under" in text]


def test_they_are_refused_within_a_load_and_within_one_file_too(tea: Shop):
    tea.deliver("orders", "2017-03-01", [line("1", "a", "2017-03-01"), line("2", "b", "2017-03-01")])
    again = [line("1", "c", "2017-03-02", paid="7"), line("2", "d", "2017-03-02", paid="8")]
    tea.deliver("orders", "2017-03-02", again)
    load(tea, "2017-03-01", "2017-03-02")
    assert "2 orders came under the id" in found(tea)[0]
    tea.deliver("orders", "2017-03-02", [line("1", "a", "2017-03-01"), line("2", "b", "2017-03-01"), *again])
    tea.ingest("2017-03-02")
    (text, *_) = found(tea)
    assert "2 orders have several customers and days, for example rows 1 and 3 of tea/orders_2017-03-02.csv" in text


def test_a_key_of_date_and_number_tells_such_orders_apart(tea: Shop, query, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(
        MAPPING.replace("order_id: order", "order_id: {join: [codes, order], separator: '-'}"), encoding="utf-8"
    )
    for on in ("2017-03-01", "2017-03-02"):
        tea.day(on, [line(str(n), f"{on}{n}", on, paid=f"{n}0", codes=on) for n in (1, 2)])
    assert query("select count(*), sum(amount), min(order_id) from crm.orders") == [(4, Decimal(60), "2017-03-01-1")]


def test_a_new_status_or_a_corrected_buyer_is_no_contradiction(tea: Shop):
    tea.day("2017-03-01", [line("1", "a", "2017-03-01", status="unpaid"), line("2", "b", "2017-03-01")])
    tea.deliver("orders", "2017-03-02", [line("1", "a", "2017-03-01"), line("2", "c", "2017-03-01", paid="12")])
    tea.ingest("2017-03-02")
    assert found(tea) == []


def test_one_reused_number_is_a_warning_and_not_a_refusal(tea: Shop):
    tea.day("2017-03-01", [line("1", "a", "2017-03-01")])
    tea.deliver("orders", "2017-03-02", [line("1", "b", "2017-03-02", paid="3")])
    tea.ingest("2017-03-02")
    with tea.warehouse.transaction() as tx:
        (only,) = contradictions.find(tx)
    assert (only.is_refused, only.text[:17]) == (False, "orders: 1 order c")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            [line("1", "a", "2017-03-01"), line("1", "b", "2017-03-01")],
            "1 order has several customers, for example rows 1",
        ),
        ([line("1", "a", "2017-02-28"), line("1", "a", "2017-03-01")], "1 order has lines of several days"),
        (
            [line("1", "a", "2017-03-01"), line("2", "b", "2017-03-01"), line("1", "a", "2017-03-01")],
            "the rows of 1 order do not follow each other, for example rows 1 and 3",
        ),
        (
            [line("1", "a", "2017-03-01", paid="30", refunded="45")],
            "1 order has refunds that are larger than what was paid for the goods, 15.00 more",
        ),
    ],
)
def test_an_order_that_contradicts_itself_is_reported_with_an_example(tea: Shop, rows: list, told: str):
    tea.deliver("orders", "2017-03-01", rows)
    tea.ingest("2017-03-01")
    (text,) = found(tea)
    assert told in text
    assert "2017-03-01.csv" in text


def test_an_order_in_two_files_of_one_date_is_reported_in_one_delivery_and_across_two(tea: Shop, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(MAPPING.replace("orders_{date}.csv", "orders_{date}*.csv"), encoding="utf-8")
    tea.deliver("orders", "2017-03-01_1", [line("1", "a", "2017-03-01"), line("2", "b", "2017-03-01", paid="20")])
    tea.deliver("orders", "2017-03-01_2", [line("2", "b", "2017-03-01", paid="200"), line("3", "c", "2017-03-01")])
    tea.take("2017-03-01")
    tea.deliver("orders", "2017-03-01_3", [line("3", "c", "2017-03-01", paid="5")])
    tea.ingest("2017-03-01")
    assert "row 1 of tea/orders_2017-03-01_3.csv, before in tea/orders_2017-03-01_2.csv" in found(tea)[0]


def test_no_more_comes_back_of_an_order_than_was_paid_for_its_goods(tea: Shop, query):
    rows = [line("1", "a", "2017-03-01", paid="30", refunded="45"), line("2", "b", "2017-03-01", refunded="4")]
    tea.day("2017-03-01", rows)
    assert query("select refund_id, amount from crm.refund order by 1") == [("1", Decimal(30)), ("2", Decimal(4))]


def test_a_file_without_order_ids_says_that_every_row_is_a_purchase(tea: Shop, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(MAPPING.replace("    order_id: order\n", ""), encoding="utf-8")
    tea.deliver("orders", "2017-03-01", [line("1", "a", "2017-03-01")] * 2)
    tea.ingest("2017-03-01")
    (text,) = found(tea)
    assert "every row of tea/orders_2017-03-01.csv is a purchase of its own" in text
    assert "order_id: {join: [<customer>, <day>]}" in text


def test_a_file_that_says_things_once_per_order_may_not_be_sorted(tea: Shop, query, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(
        MAPPING.replace("customers:", "  first_row_only: [status]\ncustomers:"),
        encoding="utf-8",
    )
    rows = [line("1", at="2017-03-01"), line("2", at="2017-03-01"), line("1", at="2017-03-01", status="")]
    tea.deliver("orders", "2017-03-01", rows)
    with pytest.raises(SourceError, match=r"rows of 1 order do not follow each other, for example rows 1 and 3"):
        tea.ingest("2017-03-01")
    assert query("select count(*) from crm.file_version") == [(0,)]


def test_a_corrected_file_under_another_name_does_not_rewrite_what_was_known(tea: Shop, query, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(MAPPING.replace("orders_{date}.csv", "orders_{date}*.csv"), encoding="utf-8")
    for on in ("2017-03-01", "2017-03-02", "2017-03-03"):
        tea.day(on, [line(on, "a", on)])
    tea.deliver("orders", "2017-03-01_corrected", [line("2017-03-01", "a", "2017-03-01", paid="99")])
    tea.take("2017-03-01")
    assert query("select amount, known_on::text, known_until::text from crm.orders where order_id = '2017-03-01'") == [
        (Decimal(10), "2017-03-01", "2017-03-03"),
        (Decimal(99), "2017-03-03", None),
    ]


def test_nor_does_a_corrected_range_under_another_name(tea: Shop, query, tmp_path: Path):
    (tmp_path / "tea.yaml").write_text(MAPPING.replace("orders_{date}.csv", "orders*.csv"), encoding="utf-8")
    span = {"mode": "load", "from_date": datetime.date(2017, 3, 1)}
    tea.deliver("orders", "all", [line("1", "a", "2017-03-01"), line("2", "b", "2017-03-02")])
    tea.take("2017-03-03", **span)
    tea.deliver("orders", "mended", [line("1", "a", "2017-03-01", paid="99"), line("3", "c", "2017-03-02")])
    tea.take("2017-03-03", **span)
    assert query("select order_id, amount, known_on::text from crm.orders order by 1, file_version_id") == [
        ("1", Decimal(10), "2017-03-01"),
        ("1", Decimal(99), "2017-03-03"),
        ("2", Decimal(10), "2017-03-02"),
        ("3", Decimal(10), "2017-03-02"),
    ]
