"""A file's rows in DuckDB, on disk: what is joined is larger than memory may be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm.orders import values
from crm.orders.arrow import pa

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

#: Memory that DuckDB may take before it works on disk.
MEMORY = "256MB"
#: Columns whose names begin with this are ours and no file's.
OURS = "\0"


@contextmanager
def database() -> Iterator[DuckDBPyConnection]:
    """A database of its own on disk, gone afterwards: the files hold personal data."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="crm-join-") as folder:
        options: dict[str, Any] = {"memory_limit": MEMORY, "threads": 2, "temp_directory": folder}
        connection = duckdb.connect(str(Path(folder) / "join.duckdb"), config=options)
        try:
            yield connection
        finally:
            connection.close()


def count(rows: DuckDBPyRelation) -> int:
    """How many rows a relation has."""
    found = rows.aggregate("count(*)").fetchall()
    return int(found[0][0])


class Table:
    """Rows in DuckDB.

    ``numbers``: the files' columns and ours -> their names in DuckDB, which are numbers: DuckDB takes ``Name`` and
    ``name`` for one column, files do not.
    """

    def __init__(self, connection: DuckDBPyConnection, name: str) -> None:
        self.connection, self.name = connection, f"t_{name}"
        self.numbers: dict[str, str] = {}
        self.lines = 0

    def add(self, columns: dict[str, pa.Array]) -> None:
        """Append rows; columns that were not there before are missing in the earlier ones."""
        first, new = not self.numbers, [name for name in columns if name not in self.numbers]
        for name in new:
            self.numbers[name] = f"c{len(self.numbers)}"
        batch = pa.table({self.numbers[name]: _plain(column) for name, column in columns.items()})
        rows = self.connection.from_arrow(batch)
        if first:
            rows.create(self.name)
        elif new or len(columns) < len(self.numbers):
            self._widen(rows)
        else:
            rows.project(", ".join(self.numbers.values())).insert_into(self.name)
        self.lines += batch.num_rows

    def _widen(self, rows: DuckDBPyRelation) -> None:
        """Rows with other columns than those before: JSON lines leave out what they do not say."""
        before, wider = self.rows(), f"{self.name}_{len(self.numbers)}_{self.lines}"
        sides = [
            side.project(", ".join(c if c in side.columns else f"null as {c}" for c in self.numbers.values()))
            for side in (before, rows)
        ]
        sides[0].union(sides[1]).create(wider)
        self.name = wider

    def rows(self) -> DuckDBPyRelation:
        """All rows."""
        return self.connection.table(self.name)

    def repeated(self, keys: list[str]) -> int:
        """How many keys come in more than one row; a blank key is none."""
        columns = [self.numbers[key] for key in keys]
        given = self.rows().filter(" and ".join(f"{column} is not null" for column in columns))
        counted = given.aggregate(f"{', '.join(columns)}, count(*) as n", ", ".join(columns))
        return count(counted.filter("n > 1"))

    def no_numbers(self, column: str) -> int:
        """How many values of the column are neither missing nor a plain number."""
        name = self.numbers[column]
        return count(self.rows().filter(f"{name} is not null and try_cast({name} as decimal(18, 4)) is null"))

    def combined(self, keys: list[str], combine: Mapping[str, str]) -> Table:
        """A table of one row per key; ``combine``: column -> sum, min, max, first or join."""
        found = Table(self.connection, f"{self.name}_combined")
        found.numbers = {name: self.numbers[name] for name in (*keys, *combine)}
        by = [self.numbers[key] for key in keys]
        made = [_combination(self.numbers[column], how) for column, how in combine.items()]
        self.rows().aggregate(", ".join([*by, *made]), ", ".join(by)).create(found.name)
        found.lines = count(found.rows())
        return found


def _plain(column: pa.Array) -> pa.Array:
    """Texts that are blank are missing; other types stay as the file has them."""
    return values.text(column) if column.type in (pa.string(), pa.large_string()) else column


def _combination(column: str, how: str) -> str:
    if how == "sum":
        return f"sum(cast({column} as decimal(18, 4))) as {column}"
    if how == "join":
        return f"string_agg(cast({column} as varchar), ';' order by rowid) as {column}"
    return f"first({column} order by rowid) as {column}" if how == "first" else f"{how}({column}) as {column}"
