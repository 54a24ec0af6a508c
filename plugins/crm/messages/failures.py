"""What failed among the messages of the last send dates, kept as counts: the ledger has no index on its status."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Warehouse

#: Send dates of which failures are told, beside the present one.
DAYS = 7


def count_of_campaign(warehouse: Warehouse, campaign: str, send_date: datetime.date) -> None:
    """Count those of a campaign anew, after its send."""
    _count(warehouse, send_date, campaign)


def count_latest(warehouse: Warehouse, business: Business, now: datetime.datetime) -> None:
    """Count those of all campaigns anew: responses moved some, and a sender that was killed counted none."""
    _count(warehouse, business.today_at(now) - datetime.timedelta(days=DAYS), None)


def _count(warehouse: Warehouse, since: datetime.date, campaign: str | None) -> None:
    with warehouse.transaction() as t:
        t.run("messages/count_failures", since=since, campaign=campaign)
