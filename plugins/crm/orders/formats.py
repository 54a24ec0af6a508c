"""Which format a file has, and the frames of Parquet, JSON lines and Excel files."""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from crm.orders import delimited
from crm.orders.arrow import pa, pq
from crm.orders.frames import Broken, Frame, Reading, numbered

_BY_EXTENSION = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "jsonl"),
    **dict.fromkeys((".xlsx", ".xlsm"), "excel"),
}


def frames(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Yield the rows of a file in the format that the mapping or the file's extension names.

    :param source: seekable; gzip is recognised by its first two bytes
    :raises SourceError: the file is not what it should be
    """
    magic = source.read(2)
    source.seek(0)
    if not magic:
        return
    opened = cast(BinaryIO, gzip.GzipFile(fileobj=source)) if magic == b"\x1f\x8b" else source
    step = {"csv": delimited.frames, "parquet": _parquet, "jsonl": _json_lines, "excel": _excel}[_format(reading)]
    try:
        yield from step(reading, opened)
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        problem = f"cannot be read to its end ({type(error).__name__})"
        raise reading.error(problem, "deliver the file again; it may be cut off") from None


def _format(reading: Reading) -> str:
    if reading.block.format:
        return reading.block.format
    path = PurePosixPath(reading.source_name.lower())
    extension = path.with_suffix("").suffix if path.suffix in (".gz", ".gzip") else path.suffix
    if extension not in _BY_EXTENSION:
        known = "csv, parquet, jsonl or excel"
        advice = f"set {reading.kind}.format of the mapping {reading.mapping.name!r} to {known}"
        raise reading.error(f"has the unknown extension {extension!r}", advice)
    return _BY_EXTENSION[extension]


def _parquet(reading: Reading, source: BinaryIO) -> Iterator[Frame]:

    try:
        file = pq.ParquetFile(source)
    except pa.ArrowInvalid:
        raise reading.error("is not a Parquet file", f"check {reading.kind}.format or deliver it again") from None
    names = [delimited.clean_name(name) for name in file.schema_arrow.names]
    batches = file.iter_batches(batch_size=delimited.ROWS)
    yield from numbered(dict(zip(names, batch.columns, strict=True)) for batch in batches)


def _json_lines(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Numbers stay as they are written, so nothing is rounded on the way. Nested objects become ``outer.inner``."""

    def as_declared(number: str) -> str:
        # A typed number is never a matter of custom: it is written as the mapping reads texts.
        return number.replace(".", reading.block.amounts.decimal)

    first = 1
    encoding = reading.block.encoding
    lines = (line for line in source if line.strip(b" \t\r\n\xef\xbb\xbf"))
    while block := list(islice(lines, delimited.ROWS)):
        rows: list[dict[str, str | None]] = []
        numbers: list[int] = []
        broken: list[Broken] = []
        for number, line in enumerate(block, first):
            try:
                text = line.decode(encoding)
                row = json.loads(text, parse_float=as_declared, parse_int=str, parse_constant=str)
            except UnicodeDecodeError as error:
                advice = f"set {reading.kind}.encoding in the mapping {reading.mapping.name!r}"
                raise reading.error(f"line {number} is not {encoding} ({error.reason})", advice) from None
            except ValueError:
                broken.append(Broken(number, "not_json", text))
                continue
            if isinstance(row, dict):
                rows.append(dict(_flat(row)))
                numbers.append(number)
            else:
                broken.append(Broken(number, "not_json", text))
        first += len(block)
        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        yield Frame(columns, pa.array(numbers, pa.int64()), broken)


def _flat(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    for key, value in row.items():
        name = prefix + key
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list):
            plain = all(isinstance(item, str) for item in value)
            yield name, _sound(";".join(value) if plain else json.dumps(value, ensure_ascii=False))
        elif isinstance(value, bool):
            yield name, "true" if value else "false"
        else:
            yield name, None if value is None else _sound(value)


def _sound(text: str) -> str:
    """Without half surrogate pairs, which JSON can spell and no database stores."""
    return text.encode("utf-8", "replace").decode()


def _excel(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(source, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError):
        raise reading.error("is not an Excel workbook (.xlsx)", "save it as .xlsx, or correct the format") from None
    wanted = reading.block.sheet
    if wanted is not None and wanted not in book.sheetnames:
        advice = f"correct {reading.kind}.sheet of the mapping {reading.mapping.name!r}"
        raise reading.error(f"has no sheet {wanted!r}, but {', '.join(book.sheetnames)}", advice)
    sheet = book[wanted] if wanted is not None else book.worksheets[0]
    rows = (row for row in sheet.iter_rows(values_only=True) if any(cell not in (None, "") for cell in row))
    names = [delimited.clean_name(_cell(name) or "") for name in next(rows, ())]
    yield from numbered(_blocks(names, rows, reading.block.amounts.decimal))


def _blocks(names: list[str], rows: Iterator[tuple[Any, ...]], decimal: str) -> Iterator[dict[str, pa.Array]]:

    while block := list(islice(rows, delimited.ROWS)):
        cells = [[_cell(row[i], decimal) if i < len(row) else None for row in block] for i in range(len(names))]
        yield {name: pa.array(column, pa.string()) for name, column in zip(names, cells, strict=True) if name}


def _cell(value: Any, decimal: str = ".") -> str | None:
    """A cell as text; numbers with the mapping's ``decimal`` sign, as its texts are read."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        # Beyond 15 digits the number is not what somebody typed: as an id it must not look whole.
        return repr(value).replace(".", decimal)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return str(value)
