"""Order rows: what is set aside and why, what is missing rather than wrong, refunds, values told once per order."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from canonical_rows import ORDERS, read, source
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.orders import delimited, reading

LINES = {**ORDERS, "product": "sku", "quantity": "pieces", "unit_price": "price", "line_number": "line"}
ALL = {**LINES, "currency": "money", "status": "state", "discount": "off", "shipping_fee": "post", "paid_at": "paid_on"}
GOOD = {
    **{"order": "A1", "who": "anna", "at": "2017-01-01T10:00:00Z", "paid": "10.00", "sku": "P1", "pieces": "2"},
    **{"price": "5.00", "line": "1", "money": "GBP", "state": "paid", "off": "0", "post": "0", "paid_on": ""},
}


def written(*rows: dict[str, Any]) -> str:
    lines = [",".join(GOOD)] + [",".join(str({**GOOD, **row}[name]) for name in GOOD) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("fault", "reason", "column"),
    [
        ({"order": " "}, "missing_order_id", "order"),
        ({"at": ""}, "missing_time", "at"),
        ({"at": "soon"}, "bad_time", "at"),
        ({"paid_on": "soon"}, "bad_time", "paid_on"),
        ({"line": "x"}, "bad_line_number", "line"),
        ({"pieces": "two"}, "bad_quantity", "pieces"),
        ({"pieces": ""}, "bad_quantity", "pieces"),
        ({"paid": "ten"}, "bad_amount", "paid"),
        ({"price": "ten"}, "bad_amount", "price"),
        ({"off": "ten"}, "bad_amount", "off"),
        ({"post": "ten"}, "bad_amount", "post"),
        ({"paid": "", "price": ""}, "missing_amount", "paid"),
        ({"money": "eur"}, "foreign_currency_EUR", "money"),
        ({"money": "anna's money"}, "foreign_currency", "money"),
        ({"state": "done"}, "unknown_status_done", "state"),
        # Of several faults the first is told.
        ({"order": "", "at": "soon", "paid": "ten", "money": "EUR"}, "missing_order_id", "order"),
    ],
)
def test_a_row_is_set_aside_for_its_first_fault_with_the_files_column(
    fault: dict[str, str], reason: str, column: str
) -> None:
    rows = read(source(ALL), written({}, fault, {"order": "A3"}))
    assert [row["reject_reason"] for row in rows] == [None, reason, None]
    assert rows[1]["reject_column"] == column
    assert json.loads(rows[1]["raw"]) == {**GOOD, **fault}
    assert [(row["raw"], row["reject_column"]) for row in (rows[0], rows[2])] == [(None, None)] * 2
    assert reason.removesuffix("_EUR").removesuffix("_done") in reading.REASONS


def test_every_row_comes_out_once_whether_good_or_set_aside() -> None:
    content = written({}, {"paid": "x"}, {"order": ""}) + "ragged\n" + written({"order": "A9"}).split("\n", 1)[1]
    rows = read(source(ALL), content)
    assert [row["row_number"] for row in rows] == [1, 2, 3, 4, 5]
    assert Counter(row["reject_reason"] for row in rows) == {
        **{None: 2, "bad_amount": 1, "missing_order_id": 1, "wrong_column_count": 1}
    }


def test_zero_and_negative_lines_are_valid() -> None:
    rows = read(source(ALL), written({"pieces": "0", "paid": "0"}, {"pieces": "-2", "paid": "-10"}))
    assert [row["reject_reason"] for row in rows] == [None, None]
    assert [row["amount"] for row in rows] == [0, -10]


def test_amount_is_quantity_times_price_where_the_file_has_none() -> None:
    columns = {name: column for name, column in LINES.items() if name != "amount"}
    rows = read(source(columns), written({"pieces": "3", "price": "0.33335"}, {"pieces": "0.5", "price": "0.0001"}))
    # 3 × 0.3334 (the price rounds half to even at 4 decimals), 0.5 × 0.0001 = 0.00005 rounds to even.
    assert [row["amount"] for row in rows] == [Decimal("1.0002"), Decimal("0.0000")]


def test_the_discount_comes_off_where_the_price_is_before_it() -> None:
    columns = {name: column for name, column in ALL.items() if name != "amount"}
    rows = read(source(columns, subtract_discount=True), written({"off": "1.5"}, {"off": ""}))
    assert [row["amount"] for row in rows] == [Decimal("8.5"), Decimal(10)]


def test_quantity_is_one_where_the_file_counts_whole_orders() -> None:
    assert read(source(), written({}))[0]["quantity"] == 1


def test_equal_lines_are_both_kept_and_numbered_by_position() -> None:
    columns = {name: column for name, column in LINES.items() if name != "line_number"}
    rows = read(source(columns), written({}, {}))
    assert [(row["row_number"], row["line_number"], row["order_id"]) for row in rows] == [
        (1, None, "A1"),
        (2, None, "A1"),
    ]


def test_a_file_without_order_ids_gets_them_from_name_and_position() -> None:
    columns = {"customer": "who", "ordered_at": "at", "amount": "paid"}
    mapping = source(columns)
    assert not mapping.orders.has_order_ids
    rows = read(mapping, written({}, {}), "shop/2017.csv")
    assert [row["order_id"] for row in rows] == ["shop/2017.csv#1", "shop/2017.csv#2"]


@pytest.mark.parametrize("masked", ["t**1", "138****1234", "****", "**", ""])
def test_a_masked_or_blank_buyer_is_nobody(masked: str) -> None:
    warnings: Counter[str] = Counter()
    row = read(source(), written({"who": masked}), warnings=warnings)[0]
    assert (row["customer"], row["reject_reason"]) == (None, None)
    assert warnings == ({"masked_customer": 1} if masked else {})


@pytest.mark.parametrize("written_for_none", ["NULL", "null", "nan", "NaN", "undefined", "#N/A", "None"])
def test_what_a_program_writes_for_no_buyer_is_nobody(written_for_none: str) -> None:
    warnings: Counter[str] = Counter()
    row = read(source(), written({"who": written_for_none}), warnings=warnings)[0]
    assert (row["customer"], row["reject_reason"]) == (None, None)
    assert warnings == {"placeholder_customer": 1}


def test_missing_currency_is_the_shops_and_case_does_not_matter() -> None:
    rows = read(source(ALL), written({"money": ""}, {"money": "gbp"}))
    assert [(row["currency"], row["reject_reason"]) for row in rows] == [("GBP", None)] * 2


def test_status_words_are_translated_whatever_their_case_and_a_missing_one_is_paid() -> None:
    mapping = source(ALL, status={"values": {"Done": "completed", "paid": "shipped"}})
    rows = read(mapping, written({"state": "DONE"}, {"state": "paid"}, {"state": "Refunded"}, {"state": ""}))
    assert [row["status"] for row in rows] == ["completed", "shipped", "refunded", "paid"]


def test_status_can_follow_from_the_time_of_payment() -> None:
    columns = {**ORDERS, "paid_at": "paid_on"}
    mapping = source(columns, status={"missing": "paid_if_paid_at"})
    rows = read(mapping, written({"paid_on": "2017-01-01"}, {"paid_on": ""}))
    assert [row["status"] for row in rows] == ["paid", "unpaid"]


def test_rules_change_a_status_in_turn_and_only_from_those_named() -> None:
    rules = [
        {"column": "post", "matches": "^9$", "becomes": "shipped", "when": ["paid"]},
        {"column": ["absent", "off"], "matches": "^7$", "becomes": "cancelled"},
    ]
    mapping = source(ALL, status={"rules": rules})
    states = [{"post": 9}, {"post": 9, "state": "unpaid"}, {"post": 9, "off": 7}, {"post": 9, "off": 1}]
    rows = read(mapping, written(*states))
    assert [row["status"] for row in rows] == ["shipped", "unpaid", "cancelled", "shipped"]


def test_columns_can_be_constants_first_of_several_joined_summed_and_cut_out() -> None:
    columns = {
        **{"order_id": "order", "ordered_at": "at", "entry_source": {"value": "web"}},
        **{"customer": {"first_of": ["off", "who"], "lower": True}, "product_name": {"join": ["order", "sku"]}},
        **{"amount": {"sum": ["paid", "post"]}, "product": {"names": ["sku"], "extract": "^P(?P<value>[0-9]+)$"}},
    }
    rows = read(
        source(columns), written({"off": "", "who": "ANNA", "post": "1.5"}, {"off": "B", "sku": "X1", "post": ""})
    )
    names = ("customer", "product_name", "amount", "product", "entry_source")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("anna", "A1 P1", Decimal("11.5"), "1", "web"),
        ("b", "A1 X1", Decimal(10), None, "web"),
    ]


def refunds(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["order_id"], row["amount"], row["refund_id"], row["refund_amount"]) for row in rows]


def test_a_refund_beside_an_order_has_the_orders_id_and_a_zero_is_told_too() -> None:
    columns = {**ORDERS, "refund_amount": "post"}
    rows = read(source(columns), written({"post": "2.5"}, {"order": "A2", "post": "0"}, {"order": "A3", "post": ""}))
    assert refunds(rows) == [
        ("A1", Decimal(10), "A1", Decimal("2.5")),
        ("A2", Decimal(10), "A2", Decimal(0)),
        ("A3", Decimal(10), None, None),
    ]


def test_a_refund_beside_a_line_has_no_id_of_its_own_yet() -> None:
    rows = read(source({**ORDERS, "refund_amount": "post"}, refund={"per": "line"}), written({"post": "2.5"}))
    assert refunds(rows) == [("A1", Decimal(10), None, Decimal("2.5"))]


def test_rows_of_cancellations_are_refunds_without_an_order() -> None:
    rule = {"rows": {"column": "order", "matches": "^C", "without_order": True}}
    rows = read(source(LINES, refund=rule), written({}, {"order": "C9", "paid": "-10", "pieces": "-2"}))
    assert refunds(rows) == [("A1", Decimal(10), None, None), (None, None, "C9", Decimal(10))]
    assert (rows[1]["quantity"], rows[1]["status"], rows[1]["customer"], rows[1]["product"]) == (
        None,
        None,
        "anna",
        "P1",
    )
    assert rows[1]["refunded_at"] == rows[1]["ordered_at"]
    assert rows[0]["refunded_at"] is None


def test_rows_of_refunds_can_name_their_order_and_write_positive_amounts() -> None:
    rule = {"rows": {"column": "state", "matches": "refunded", "amounts": "positive"}}
    columns = {**ORDERS, "refund_id": "sku", "status": "state"}
    rows = read(source(columns, refund=rule), written({}, {"state": "refunded", "sku": "R7", "paid": "4"}))
    assert refunds(rows) == [("A1", Decimal(10), None, None), ("A1", None, "R7", Decimal(4))]


def test_what_stands_in_an_orders_first_row_alone_is_carried_to_its_others_across_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 128)
    blank = {"who": "", "at": "", "state": "", "post": "", "paid_on": ""}
    content = written(
        *[{"order": f"A{n // 3}", "who": f"b{n // 3}", "post": 4, **(blank if n % 3 else {})} for n in range(60)]
    )
    mapping = source(ALL, first_row_only=["customer", "ordered_at", "status", "paid_at"])
    rows = read(mapping, content)
    assert [row["row_number"] for row in rows] == list(range(1, 61))
    assert all(row["reject_reason"] is None for row in rows)
    assert [row["customer"] for row in rows] == [f"b{n // 3}" for n in range(60)]
    assert sum(row["shipping_fee"] or 0 for row in rows) == 20 * 4


def test_money_that_every_row_of_an_order_repeats_counts_once() -> None:
    mapping = source({**ALL, "refund_amount": "off"}, every_row=["shipping_fee", "refund_amount"])
    rows = read(mapping, written({"post": 4, "off": 1}, {"post": 4, "off": 1}, {"order": "A2", "post": 4, "off": 1}))
    assert [(row["shipping_fee"], row["refund_amount"]) for row in rows] == [(4, 1), (None, None), (4, 1)]


prices = st.decimals(min_value=0, max_value=500, places=2)


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(prices, min_size=1, max_size=6), prices), min_size=1, max_size=8))
def test_lines_that_are_spread_add_up_to_their_orders_total(orders: list[tuple[list[Any], Any]]) -> None:
    lines = []
    for number, (listed, total) in enumerate(orders):
        for at, price in enumerate(listed):
            lines.append({"order": f"A{number}", "price": price, "pieces": 1, "post": "" if at else total})
    columns = {
        **{"order_id": "order", "ordered_at": "at", "quantity": "pieces", "unit_price": "price", "order_total": "post"}
    }
    rows = read(source(columns, spread_total=True), written(*lines))
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["order_id"]] = sums.get(row["order_id"], Decimal(0)) + row["amount"]
        assert row["discount"] == row["unit_price"] - row["amount"]
    assert sums == {f"A{number}": total for number, (_, total) in enumerate(orders)}
