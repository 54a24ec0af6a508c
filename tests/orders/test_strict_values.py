"""What other systems write for nothing, ids and money that are not what they seem: missing, refused, or in one unit."""

from __future__ import annotations

import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canonical_rows import ORDERS, read, source

from crm.orders.frames import SourceError

HEADER = ("order", "who", "at", "paid")


def as_file(kind: str, rows: list[tuple[Any, ...]], names: tuple[str, ...] = HEADER) -> tuple[bytes, str]:
    """The rows as a file of the kind, and its name."""
    out = io.BytesIO()
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (names, *rows):
            book.active.append(row)
        book.save(out)
    elif kind == "parquet":
        columns = {name: [None if row[n] is None else str(row[n]) for row in rows] for n, name in enumerate(names)}
        pq.write_table(pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()}), out)
    elif kind == "jsonl":
        out.write("\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows).encode())
    else:
        lines = [names, *rows]
        out.write("\n".join(",".join("" if v is None else str(v) for v in line) for line in lines).encode())
    return out.getvalue(), f"orders.{kind}"


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


FORMATS = ("csv", "xlsx", "parquet", "jsonl")
AT = "2024-03-01 10:00:00"


@pytest.mark.parametrize("kind", FORMATS)
def test_words_for_nothing_are_missing_and_counted_in_every_format(kind: str) -> None:
    words = ("#N/A", "NULL", "nan", "None", "undefined", "-", "0", "0.0", "\u00a0NULL ")
    rows = [(f"A{n}", word, AT, "10") for n, word in enumerate(words)] + [("B", "nancy", AT, "10")]
    warnings: Counter[str] = Counter()
    found = read(source(), *as_file(kind, rows), warnings=warnings)
    assert [row["customer"] for row in found] == [None] * len(words) + ["nancy"]
    assert warnings == {"placeholder_customer": len(words)}
    assert {row["reject_reason"] for row in found} == {None}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_number_that_another_file_writes_with_a_point_is_the_same_customer(kind: str) -> None:
    rows = [("A1", "17850.0", AT, "10"), ("A2", None, AT, "10"), ("A3", "17850", AT, "10")]
    assert [row["customer"] for row in read(source(), *as_file(kind, rows))] == ["17850", None, "17850"]


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_ids_are_set_aside_or_missing_in_every_format(kind: str) -> None:
    long = 2.02407011234568e18 if kind == "xlsx" else "2.02407011234568E+18"
    rows = [(long, "anna", AT, "10"), ("A2", long, AT, "10"), ("A3", "bob", AT, "10")]
    warnings: Counter[str] = Counter()
    found = read(source(), *as_file(kind, rows), warnings=warnings)
    assert picked(found, "order_id", "customer", "reject_reason") == [
        (None, "anna", "damaged_id"), ("A2", None, None), ("A3", "bob", None),
    ]  # fmt: skip
    assert warnings == {"damaged_customer": 1}


@pytest.mark.parametrize("kind", ["xlsx", "jsonl"])
def test_a_typed_number_is_no_matter_of_custom(kind: str) -> None:
    """A cell that holds 1.234 was read as 1234 where texts have points between thousands."""
    amounts = {"decimal": ",", "thousands": "."}
    rows = [(17850.0, "anna", AT, 1.234), ("A2", "anna", AT, "1.234"), ("A3", "anna", AT, "1.234,5")]
    found = read(source(amounts=amounts), *as_file(kind, rows))
    assert picked(found, "order_id", "amount") == [
        ("17850", Decimal("1.234")), ("A2", Decimal(1234)), ("A3", Decimal("1234.5")),
    ]  # fmt: skip


def test_a_column_may_have_words_of_its_own_for_nothing_and_use_the_usual_ones() -> None:
    columns = {**ORDERS, "customer": {"first_of": ["who", "mail"], "blank": ["guest", "x"]}}
    content = f"order,who,mail,at,paid\nA1,guest,lee,{AT},1\nA2,x,x,{AT},1\nA3,7,lee,{AT},1\n"
    assert [row["customer"] for row in read(source(columns), content)] == ["lee", None, "7"]
    columns = {**ORDERS, "customer": {"names": "who", "not_blank": ["0", "None"]}}
    content = f"order,who,at,paid\nA1,0,{AT},1\nA2,None,{AT},1\n"
    assert [row["customer"] for row in read(source(columns), content)] == ["0", "None"]


def test_a_status_that_the_mapping_declares_is_no_word_for_nothing() -> None:
    columns = {**ORDERS, "status": "state"}
    content = f"order,who,at,paid,state\nA1,a,{AT},1,None\nA2,a,{AT},1,NULL\n"
    found = read(source(columns, status={"values": {"None": "unpaid"}}), content)
    assert [row["status"] for row in found] == ["unpaid", "paid"]


@pytest.mark.parametrize("text", ["0000-00-00 00:00:00", "1970-01-01 00:00:00", "1899-12-30", "1900-01-01 00:00:00"])
def test_a_zero_that_a_program_took_for_a_time_is_no_time(text: str) -> None:
    columns = {**ORDERS, "paid_at": "paid_on"}
    warnings: Counter[str] = Counter()
    content = f"order,who,at,paid,paid_on\nA1,a,{AT},1,{text}\nA2,a,{AT},1,{AT}\n"
    found = read(source(columns, status={"missing": "paid_if_paid_at"}), content, warnings=warnings)
    assert picked(found, "status", "reject_reason") == [("unpaid", None), ("paid", None)]
    assert warnings == {"placeholder_paid_at": 1}


def test_serial_and_epoch_dates_say_what_they_are() -> None:
    content = f"order,who,at,paid\nA1,a,45352.4167,1\nA2,a,1709287200,1\nA3,a,{AT},1\n"
    assert [row["reject_reason"] for row in read(source(), content)] == ["serial_date", "epoch_time", None]
    assert [row["reject_reason"] for row in read(source(dates=["iso", "excel", "epoch"]), content)] == [None] * 3


def test_dates_in_doubt_refuse_the_file_and_name_the_key() -> None:
    content = "order,who,at,paid\nA1,a,03/04/2024,1\n"
    with pytest.raises(SourceError, match=r"ordered_at that fit several formats, from record 1 on.*orders\.dates"):
        read(source(dates=["%d/%m/%Y", "%m/%d/%Y"]), content)


def test_an_id_of_several_columns_needs_all_of_them() -> None:
    columns = {**ORDERS, "order_id": {"join": ["day", "no"], "separator": "/"}}
    content = f"day,no,who,at,paid\n1.3.,1,a,{AT},1\n2.3.,1,b,{AT},1\n2.3.,,c,{AT},1\n"
    found = read(source(columns), content)
    assert picked(found, "order_id", "reject_reason") == [
        ("1.3./1", None), ("2.3./1", None), (None, "missing_order_id"),
    ]  # fmt: skip


def test_merged_cells_carry_the_order_id_down_but_never_over_a_record_that_cannot_be_read() -> None:
    mapping = source({**ORDERS, "product": "item"}, first_row_only=["order_id", "customer", "ordered_at"])
    header = (*HEADER, "item")
    rows = [("A1", "anna", AT, "10", "tea"), (None, None, None, "20", "pot"), ("A2", "bob", AT, "30", "tea")]
    for kind in ("xlsx", "jsonl"):
        found = read(mapping, *as_file(kind, rows, header))
        assert picked(found, "order_id", "customer", "amount") == [
            ("A1", "anna", 10), ("A1", "anna", 20), ("A2", "bob", 30),
        ]  # fmt: skip
    lines = [
        *(json.dumps(dict(zip(header, row, strict=True))) for row in rows[:1]),
        "[]",
        '{"paid": "5", "item": "pot"}',
    ]
    found = read(mapping, "\n".join(lines), "orders.jsonl")
    assert [row["reject_reason"] for row in found] == [None, "not_json", "missing_order_id"]
    assert found[2]["order_id"] is None


@pytest.mark.parametrize("state", ["cancelled", "unpaid"])
def test_an_order_that_nobody_paid_needs_no_price(state: str) -> None:
    columns = {**ORDERS, "status": "state", "quantity": "pieces"}
    content = f"order,who,at,paid,state,pieces\nA1,a,{AT},,{state},\nA2,a,{AT},,paid,1\nA3,a,{AT},ten,{state},1\n"
    found = read(source(columns), content)
    assert picked(found, "status", "amount", "reject_reason")[0] == (state, Decimal(0), None)
    assert [row["reject_reason"] for row in found[1:]] == ["missing_amount", "bad_amount"]


def test_a_rule_on_a_column_that_is_not_there_refuses_the_file_unless_it_is_optional() -> None:
    content = f"order,who,at,paid,Canceled at\nA1,a,{AT},1,{AT}\n"
    rule = {"column": "Cancelled at", "becomes": "cancelled"}
    with pytest.raises(SourceError, match=r"status\.rules\.0 \(Cancelled at\).*optional: true"):
        read(source(status={"rules": [rule]}), content)
    assert read(source(status={"rules": [{**rule, "optional": True}]}), content)[0]["status"] == "paid"
    rule["column"] = ["Cancelled at", "Canceled at"]
    assert read(source(status={"rules": [rule]}), content)[0]["status"] == "cancelled"


def test_a_rule_that_asks_for_any_text_takes_a_word_for_nothing_as_none() -> None:
    content = f"order,who,at,paid,gone\nA1,a,{AT},1,NULL\nA2,a,{AT},1,{AT}\n"
    found = read(source(status={"rules": [{"column": "gone", "becomes": "cancelled"}]}), content)
    assert [row["status"] for row in found] == ["paid", "cancelled"]


PAID = {**ORDERS, "shipping_fee": "post", "refund_amount": "back", "paid_total": "total"}


@pytest.mark.parametrize(
    ("paid", "post", "total", "back", "goods"),
    [
        ("100", "5", "105", "105", "100"),
        ("100", "5", "113.40", "113.40", "100"),
        ("100", "5", "113.40", "21.60", "20"),
        ("100", "5", "105", "20", "20"),
        ("100", "5", "105", "102", "100"),
        ("100", "5", "", "105", "100"),
        ("0", "5", "5", "5", "0"),
        ("100", "5", "105", "0", "0"),
    ],
)
def test_what_a_refund_has_of_shipping_and_tax_is_no_refund_of_goods(
    paid: str, post: str, total: str, back: str, goods: str
) -> None:
    content = f"order,who,at,paid,post,total,back\nA1,a,{AT},{paid},{post},{total},{back}\n"
    warnings: Counter[str] = Counter()
    (row,) = read(source(PAID, refund={"includes_shipping": True}), content, warnings=warnings)
    assert (row["refund_amount"], warnings) == (Decimal(goods), {})


def test_the_refund_of_an_order_of_several_lines_is_measured_by_all_of_them() -> None:
    lines = [f"A1,a,{AT},60,5,105,105", f"A1,a,{AT},40,,,", f"A2,b,{AT},10,0,10,25"]
    warnings: Counter[str] = Counter()
    content = "order,who,at,paid,post,total,back\n" + "\n".join(lines)
    found = read(source(PAID, refund={"includes_shipping": True}), content, warnings=warnings)
    assert [row["refund_amount"] for row in found] == [Decimal(100), None, Decimal(10)]
    assert warnings == {"refund_exceeds_order": 1}


@pytest.mark.parametrize(
    ("left", "post", "total", "back", "found"),
    [
        ("120", "0", "300", "180", (300, 0, 180)),
        ("0", "10", "60", "60", (50, 10, 50)),
        ("200", "0", "200", "200", (200, 0, 200)),
        ("55", "10", "55", "0", (45, 10, 0)),
        ("0", "10", "55", "0", (0, 0, 0)),
        ("55", "", "", "", (55, None, None)),
    ],
)
def test_an_amount_that_is_what_refunds_left_of_goods_and_postage_is_taken_apart(
    left: str, post: str, total: str, back: str, found: tuple[int | None, ...]
) -> None:
    columns = {**ORDERS, "shipping_fee": "post", "refund_amount": "back", "order_total": "total"}
    keys = {"amount_includes_shipping": True, "amount_after_refunds": True, "refund": {"includes_shipping": True}}
    content = f"order,who,at,paid,post,total,back\nA1,a,{AT},{left},{post},{total},{back}\n"
    (row,) = read(source(columns, **keys), content)
    assert (row["amount"], row["shipping_fee"], row["refund_amount"]) == found


def test_a_refund_that_is_written_with_a_minus_is_paid_back_all_the_same() -> None:
    warnings: Counter[str] = Counter()
    content = f"order,who,at,paid,back\nA1,a,{AT},90,'-75.63\n"
    (row,) = read(source({**ORDERS, "refund_amount": "back"}), content, warnings=warnings)
    assert (row["refund_amount"], warnings) == (Decimal("75.63"), {"negative_refund": 1})


def test_a_file_pattern_may_have_more_after_its_date(tmp_path: Path) -> None:
    mapping = source(files="{shop}/orders/{date}*.csv")
    assert mapping.patterns("orders") == ["test_shop/orders/*.csv"]
    assert mapping.patterns("orders", "2024-03-01") == ["test_shop/orders/2024-03-01*.csv"]
    assert source(files="**/{date}.csv").patterns("orders") == ["**/*.csv"]
