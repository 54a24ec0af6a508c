"""What is ahead: every occasion of the enabled campaigns, and which campaigns are asked every day."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from crm.campaigns import usable
from crm.campaigns.occasions import Missing, Occasion, due, missing

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration

#: Kinds whose occasions have dates that the calendar knows; the others depend on each customer.
DATED = ("holiday", "seasonal")


@dataclass(frozen=True)
class Ahead:
    """An occasion of ``campaign`` whose messages go out on ``send_date``."""

    campaign: Declaration
    occasion: Occasion
    send_date: datetime.date

    @property
    def business_date(self) -> datetime.date:
        """The day whose data it is decided on."""
        return self.send_date - datetime.timedelta(days=1)

    @property
    def lead_days(self) -> int:
        """Days from the send date to the occasion; negative = afterwards."""
        return (self.occasion.date - self.send_date).days


@dataclass(frozen=True)
class Calendar:
    """``dated`` by send date and priority; ``daily``: asked every day; ``refused``: why declarations cannot be used;
    ``missing``: declared holidays that have no date in some of the years ahead."""

    dated: list[Ahead]
    daily: list[Declaration]
    refused: list[str]
    missing: list[Missing]


def ahead(business: Business, first: datetime.date, days: int, countries: Collection[str] | None = None) -> Calendar:
    """Everything that is due on the ``days`` send dates from ``first`` on; writes nothing and asks no warehouse.

    :param countries: where there are customers; seasons of others are left out (None = nobody looked)
    """
    found = usable.read(business)
    enabled = [each for each in found.usable if each.enabled]
    dated = [each for declared in enabled if declared.kind in DATED for each in sends(declared, business, first, days)]
    dated = list(with_customers(dated, business.country, countries))
    dated.sort(key=lambda each: (each.send_date, each.campaign.priority, each.campaign.campaign))
    daily = [each for each in enabled if each.kind not in DATED]
    lacking = [each for declared in enabled for each in missing(declared, business.country, first)]
    return Calendar(dated, daily, [str(refusal) for refusal in found.refused], lacking)


def upcoming(
    declared: Declaration,
    country: str,
    first: datetime.date,
    days: int,
    most: int,
    *,
    countries: Collection[str] | None = None,
) -> list[Ahead]:
    """The next ``most`` occasions of a dated campaign, enabled or not, on the ``days`` send dates from ``first`` on."""
    if declared.kind not in DATED:
        return []
    return list(islice(with_customers(_ahead(declared, country, first, days), country, countries), most))


def with_customers(found: Iterable[Ahead], home: str, countries: Collection[str] | None) -> Iterator[Ahead]:
    """Without the seasons of countries in which nobody lives whom one could write to; ``home`` stays."""
    kept = {"", home, *(countries or ())}
    for each in found:
        groups = tuple(group for group in each.occasion.groups if countries is None or group[0] in kept)
        if groups or not each.occasion.groups:
            yield replace(each, occasion=replace(each.occasion, groups=groups))


def sends(declared: Declaration, business: Business, first: datetime.date, days: int) -> list[Ahead]:
    """What of ``declared`` is due on the ``days`` send dates from ``first`` on, by send date."""
    return list(_ahead(declared, business.country, first, days))


def _ahead(declared: Declaration, country: str, first: datetime.date, days: int) -> Iterator[Ahead]:
    for date in (first + datetime.timedelta(days=number) for number in range(days)):
        yield from (Ahead(declared, occasion, date) for occasion in due(declared, date, country))


def titles(business: Business, locale: str) -> dict[str, str]:
    """What people call each declared campaign, enabled or not: in ``locale``, else in any language it has."""
    return {each.campaign: title(each, locale) for each in usable.read(business).usable}


def title(declared: Declaration, locale: str) -> str:
    """What people call the campaign, in ``locale`` if it has a title in it."""
    named: dict[str, str] = {str(key): value for key, value in declared.title.items()}
    return named.get(locale) or next(iter(named.values()), declared.campaign)
