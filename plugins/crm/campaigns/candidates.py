"""What each kind's SQL file is told, so that it answers: which customers have an occasion on this send date?"""

from __future__ import annotations

import datetime
from typing import Any

from crm.campaigns import calendars
from crm.campaigns.declarations import Declaration
from crm.campaigns.occasions import Occasion


def values(declared: Declaration, occasion: Occasion, send_date: datetime.date, country: str) -> dict[str, Any]:
    """Bound values of ``campaigns/candidates_<kind>`` beside the due occasion's id and the business date.

    :param country: the business's (ISO 3166)
    """
    if declared.kind == "seasonal":
        return _season(declared, occasion, country)
    if declared.kind == "birthday":
        lunar_days, lunar_year = calendars.lunar_birthdays(occasion.date)
        solar_days = calendars.solar_birthdays(occasion.date)
        return {"solar_days": _numbers(solar_days), "lunar_days": _numbers(lunar_days), "lunar_year": lunar_year}
    if declared.kind == "repurchase":
        keys = (
            "level",
            "lead_days",
            "catch_up_days",
            "minimum_intervals",
            "minimum_cycle_days",
            "minimum_repeat_share",
            "own_rhythm_intervals",
            "recent_buyer_days",
            "items",
        )
        own = {key: getattr(declared, key) for key in keys}
        return {**own, "campaign": declared.campaign, "send_date": send_date}
    return {}


def _numbers(days: list[str]) -> list[int]:
    """12-31 as 1231."""
    return [int(day.replace("-", "")) for day in days]


def _season(declared: Declaration, occasion: Occasion, country: str) -> dict[str, Any]:
    """Regions as three lists side by side: the country, the region in lower case, whether it is due."""
    tables = declared.season_tables
    listed = [
        (of, region.lower(), (of, group) in occasion.groups)
        for of, table in tables.items()
        for group, regions in table.region_groups.items()
        for region in regions
    ]
    return {
        "home": "" if "" in tables else country,
        "tables": list(tables),
        "countries": [each[0] for each in listed],
        "regions": [each[1] for each in listed],
        "due": [each[2] for each in listed],
        "others_due": [of for of, table in tables.items() if (of, table.default_group) in occasion.groups],
    }
