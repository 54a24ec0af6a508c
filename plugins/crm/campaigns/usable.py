"""The declarations that this business can use. One that it cannot is logged and left out; the other campaigns go on."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crm.campaigns import audiences, declarations, offers, switches
from crm.campaigns.declarations import Declaration, DeclarationError
from crm.campaigns.occasions import due

if TYPE_CHECKING:
    from crm.business import Business

log = logging.getLogger(__name__)

#: Asked for the occasions of whatever day, a holiday that the country does not keep is told.
ANY_DAY = datetime.date(2024, 2, 29)


def read(business: Business) -> declarations.Found:
    """Every declaration of the folders, ``enabled`` as it is switched; those that ask for what the business has not are
    refused."""
    found = declarations.read()
    found = found._replace(usable=[_switched(each, business) for each in found.usable])
    refused = {each.campaign: refusal for each in found.usable if (refusal := refusal_of(each, business))}
    usable = [each for each in found.usable if each.campaign not in refused]
    return declarations.Found(usable, [*found.refused, *refused.values()])


def enabled(business: Business) -> list[Declaration]:
    """The usable declarations that are switched on, by priority and name; logs why others are refused."""
    found = read(business)
    for refusal in found.refused:
        log.error("left out, the other campaigns go on: %s", refusal)
    return [each for each in found.usable if each.enabled]


def named(business: Business, campaign: str) -> Declaration:
    """The declaration of ``campaign``, enabled or not.

    :raises DeclarationError: there is none, or it cannot be used
    """
    declared = declarations.load(campaign)
    if refusal := refusal_of(declared, business):
        raise refusal
    return _switched(declared, business)


def _switched(declared: Declaration, business: Business) -> Declaration:
    return declared.model_copy(update={"enabled": switches.is_on(declared, business)})


def refusal_of(declared: Declaration, business: Business) -> DeclarationError | None:
    """Why ``business`` cannot use the declaration, with every problem; None where it can."""
    problems = tuple(_problems(declared, business))
    if not problems:
        return None
    text = "; ".join(": ".join(problem) for problem in problems)
    return DeclarationError(f"{declared.file}: {text}", declared.file, problems)


def _problems(declared: Declaration, business: Business) -> Iterator[tuple[str, str]]:
    tiers = [tier.name for tier in business.tiers]
    yield from audiences.unknown_tiers(declared.audience, tiers)
    yield from offers.unknown_tiers(declared.offer, tiers)
    try:
        due(declared, ANY_DAY, business.country)
    except DeclarationError as error:
        key, _, what = str(error).removeprefix(f"{declared.file}: ").partition(": ")
        yield key, what
    for channel in declared.channels:
        if channel not in business.channels:
            yield "channels", f"the business has no channel {channel}; declare it in its settings, or leave it out"
