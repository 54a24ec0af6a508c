"""Every sort of message that a campaign may write, to an invented person, as the customer would see it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm.campaigns import offers
from crm.campaigns.sorts import Sort, sorts
from crm.messages import personal, sms
from crm.messages.composing import Composer
from crm.messages.preview import INVENTED, LONGEST, invented, sample_token

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration

#: What tells one sort of message from another, in the order in which people choose.
CHOICES = ("channel", "wave", "variant", "locale")


@dataclass(frozen=True)
class Written:
    """A message to nobody. ``html`` of an e-mail; of an SMS ``characters``, ``parts`` and ``encoding``, and
    ``most_parts`` to somebody with the longest name and product."""

    text: str
    subject: str = ""
    html: str = ""
    characters: int = 0
    parts: int = 0
    most_parts: int = 0
    encoding: str = ""


def chosen(declared: Declaration, business: Business, send_date: datetime.date, wanted: dict[str, str]) -> Sort:
    """The first sort that is as ``wanted``; what the campaign does not have is passed over."""
    found = list(sorts(declared, business, send_date))
    for key in CHOICES:
        asked = wanted.get(key) or (business.locale if key == "locale" else "")
        found = [each for each in found if getattr(each, key) == asked] or found
        found = [each for each in found if getattr(each, key) == getattr(found[0], key)]
    return found[0]


def choices(every: Iterable[Sort]) -> dict[str, list[str]]:
    """The values of each choice that leaves something to choose."""
    listed = list(every)
    found = {key: list(dict.fromkeys(getattr(each, key) for each in listed)) for key in CHOICES}
    return {key: values for key, values in found.items() if len(values) > 1}


def has_offer(declared: Declaration, business: Business, sort: Sort, send_date: datetime.date) -> bool:
    """Whether messages of ``sort`` may come with an offer."""
    return bool(offers.largest(declared.offer, sort.variant, business.currency, send_date))


def write(
    declared: Declaration, business: Business, sort: Sort, send_date: datetime.date, *, with_offer: bool = True
) -> Written:
    """The message of ``sort`` with the largest offer that anybody may get, or with none.

    :raises TemplateError: its template is missing or broken; names file and variable
    """
    composer = Composer(business, declared.campaign, {declared.hash: declared.body}, sample_token)
    offer = offers.largest(declared.offer, sort.variant, business.currency, send_date) if with_offer else None
    envelope = invented(composer, sort, offer, send_date, **INVENTED[sort.locale][0])
    text = personal.fill(envelope.body.text, envelope.values).strip()
    if sort.channel == "sms":
        longest = invented(composer, sort, offer, send_date, **LONGEST[sort.locale])
        most = sms.count(personal.fill(longest.body.text, longest.values)).parts
        size = sms.count(text)
        return Written(text, characters=len(text), parts=size.parts, most_parts=most, encoding=size.encoding)
    subject, html = (personal.fill(each, envelope.values) for each in (envelope.body.subject, envelope.body.html))
    return Written(text, subject=subject, html=html)
