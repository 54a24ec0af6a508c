"""Links of messages. They say which message was clicked, never who got it.

All messages of a sort share their links but for the end, so a link is made once, as a pair: what stands before the
message and what stands after it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from crm.business import Business

#: Query parameter that carries the short message id into the shop.
MESSAGE = "crm_message"
#: Query parameter that carries the signed message id to the page that opts out.
TOKEN = "m"

#: Where our Airflow answers, and the page there that opts out.
AIRFLOW, PAGE = "AIRFLOW__API__BASE_URL", "/crm/unsubscribe"
#: Stands in samples and simulations where neither is known; nothing really leaves with it (``public_site``).
UNKNOWN = "http://localhost:8080/crm/unsubscribe"

Around = tuple[str, str]


def around(url: str, last: str, **parameters: str) -> Around:
    """``url`` with ``parameters`` added to its query, cut where the value of a ``last`` parameter goes."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items(), (last, "")]
    before = urlunsplit(parts._replace(query=urlencode(query), fragment=""))
    return before, f"#{parts.fragment}" if parts.fragment else ""


def shop(business: Business) -> str:
    """Where messages lead: ``shop_url``, else the site of the domain that the shop's e-mail comes from."""
    domain = business.channels["email"].sender.rpartition("@")[2] if "email" in business.channels else ""
    return business.shop_url or f"https://{domain or 'example.com'}/"


def utm_campaign(campaign: str, occasion: str, wave: str) -> str:
    """``<campaign>-<occasion>[-<wave>]``; the campaign's name is not said twice (thanksgiving-2017), nor wave main."""
    words = [] if occasion.startswith(campaign) else [campaign]
    return "-".join([*words, occasion, *([] if wave == "main" else [wave])])


def landing(page: str, *, channel: str, campaign: str, occasion: str, wave: str, variant: str) -> Around:
    """The link of a message to ``page``; between its halves goes the message id."""
    return around(
        page,
        MESSAGE,
        utm_source="crm",
        utm_medium=channel,
        utm_campaign=utm_campaign(campaign, occasion, wave),
        utm_content=variant,
    )


def unsubscribe(business: Business) -> Around:
    """The link that opts the recipient of a message out; between its halves goes the signed message id."""
    return around(opt_out_page(business) or UNKNOWN, TOKEN)


def opt_out_page(business: Business) -> str | None:
    """The public page that opts out: as it is set, else that of our own Airflow; None where neither is known."""
    airflow = os.environ.get(AIRFLOW, "").rstrip("/")
    return business.footer.unsubscribe_url or (f"{airflow}{PAGE}" if airflow else None)
