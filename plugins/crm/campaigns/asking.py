"""Ask a campaign's audience: of its candidates keep those whom every filter finds, as known on the business date.

Each filter reads one numbered set of customers and adds another, in the temporary table ``found``. The filters of the
top level are asked one after the other, each about those whom the earlier ones left; those that read orders come last.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm.campaigns import customer_lists
from crm.campaigns.audiences import Filter, Tags, lists

if TYPE_CHECKING:
    from crm.warehouse import Transaction

log = logging.getLogger(__name__)

#: No set has this number.
NOBODY = -1
#: Answered from small temporary tables and profiles; everything else may read orders.
LIGHT = ("list", "tier", "segment", "stage", "region", "country", "sex", "age", "age_band", "tag", "consent")
OF_ORDERS = ("orders", "net_revenue", "aov", "days_since_order")
#: File and further values of the keys that are not a file of their own name.
FILES: dict[str, tuple[str, dict[str, str]]] = {
    "age_band": ("age", {}),
    "bought_product": ("bought", {"by": "product"}),
    "bought_category": ("bought", {"by": "category"}),
}


def keep(
    transaction: Transaction,
    due_id: int,
    asked: Filter,
    business_date: datetime.date,
    *,
    lists_on: datetime.date | None = None,
) -> None:
    """Delete the candidates of the due occasion whom ``asked`` does not find.

    :param lists_on: the date whose versions of the uploaded lists count, where it is another one
    Where it names a list that was never uploaded it finds nobody: what was to be left out would be asked.
    """
    asking = _Asking(transaction, due_id, business_date, lists_on or business_date)
    if (named := lists(asked)) and (missing := customer_lists.missing(transaction, named)):
        log.error("nobody is asked, no such list was uploaded: %s", ", ".join(missing))
        asking.scope = NOBODY
        asking.end()
        return
    for key, value in sorted(_top(asked), key=lambda part: part[0] not in LIGHT):
        asking.scope = asking.part(key, value)
    asking.end()


def _top(asked: Filter) -> Iterator[tuple[str, Any]]:
    for key, value in asked.parts():
        if key == "all":
            yield from (part for each in value for part in _top(each))
        else:
            yield key, value


class _Asking:
    """``scope``: number of the set whose customers are asked; 0 = all candidates."""

    def __init__(
        self, transaction: Transaction, due_id: int, business_date: datetime.date, lists_on: datetime.date
    ) -> None:
        self.transaction, self.due_id, self.business_date = transaction, due_id, business_date
        self.lists_on = lists_on
        self.scope = self.sets = 0
        self.purchases = False
        self._run("audience_begin", due_id=due_id)

    def part(self, key: str, value: Any) -> int:
        """Number of the set that one key of a filter keeps."""
        if key in ("all", "any"):
            return self._joined(key, [self._filter(each) for each in value])
        if key == "not":
            return self._joined(key, [self._filter(value)])
        if key == "sql":
            self.transaction.create_table("listed_customer", f"audiences/{value}", business_date=self.business_date)
            return self._asked("sql")
        if key in OF_ORDERS and not self.purchases:
            self._run("audience_purchases", scope=self.scope)
            self.purchases = True
        if isinstance(value, Tags):
            return self._joined("all", [self._asked(key, **each) for each in value.parts()])
        if key == "list":
            return self._asked(key, **value.bound(), business_date=self.lists_on)
        file, more = FILES.get(key, (key, {}))
        return self._asked(file, **more, **value.bound())

    def end(self) -> None:
        self._run("audience_end", due_id=self.due_id, scope=self.scope)

    def _filter(self, asked: Filter) -> int:
        return self._joined("all", [self.part(key, value) for key, value in asked.parts()])

    def _joined(self, how: str, sets: list[int]) -> int:
        return sets[0] if how != "not" and len(sets) == 1 else self._asked(how, sets=sets)

    def _asked(self, step: str, **values: Any) -> int:
        self.sets += 1
        self._run(f"filters/{step}", scope=self.scope, number=self.sets, **values)
        self.transaction.run("campaigns/audience_analyze")
        return self.sets

    def _run(self, step: str, **values: Any) -> None:
        self.transaction.run(f"campaigns/{step}", **{"business_date": self.business_date, **values})
