"""Write a campaign's messages to an invented person, before anything of it is decided."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from crm.campaigns import offers
from crm.campaigns.sorts import Sort, sorts
from crm.messages.composing import Composer
from crm.messages.preview import sample, sample_token

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration

#: Any day will do: the words of a message do not depend on it.
SEND_DATE = datetime.date(2024, 2, 29)


def written(
    declared: Declaration, business: Business, sort: Sort, send_date: datetime.date = SEND_DATE
) -> dict[str, Any]:
    """The message of one sort with the largest offer that it may hold, as ``crm.messages.preview.sample`` gives it.

    :raises TemplateError: a template is missing or broken; names file and variable
    """
    composer = Composer(business, declared.campaign, {declared.hash: declared.body}, sample_token)
    offer = offers.largest(declared.offer, sort.variant, business.currency, send_date)
    return sample(composer, sort, offer, send_date)


def every(declared: Declaration, business: Business, send_date: datetime.date) -> list[dict[str, Any]]:
    """One message of each channel and locale: channel, locale, and what ``written`` gives.

    :raises TemplateError: as ``written``
    """
    tried: dict[tuple[str, str], dict[str, Any]] = {}
    for sort in sorts(declared, business, send_date):
        if (sort.channel, sort.locale) not in tried:
            found = {"channel": sort.channel, "locale": sort.locale}
            tried[sort.channel, sort.locale] = found | written(declared, business, sort, send_date)
    return list(tried.values())
