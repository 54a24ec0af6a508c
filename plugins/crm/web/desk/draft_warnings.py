"""What is allowed in a new campaign, and is probably a slip: said before it is saved, and refused by nothing."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.campaigns.declarations import Declaration
    from crm.evaluation.report.formats import Formats
    from crm.warehouse import Transaction
    from crm.web.desk.drafts import Draft

#: More than so many are held out seldom on purpose; a send later than in so many days is seldom meant.
MUCH, FAR = 0.5, 366


@dataclass(frozen=True)
class Slip:
    """``said``, a text of the page, with ``values``: dates, shares (between 0 and 1) and words."""

    said: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    def shown(self, formats: Formats) -> dict[str, str]:
        """The values as the reader writes them."""
        return {name: _shown(value, formats) for name, value in self.values.items()}


def of(tx: Transaction, draft: Draft, declared: Declaration, today: datetime.date) -> list[Slip]:
    """Of goods that the shop does not have, of the share held out, and of the year."""
    return [*_items(tx, draft), *_holdout(declared), *_year(declared, today)]


def _items(tx: Transaction, draft: Draft) -> Iterator[Slip]:
    products, categories = (draft.lines(f"audience.bought_{key}") for key in ("product", "category"))
    if unknown := _unknown(tx, products, categories):
        yield Slip("new.warn_items", {"items": ", ".join(unknown)})
    goal, item = draft.one("goal.goal"), draft.one("goal.item")
    if goal in ("product", "category") and _unknown(tx, *([item], []) if goal == "product" else ([], [item])):
        yield Slip("new.warn_goal", {"item": item})


def _unknown(tx: Transaction, products: list[str], categories: list[str]) -> list[str]:
    if not products and not categories:
        return []
    return [row.item for row in tx.rows("desk/new_unknown_items", products=products, categories=categories)]


def _holdout(declared: Declaration) -> Iterator[Slip]:
    if declared.holdout > MUCH:
        yield Slip("new.warn_holdout_high", {"share": declared.holdout})
    elif declared.holdout == 0:
        yield Slip("new.warn_holdout_none")


def _year(declared: Declaration, today: datetime.date) -> Iterator[Slip]:
    for each in declared.occasions:
        if each.once and (each.once - today).days > FAR:
            yield Slip("new.warn_year", {"date": each.once - datetime.timedelta(days=each.lead_days)})


def _shown(value: Any, formats: Formats) -> str:
    if isinstance(value, datetime.date):
        return formats.day(value)
    return formats.percent(value) if isinstance(value, float) else str(value)
