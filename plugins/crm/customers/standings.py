"""How many buyers stand in each segment and tier, who moved, and how revenue is spread: what the page Segments shows.

Counted on the clock of ``evaluate_campaigns``, not by the daily refresh, whose cost follows the day and not the shop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.warehouse import Warehouse

#: Days over which movement is shown.
PERIODS = (7, 30, 90)


def count(warehouse: Warehouse) -> dict[str, Any]:
    """Count as of the latest refresh; counting again gives the same.

    :return: ``as_of`` (ISO, or None before the first refresh), ``customers``, ``periods`` (days that have a movement)
    """
    with warehouse.transaction(rerunnable=True) as tx:
        # Nobody refreshes, and no other run counts, while one reads.
        tx.run("customers/lock")
        dates = tx.row("customers/standings/dates")
        as_of, first = dates.as_of, dates.first_on
        if as_of is None:
            return {"as_of": None, "customers": 0, "periods": []}
        tx.run("customers/standings/sizes", as_of=as_of)
        tx.run("customers/standings/spread", as_of=as_of)
        tx.run("customers/standings/forget_moves")
        periods = [days for days in PERIODS if (as_of - first).days >= days]
        for days in periods:
            tx.run("customers/standings/moves", as_of=as_of, days=days)
        customers = tx.value("customers/standings/total", as_of=as_of)
    return {"as_of": as_of.isoformat(), "customers": customers, "periods": periods}
