"""Which results there are: one per one-off occasion and wave; continuous campaigns pooled by month and to date."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

#: Kinds that have an occasion every day: a day alone says nothing, so they are pooled.
CONTINUOUS = frozenset({"birthday", "repurchase", "journey", "service"})
TO_DATE = "to-date"
FIRST, LAST = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)


@dataclass(frozen=True, order=True)
class Group:
    """What one result is about. ``period`` is "" (one-off), a month of send dates (2017-11) or to-date."""

    campaign: str
    kind: str
    occasion: str
    wave: str
    period: str

    def key(self) -> dict[str, str]:
        """The columns of ``crm.result`` that name the group."""
        return asdict(self)

    def bounds(self, as_of: datetime.date) -> dict[str, Any]:
        """The parameters by which SQL finds the group's entries."""
        first, last = FIRST, LAST
        if self.period not in ("", TO_DATE):
            year, month = map(int, self.period.split("-"))
            first = datetime.date(year, month, 1)
            last = datetime.date(year, month, calendar.monthrange(year, month)[1])
        pooled = bool(self.period)
        return {
            "campaign": self.campaign,
            "occasion": None if pooled else self.occasion,
            "wave": None if pooled else self.wave,
            "first_send_date": first,
            "last_send_date": last,
            "as_of": as_of,
        }


def of(rows: Iterable[Any]) -> list[Group]:
    """The results that rows of (campaign, kind, occasion, wave, send_date) belong to, each once, in order."""
    found: set[Group] = set()
    for row in rows:
        if row.kind in CONTINUOUS:
            for period in (row.send_date.strftime("%Y-%m"), TO_DATE):
                found.add(Group(row.campaign, row.kind, "", "", period))
        else:
            found.add(Group(row.campaign, row.kind, row.occasion, row.wave, ""))
    return sorted(found)
