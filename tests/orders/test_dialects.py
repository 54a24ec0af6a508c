"""Random orders in random dialects are read back whole, or refused with the record that is at fault.

More examples: ``CRM_EXAMPLES=all pytest tests/orders/test_dialects.py``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from canonical_rows import read, source
from hypothesis import event, example, given
from hypothesis import strategies as st
from written import Dialect, Row, as_csv, as_json, as_parquet, as_workbook

from crm.orders import reading
from crm.spelling import MISSING

# What any shop may write: umlauts, Chinese, quotes, delimiters, line ends within quotes; blanks at the ends are lost.
words = st.text(st.characters(codec="gb18030", exclude_categories=("C", "Z")) | st.sampled_from(' ,;\t"'), max_size=12)
# Words for nothing (NULL, -) are missing, and 0 is nobody: what they become has tests of its own.
written = words.map(str.strip).filter(lambda word: word not in MISSING)
names = written.filter(lambda word: word != "0" and not word.startswith(('="', "'")) and "*" not in word)
notes = st.lists(names, max_size=3).map("\n".join).map(str.strip).filter(lambda note: not note.startswith('="'))
amounts = st.decimals(min_value=0, max_value=9999, places=2).map(str)
days = st.dates(date(1950, 1, 1), date(2150, 1, 1)).map(lambda day: f"{day.isoformat()}T10:00:00Z")


def orders(notes: st.SearchStrategy[str]) -> st.SearchStrategy[list[Row]]:
    """Rows with order ids of their own, at least one."""
    rows = st.lists(st.tuples(names, days, amounts, notes), min_size=1, max_size=12)
    return rows.map(lambda found: [(f"A{number}", *row) for number, row in enumerate(found, 1)])


dialects = st.builds(
    Dialect,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    quote_all=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    title=st.lists(st.sampled_from(["Orders of May", "", 'of "our shop', "from,to;a\tb|c"]), max_size=3).map(tuple),
    header=st.booleans(),
    ends=st.text("=-+", min_size=1, max_size=4),
    blank_lines=st.booleans(),
    footer=st.sampled_from(["", "Total", "Total: 3,5;6|7\t8", "Total,,,,,,,,"]),
    says_delimiter=st.booleans(),
    last_line_end=st.booleans(),
    zipped=st.booleans(),
).map(lambda form: form if form.header else replace(form, ends="="))  # the records alone say how many columns there are


def values(rows: list[dict[str, Any]]) -> list[tuple[int, str, str, str, str]]:
    assert [row["reject_reason"] for row in rows] == [None] * len(rows)
    columns = ("order_id", "customer", "amount", "product_name")
    return [(row["row_number"], *(str(row[name] or "") for name in columns)) for row in rows]


def expected(rows: list[Row]) -> list[tuple[int, str, str, str, str]]:
    from decimal import Decimal

    cents = Decimal("0.0001")
    amounts = [Decimal(row[3]).quantize(cents) for row in rows]
    return [
        (number, row[0], row[1], str(amount or ""), row[4])
        for number, (row, amount) in enumerate(zip(rows, amounts, strict=True), 1)
    ]


def whole(rows: list[Row], found: list[dict[str, Any]]) -> bool:
    """Every row is there once, in its order; blank lines that were written between them have numbers too."""
    numbers = [row["row_number"] for row in found]
    assert numbers == sorted(set(numbers))
    return [row[1:] for row in values(found)] == [row[1:] for row in expected(rows)]


@given(rows=orders(notes), form=dialects)
def test_a_csv_in_any_dialect_is_read_whole(rows: list[Row], form: Dialect) -> None:
    found = read(source(**form.keys), as_csv(rows, form), "orders.csv")
    assert whole(rows, found)


@given(rows=orders(names.filter(lambda note: "\t" not in note)), form=dialects)
def test_a_csv_without_quoting_is_read_whole(rows: list[Row], form: Dialect) -> None:
    form = Dialect(**{**vars(form), "quote": "none", "delimiter": "\t"})
    rows = [[field.replace("\t", " ").strip() for field in row] for row in rows]
    assert whole(rows, read(source(**form.keys), as_csv(rows, form), "orders.csv"))


strays = st.sets(st.tuples(st.integers(0, 11), st.integers(0, 4)), min_size=1, max_size=3)


ZERO = ("", "2000-01-01T10:00:00Z", "0.00", "")


# Texts of one line: those of several may be split into more records than there are, which are set aside.
@example(rows=[("A1", *ZERO), ("A2", *ZERO)], form=Dialect(last_line_end=False), strays={(0, 3)})
@given(rows=orders(names), form=dialects, strays=strays)
def test_a_quote_that_nobody_closes_swallows_no_row(
    rows: list[Row], form: Dialect, strays: set[tuple[int, int]]
) -> None:
    # Without a header the records alone say how many columns there are: of a single one nothing can be compared.
    form = replace(form, header=True)
    try:
        told = read(source(**form.keys), as_csv(rows, form, strays), "orders.csv")
        outcome = "read" if len(told) == len(rows) else "swallowed"
    except reading.SourceError as error:
        outcome = "refused" if _names_the_record(str(error)) else str(error)
    event(outcome)
    assert outcome in {"read", "refused"}


def _names_the_record(error: str) -> bool:
    record = r"quote in record \d+ |after record \d+|order id nor time, the first is row \d+"
    return bool(re.search(record, error))


@given(
    rows=orders(notes),
    array=st.booleans(),
    indent=st.sampled_from([None, 1]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_json_in_lines_or_an_array_is_read_whole(
    rows: list[Row], array: bool, indent: int | None, encoding: str
) -> None:
    content = as_json(rows, array=array, indent=indent, encoding=encoding)
    assert whole(rows, read(source(Dialect().keys["columns"], encoding=encoding), content, "orders.json"))


@given(rows=orders(notes), sheets=st.integers(1, 3), title=st.lists(st.sampled_from(["Orders", ""]), max_size=2))
def test_a_workbook_of_any_sheets_is_read_whole(rows: list[Row], sheets: int, title: list[str]) -> None:
    mapping = source(Dialect().keys["columns"], sheet="*", header_row="by_name")
    assert whole(rows, read(mapping, as_workbook(rows, sheets=sheets, title=title), "orders.xlsx"))


@given(rows=orders(notes))
def test_parquet_is_read_whole(rows: list[Row]) -> None:
    assert whole(rows, read(source(Dialect().keys["columns"]), as_parquet(rows), "orders.parquet"))
