"""What a delivery says of its orders that cannot all be true: reported with counts and an example, not resolved.

An order id is a promise: one buyer, one purchase. Where files break it often, nothing of them is published.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm.warehouse import Transaction

#: From so many orders on a contradiction is the file's habit, not a slip.
HABIT = 2
_JOIN = "where numbers begin again, tell them apart by a key such as order_id: {join: [<date>, <number>]}"


@dataclass(frozen=True)
class Contradiction:
    """``text`` for people, without ids; ``is_refused``: published, it would make one order of several."""

    text: str
    source_file: str
    is_refused: bool


def find(tx: Transaction) -> list[Contradiction]:
    """The contradictions of the staged delivery, those that it may not be published with first."""
    zone = tx.row("orders/business").time_zone
    found = [_explained(row) for row in tx.rows("orders/contradictions", time_zone=zone)]
    return sorted(found, key=lambda each: not each.is_refused)


def _explained(row: Any) -> Contradiction:
    text = f"orders: {_TEXTS[row.what](row)}"
    return Contradiction(text, row.source_file, row.what in ("mixed", "reused") and row.orders >= HABIT)


def _orders(row: Any, one: str, several: str) -> str:
    return f"1 order {one}" if row.orders == 1 else f"{row.orders:,} orders {several}"


def _rows(row: Any) -> str:
    several = f"rows {row.first_row:,} and {row.last_row:,}"
    return f"for example {several if row.last_row > row.first_row else f'row {row.first_row:,}'} of {row.source_file}"


def _row(row: Any) -> str:
    return f"for example row {row.first_row:,} of {row.source_file}, before in {row.other_file}"


def _one_buyer(row: Any) -> str:
    return (
        f"{_orders(row, 'has', 'have')} several customers, {_rows(row)}; the first by the alphabet counts as the buyer"
    )


def _one_day(row: Any) -> str:
    return f"{_orders(row, 'has', 'have')} lines of several days, {_rows(row)}; the first day counts"


def _mixed(row: Any) -> str:
    return f"{_orders(row, 'has', 'have')} several customers and days, {_rows(row)}; {_JOIN}"


def _reused(row: Any) -> str:
    what = "came under the id of an order of another day, amount and customer (or none is named), which it replaces"
    return f"{_orders(row, what, what.replace('it replaces', 'they replace'))}: {_row(row)}; {_JOIN}"


def _two_files(row: Any) -> str:
    what = "in two files of one date that do not say the same; the later file replaces the earlier, lines are not added"
    return f"{_orders(row, f'stands {what}', f'stand {what}')}: {_row(row)}"


def _apart(row: Any) -> str:
    return (
        f"the rows of {_orders(row, '', '').strip()} do not follow each other, {_rows(row)}; is the file cut or sorted?"
    )


def _beyond(row: Any) -> str:
    what = "refunds that are larger than what was paid for the goods"
    more = f"{row.amount:,.2f} more in all, which is not counted"
    return (
        f"{_orders(row, f'has {what}', f'have {what}')}, {more}: {_rows(row)}; is shipping or tax part of the refund?"
    )


def _positional(row: Any) -> str:
    files = f" and {row.orders - 1:,} more" if row.orders > 1 else ""
    return (
        f"no order ids are mapped, so every row of {row.source_file}{files} is a purchase of its own; where rows are "
        "lines of a purchase, map order_id: {join: [<customer>, <day>]}"
    )


_TEXTS: dict[str, Callable[[Any], str]] = {
    "several_customers": _one_buyer,
    "several_days": _one_day,
    "mixed": _mixed,
    "reused": _reused,
    "two_files": _two_files,
    "apart": _apart,
    "refunded_beyond": _beyond,
    "positional": _positional,
}
