"""However a file is laid out, no row is lost in silence: it is read whole, or refused with the record."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canonical_rows import ORDERS, read, source, with_block
from openpyxl import Workbook

from crm.orders import delimited, encoded, jsons, reading
from crm.orders.joining import Part, Parts
from crm.orders.mapping import Mapping

HEADER = "order,who,at,paid\n"
ROWS = "A1,ann,2017-01-01,1\nA2,bob,2017-01-01,2\nA3,cy,2017-01-01,3\n"
GOOD = [("A1", Decimal(1)), ("A2", Decimal(2)), ("A3", Decimal(3))]


def orders(rows: list[dict[str, Any]]) -> list[tuple[str, Decimal]]:
    return [(row["order_id"], row["amount"]) for row in rows if row["reject_reason"] is None]


def reasons(rows: list[dict[str, Any]]) -> dict[int, str]:
    return {row["row_number"]: row["reject_reason"] for row in rows if row["reject_reason"]}


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def table(text: str) -> list[list[Any]]:
    return [line.split(",") for line in text.splitlines()]


def parquet(columns: list[str], *rows: list[Any]) -> bytes:
    sink = io.BytesIO()
    arrays = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(columns))]
    pq.write_table(pa.Table.from_arrays(arrays, names=columns), sink)
    return sink.getvalue()


def refusal(mapping: Mapping, content: bytes | str, name: str = "orders.csv", kind: str = "orders") -> str:
    with pytest.raises(reading.SourceError) as error:
        read(mapping, content, name, kind)
    return str(error.value)


# Quotes


@pytest.mark.parametrize(
    "rows",
    [
        # Two texts begin with a quote: the fields of what lies between them add up to whole records.
        'A1,ann,2017-01-01,1\nA2,"bob,2017-01-01,2\nA3,cy,2017-01-01,3\nA4,"dan,2017-01-01,4\nA5,eve,2017-01-01,5\n',
        # The second one ends with it, as inches do.
        'A1,ann,2017-01-01,1\nA2,"bob,2017-01-01,2\nA3,cy 6",2017-01-01,3\nA4,dan,2017-01-01,4\n',
        # The last column, up to the end of the file.
        'A1,ann,2017-01-01,1\nA2,bob,2017-01-01,"2\nA3,cy,2017-01-01,3\nA4,dan,2017-01-01,4\n',
        # Texts that are quoted follow.
        'A1,ann,2017-01-01,1\nA2,"bob,2017-01-01,2\nA3,"cy",2017-01-01,3\nA4,"dan",2017-01-01,4\n',
        # A record of another length is set aside, which must not hide what it swallowed.
        'A1,ann,2017-01-01,1\nA2,"bob,2017-01-01,2\nA3,cy,2017-01-01,3\nA4,"dan,2017-01-01,4,5,6\nA5,eve,2017-01-01,5\n',
        # The same, where the quote ends as inches do.
        'A1,ann,2017-01-01,1\nA2,"bob,2017-01-01,2\nA3,cy,2017-01-01,3\nA4,dan 6",2017-01-01,4,5,6\n',
        # So must a record with one field less, which is read.
        'A1,ann,2017-01-01,1\nA2,"bob,2017-01-01,2\nA3,cy,2017-01-01,3\nA4,"dan,2017-01-01\nA5,eve,2017-01-01,5\n',
    ],
)
def test_a_quote_that_runs_over_records_is_refused_with_the_record_and_read_without_quoting(rows: str) -> None:
    told = refusal(source(), HEADER + rows)
    assert "quote in record 2 " in told
    assert "orders.quote: none in the mapping 'test'" in told
    found = read(source(quote="none"), HEADER + rows.replace('"2', "2"))
    assert len(found) == rows.count("\n")


def test_a_quoted_text_of_several_lines_is_no_record() -> None:
    notes = ["Street 5, Berlin\nGermany", "please, leave, it, here\nthank, you, very, much", "a\nb\r\nc", ",\n,\n,"]
    rows = "".join(f'A{n},"{note}",2017-01-01,{n}\n' for n, note in enumerate(notes))
    assert [row["customer"] for row in read(source(), HEADER + rows)] == notes


def test_an_open_quote_in_a_list_of_addresses_is_refused() -> None:
    mapping = with_block("suppressions", {"address": "mail"})
    assert "record 2 " in refusal(mapping, 'mail\na@x.org\n"b@x.org\nc@x.org\n', "s.csv", "suppressions")


def test_a_record_longer_than_a_block_is_refused_after_the_last_sound_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 2000)
    told = refusal(source(), HEADER + ROWS + 'A4,"dan,2017-01-01,4\n' + ROWS * 300)
    assert "after record 3" in told
    assert "orders.quote" in told


@pytest.mark.parametrize("count", [2, 3, 400])
@pytest.mark.parametrize("last", [3, 4])
def test_a_quote_in_a_file_without_a_header_swallows_no_records_whatever_its_first_one_is(
    count: int, last: int
) -> None:
    mapping = source(columns={"order_id": "1", "ordered_at": "2", "amount": "3"}, header_row="none")
    rows = [["A1", "2017-01-01", f"{number}.50", "Mug", "red"] for number in range(1, count + 1)]
    rows[0][last] = '"' + rows[0][last]
    told = refusal(mapping, "\n".join(map(",".join, rows)) + "\n")
    assert "quote in record 1 that is never closed" in told
    assert "orders.quote: none in the mapping 'test'" in told


def test_a_quoted_text_of_several_lines_is_no_record_without_a_header_either() -> None:
    mapping = source(columns={"order_id": "1", "ordered_at": "2", "amount": "3"}, header_row="none")
    assert len(orders(read(mapping, 'A1,2017-01-01,1.50,"Mug\nlarge, blue\nand old",red\n'))) == 1


def test_a_text_may_be_quoted_with_another_sign() -> None:
    assert orders(read(source(quote="'"), HEADER + "A1,'b, c',2017-01-01,1\n")) == GOOD[:1]


# Ends of records


@pytest.mark.parametrize("block", [1 << 20, 64])
@pytest.mark.parametrize("header", ["order,who,at,paid,note\n", "order,who,at,paid,\n"])
@pytest.mark.parametrize("ends", ["......", ",,,,,,", ".,,,,,", ",.....", ",.,.,."])
def test_a_field_too_few_at_the_end_is_blank_and_rows_stay_in_their_order(
    header: str, ends: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", block)
    rows = "".join(f"A{n},w,2017-01-01,{n}{end.strip('.')}\n" for n, end in enumerate(ends, 1))
    found = read(source(), header + rows)
    assert [(row["row_number"], row["order_id"], row["amount"]) for row in found] == [
        (n, f"A{n}", n) for n in range(1, 7)
    ]


@pytest.mark.parametrize("ends", [",,,,,,", "......", ".,,,,,", ",....."])
def test_a_blank_field_too_many_at_the_end_is_read_and_one_with_a_value_is_set_aside(ends: str) -> None:
    rows = "".join(f"A{n},w,2017-01-01,{n}{end.strip('.')}\n" for n, end in enumerate(ends, 1))
    found = read(source(), HEADER + rows + "A7,w,2017-01-01,7,surplus\n")
    assert [order for order, _ in orders(found)] == [f"A{n}" for n in range(1, 7)]
    assert reasons(found) == {7: "wrong_column_count"}
    assert json.loads(found[6]["raw"]) == {"record": "A7,w,2017-01-01,7,surplus"}


def test_rows_without_a_value_are_blank_lines() -> None:
    assert len(read(source(), HEADER + ROWS + ",,,\n" * 50)) == 3
    assert len(read(source(), workbook(s=[*table(HEADER + ROWS), [None, " ", ""]]), "o.xlsx")) == 3


# Headers


@pytest.mark.parametrize(
    "title", ['Orders of "our shop,,,\n', "Orders\n\nfrom 2017,,,\n", ",,,\nOrders,of,one,month\n"]
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_header_further_down_is_named_and_read_by_its_line_or_by_its_names(title: str, kind: str) -> None:
    text, name = title + HEADER + ROWS, f"orders.{kind}"
    content: Any = workbook(s=table(text)) if kind == "xlsx" else text
    line = title.count("\n") + 1
    told = refusal(source(), content, name)
    assert f"further down: the columns are named in line {line}" in told
    assert f"orders.header_row of the mapping 'test' to {line}, or to by_name" in told
    for row in (line, "by_name"):
        assert orders(read(source(header_row=row), content, name)) == GOOD


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_header_that_is_not_where_the_mapping_says_is_refused(kind: str) -> None:
    text, name = HEADER + ROWS, f"orders.{kind}"
    content: Any = workbook(s=table(text)) if kind == "xlsx" else text
    assert "no header in line 9" in refusal(source(header_row=9), content, name)
    assert "misses the columns" in refusal(source(header_row=2), content, name)
    assert "no line among its first 100" in refusal(
        source({**ORDERS, "amount": "x"}, header_row="by_name"), content, name
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_columns_of_a_file_without_a_header_are_mapped_by_position(kind: str) -> None:
    content: Any = workbook(s=table(ROWS)) if kind == "xlsx" else ROWS
    mapping = source({"order_id": 1, "customer": [2], "ordered_at": 3, "amount": {"names": 4}}, header_row="none")
    assert orders(read(mapping, content, f"orders.{kind}")) == GOOD
    wrong = source({"order_id": 1, "ordered_at": 3, "amount": 5}, header_row="none")
    assert "amount (5)" in refusal(wrong, content, f"orders.{kind}")


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "SEP=;\r"])
def test_a_first_line_that_says_the_delimiter_overrules_the_mapping(first: str) -> None:
    assert orders(read(source(), first + (HEADER + ROWS).replace(",", ";"))) == GOOD


FORMATS = {
    "csv": lambda names: ",".join(names) + "\n",
    "xlsx": lambda names: workbook(s=[names]),
    "parquet": parquet,
}


@pytest.mark.parametrize("kind", FORMATS)
def test_headers_are_checked_in_every_format_also_without_rows(kind: str) -> None:
    assert read(source(), FORMATS[kind](["order", "who", "at", "paid"]), f"o.{kind}") == []
    assert "amount (paid)" in refusal(source(), FORMATS[kind](["order", "who", "at"]), f"o.{kind}")


@pytest.mark.parametrize("kind", FORMATS)
def test_two_columns_of_a_name_that_the_mapping_reads_are_refused_in_every_format(kind: str) -> None:
    names = ["order", "who", "at", "paid", "state"]
    rule = {"rules": [{"column": "state", "becomes": "cancelled"}]}
    for twice in ("paid", "state"):
        content = FORMATS[kind]([*names, twice])
        assert f"has two columns {twice}" in refusal(source(status=rule), content, f"o.{kind}")
    assert read(source(), FORMATS[kind]([*names, "state"]), f"o.{kind}") == []


def test_columns_without_a_name_and_unread_ones_of_one_name_are_kept_in_what_is_set_aside() -> None:
    (row,) = read(source(), "order,who,at,paid,x,x,\nA1,ann,2017-01-01,ten,5,6,7\n")
    raw = {"order": "A1", "who": "ann", "at": "2017-01-01", "paid": "ten", "x": "5", "x (2)": "6", "column 7": "7"}
    assert json.loads(row["raw"]) == raw


# Workbooks


@pytest.mark.parametrize("dimension", ["A1:D2", "A1", "A1:XFD1048576"])
def test_a_workbook_is_read_whole_whatever_size_it_says_it_has(dimension: str) -> None:
    import re
    import zipfile

    content, sink = workbook(s=table(HEADER + ROWS)), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w") as new:
        for entry in old.namelist():
            wrong = f'<dimension ref="{dimension}"'.encode()
            new.writestr(entry, re.sub(rb'<dimension ref="[^"]*"', wrong, old.read(entry)))
    assert orders(read(source(), sink.getvalue(), "o.xlsx")) == GOOD


def test_orders_on_several_sheets_are_all_read_or_the_sheets_are_asked_for() -> None:
    lines = table(HEADER + ROWS)
    content = workbook(May=lines[:2], June=[["Orders"], lines[0], *lines[2:]], Notes=[["none"]])
    assert "on the sheet 'June' too, not only on 'May'" in refusal(source(), content, "o.xlsx")
    assert orders(read(source(sheet="May"), content, "o.xlsx")) == GOOD[:1]
    found = read(source(sheet=["May", "June"], header_row="by_name"), content, "o.xlsx")
    assert [row["row_number"] for row in found] == [1, 2, 3]
    assert orders(found) == GOOD
    assert orders(read(source(sheet="*"), workbook(a=lines[:2], b=[lines[0], *lines[2:]]), "o.xlsx")) == GOOD
    told = refusal(source(), workbook(Notes=[["none"]], June=lines), "o.xlsx")
    assert "on the sheet 'June', not on the first, 'Notes'" in told


def test_an_empty_sheet_is_no_day_without_sales() -> None:
    assert "nothing on its sheet 's'" in refusal(source(), workbook(s=[]), "o.xlsx")


MERGED: list[list[Any]] = [
    ["order", "who", "at", "paid", "sku"],
    *(["A1", "ann", "2017-01-01", 10, "x"], [None, None, None, 20, "y"], ["A2", "bob", "2017-01-02", 30, "x"]),
]


def test_order_ids_of_merged_cells_are_carried_down_and_no_total_is(monkeypatch: pytest.MonkeyPatch) -> None:
    totals = [[None, None, None, 60, None], [None, "Grand total", None, 60, None]]
    columns = {**ORDERS, "product": "sku"}
    mapping = source(columns, first_row_only=["order_id", "customer", "ordered_at"])
    for rows_of_a_frame in (1, delimited.ROWS):
        monkeypatch.setattr(delimited, "ROWS", rows_of_a_frame)
        found = read(mapping, workbook(s=[*MERGED, *totals]), "o.xlsx")
        told = [(row["order_id"], row["customer"], row["amount"]) for row in found[:3]]
        assert told == [("A1", "ann", 10), ("A1", "ann", 20), ("A2", "bob", 30)]
        assert reasons(found) == {4: "missing_order_id", 5: "missing_order_id"}


def test_merged_cells_without_the_key_are_refused_with_the_key() -> None:
    told = refusal(source({**ORDERS, "product": "sku"}), workbook(s=MERGED), "o.xlsx")
    assert "1 of 3 rows with neither order id nor time, the first is row 2" in told
    assert "orders.first_row_only" in told


# Lines after the data


@pytest.mark.parametrize(
    "last", ["Total: 3 orders,,,6\n", "Total\n", ",Total,,6,,\n", "Total: 3,6\n\n  Total VAT,,,1\n"]
)
def test_rows_of_the_footer_are_left_out_and_counted(last: str) -> None:
    warnings: Counter[str] = Counter()
    found = read(source(footer="^(Total|合计)"), HEADER + ROWS + last, warnings=warnings)
    assert orders(found) == GOOD
    assert not reasons(found)
    assert warnings == {"footer": sum("Total" in line for line in last.splitlines())}
    assert len(reasons(read(source(), HEADER + ROWS + last))) == warnings["footer"]


# JSON


def test_an_array_is_read_like_lines_however_it_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"order": f"A{n}", "who": "ä\n[", "at": "2017-01-01", "paid": 1.50} for n in range(50)]
    lines = read(source(), "\n".join(map(json.dumps, rows)), "o.jsonl")
    for block in (1, 7, 1 << 18):
        monkeypatch.setattr(jsons, "_BLOCK", block)
        for indent in (None, 2):
            assert read(source(), json.dumps(rows, indent=indent, ensure_ascii=False), "o.json") == lines
    assert read(source(), " [ ]\n", "o.json") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[{"order": 1, "paid": 2}', "breaks off after record 1"),
        ('[{"order": 1}, {"order"', "no JSON at record 2"),
        ('[{"order": 1}] {"order": 2}', "goes on after the array of 1 records"),
        ('[{"order": 1} {"order": 2}]', "breaks off after record 1"),
        ('{\n"orders": [\n1\n]\n}', "no JSON objects that are records"),
        ("[1, 2]", "no JSON objects that are records"),
        ("{}\n{}", "misses the columns"),
        ('{"order": 1, "who": 2, "at": "2017-01-01", "paid": 1, "paid": 2}', "two keys paid in record 1"),
        ('[{"order": 1}, {"order": 1, "order": 2}]', "two keys order in record 2"),
    ],
)
def test_json_that_is_not_whole_is_refused_with_the_record(content: str, told: str) -> None:
    assert told in refusal(source(), content, "o.json")


def test_a_key_twice_is_refused_where_the_mapping_reads_it() -> None:
    mapping = source({**ORDERS, "customer": "buyer.id"})
    row = '{"order": 1, "at": "2017-01-01", "paid": 1, "x": 1, "x": 2, "buyer": {"id": 1%s}}'
    assert len(read(mapping, row % "", "o.jsonl")) == 1
    assert "two keys id" in refusal(mapping, row % ', "id": 2', "o.jsonl")
    assert "two keys buyer.id" in refusal(mapping, row.replace('"x": 2', '"buyer.id": 2') % "", "o.jsonl")


# Bytes


@pytest.mark.parametrize("lines_before", [0, 3000])
@pytest.mark.parametrize(
    ("encoding", "bad"),
    [("utf-8", b"\xff"), ("gb18030", b"\xff"), ("gbk", b"\x80"), ("utf-8", b"a\0b"), ("utf-8", b"\xe4\xbd")],
)
def test_a_bad_byte_is_named_with_row_column_and_line(
    encoding: str, bad: bytes, lines_before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoded, "HEAD", 4096)
    rows = 'A1,"two\nlines",2017-01-01,1\n' + "A2,王,2017-01-01,2\n" * lines_before
    content = (HEADER + rows).encode(encoding) + b"A9,x" + bad + b",2017-01-01,3\nA10,y,2017-01-01,4\n"
    told = refusal(source(encoding=encoding), content)
    assert f"is not {encoding}" in told
    assert f"row {2 + lines_before}, column who (line {4 + lines_before})" in told
    assert "orders.encoding of the mapping 'test'" in told
    ragged = (HEADER + rows).encode(encoding) + b"A9,x" + bad + b"\n"
    assert f"row {2 + lines_before}, column who" in refusal(source(encoding=encoding), ragged)


def test_a_bad_byte_of_a_json_file_is_named_with_its_line() -> None:
    assert "line 2, character 10 holds" in refusal(source(), b'{"order": 1}\n{"order":\xff}', "o.jsonl")


def test_an_error_about_the_buyers_of_orders_names_the_keys_of_the_orders() -> None:
    content = source().model_dump(exclude_defaults=True)
    buyers = {"columns": {"customer": "who", "email": "mail"}}
    orders_of_buyers = {key: value for key, value in content["orders"].items() if key != "kind"} | {"customer": buyers}
    mapping = Mapping.model_validate({**content, "orders": orders_of_buyers})
    assert "set orders.encoding of" in refusal(mapping, b"order,who,at,paid,mail\n\xff\n", kind="customers")
    assert "orders.customer.columns of" in refusal(mapping, HEADER + ROWS, kind="customers")
    assert "orders.quote: none" in refusal(mapping, 'who,mail\na,b\nc1,"d\ne,f\n' * 2, kind="customers")


@pytest.mark.parametrize(
    ("of_orders", "of_buyers", "key"),
    [
        ({"encoding": ["utf-8", "gb18030"]}, {}, "orders.encoding"),
        ({"encoding": ["utf-8", "gb18030"]}, {"encoding": ["utf-8", "gbk"]}, "orders.customer.encoding"),
        ({"join": {"heads": {"files": "heads.csv", "key": "number"}}}, {}, "orders.join.heads.key"),
    ],
)
def test_the_buyers_of_orders_name_the_keys_of_the_orders_also_where_several_encodings_or_files_are_meant(
    of_orders: dict[str, Any], of_buyers: dict[str, Any], key: str, tmp_path: Path
) -> None:
    content = source().model_dump(exclude_defaults=True)
    buyers = {"columns": {"customer": "who", "email": "mail"}, **of_buyers}
    orders = {name: value for name, value in content["orders"].items() if name != "kind"} | of_orders
    mapping = Mapping.model_validate({**content, "orders": orders | {"customer": buyers}})
    own, heads = tmp_path / "own.csv", tmp_path / "heads.csv"
    own.write_bytes(b"order,who,at,paid,mail\nA1,ann,2017-01-01,1,x\n" + (b"" if "join" in of_orders else b"A2,\xff\n"))
    heads.write_text("number\nA1\n")
    parts = Parts((Part("own.csv", own),), {"heads": (Part("heads.csv", heads),)} if "join" in of_orders else {})
    with pytest.raises(reading.SourceError, match=rf" {re.escape(key)} of the mapping 'test'"):
        list(reading.read(mapping, "customers", parts if parts.joined else own, 1, "own.csv"))


# Statuses


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["paid", "Versendet"], ["unknown_status_Versendet"]),
        (["Versendet"] * 3, ["unknown_status_Versendet"] * 3),
        (["ann lee", "bob ray", "cy"], ["unknown_status"] * 3),
        (["paid", "a@x.org", "x5"], ["unknown_status"] * 2),
    ],
)
def test_an_unknown_status_is_named_unless_it_may_be_about_a_person(words: list[str], told: list[str]) -> None:
    rows = "".join(f"A{n},ann,2017-01-01,1,{word}\n" for n, word in enumerate(words))
    found = read(source({**ORDERS, "status": "state"}), "order,who,at,paid,state\n" + rows)
    assert list(reasons(found).values()) == told


def test_one_bad_byte_is_named_in_the_encoding_of_the_list_that_fits_longest() -> None:
    content = (HEADER + "A1,王,2017-01-01,1\n").encode("gb18030") + b"A2,x\xff,2017-01-01,2\n"
    told = refusal(source(encoding=["utf-8", "gb18030"]), content)
    assert "is neither utf-8 nor gb18030: as gb18030, line 3, character 5 holds" in told
    content = (HEADER + "A1,王,2017-01-01,1\n").encode() + b"A2,x\xff,2017-01-01,2\n"
    told = refusal(source(encoding=["gb18030", "utf-8"]), content)
    assert "as utf-8, line 3, character 5 holds" in told
