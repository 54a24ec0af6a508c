"""Rows of several files joined by their keys, as the mapping's ``join`` says; DuckDB does it, on disk, in flat memory.

Every file is read as any other is (dialects, encodings, checks of its header), so a joined row differs from one of a
single file in nothing but its columns: those of a joined file are called ``<name>.<column>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crm.orders import mapping, values
from crm.orders.arrow import pa, pc
from crm.orders.frames import Frame, Reading
from crm.orders.join_rows import NUMBER, Joining, key
from crm.orders.join_tables import Table, database
from crm.orders.joins import Join, prefix

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Part:
    """A file that is read: what it is called for ever, and where it lies now."""

    source_name: str
    path: Path


@dataclass(frozen=True)
class Parts:
    """The files of one delivery of a joined kind: its own ones, and those of each join."""

    own: tuple[Part, ...]
    joined: dict[str, tuple[Part, ...]]


def frames(reading: Reading, parts: Parts) -> Iterator[Frame]:
    """The rows of the kind's own files, in their order, with the columns of the joined files beside them.

    Rows are numbered through all own files. An order's rows are brought together where its first one stands.

    :raises SourceError: a file cannot be read or lacks a key; a key comes twice; a row has no partner, or a joined row
        serves none, where the mapping says ``refuse``; money of a joined file would be counted several times
    """
    with database() as connection:
        tables = {name: _joined(reading, connection, name, parts.joined[name]) for name in reading.block.join}
        own = Table(connection, "own")
        last = 0
        for part in parts.own:
            before, of_file = last, _of_file(reading, part, _own_names(reading.block))
            for frame in _read(of_file, part):
                numbered = _numbered_on(frame, before)
                last = max([last, *numbered.row_numbers.to_pylist()[-1:], *(b.row_number for b in numbered.broken)])
                if numbered.columns:
                    own.add(
                        numbered.columns | {NUMBER: numbered.row_numbers} | _keys(of_file, numbered, reading.block.join)
                    )
                if numbered.broken:
                    yield Frame({}, numbered.row_numbers[:0], numbered.broken)
        yield from Joining(reading, connection, own, tables).frames()


def _numbered_on(frame: Frame, by: int) -> Frame:
    """Numbers of rows go on from file to file."""
    if not by:
        return frame
    broken = [replace(record, row_number=record.row_number + by) for record in frame.broken]
    return Frame(frame.columns, pc.add(frame.row_numbers, by), broken)


def _keys(reading: Reading, frame: Frame, joins: dict[str, Join]) -> dict[str, pa.Array]:
    """Keys of the own rows as plain text, so that 17850.0 of one file is 17850 of another."""
    return {
        key(name, number): _text_of(reading, frame, column, f"join.{name}.key")
        for name, join in joins.items()
        for number, column in enumerate(join.key)
        if prefix(column, joins) is None
    }


def _text_of(reading: Reading, frame: Frame, column: str, where: str) -> pa.Array:
    if column not in frame.columns:
        advice = f"correct {reading.key(where)} of the mapping {reading.mapping.name!r}"
        raise reading.error(f"misses the column {column}; it has {', '.join(sorted(frame.columns))}", advice)
    return values.text(frame.columns[column])


def _own_names(block: mapping.Block) -> set[str]:
    names = block.every_name() | {column for join in block.join.values() for column in join.key}
    return {name for name in names if prefix(name, block.join) is None}


def _of_file(reading: Reading, part: Part, names: set[str], join: Join | None = None) -> Reading:
    """How one of the files is read: its own keys of the mapping, and the columns that it is asked for."""
    columns = {name: mapping.Column(names=(name,)) for name in sorted(names)}
    update = {"columns": columns, "optional": (), "join": {}} | (join.reading() if join else {})
    return replace(reading, block=reading.block.model_copy(update=update), source_name=part.source_name)


def _read(reading: Reading, part: Part) -> Iterator[Frame]:
    from crm.orders import footers, formats

    with part.path.open("rb") as source:
        yield from footers.without(reading, formats.frames(reading, source))


def _joined(reading: Reading, connection: DuckDBPyConnection, name: str, parts: tuple[Part, ...]) -> Table:
    """A joined file as a table of one row per key."""
    join, wanted = reading.block.join[name], reading.block.of_join(name)
    table, of_file = Table(connection, name), reading
    for part in parts:
        of_file = _of_file(reading, part, wanted, join)
        for frame in _read(of_file, part):
            if frame.broken:
                broken = frame.broken[0]
                raise of_file.error(f"has a record {broken.row_number} with {broken.reason}", "mend the file")
            if frame.columns:
                table.add(_named(of_file, frame, name, join))
    if not table.numbers:
        # Not a single byte: no rows, rather than no columns.
        table.add({f"{name}.{column}": pa.nulls(0, pa.string()) for column in wanted})
        table.add({key(name, number): pa.nulls(0, pa.string()) for number in range(len(join.key))})
    return _one_per_key(of_file, table, name, join)


def _named(reading: Reading, frame: Frame, name: str, join: Join) -> dict[str, pa.Array]:
    keys = {
        key(name, number): _text_of(reading, frame, column, f"join.{name}.key")
        for number, column in enumerate(join.key.values())
    }
    return {f"{name}.{column}": found for column, found in frame.columns.items()} | keys


def _one_per_key(reading: Reading, table: Table, name: str, join: Join) -> Table:
    keys = [key(name, number) for number in range(len(join.key))]
    if not join.combine:
        if twice := table.repeated(keys):
            advice = (
                f"name in join.{name}.combine of the mapping how they become one: as they are, money would multiply"
            )
            names = ", ".join(join.key.values())
            raise reading.error(f"has several rows for the same {names}, {twice:,} times", advice)
        return table
    combine = {f"{name}.{column}": how for column, how in join.combine.items()}
    for column, how in combine.items():
        own = column.partition(".")[2]
        if column not in table.numbers:
            have = sorted(c.partition(".")[2] for c in table.numbers if c.startswith(f"{name}."))
            raise reading.error(f"misses the column {own}; it has {', '.join(have)}", f"correct join.{name}.combine")
        if how == "sum" and (wrong := table.no_numbers(column)):
            advice = "what is added up must be plain numbers such as 1234.50"
            raise reading.error(f"has {wrong:,} values in {own} that are none", advice)
    return table.combined(keys, combine)
