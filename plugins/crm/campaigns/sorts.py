"""The sorts of messages that a campaign may write: wave × channel × locale × variant."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration


@dataclass(frozen=True)
class Sort:
    """What the messages of a sort have in common, as a decision names it."""

    declaration_hash: str
    occasion: str
    wave: str
    channel: str
    locale: str
    variant: str


def sorts(declared: Declaration, business: Business, send_date: datetime.date) -> Iterator[Sort]:
    """Every sort of message of ``declared``, occasions named as on ``send_date``; the preferred channel first."""
    waves = {each.wave: each.name for each in declared.occasions} | {each.name: each.season for each in declared.waves}
    ahead = datetime.timedelta(days=declared.lead_days if declared.kind == "birthday" else 0)
    for wave, occasion in (waves or {"main": str((send_date + ahead).year)}).items():
        for channel in declared.channels:
            for locale in sorted({business.locale, *declared.title}):
                for variant in declared.variants:
                    named = f"{occasion}-{send_date.year}" if waves else occasion
                    yield Sort(declared.hash, named, wave, channel, locale, variant)
