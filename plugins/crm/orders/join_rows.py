"""The join itself: own rows with their partners, in their order; what has none is set aside, counted or refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crm.orders import mapping
from crm.orders.arrow import np, pa, pc
from crm.orders.frames import Broken, Frame, Reading
from crm.orders.join_tables import OURS, Table, count
from crm.orders.joins import Join, prefix

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

#: Rows of a frame.
ROWS = 65_536
#: Our column that numbers the own rows.
NUMBER = f"{OURS}number"
#: Money that is added up: of a file whose rows stand beside several rows each, it would be counted as often.
_ADDED_UP = ("amount", "discount", "shipping_fee", "refund_amount", "order_total")


def key(join: str, number: int) -> str:
    """Our column that holds a key of a join as text."""
    return f"{OURS}{join}{OURS}{number}"


class Joining:
    """One join after the other. ``names``: the files' columns and ours -> columns of the joined rows."""

    def __init__(self, reading: Reading, connection: DuckDBPyConnection, own: Table, tables: dict[str, Table]) -> None:
        self.reading, self.connection, self.own, self.tables = reading, connection, own, tables
        self.joins = reading.block.join
        self.names = {name: f"own_{column}" for name, column in own.numbers.items()}

    def frames(self) -> Iterator[Frame]:
        """The joined rows.

        :raises SourceError: columns are missing, or the mapping refuses what is without a partner
        """
        if not self.own.numbers:
            for name, table in self.tables.items():
                self._extra(name, table.lines)
            return
        rows = self.own.rows().project(", ".join(f"{c} as own_{c}" for c in self.own.numbers.values()))
        for name, join in self.joins.items():
            rows = self._with(rows, name, join, self.tables[name])
        self.reading.bound([name for name in self.names if not name.startswith(OURS)])
        for found in self._in_order(rows):
            yield self._with_partners(found)

    def _with(self, rows: DuckDBPyRelation, name: str, join: Join, table: Table) -> DuckDBPyRelation:
        mine = [self._mine(name, number, column) for number, column in enumerate(join.key)]
        theirs = [f"{name}_{table.numbers[key(name, number)]}" for number in range(len(join.key))]
        given = " and ".join(f"{column} is not null" for column in theirs)
        right = table.rows().project(", ".join(f"{c} as {name}_{c}" for c in table.numbers.values())).filter(given)
        condition = " and ".join(f"{one} = {two}" for one, two in zip(mine, theirs, strict=True))
        left, right = rows.set_alias("l"), right.set_alias("r")
        self._extra(name, table.lines - count(right) + count(right.join(left, condition, how="anti")))
        self._refuse_multiplied(name, left.join(right, condition, how="semi"), mine)
        self.names |= {c: f"{name}_{number}" for c, number in table.numbers.items() if c not in self.names}
        # Another column than the own key of the same name: null where the partner is missing.
        self.names[_partner(name)] = theirs[0]
        left.join(right, condition, how="left").create(f"joined_{name}")
        return self.connection.table(f"joined_{name}")

    def _mine(self, name: str, number: int, column: str) -> str:
        """The column of the rows so far that holds a key, as text."""
        other = prefix(column, self.joins)
        if other is None:
            return self.names[key(name, number)]
        if column not in self.names:
            raise self.reading.error(f"has no column {column} for join.{name}.key", f"correct join.{other} or it")
        return f"trim(cast({self.names[column]} as varchar))"

    def _extra(self, name: str, lines: int) -> None:
        extra, block = self.joins[name].extra, self.reading.block
        if isinstance(block, mapping.Customers) and block.from_orders:
            return  # the same files are read for their orders, which say it
        if lines and extra == "refuse":
            advice = f"deliver the files together, or set join.{name}.extra to warn"
            raise self.reading.error(f"lacks the rows that {lines:,} rows of {name} belong to", advice)
        if lines and extra == "warn":
            self.reading.warnings[f"rows_of_{name}_without_{self.reading.kind}"] += lines

    def _refuse_multiplied(self, name: str, matched: DuckDBPyRelation, keys: list[str]) -> None:
        taken = self._money_of(name)
        if not taken:
            return
        columns = ", ".join(f"{column} as k{number}" for number, column in enumerate(keys))
        counted = matched.aggregate(f"{columns}, count(*) as n", ", ".join(keys))
        if several := count(counted.filter("n > 1")):
            canonical, column = taken[0]
            raise self.reading.error(
                f"has several rows for each of {several:,} rows of {name}: {column} would be counted in each",
                f"map {canonical} from a column of the row itself, or name it in every_row if it belongs to the order",
            )

    def _money_of(self, name: str) -> list[tuple[str, str]]:
        """Canonical money that comes from the file ``name`` and is added up over rows, with its column."""
        block = self.reading.block
        once = block.every_row if isinstance(block, mapping.Orders) else ()
        return [
            (canonical, column)
            for canonical in _ADDED_UP
            if canonical in block.columns and canonical not in once
            for rule in [block.columns[canonical]]
            for column in (*rule.names, *rule.first_of, *rule.added)
            if prefix(column, self.joins) == name
        ]

    def _in_order(self, rows: DuckDBPyRelation) -> Iterator[dict[str, pa.Array]]:
        """Batches of the rows, an order's together, where its first one stands."""
        wanted = [name for name in self.names if not name.startswith(OURS)]
        wanted += [NUMBER, *(_partner(name) for name in self.joins)]
        positions = {name: f"o{number}" for number, name in enumerate(wanted)}
        chosen = [f"{self.names[name]} as {position}" for name, position in positions.items()]
        ordered = rows.project(", ".join([*chosen, f"{self._first_row()} as first_row"]))
        for batch in ordered.order(f"first_row, {positions[NUMBER]}").to_arrow_reader(ROWS):
            yield {name: batch.column(position) for name, position in positions.items()}

    def _first_row(self) -> str:
        number = self.names[NUMBER]
        rule = self.reading.block.columns.get("order_id")
        names = rule.every_name() if rule is not None else ()
        found = [self.names[name] for name in names if name in self.names]
        if len(found) != 1:
            return number
        return f"min({number}) over (partition by coalesce(cast({found[0]} as varchar), concat('row ', {number})))"

    def _with_partners(self, found: dict[str, pa.Array]) -> Frame:
        """A frame of the rows that may be read, and those that lack a partner as broken ones."""
        numbers = found[NUMBER]
        columns = {name: column for name, column in found.items() if not name.startswith(OURS)}
        lacking: dict[int, str] = {}
        for name, join in self.joins.items():
            absent = np.flatnonzero(pc.is_null(found[_partner(name)]).to_numpy(zero_copy_only=False))
            if len(absent) and join.missing == "refuse":
                advice = f"deliver the files together, or set join.{name}.missing to set_aside or blank"
                raise self.reading.error(f"has a row {numbers[int(absent[0])].as_py()} without one in {name}", advice)
            if join.missing == "set_aside":
                lacking = {int(position): f"no_row_in_{name}" for position in absent} | lacking
        if not lacking:
            return Frame(columns, numbers)
        positions = sorted(lacking)
        texts = Frame(columns, numbers).raw(positions)
        broken = [Broken(numbers[p].as_py(), lacking[p], text) for p, text in zip(positions, texts, strict=True)]
        keep = pa.array(np.delete(np.arange(len(numbers)), positions))
        return Frame({name: column.take(keep) for name, column in columns.items()}, numbers.take(keep), broken)


def _partner(name: str) -> str:
    return f"{OURS}partner{OURS}{name}"
