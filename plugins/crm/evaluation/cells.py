"""The sums that results are made of: one cell per arm and part of an audience, from SQL or from a file.

A result of the whole audience, of a segment or of a variant is the same sums over other cells, so that the parts always
add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.evaluation.intervals import Array

ALL = "all"
#: What an audience is divided by, one at a time.
DIMENSIONS = ("segment", "tier", "channel", "variant")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Sums over the customers of one arm, segment, tier, channel and variant, within one window.

    ``segment``, ``tier``, ``channel`` and ``variant`` are those at assignment ("none": without one); the held-out carry
    the variant that they would have had, or "" where none was drawn for them. Amounts are in the reporting currency.

    :param shares: of pooled results, what the arms were drawn by: by name (all variants)
    :param month: of pooled results, the month of the entry (2017-11)
    :param customers: assigned to the arm, whatever became of their message
    :param met_goal: of these, who met the declared goal; ``bought``: who bought anything
    :param orders: purchases of which something is left; ``orders_squares``: Σ of their square per customer
    :param capped: Σ revenue per customer, net of refunds, none above ``cap``; ``capped_squares``: Σ of its square
    :param revenue: the same uncapped; with its squares and cubes
    :param refunds: paid back of these purchases, already taken off ``revenue``
    :param spent_before: Σ of the covariate, from before assignment; its squares; Σ of its product with capped revenue
    :param contribution: Σ of what is left of ``capped`` after the goods, lines without a known cost by the margin; its
        squares; Σ of its product with the covariate; None = costs are not looked at
    :param goods_cost: of what was bought and kept, as far as it is known; ``costed``: the revenue that it is known of
    :param accepted: treated customers whose message was taken, to whom it was delivered, who opened, who clicked;
        None = nobody reports it
    :param sending_cost: of the messages taken; ``coupon_cost``: taken off by coupons; None = not known
    :param cap: revenue per customer above which it counts as this much; None = not capped
    """

    treated: bool
    segment: str = "none"
    tier: str = "none"
    channel: str = "none"
    variant: str = ""
    shares: str = ""
    month: str = ""
    customers: int = 0
    met_goal: int = 0
    bought: int = 0
    orders: int = 0
    orders_squares: float = 0
    capped: float = 0
    capped_squares: float = 0
    revenue: Decimal = Decimal(0)
    revenue_squares: float = 0
    revenue_cubes: float = 0
    refunds: Decimal = Decimal(0)
    spent_before: float = 0
    spent_before_squares: float = 0
    capped_spent_before: float = 0
    contribution: float | None = None
    contribution_squares: float = 0
    contribution_spent_before: float = 0
    goods_cost: Decimal | None = None
    costed: Decimal = Decimal(0)
    accepted: int | None = None
    delivered: int | None = None
    opened: int | None = None
    clicked: int | None = None
    sending_cost: Decimal | None = None
    coupon_cost: Decimal | None = None
    cap: Decimal | None = None


_NAMES = frozenset(field.name for field in fields(Cell))


def of(rows: Iterable[Any], **more: Any) -> list[Cell]:
    """Cells of rows of SQL: columns that are no field of ``Cell`` are left out; ``more`` is the same for all."""
    return [Cell(**{name: value for name, value in row._mapping.items() if name in _NAMES}, **more) for row in rows]


def parts(cells: Sequence[Cell]) -> Iterator[tuple[str, str, list[Cell]]]:
    """Dimension, its value and the cells of it: the whole audience first.

    A dimension that has one value alone would repeat the whole, and is left out. A variant's treated are compared with
    every held-out customer: nobody was held out of a variant.
    """
    yield ALL, "", list(cells)
    for dimension in DIMENSIONS:
        divided = [cell for cell in cells if cell.treated] if dimension == "variant" else cells
        values = sorted({getattr(cell, dimension) for cell in divided})
        if len(values) < 2:
            continue
        for value in values:
            yield dimension, value, [cell for cell in cells if _belongs(cell, dimension, value)]


def _belongs(cell: Cell, dimension: str, value: str) -> bool:
    return bool(getattr(cell, dimension) == value) or (dimension == "variant" and not cell.treated)


def arms(cells: Iterable[Cell]) -> dict[bool, list[Cell]]:
    """The cells of the treated (True) and of the held-out (False)."""
    found: dict[bool, list[Cell]] = {True: [], False: []}
    for cell in cells:
        found[cell.treated].append(cell)
    return found


def total(cells: Iterable[Cell], name: str) -> Any:
    """The sum of what is known; None where nothing is."""
    known = [value for value in (getattr(cell, name) for cell in cells) if value is not None]
    return sum(known) if known else None


def table(first: Iterable[Cell], second: Iterable[Cell], columns: Sequence[str]) -> Array:
    """(stratum, arm, sum): the columns, summed over the cells of two arms by shares, month and segment."""
    import numpy as np

    both = list(first), list(second)
    places = {name: place for place, name in enumerate(sorted({_stratum(cell) for arm in both for cell in arm}))}
    found = np.zeros((len(places), 2, len(columns)))
    for arm, cells in enumerate(both):
        for cell in cells:
            found[places[_stratum(cell)], arm] += [float(getattr(cell, column)) for column in columns]
    return found


def _stratum(cell: Cell) -> tuple[str, str, str]:
    return cell.shares, cell.month, cell.segment
