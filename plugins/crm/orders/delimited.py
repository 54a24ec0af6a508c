"""CSV files: any delimiter, line end and encoding; ragged records are kept apart, not lost."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from crm.orders.arrow import arrow_csv, np, pa
from crm.orders.frames import Broken, Frame, Reading, SourceError

#: Line ends that a ragged record may have; more than that is a quote that somebody forgot to close.
_MOST_LINES = 100
#: Bytes that are parsed at a time; a record must fit. Arrow reads 32 blocks ahead, so this bounds the memory.
BLOCK = 1 << 20
#: Rows of a frame, about.
ROWS = 65_536


class _Utf8(io.RawIOBase):
    """A byte stream in another encoding, read as UTF-8."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = self._source.read(1 << 18)
            self._rest = self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _NoNul(io.RawIOBase):
    """Refuses NUL bytes, which PostgreSQL's text cannot hold: the sign of UTF-16 or of no text at all."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._source.read(len(buffer))
        if b"\0" in block:
            raise ValueError("NUL bytes")
        buffer[: len(block)] = block
        return len(block)


def frames(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Yield the records of a CSV file. A file without a single byte has none.

    :raises SourceError: no header, undecodable bytes, an open quote
    """
    encoding = reading.block.encoding
    # A byte order mark says more surely than any mapping what the file is.
    plain = source.read(3) == codecs.BOM_UTF8 or encoding in ("utf-8", "utf-8-sig")
    source.seek(0)
    stream = io.BufferedReader(_NoNul(source if plain else io.BufferedReader(_Utf8(source, encoding))), BLOCK)
    try:
        names = _header(reading, stream)
        if names:
            yield from _records(reading, stream, names)
    except UnicodeDecodeError as error:
        raise _undecodable(reading, error.reason) from None
    except ValueError as error:  # pyarrow's errors are ValueErrors
        raise _explained(reading, error, isinstance(error, pa.ArrowInvalid)) from None


def _undecodable(reading: Reading, detail: str) -> SourceError:
    advice = f"set {reading.kind}.encoding in the mapping {reading.mapping.name!r} (gb18030, latin-1, utf-8 …)"
    return reading.error(f"is not {reading.block.encoding} ({detail})", advice)


def _explained(reading: Reading, error: ValueError, parsing: bool) -> SourceError:
    """The parser's messages may quote the file's content, so they are not repeated."""
    text = str(error)
    if isinstance(error, SourceError):
        return error
    if "UTF8" in text or "utf8" in text:
        return _undecodable(reading, "invalid bytes")
    if "NUL bytes" in text:
        return _undecodable(reading, "it holds NUL bytes, as UTF-16 does")
    if not parsing:
        raise error
    return reading.error("is not a CSV file that can be parsed", "look for a quote that is never closed")


def _header(reading: Reading, stream: io.BufferedReader[Any]) -> list[str]:
    """The names in the header, as the file has them."""
    head = stream.peek(1 << 16)[: 1 << 20]
    text = codecs.getincrementaldecoder("utf-8-sig")("strict").decode(head)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=reading.block.delimiter)
    names = next((row for row in rows if row), [])
    clean = [clean_name(name) for name in names]
    twice = sorted({name for name in clean if name and clean.count(name) > 1})
    mapped = {name for column in reading.block.columns.values() for name in column.every_name()}
    if mapped & set(twice):
        raise reading.error(f"has two columns {', '.join(twice)}", "rename one of them")
    return names


def clean_name(name: str) -> str:
    """A column's name without the blanks, tabs and byte order marks that exports leave around it."""
    return name.strip().strip("\ufeff\"'").strip()


def _records(reading: Reading, stream: io.BufferedReader[Any], names: list[str]) -> Iterator[Frame]:
    broken: deque[Broken] = deque()
    yield _empty(names)
    try:
        reader = _reader(reading, stream, names, broken)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):  # the header alone, without a line end
            return
        raise
    clean = [clean_name(name) for name in reader.schema.names]
    last = 0
    for batch in _larger(reader):
        numbers, here = _numbers(last, batch.num_rows, broken)
        last += batch.num_rows + len(here)
        yield Frame(dict(zip(clean, batch.columns, strict=True)), numbers, _sound(reading, here))
    if broken:
        yield Frame(_empty(names).columns, pa.array([], pa.int64()), _sound(reading, list(broken)))


def _reader(
    reading: Reading, stream: io.BufferedReader[Any], names: list[str], broken: deque[Broken]
) -> arrow_csv.CSVStreamingReader:
    """Arrow's parser, all columns as text; ragged records go to ``broken``."""

    def set_aside(row: Any) -> str:
        broken.append(Broken(row.number - 1, "wrong_column_count", row.text))
        return "skip"

    return arrow_csv.open_csv(
        stream,
        # On one thread, because only then does the parser know the number of a ragged record.
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(
            delimiter=reading.block.delimiter, newlines_in_values=True, invalid_row_handler=set_aside
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=["", *reading.block.blank],
        ),
    )


def _larger(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Blocks are small to bound the memory, batches are large because every step costs something per batch."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(b.num_rows for b in waiting) >= ROWS:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _empty(names: list[str]) -> Frame:
    """No rows, but the columns: even a file without orders has to have the right ones."""
    return Frame({clean_name(name): pa.nulls(0, pa.string()) for name in names}, pa.array([], pa.int64()))


def _sound(reading: Reading, broken: list[Broken]) -> list[Broken]:
    """Refuse a record that runs on over the lines after it: what it swallowed would be lost."""
    for record in broken:
        lines = record.text.count("\n") + record.text.count("\r")
        if lines > _MOST_LINES or (lines and record.text.count('"') % 2):
            raise reading.error(f"has a quote in record {record.row_number} that is never closed", "close it")
    return broken


def _numbers(last: int, count: int, broken: deque[Broken]) -> tuple[pa.Array, list[Broken]]:
    """Record numbers of the next ``count`` good records, and the broken ones that lie between them."""

    here: list[Broken] = []
    end = last + count
    while broken and broken[0].row_number <= end:
        here.append(broken.popleft())
        end += 1
    numbers = np.arange(last + 1, end + 1, dtype=np.int64)
    return pa.array(np.delete(numbers, [record.row_number - last - 1 for record in here])), here
