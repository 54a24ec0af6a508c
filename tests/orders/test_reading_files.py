"""Files of every format, encoding and line end become the same rows; broken ones say what to do."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canonical_rows import ORDERS, read, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.orders import delimited, reading
from crm.spelling import MISSING

HEADER = "order,who,at,paid\n"
LINE = "A1,anna,2017-01-01T10:00:00Z,12.50\n"


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


# What any shop may write: umlauts, Chinese, quotes, delimiters, line ends within quotes; blanks at the ends are lost.
words = st.text(st.characters(codec="gb18030", exclude_categories=("C", "Z")) | st.sampled_from(' \n,;"'), max_size=12)
order = st.fixed_dictionaries(
    {
        "order": st.integers(1, 99999).map(lambda n: f"A{n}"),
        "name": words.map(str.strip).filter(lambda w: not w.startswith('="') and w not in MISSING),
        "paid": st.decimals(min_value=-9999, max_value=9999, places=2),
        "at": st.just("2017-01-01T10:00:00Z"),
    }
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    orders=st.lists(order, min_size=1, max_size=15),
    columns=st.permutations(["order", "name", "paid", "at", "other"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    zipped=st.booleans(),
)
def test_any_column_order_line_end_delimiter_and_encoding_gives_the_same_rows(  # noqa: PLR0917
    orders: list[dict[str, Any]], columns: list[str], line_end: str, delimiter: str, encoding: str, zipped: bool
) -> None:
    text = io.StringIO(newline="")
    # Python quotes a line end only if it is the file's own.
    quoting = csv.QUOTE_ALL if line_end == "\r" else csv.QUOTE_MINIMAL
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator=line_end, quoting=quoting, restval="…")
    writer.writeheader()
    writer.writerows(orders)
    content = text.getvalue().encode(encoding)
    names = {"order_id": "order", "product_name": "name", "amount": "paid", "ordered_at": "at"}
    mapping = source(names, encoding=encoding, delimiter=delimiter)
    rows = read(mapping, gzip.compress(content) if zipped else content, "orders.csv.gz" if zipped else "orders.csv")
    assert picked(rows, "row_number", "order_id", "product_name", "amount") == [
        (number, o["order"], o["name"] or None, o["paid"]) for number, o in enumerate(orders, 1)
    ]
    assert all(row["reject_reason"] is None and row["raw"] is None for row in rows)


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "gb2312"])
def test_chinese_files_are_read_in_their_encoding(encoding: str) -> None:
    content = "订单编号,买家,时间,金额\nT1,王小明,2017-01-01,5\n".encode(encoding)
    columns = {"order_id": "订单编号", "customer": "买家", "ordered_at": "时间", "amount": "金额"}
    assert read(source(columns, encoding=encoding), content)[0]["customer"] == "王小明"


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman", "cp1252"])
def test_western_files_are_read_in_their_encoding(encoding: str) -> None:
    content = (HEADER + LINE.replace("anna", "Häberli")).encode(encoding)
    assert read(source(encoding=encoding), content)[0]["customer"] == "Häberli"


def test_a_record_may_cross_the_borders_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    lines = "".join(f'A{n},"an\nna {n}",2017-01-01,{n}\n' for n in range(200))
    rows = read(source(), HEADER + lines)
    assert picked(rows, "row_number", "customer") == [(n + 1, f"an\nna {n}") for n in range(200)]


def test_ragged_records_are_set_aside_with_their_number_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    rows = read(source(), HEADER + LINE + "A2,bert\n\n" + LINE + 'A3,"c\nc",2017-01-01,1,surplus\n' + LINE * 5 + "end")
    reasons = {row["row_number"]: row["reject_reason"] for row in rows if row["reject_reason"]}
    assert reasons == dict.fromkeys((2, 4, 10), "wrong_column_count")
    assert [row["row_number"] for row in rows] == list(range(1, 11))
    assert json.loads(rows[1]["raw"]) == {"record": "A2,bert"}
    assert json.loads(rows[3]["raw"]) == {"record": 'A3,"c\nc",2017-01-01,1,surplus'}


def test_a_file_without_a_byte_and_one_with_a_header_alone_have_no_rows() -> None:
    assert read(source(), b"") == []
    assert read(source(), HEADER) == []
    assert read(source(), HEADER.strip()) == []
    assert read(source(), gzip.compress(b"")) == []


@pytest.mark.parametrize(
    "content", ["order,who,at\n" + LINE, "order,who,at\n", "order,who,at", b"\xef\xbb\xbforder,who,at\r"]
)
def test_a_missing_column_is_named_with_what_there_is_and_what_to_edit(content: str | bytes) -> None:
    with pytest.raises(reading.SourceError) as error:
        read(source(), content, "shop/2017-01-01.csv")
    told = str(error.value)
    assert all(word in told for word in ("shop/2017-01-01.csv", "amount (paid)", "at, order, who", "'test'"))


def test_an_optional_column_may_be_missing() -> None:
    assert read(source(optional=["customer"]), "order,at,paid\nA1,2017-01-01,5\n")[0]["customer"] is None


def test_the_first_alternative_that_the_file_has_is_read() -> None:
    mapping = source({**ORDERS, "amount": ["total", "paid", "at"]})
    assert read(mapping, HEADER + LINE)[0]["amount"] == Decimal("12.5")


def test_two_columns_of_a_mapped_name_are_an_error_and_others_are_not() -> None:
    with pytest.raises(reading.SourceError, match="two columns paid"):
        read(source(), "order,who,at,paid,paid\nA1,a,2017-01-01,5,6\n")
    assert len(read(source(), "order,who,at,paid,x,x\nA1,a,2017-01-01,5,6,7\n")) == 1


def test_blanks_around_column_names_do_not_matter() -> None:
    assert read(source(), "order ,\twho, at,paid\t\n" + LINE)[0]["customer"] == "anna"


@pytest.mark.parametrize(
    ("content", "settings", "told"),
    [
        ((HEADER + LINE.replace("anna", "Ä")).encode("latin-1"), {}, "is not utf-8"),
        ((HEADER + LINE).encode("utf-16"), {}, "NUL bytes"),
        ((HEADER + LINE).encode() + b"\x81", {"encoding": "gbk"}, "is not gbk"),
        ((HEADER + LINE.replace("anna", '"anna') + LINE * 300_000).encode(), {}, "never closed"),
        ((HEADER + LINE + LINE.replace("anna", '"anna') + LINE).encode(), {}, "record 2 that is never closed"),
        ((HEADER + LINE.replace("anna", '"anna') + LINE * 200 + LINE.replace("anna", '"x,y')).encode(), {}, "record 1"),
        (gzip.compress((HEADER + LINE * 999).encode())[:-20], {}, "cannot be read to its end"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_quotes_nothing(
    content: bytes, settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(reading.SourceError) as error:
        read(source(**settings), content, "shop/orders.csv")
    assert str(error.value).startswith("shop/orders.csv: ")
    assert told in str(error.value)
    assert "anna" not in str(error.value)


def test_parquet_gives_the_same_rows_as_csv() -> None:
    table = pa.table({"order": [1001, 1002], "who": [17850.0, None], "at": ["2017-01-01"] * 2, "paid": [2.55, 0.1]})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    rows = read(source(), sink.getvalue(), "orders.parquet")
    expected = [(1, "1001", "17850", Decimal("2.55")), (2, "1002", None, Decimal("0.1"))]
    assert picked(rows, "row_number", "order_id", "customer", "amount") == expected


def test_json_lines_keep_numbers_as_written_and_reach_into_objects() -> None:
    lines = [
        '{"order": 1, "paid": 0.1000, "at": "2017-01-01", "buyer": {"id": 5}, "codes": ["A", "B"]}',
        "{broken",
        "",
        '{"order": "2", "at": "2017-01-01T00:00:00+08:00", "paid": 1e2, "more": true, "x": "\\ud800\\u0000"}',
        "[1]",
    ]
    columns = {**ORDERS, "customer": "buyer.id", "coupon_codes": "codes"}
    rows = read(source(columns), "\n".join(lines), "orders.jsonl")
    assert picked(rows, "row_number", "order_id", "customer", "coupon_codes", "amount", "reject_reason") == [
        (1, "1", "5", "A;B", Decimal("0.1"), None),
        (2, None, None, None, None, "not_json"),
        (3, "2", None, None, Decimal(100), None),
        (4, None, None, None, None, "not_json"),
    ]


def test_a_key_that_no_json_line_has_is_a_missing_column() -> None:
    with pytest.raises(reading.SourceError, match=r"amount \(paid\)"):
        read(source(), '{"order": 1, "who": 2, "at": "2017-01-01"}', "orders.jsonl")


def workbook(rows: list[list[Any]], title: str = "Orders") -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_excel_cells_are_read_by_what_they_hold_whatever_format_the_mapping_gives_for_texts() -> None:
    import datetime

    moment = datetime.datetime(2017, 7, 1, 8, 30)  # noqa: DTZ001 (a cell has no zone)
    rows = [[], ["order", "who", "at", "paid"], ["A1", 17850, moment, 2.5], [], ["A2", "b", "1/7/2017", "3"]]
    found = read(source(sheet="Orders", dates="%d/%m/%Y"), workbook(rows), "orders.xlsx")
    assert picked(found, "row_number", "customer", "amount") == [(1, "17850", Decimal("2.5")), (2, "b", Decimal(3))]
    assert [row["ordered_at"].isoformat() for row in found] == [
        "2017-07-01T07:30:00+00:00",
        "2017-06-30T23:00:00+00:00",
    ]


def test_a_sheet_that_is_missing_and_a_file_that_is_no_workbook_are_named() -> None:
    with pytest.raises(reading.SourceError, match="no sheet 'Sales', but Notes, Orders"):
        read(source(sheet="Sales"), workbook([["order"]]), "orders.xlsx")
    with pytest.raises(reading.SourceError, match="not an Excel workbook"):
        read(source(), HEADER + LINE, "orders.xlsx")
    with pytest.raises(reading.SourceError, match="not a Parquet file"):
        read(source(), HEADER + LINE, "orders.parquet")


def test_an_unknown_extension_asks_for_the_format_and_a_named_format_overrules_the_extension() -> None:
    with pytest.raises(reading.SourceError, match=r"unknown extension '\.dat'.*orders\.format"):
        read(source(), HEADER + LINE, "orders.dat")
    assert len(read(source(format="csv"), HEADER + LINE, "orders.dat")) == 1


def test_a_kind_that_the_mapping_lacks_is_named() -> None:
    with pytest.raises(reading.SourceError, match="has no block products"):
        read(source(), b"", kind="products")
