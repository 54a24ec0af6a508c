"""Links of messages. They say which message was clicked, never who got it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from crm.business import Business

#: Query parameter that carries the short message id.
MESSAGE = "crm_message"


def with_query(url: str, **parameters: str) -> str:
    """``url`` with ``parameters`` added to its query."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def shop(business: Business) -> str:
    """Home page of the shop: the site of the domain that its e-mail comes from."""
    domain = business.channels["email"].sender.rpartition("@")[2] if "email" in business.channels else ""
    return f"https://{domain or 'example.com'}/"


def utm_campaign(campaign: str, occasion: str, wave: str) -> str:
    """``<campaign>-<occasion>[-<wave>]``; the campaign's name is not said twice (thanksgiving-2017), nor wave main."""
    words = [] if occasion.startswith(campaign) else [campaign]
    return "-".join([*words, occasion, *([] if wave == "main" else [wave])])


def landing(
    business: Business, *, channel: str, campaign: str, occasion: str, wave: str, variant: str, message_id: str
) -> str:
    """The link of a message into the shop."""
    return with_query(
        shop(business),
        utm_source="crm",
        utm_medium=channel,
        utm_campaign=utm_campaign(campaign, occasion, wave),
        utm_content=variant,
        **{MESSAGE: message_id},
    )


def unsubscribe(business: Business, message_id: str) -> str:
    """The link that opts the recipient of a message out."""
    return with_query(business.footer.unsubscribe_url, **{MESSAGE: message_id})
