"""What a ``business.yaml`` that `make load` wrote still lacks, and by when: no mapping says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from crm.business import Business

FIRST_CAMPAIGN = "before the first campaign: no message is written without it"
FIRST_LIVE = "before the first live send (a provider other than outbox)"
#: Stands in while messages are written for a check.
PLACEHOLDER, PLACEHOLDERS = "sender@shop.example", {"company": "Shop", "postal_address": "1 Street"}
FOOTER = {
    "company": "who sends the messages, as the law and the mailboxes ask",
    "postal_address": "the postal address below every e-mail",
    "unsubscribe_url": "the public https:// address of the unsubscribe page",
}


class Unfilled(NamedTuple):
    """A setting that still has no value of this business's own."""

    key: str
    what: str
    until: str


def unfilled(business: Business) -> list[Unfilled]:
    """The settings that somebody must still give, in the order of their need; those of live channels are problems."""
    found = []
    if "email" in business.channels and "@" not in business.channels["email"].sender:
        found.append(Unfilled("channels.email.sender", "the address that e-mail comes from", FIRST_CAMPAIGN))
    for key, what in FOOTER.items():
        if not getattr(business.footer, key):
            until = FIRST_LIVE if key == "unsubscribe_url" else FIRST_CAMPAIGN
            found.append(Unfilled(f"footer.{key}", what, until))
    return found


def is_live(business: Business) -> bool:
    """Does a channel reach people, and not a folder?"""
    return any(channel.provider != "outbox" for channel in business.channels.values())


def with_sender(business: Business) -> Business:
    """The business as if it had a sender and a footer, so that the rest of a message can be checked before it has."""
    footer = {key: text for key, text in PLACEHOLDERS.items() if not getattr(business.footer, key)}
    business = business.model_copy(update={"footer": business.footer.model_copy(update=footer)})
    email = business.channels.get("email")
    if email is None or "@" in email.sender:
        return business
    return business.model_copy(
        update={"channels": {**business.channels, "email": email.model_copy(update={"sender": PLACEHOLDER})}}
    )
