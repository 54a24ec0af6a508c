"""From a row of the ledger to a message on its way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.messages import links, personal
from crm.messages.providers import Envelope
from crm.messages.rendering import Request, TemplateError, Templates

if TYPE_CHECKING:
    from crm.business import Business


def template_of(body: str | None, campaign: str) -> str:
    """The template folder that a declaration (its YAML) names: key ``template``, else the campaign's name."""
    import yaml

    declared = yaml.safe_load(body or "") or {}
    return str(declared.get("template") or campaign)


def check_sender(business: Business, channel: str) -> None:
    """A message says who sends it.

    :raises TemplateError: the channel is not declared, or an e-mail has no sender
    """
    if channel not in business.channels:
        raise TemplateError(f"business.yaml: channels.{channel} is missing, but messages are planned on it")
    if channel == "email" and "@" not in business.channels["email"].sender:
        raise TemplateError("business.yaml: channels.email.sender is missing; give the address that e-mail comes from")


class Composer:
    """Writes the messages of one campaign. ``declared``: declaration hash -> its YAML."""

    def __init__(self, business: Business, campaign: str, declared: dict[str, str | None]) -> None:
        self.templates = Templates(business)
        self._business = business
        self._campaign = campaign
        self._folders = {key: template_of(body, campaign) for key, body in declared.items()}

    def request(self, row: Any) -> Request:
        """What the body of ``row`` depends on (declaration_hash, channel, locale, variant, occasion, wave)."""
        return Request(
            template=self._folders[row.declaration_hash],
            channel=row.channel,
            locale=row.locale,
            variant=row.variant,
            campaign=self._campaign,
            occasion=row.occasion,
            wave=row.wave,
        )

    def check(self, row: Any) -> None:
        """Try the templates that ``row`` needs.

        :raises TemplateError: names file and variable
        """
        check_sender(self._business, row.channel)
        self.templates.check(self.request(row))

    def envelope(self, row: Any) -> Envelope:
        """The message of ``row`` (messages/claimed_messages.sql)."""
        unsubscribe = links.unsubscribe(self._business, row.message_id)
        link = links.landing(
            self._business,
            channel=row.channel,
            campaign=self._campaign,
            occasion=row.occasion,
            wave=row.wave,
            variant=row.variant,
            message_id=row.message_id,
        )
        found = personal.values(
            locale=row.locale, name=row.name, product=row.product, offer=row.offer, link=link, unsubscribe=unsubscribe
        )
        present = frozenset(name for name in personal.OPTIONAL if found[name])
        request = Request(**{**vars(self.request(row)), "present": present})
        return Envelope(
            message_id=row.message_id,
            campaign=self._campaign,
            occasion=row.occasion,
            wave=row.wave,
            channel=row.channel,
            send_date=row.send_date,
            address=row.address,
            name=personal.addressable(row.name),
            body=self.templates.body(request),
            values=personal.tokens(found),
            sender=self._business.channels[row.channel].sender,
            sender_name=self._business.footer.company,
            # RFC 8058: one click opts out.
            headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
