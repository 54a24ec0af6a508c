"""How many an audience finds, at once: the audience's own steps, over everybody or over a fixed sample of them.

Customer ids are hashes, so those of a range are a sample that has nothing to do with the customers, and an index finds
them. Every customer is in it with the same chance, and always the same ones are: two filters can be compared.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.campaigns import asking

if TYPE_CHECKING:
    from crm.campaigns.audiences import Filter
    from crm.warehouse import Transaction, Warehouse

#: So many are counted one by one, by what the filter has to read of each; of more, a sample of half as many or more.
OF_PROFILES, OF_ORDERS, OF_LINES = 8_000, 4_000, 2_500
KEYS = 2**64
#: How many are there is told by two ranges of so many keys each.
PROBE = KEYS // 128
DUE_ID = 1


@dataclass(frozen=True)
class Count:
    """Customers as known on ``as_of``. ``low`` and ``high``: 95 % of such samples lie as near; equal to ``found`` where
    everybody was counted.

    ``reachable``: of those found, who may be written to on one of the channels and has an address there; ``tiers``: how
    many of those found in each, "" = in none; ``asked``: of how many
    """

    as_of: datetime.date
    asked: int
    found: int
    low: int
    high: int
    reachable: int
    tiers: dict[str, int]
    is_exact: bool


def count(warehouse: Warehouse, audience: Filter | None, channels: list[str]) -> Count | None:
    """Count the audience as of the latest refresh; None before the first. Leaves no trace."""
    with warehouse.transaction(discard=True) as tx:
        as_of: datetime.date | None = tx.value("desk/new_as_of")
        if as_of is None:
            return None
        tx.run("desk/new_begin")
        tx.run("campaigns/tables")
        share, asked = _candidates(tx, audience, as_of)
        tx.run("campaigns/standing", business_date=as_of)
        if audience is not None:
            lists_on = tx.value("desk/new_lists_on", as_of=as_of)
            asking.keep(tx, DUE_ID, audience, as_of, lists_on=lists_on)
        rows = tx.rows("desk/new_counted", business_date=as_of, channels=channels)
    return _scaled(as_of, share, asked, rows)


def _candidates(tx: Transaction, audience: Filter | None, as_of: datetime.date) -> tuple[float, int]:
    """Put those who are asked into ``candidate``: which share of everybody they are, and how many."""
    most = _most(audience)
    lists = [] if audience is None or audience.list_ is None else audience.list_.root
    if lists:
        share = _share(tx.value("desk/new_listed", lists=lists), most)
    else:
        size = tx.row("desk/new_size", width=PROBE)
        below, above = sorted((size.below, size.above))
        # Ids that are no hashes lie together: then everybody is counted.
        share = _share((below + above) * KEYS // (2 * PROBE), most) if 2 * below > above else 1.0
    half = int(KEYS * share) // 2
    range_ = {"low": -half, "high": half - 1, "lists": lists or None}
    return share, tx.run("desk/new_candidates", due_id=DUE_ID, business_date=as_of, **range_)


def _most(audience: Filter | None) -> int:
    """How many can be asked while somebody waits."""
    keys = {key for _, key, _ in (audience.walk() if audience else ())}
    if not keys.isdisjoint(("bought_product", "bought_category", "sql")):
        return OF_LINES
    return OF_PROFILES if keys.isdisjoint(asking.OF_ORDERS) else OF_ORDERS


def _share(customers: int, most: int) -> float:
    """The power of one half that leaves no more than ``most`` of so many."""
    return 0.5 ** max(0, math.ceil(math.log2(customers / most))) if customers else 1.0


def _scaled(as_of: datetime.date, share: float, asked: int, rows: list[Any]) -> Count:
    counted = sum(row.customers for row in rows)
    found = round(counted / share)
    # Binomial: each of those found was in the sample with the chance ``share``; of none found, the rule of three.
    wide = 1.96 * math.sqrt(counted * (1 - share)) / share
    high = found + wide if counted or share == 1 else 3 / share
    return Count(
        as_of,
        round(asked / share),
        found,
        max(counted, math.floor(found - wide)),
        math.ceil(high),
        round(sum(row.reachable for row in rows) / share),
        {row.tier: round(row.customers / share) for row in rows},
        share == 1,
    )
