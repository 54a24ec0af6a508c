"""Files of experiments, row by row: CSV, Parquet or Excel; only the columns that the mapping names are looked at.

Values stay texts: dates become instants in ISO 8601 (UTC), numbers lose their signs and separators; whether they are
any good is judged in the warehouse. Memory stays flat whatever the size.
"""

from __future__ import annotations

import csv
import datetime
import decimal
import functools
import gzip
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm import date_formats, spelling

if TYPE_CHECKING:
    from crm.evaluation.experiments.mapping import Amounts, Mapping

#: Rows that are copied to the warehouse at a time.
ROWS = 10_000
#: What a date becomes that none of the formats fits; no value of the file is ever repeated.
UNREADABLE = "unreadable"


class ExperimentFileError(Exception):
    """A file of an experiment cannot be used; the message names the file, the row, the column and what to do."""


@dataclass(frozen=True)
class File:
    """One file and the mapping it is read by; ``name`` is without its folders."""

    path: Path
    mapping: Mapping
    time_zone: str

    @property
    def name(self) -> str:
        return self.path.name

    def error(self, problem: str, advice: str) -> ExperimentFileError:
        return ExperimentFileError(f"{self.name}: {problem}; {advice}")

    @functools.cached_property
    def content_hash(self) -> str:
        """SHA-256 of the bytes, in hex."""
        with self.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()


def open_file(path: Path, mapping: Mapping, time_zone: str) -> File:
    """The file at ``path``; naive dates are of ``time_zone`` (IANA).

    :raises ExperimentFileError: there is no such file
    """
    if not path.is_file():
        raise ExperimentFileError(f"there is no file {path}; give FILE=<a .csv, .csv.gz, .tsv, .parquet or .xlsx file>")
    return File(path, mapping, time_zone)


def rows(file: File) -> Iterator[list[tuple[int, list[str]]]]:
    """Batches of (record number, 1 = first after the header, values in the order of ``mapping.columns()``).

    :raises ExperimentFileError: unknown kind of file, unreadable, a column is missing, a record is ragged
    """
    suffixes = [suffix.lower() for suffix in file.path.suffixes]
    readers = {".csv": _csv, ".tsv": _csv, ".txt": _csv, ".parquet": _parquet, ".xlsx": _excel}
    kind = next((suffix for suffix in reversed(suffixes) if suffix != ".gz"), "")
    if kind not in readers:
        raise file.error("is none of CSV, Parquet and Excel by its ending", "name it .csv, .tsv, .parquet or .xlsx")
    records: Iterator[tuple[int, list[str]]] = readers[kind](file)
    while batch := list(itertools.islice(records, ROWS)):
        yield batch


def _csv(file: File) -> Iterator[tuple[int, list[str]]]:
    opener: Any = gzip.open if file.path.suffix.lower() == ".gz" else open
    delimiter = "\t" if ".tsv" in file.path.suffixes else file.mapping.delimiter
    encoding = "utf-8-sig" if file.mapping.encoding == "utf-8" else file.mapping.encoding
    number = 0
    try:
        with opener(file.path, "rt", encoding=encoding, newline="") as text:
            records = csv.reader(_without_nul(text), delimiter=delimiter, strict=True)
            header = next((record for record in records if record), [])
            take = _positions(file, header)
            for number, record in enumerate(filter(None, records), 1):
                if len(record) != len(header):
                    problem = f"row {number} has {len(record)} columns, the header {len(header)}"
                    raise file.error(problem, "look for a delimiter or a quote inside a value")
                yield number, take(record)
    except UnicodeDecodeError:
        advice = f"set encoding in the mapping {file.mapping.name!r} (gb18030, latin-1, utf-8 …)"
        raise file.error(f"is not {file.mapping.encoding}, or holds NUL bytes as UTF-16 does", advice) from None
    except (csv.Error, EOFError, gzip.BadGzipFile):  # their messages may quote the file
        raise file.error(f"cannot be parsed after row {number}", "look for a quote that is never closed") from None


def _without_nul(lines: Iterable[str]) -> Iterator[str]:
    """PostgreSQL's texts hold no NUL; it is the sign of UTF-16 or of no text at all."""
    for line in lines:
        if "\0" in line:
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "NUL")
        yield line


def _parquet(file: File) -> Iterator[tuple[int, list[str]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        opened = pq.ParquetFile(file.path)
    except pa.ArrowInvalid:
        raise file.error("is not a Parquet file that can be read", "write it anew") from None
    take = _positions(file, opened.schema_arrow.names)
    wanted = sorted({column for _, column in file.mapping.columns()})
    names = opened.schema_arrow.names
    number = itertools.count(1)
    plain = functools.partial(_plain, decimal_sign=file.mapping.amounts.decimal)
    for batch in opened.iter_batches(ROWS, columns=wanted):
        columns = {name: list(map(plain, batch.column(name).to_pylist())) for name in wanted}
        blank = [""] * batch.num_rows
        for record in zip(*(columns.get(name, blank) for name in names), strict=True):
            yield next(number), take(record)


def _excel(file: File) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
        sheet = book[file.mapping.sheet] if file.mapping.sheet else book.worksheets[0]
    except KeyError:
        raise file.error(f"has no sheet {file.mapping.sheet!r}", f"it has {', '.join(book.sheetnames)}") from None
    except Exception:
        raise file.error("is not a workbook that can be read", "save it as .xlsx") from None
    records = sheet.iter_rows(values_only=True)
    header = [_plain(cell).strip() for cell in next(records, ())]
    take = _positions(file, header)
    plain = functools.partial(_plain, decimal_sign=file.mapping.amounts.decimal)
    for number, record in enumerate(records, 1):
        if any(cell is not None for cell in record):
            yield number, take([*map(plain, record), *[""] * (len(header) - len(record))])
    book.close()


def _plain(value: Any, decimal_sign: str = ".") -> str:
    """A cell that has a type as a CSV file would write it, numbers with the mapping's ``decimal_sign``."""
    if value is None or value != value:  # noqa: PLR0124 - not a number is not equal to itself
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 1e15 else repr(value)
    if isinstance(value, float | decimal.Decimal):
        return str(value).replace(".", decimal_sign)
    return str(value).replace("\0", "")


def _positions(file: File, header: Sequence[str]) -> Callable[[Sequence[str]], list[str]]:
    """Takes the mapped columns out of a record."""
    names = [name.strip().strip("\ufeff") for name in header]
    missing = {key: column for key, column in file.mapping.columns() if column not in names}
    if missing:
        told = ", ".join(f"{column!r} ({key})" for key, column in missing.items())
        advice = f"it has {', '.join(filter(None, names))}: correct the mapping {file.mapping.name!r}"
        raise file.error(f"has no column {told}", advice)
    twice = sorted({column for _, column in file.mapping.columns() if names.count(column) > 1})
    if twice:
        raise file.error(f"has two columns {', '.join(twice)}", "rename one of them")
    taken = [(key, names.index(column)) for key, column in file.mapping.columns()]

    def take(record: Sequence[str]) -> list[str]:
        found = [_said(key, record[position]) for key, position in taken]
        if any(key == "customer" and spelling.is_damaged_id(text) for (key, _), text in zip(taken, found, strict=True)):
            problem = "has ids of customers that a spreadsheet has written as 2.02407E+18"
            raise file.error(problem, "export the column as text")
        return found

    return take


def _said(key: str, cell: str) -> str:
    """A cell's text without what stands for nothing. An arm or a campaign may be called None."""
    text = spelling.cleaned(cell)
    if key.startswith(("arm", "campaign")):
        return text
    if text in spelling.MISSING:
        return ""
    return spelling.whole_id(text) if key == "customer" else text


def instants(formats: Sequence[str], time_zone: str) -> Callable[[str], str]:
    """Reads a date or time as an instant in ISO 8601 (UTC); a day begins at midnight in ``time_zone``."""
    zone = ZoneInfo(time_zone)

    @functools.lru_cache(maxsize=4096)
    def read(text: str) -> str:
        if not text:
            return ""
        for form in formats:
            try:
                found = date_formats.parsed(text, form)
                return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(datetime.UTC).isoformat()
            except (ValueError, OverflowError):
                continue
        return UNREADABLE

    return read


def numbers(amounts: Amounts) -> Callable[[str], str]:
    """Writes a number with a decimal point and nothing else; what is none is unreadable. Words (yes, no) stay words."""

    @functools.lru_cache(maxsize=65_536)  # most customers bought nothing, or for the prices that others paid
    def read(text: str) -> str:
        if text.isdigit() or not any(sign.isdigit() for sign in text):
            return text
        found = spelling.number(text, amounts.decimal, amounts.thousands)
        return UNREADABLE if found is None else format(found, "f")

    return read
