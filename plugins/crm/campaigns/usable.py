"""The declarations that this business can use. One that it cannot is logged and left out; the other campaigns go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crm.campaigns import audiences, calendars, declarations
from crm.campaigns.declarations import Declaration, DeclarationError

if TYPE_CHECKING:
    from crm.business import Business

log = logging.getLogger(__name__)


def read(business: Business) -> declarations.Found:
    """Every declaration of the folder, disabled ones too; those that ask for what the business has not are refused."""
    found = declarations.read()
    refused = {each.campaign: refusal for each in found.usable if (refusal := refusal_of(each, business))}
    usable = [each for each in found.usable if each.campaign not in refused]
    return declarations.Found(usable, [*found.refused, *refused.values()])


def enabled(business: Business) -> list[Declaration]:
    """The usable declarations that are enabled, by priority and name; logs why others are refused."""
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
    return declared


def refusal_of(declared: Declaration, business: Business) -> DeclarationError | None:
    """Why ``business`` cannot use the declaration, with every problem; None where it can."""
    problems = tuple(_problems(declared, business))
    if not problems:
        return None
    text = "; ".join(": ".join(problem) for problem in problems)
    return DeclarationError(f"{declared.file}: {text}", declared.file, problems)


def _problems(declared: Declaration, business: Business) -> Iterator[tuple[str, str]]:
    yield from audiences.unknown_tiers(declared.audience, [tier.name for tier in business.tiers])
    for number, occasion in enumerate(declared.occasions):
        if occasion.holiday:
            try:
                calendars.holiday(business.country, occasion.holiday, calendars.KNOWN_YEARS[0])
            except LookupError as error:
                yield f"occasions.{number}.holiday", error.args[0]
    for channel in declared.channels:
        if channel not in business.channels:
            yield "channels", f"the business has no channel {channel}; declare it in its settings, or leave it out"
