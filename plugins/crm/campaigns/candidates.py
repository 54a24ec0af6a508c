"""What each kind's SQL file is told, so that it answers: which customers have an occasion on this send date?"""

from __future__ import annotations

import datetime
from typing import Any

from crm.campaigns import calendars
from crm.campaigns.declarations import Declaration
from crm.campaigns.occasions import Occasion


def values(declared: Declaration, occasion: Occasion, send_date: datetime.date) -> dict[str, Any]:
    """Bound values of ``campaigns/candidates_<kind>`` beside the due occasion's id and the business date."""
    if declared.kind == "seasonal":
        return _season(declared, occasion)
    if declared.kind == "birthday":
        lunar_days, lunar_year = calendars.lunar_birthdays(occasion.date)
        solar_days = calendars.solar_birthdays(occasion.date)
        return {"solar_days": solar_days, "lunar_days": lunar_days, "lunar_year": lunar_year}
    if declared.kind == "repurchase":
        keys = (
            "level",
            "lead_days",
            "catch_up_days",
            "minimum_intervals",
            "minimum_cycle_days",
            "minimum_repeat_share",
            "recent_buyer_days",
            "items",
        )
        own = {key: getattr(declared, key) for key in keys}
        return {**own, "campaign": declared.campaign, "send_date": send_date}
    return {}


def _season(declared: Declaration, occasion: Occasion) -> dict[str, Any]:
    groups = declared.region_groups
    return {
        "regions": [region.lower() for group in occasion.groups for region in groups.get(group, [])],
        "listed": [region.lower() for regions in groups.values() for region in regions],
        "unlisted": declared.default_group in occasion.groups,
    }
