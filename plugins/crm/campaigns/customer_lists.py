"""Lists of customers that people upload: read from CSV, kept by version, asked by the key ``list`` of an audience.

docs/audiences.md says what a file may look like. A list is never changed: a new version takes its place, for the
business dates that nothing was decided for yet.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime

    from crm.warehouse import Transaction, Warehouse

#: What the column of the ids may be called, in lower case.
HEADERS = (
    "customer", "customer id", "customer_id", "customerid", "external_id", "id", "user id", "user_id", "member id",
    "member_id", "household_key", "客户", "客户id", "客户编号", "会员", "会员id", "会员编号", "会员号", "买家会员名",
)  # fmt: skip
NAME = re.compile("[a-z][a-z0-9_]{0,59}")
LONGEST_ID = 200
#: So many bad rows are named; the others are counted.
MOST_NAMED = 20
#: A spreadsheet turns long numbers into these, and the last digits are lost.
_SHORTENED = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")


@dataclass(frozen=True)
class Bad:
    """What is wrong: ``problem`` is a name of ``PROBLEMS``; row and column count from 1, 0 = the file as a whole."""

    problem: str
    row: int = 0
    column: int = 0


PROBLEMS = (
    "binary", "encoding", "csv", "empty", "which_column", "no_id", "columns", "formula", "shortened", "too_long",
    "control",
)  # fmt: skip


class ListError(Exception):
    """The file cannot be used. Says where and why, never what stands there.

    ``bad``: the first bad rows; ``more``: number of others
    """

    def __init__(self, bad: list[Bad], more: int = 0) -> None:
        super().__init__("; ".join(f"row {each.row}, column {each.column}: {each.problem}" for each in bad))
        self.bad, self.more = bad, more


class NameTaken(Exception):
    """A list of that name is there already; ``version`` is its latest."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the list is there in version {version}")
        self.version = version


@dataclass(frozen=True)
class Read:
    """The ids of a file, in its order; ``content_hash``: SHA-256 of its bytes."""

    ids: list[str]
    content_hash: str


@dataclass(frozen=True)
class Kept:
    """A version that was kept. ``valid_from``: first business date that it decides; None = any."""

    list: str
    version: int
    customers: int
    unknown: int
    valid_from: datetime.date | None


def read(content: bytes) -> Read:
    """The customer ids of a CSV file: UTF-8 or GB18030, with or without a header, comma, semicolon or tab between.

    :raises ListError: names each bad row and column
    """
    rows = [(number, row) for number, row in _rows(_text(content)) if any(cell.strip() for cell in row)]
    if not rows:
        raise ListError([Bad("empty")])
    column, width, has_header = _shape(rows[0])
    ids: list[str] = []
    bad: list[Bad] = []
    for number, row in rows[has_header:]:
        found, problem = _id(row, column, width)
        if problem:
            bad.append(Bad(problem, number, column + 1))
        else:
            ids.append(found)
    if bad:
        raise ListError(bad[:MOST_NAMED], len(bad[MOST_NAMED:]))
    if not ids:
        raise ListError([Bad("empty")])
    return Read(ids, hashlib.sha256(content).hexdigest())


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise ListError([Bad("binary")])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ListError([Bad("encoding")])


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers, the first is 1."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            yield number, row
    except csv.Error:
        raise ListError([Bad("csv", number + 1)]) from None


def _shape(first: tuple[int, list[str]]) -> tuple[int, int, bool]:
    """Column of the ids, number of columns, whether the first row is a header."""
    number, row = first
    names = [cell.strip().lower() for cell in row]
    for column, name in enumerate(names):
        if name in HEADERS:
            return column, len(row), True
    if len(row) > 1:
        raise ListError([Bad("which_column", number)])
    return 0, 1, False


def _id(row: list[str], column: int, width: int) -> tuple[str, str]:
    """The id of a row as orders spell it (docs/sources.md), or what is wrong with it."""
    if len(row) != width:
        return "", "columns"
    found = row[column].strip()
    if found.startswith('="') and found.endswith('"') and len(found) > 3:
        found = found[2:-1].strip()  # how a spreadsheet is told that 0123 is no number
    return found, _problem(found)


def _problem(found: str) -> str:
    wrong = {
        "no_id": not found,
        "too_long": len(found) > LONGEST_ID,
        "formula": found[:1] in ("=", "@", "+", "-"),
        "shortened": bool(_SHORTENED.fullmatch(found)),
        "control": not found.isprintable(),
    }
    return next((problem for problem, is_so in wrong.items() if is_so), "")


def keep(
    warehouse: Warehouse,
    name: str,
    shop: str,
    read: Read,
    uploaded_by: str,
    *,
    replace: bool = False,
    lower: bool = False,
) -> Kept:
    """Keep ``read`` as the list ``name`` of ``shop``'s customers.

    :param lower: whether the shop's ids are kept in lower case (``crm.orders.mapping.lowers_ids``)
    :param replace: whether a new version may take the place of one that is there
    :raises NameTaken: it is there already, and is not to be replaced
    """
    with warehouse.transaction() as tx:
        tx.run("campaigns/lists/lock")
        there = next(iter(tx.rows("campaigns/lists/latest", list=name)), None)
        if there is not None and not replace:
            raise NameTaken(there.version)
        version, valid_from = (there.version + 1, there.free_from) if there else (1, None)
        ids = [each.lower() for each in read.ids] if lower else read.ids
        customers = _members(tx, name, version, shop, ids)
        unknown = tx.value("campaigns/lists/unknown", list=name, version=version)
        if there is not None:
            tx.run("campaigns/lists/close", list=name, free_from=valid_from)
        tx.run(
            "campaigns/lists/keep",
            list=name,
            version=version,
            shop=shop,
            valid_from=valid_from,
            uploaded_by=uploaded_by,
            content_hash=read.content_hash,
            lines=len(read.ids),
            customers=customers,
            unknown=unknown,
        )
    return Kept(name, version, customers, unknown, valid_from)


def _members(tx: Transaction, name: str, version: int, shop: str, ids: Iterable[str]) -> int:
    tx.run("campaigns/lists/staging")
    tx.copy_in("listed_id", ["external_id"], (('"' + each.replace('"', '""') + '"\n').encode() for each in ids))
    return tx.run("campaigns/lists/members", list=name, version=version, shop=shop)


def every(tx: Transaction) -> list[Any]:
    """Every list in its latest version: list, version, shop, valid_from, uploaded_at, customers, unknown."""
    return tx.rows("campaigns/lists/all")


def missing(tx: Transaction, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that were never uploaded."""
    asked = sorted(set(names))
    there = {row.list for row in tx.rows("campaigns/lists/known", listed=asked)}
    return [name for name in asked if name not in there]
