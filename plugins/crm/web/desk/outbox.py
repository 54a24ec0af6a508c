"""Which channels of a campaign reach nobody, because their provider is the outbox: a folder to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.business import Business


def of(business: Business, channels: Iterable[str]) -> dict[str, Any]:
    """``channels``: those whose messages are written as files; ``folder``: where. For the macro ``outbox``."""
    kept = [each for each in channels if each in business.channels and business.channels[each].provider == "outbox"]
    return {"channels": kept, "folder": str(settings.outbox())}
