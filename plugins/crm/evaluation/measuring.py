"""Brings the cells of a result's windows down from the warehouse: money, messages and coupons side by side."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation import groups, results
from crm.evaluation.cells import Cell

if TYPE_CHECKING:
    from crm.evaluation.entering import Entries
    from crm.evaluation.groups import Group
    from crm.evaluation.scope import Scope

_CELL = ("segment", "tier", "channel", "variant", "shares", "month")


class Measured(NamedTuple):
    """One window: days of 24 h, its cells, whether it is closed for everybody in them, and what others would claim."""

    days: int
    cells: list[Cell]
    closed: bool
    attributed: dict[str, Any]


def measure(scope: Scope, group: Group, entries: Entries) -> Iterator[Measured]:
    """Measure every window of a group that ``entering.enter`` has entered.

    A campaign that goes on for ever is never closed for the last who entered; its result to date is therefore that of
    the customers whose window has closed. When it did says nothing of the arm, so that leaves out nothing but time.
    """
    to_date = group.period == groups.TO_DATE
    reference = entries.first_at if to_date else entries.last_at
    is_closed = {days: results.closed(reference, days, scope.end) for days in sorted(entries.declared.windows_days)}
    for state in (True, False):
        windows = [days for days, value in is_closed.items() if value is state]
        if windows:
            closed_by = scope.end if state and to_date else None
            yield from _windows(scope, _values(group, entries, scope.as_of, windows, closed_by), state)


def _values(
    group: Group, entries: Entries, as_of: datetime.date, windows: list[int], closed_by: datetime.datetime | None
) -> dict[str, Any]:
    """The parameters that every step of a window shares."""
    bounds = {name: value for name, value in group.bounds(as_of).items() if not name.endswith("send_date")}
    more = {"send_dates": entries.send_dates, "codes": entries.codes, "windows": windows, "closed_by": closed_by}
    return bounds | more


def _windows(scope: Scope, values: dict[str, Any], closed: bool) -> Iterator[Measured]:
    tx, rules = scope.tx, scope.business.evaluation
    rows = tx.rows("evaluation/cells", **values, cap_quantile=rules.revenue_cap_quantile, margin=rules.margin)
    messages = _by_cell(tx.rows("evaluation/funnel", **values, known_before=scope.end))
    coupons = _by_cell(tx.rows("evaluation/coupon_costs", **values))
    claims = {row.days: dict(row._mapping) for row in tx.rows("evaluation/attribution", **values)}
    for days in values["windows"]:
        cells = [_cell(row, messages, coupons) for row in rows if row.days == days]
        yield Measured(days, cells, closed, {name: claims[days][name] for name in results.ATTRIBUTIONS})


def _by_cell(rows: Sequence[Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {_place(row): {k: v for k, v in row._mapping.items() if k not in ("days", *_CELL)} for row in rows}


def _place(row: Any) -> tuple[Any, ...]:
    return (row.days, *(getattr(row, name) for name in _CELL))


def _cell(row: Any, messages: dict[tuple[Any, ...], dict[str, Any]], coupons: dict[tuple[Any, ...], Any]) -> Cell:
    """A cell of the treated is nowhere unknown: whose message nobody took was sent nothing, at no cost."""
    sums = {name: value for name, value in row._mapping.items() if name != "days"}
    if row.treated:
        nothing = {"accepted": 0, "sending_cost": Decimal(0), "coupon_cost": Decimal(0)}
        sums |= nothing | messages.get(_place(row), {}) | coupons.get(_place(row), {})
    return Cell(**sums)
