"""CSV files: any delimiter, line end and encoding; ragged records are kept apart, not lost."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from crm.orders import dialects, encoded, quotes
from crm.orders.arrow import arrow_csv, np, pa, pc
from crm.orders.dialects import Table
from crm.orders.frames import Broken, Frame, Reading, SourceError, without_rows

#: Bytes that are parsed at a time; a record must fit. Arrow reads 32 blocks ahead, so this bounds the memory.
BLOCK = 1 << 20
#: Rows of a frame, about.
ROWS = 65_536


def frames(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Yield the records of a CSV file. A file without a single byte has none.

    :raises SourceError: no header, undecodable bytes, an open quote
    """
    table = None
    try:
        stream = encoded.stream(reading, source)
        table = dialects.read(reading, stream)
        if table:
            yield from _Records(reading, table).read(stream)
    except (ValueError, csv.Error) as error:  # pyarrow's errors are ValueErrors
        raise _explained(reading, source, table, error) from None


def _explained(reading: Reading, source: BinaryIO, table: Table | None, error: Exception) -> Exception:
    """The parser's messages may quote the file's content, so they are not repeated."""
    parsing = isinstance(error, pa.ArrowInvalid | csv.Error)
    if not parsing and not encoded.is_undecodable(error):
        return error
    table = table or _marked_head(reading, source)
    if table is None:
        place = encoded.bad_line(reading, source)
    else:
        place = encoded.bad_record(reading, source, table.dialect, table.names, table.lines)
    if place is not None:
        return encoded.undecodable(reading, place)
    last = "" if table is None else f" after record {_last_sound(reading, source, table)}"
    problem = f"is not a CSV file that can be parsed: there is no end of a record{last}"
    return reading.error(problem, quotes.advice(reading))


def _marked_head(reading: Reading, source: BinaryIO) -> Table | None:
    """What can be known of the columns although bytes among the first ones cannot be decoded."""
    try:
        return dialects.of(reading, encoded.head(reading, source), whole=False)
    except (SourceError, csv.Error):
        return None


def _last_sound(reading: Reading, source: BinaryIO, table: Table) -> int:
    """How many records can be read before one that is longer than a block."""
    stream = io.TextIOWrapper(encoded.stream(reading, source), "utf-8", newline="")
    for _ in range(table.lines):
        stream.readline()
    found = 0
    try:
        for record in csv.reader(stream, **table.dialect):
            if sum(map(len, record)) > BLOCK // 4:
                break
            found += bool(record)
    except (csv.Error, ValueError):
        pass
    return found


@dataclass(repr=False)
class _Records:
    """The records of one file. Those that Arrow's parser cannot place wait in ``aside`` with their numbers."""

    reading: Reading
    table: Table
    aside: deque[Broken] = field(default_factory=deque)
    last: int = 0

    def read(self, stream: io.BufferedReader[Any]) -> Iterator[Frame]:
        yield without_rows(self.table.names)
        if not stream.peek(1):
            return
        for batch in self._larger(self._reader(stream)):
            yield self._frame(batch)
        if self.aside:
            yield self._frame(self._no_rows())

    def _reader(self, stream: io.BufferedReader[Any]) -> arrow_csv.CSVStreamingReader:
        """Arrow's parser, all columns as text, called by their positions."""
        names = [str(position) for position in range(self.table.width)]
        aside = self.aside

        # No method: where Arrow cannot decode the record it prints what was called, and this object holds records.
        def set_aside(row: Any) -> str:
            aside.append(Broken(row.number, "wrong_column_count", row.text))
            return "skip"

        return arrow_csv.open_csv(
            stream,
            # On one thread, because only then does the parser know the number of a ragged record.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.table.delimiter,
                quote_char=self.table.quote or False,
                newlines_in_values=self.table.quote is not None,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=["", *self.reading.block.blank],
            ),
        )

    def _larger(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Blocks are small to bound the memory, batches are large because every step costs something per batch."""
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) + len(self.aside) >= ROWS:
                yield pa.concat_batches(waiting)
                waiting = []
        if waiting:
            yield pa.concat_batches(waiting)

    def _no_rows(self) -> pa.RecordBatch:
        columns = [pa.nulls(0, pa.string())] * self.table.width
        return pa.RecordBatch.from_arrays(columns, names=[str(i) for i in range(self.table.width)])

    def _frame(self, batch: pa.RecordBatch) -> Frame:
        """The rows of ``batch`` and of the records among them that were set aside, in their order."""
        # Without rows, no batch comes after this one: whatever waits belongs to it.
        numbers, aside = _numbers(self.last, batch.num_rows, self.aside)
        self.last += batch.num_rows + len(aside)
        position = quotes.swallowing(batch.columns, self.table)
        if position is not None:
            raise quotes.never_closed(self.reading, numbers[position].as_py())
        broken, read = [], []
        for record in aside:
            cells = self._cells(record, batch)
            fields = self._fields(cells)
            if fields is None:
                broken.append(replace(record, cells=tuple(cells)))
            else:
                read.append((record.row_number, fields))
        columns, numbers, surplus = self._fitted(batch, numbers)
        if read:
            columns, numbers = _merged(columns, numbers, read)
        every = sorted([*broken, *surplus], key=lambda record: record.row_number)
        return Frame(dict(zip(self.table.names, columns, strict=True)), numbers, every)

    def _fitted(self, batch: pa.RecordBatch, numbers: pa.Array) -> tuple[list[pa.Array], pa.Array, list[Broken]]:
        """The columns that the header names: one field too few is blank, one too many has to be."""
        columns, names = list(batch.columns), self.table.names
        if len(columns) < len(names):
            return [*columns, pa.nulls(len(batch), pa.string())], numbers, []
        if len(columns) == len(names) or columns[-1].null_count == len(batch):
            return columns[: len(names)], numbers, []
        blank = pc.is_null(columns[-1])
        wrong = [tuple(v or "" for v in row.values()) for row in batch.filter(pc.invert(blank)).to_pylist()]
        places = numbers.filter(pc.invert(blank)).to_pylist()
        surplus = [
            Broken(number, "wrong_column_count", self.table.delimiter.join(cells), cells)
            for number, cells in zip(places, wrong, strict=True)
        ]
        return [column.filter(blank) for column in columns[: len(names)]], numbers.filter(blank), surplus

    def _cells(self, record: Broken, batch: pa.RecordBatch) -> list[str]:
        """The fields of a record that Arrow cannot place.

        :raises SourceError: it runs on over the lines after it: what it swallowed would be lost
        """
        if quotes.is_open(record.text, self.table):
            raise quotes.never_closed(self.reading, record.row_number)
        cells = next(csv.reader(io.StringIO(record.text, newline=""), **self.table.dialect), [])
        if any("\n" in cell or "\r" in cell for cell in cells) and quotes.looks_like_records(
            cells, self.table, quotes.usual(batch.columns)
        ):
            raise quotes.never_closed(self.reading, record.row_number)
        return cells

    def _fields(self, cells: list[str]) -> list[str | None] | None:
        """The fields of the columns, where one is missing or a blank one too many; None: the columns are unknown."""
        count = len(self.table.names)
        if len(cells) == count + 1 and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) not in (count - 1, count) or not cells:
            return None
        missing = {"", *self.reading.block.blank}
        return [None if value in missing else value for value in [*cells, ""][:count]]


def _merged(
    columns: list[pa.Array], numbers: pa.Array, read: list[tuple[int, list[str | None]]]
) -> tuple[list[pa.Array], pa.Array]:
    """Rows that were read by themselves, put where they stand in the file."""
    all_numbers = pa.concat_arrays([numbers, pa.array([number for number, _ in read], pa.int64())])
    order = pc.sort_indices(all_numbers)
    added = [pa.array([fields[i] for _, fields in read], pa.string()) for i in range(len(columns))]
    together = [pa.concat_arrays([column, more]) for column, more in zip(columns, added, strict=True)]
    return [column.take(order) for column in together], all_numbers.take(order)


def _numbers(last: int, count: int, broken: deque[Broken]) -> tuple[pa.Array, list[Broken]]:
    """Record numbers of the next ``count`` good records, and the broken ones that lie between them."""

    here: list[Broken] = []
    end = last + count
    while broken and broken[0].row_number <= end + 1:
        here.append(broken.popleft())
        end += 1
    numbers = np.arange(last + 1, end + 1, dtype=np.int64)
    return pa.array(np.delete(numbers, [record.row_number - last - 1 for record in here])), here
