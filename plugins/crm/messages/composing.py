"""From a row of the ledger to a message on its way out.

What the messages of a sort have in common is made once, so that each of them costs little: links, bodies, fallbacks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from crm import yaml_files
from crm.messages import fallbacks, links, personal
from crm.messages.providers import Envelope
from crm.messages.rendering import Body, Request, Templates
from crm.messages.sources import Source, TemplateError
from crm.messages.tokens import Signer

if TYPE_CHECKING:
    from crm.business import Business

Sign = Callable[[str], str]


class Declared(NamedTuple):
    """What a declaration says about writing: its template folder, the page that its messages lead to, its kind."""

    template: str
    link: str
    kind: str = ""

    @property
    def has_product(self) -> bool:
        """Whether each of its decisions is about a product."""
        return self.kind == "repurchase"


def declared(body: str | None, campaign: str, business: Business) -> Declared:
    """From a declaration's YAML: ``template`` (else the campaign's name), ``link`` (else the shop) and ``kind``."""
    said = yaml_files.frozen(body) or {}
    template, link = said.get("template") or campaign, said.get("link") or links.shop(business)
    return Declared(str(template), str(link), str(said.get("kind") or ""))


def check_sender(business: Business, channel: str) -> None:
    """A message says who sends it.

    :raises TemplateError: the channel is not declared, or an e-mail has no sender
    """
    if channel not in business.channels:
        raise TemplateError(f"business.yaml: channels.{channel} is missing, but messages are planned on it")
    if channel == "email" and "@" not in business.channels["email"].sender:
        raise TemplateError("business.yaml: channels.email.sender is missing; give the address that e-mail comes from")


def check_footer(business: Business, channel: str) -> None:
    """A message to customers says whose it is, as the law wants it.

    :raises TemplateError: nobody set it
    """
    if not business.footer.company.strip():
        raise TemplateError("business.yaml: footer.company is missing; give the name of who sends the messages")
    if channel == "email" and not business.footer.postal_address.strip():
        raise TemplateError("business.yaml: footer.postal_address is missing; the law wants it below every e-mail")


class Which(NamedTuple):
    """What the messages of a sort have in common."""

    declaration_hash: str
    channel: str
    locale: str
    variant: str
    occasion: str
    wave: str

    @classmethod
    def of(cls, row: Any) -> Which:
        return cls(row.declaration_hash, row.channel, row.locale, row.variant, row.occasion, row.wave)


class Sort(NamedTuple):
    """Messages that differ by their recipient alone. ``body`` gives that of what is ``present`` of an offer."""

    fallback: personal.Fallback
    landing: links.Around
    body: Callable[[frozenset[str]], Body]


class Composer:
    """Writes the messages of one campaign. ``declarations``: declaration hash -> its YAML, or what it says.

    :param sign: message id -> what its unsubscribe link carries; by default signed with the key of ``crm_links``
    :param source: the template files; by default those of include/templates
    :raises ConnectionMissing: there is no key
    """

    def __init__(
        self,
        business: Business,
        campaign: str,
        declarations: Mapping[str, str | Declared | None],
        sign: Sign | None = None,
        source: Source | None = None,
    ) -> None:
        self.templates = Templates(business, source)
        self._business = business
        self._campaign = campaign
        self._declared = {
            key: body if isinstance(body, Declared) else declared(body, campaign, business)
            for key, body in declarations.items()
        }
        self._sign = sign or Signer.from_connection().token
        self._unsubscribe = links.unsubscribe(business)
        self._sort = functools.cache(self._make_sort)

    def check(self, row: Any) -> None:
        """Try the templates that ``row`` needs.

        :param row: declaration_hash, channel, locale, variant, occasion, wave
        :raises TemplateError: names file and variable; or the template writes of a product, and there is none
        """
        check_sender(self._business, row.channel)
        check_footer(self._business, row.channel)
        if row.declaration_hash not in self._declared:
            raise TemplateError(
                f"{self._campaign}: a message was decided by a declaration that is not the one of this send; "
                "what is not sent yet is decided again for its next date"
            )
        which = Which.of(row)
        request = self._request(which)
        self.templates.check(request)
        self._check_product(request, which, self._sort(which))

    def envelope(self, row: Any) -> Envelope:
        """The message of ``row`` (messages/claimed_messages.sql)."""
        sort = self._sort(Which.of(row))
        unsubscribe = self._sign(row.message_id).join(self._unsubscribe)
        found = personal.values(
            locale=row.locale,
            name=row.name,
            product=row.product if self._declared[row.declaration_hash].has_product else None,
            offer=row.offer,
            link=row.message_id.join(sort.landing),
            unsubscribe=unsubscribe,
            fallback=sort.fallback,
        )
        body = sort.body(frozenset([name for name in personal.OPTIONAL if found[name]]))
        email = row.channel == "email"
        return Envelope(
            message_id=row.message_id,
            campaign=self._campaign,
            occasion=row.occasion,
            wave=row.wave,
            attempt=getattr(row, "attempt", ""),
            channel=row.channel,
            send_date=row.send_date,
            address=row.address,
            name=personal.addressable(row.name),
            body=body,
            values=personal.substitutions(found, body.wanted),
            sender=self._business.channels[row.channel].sender,
            sender_name=self._business.footer.company,
            headers=_one_click(unsubscribe) if email else {},
        )

    def _check_product(self, request: Request, which: Which, sort: Sort) -> None:
        """Without a product, or words of its own in its place, a template about one says nothing."""
        if self._declared[which.declaration_hash].has_product:
            return
        if sort.fallback.product != personal.DEFAULTS[which.locale].product:
            return
        if any(each.name == "product" for each in self.templates.body(request).wanted):
            raise TemplateError(
                f"{self.templates.source.label(request.template)}: {which.channel}.{which.locale} writes about a "
                f"product, but {self._campaign} is not of kind repurchase, so its customers have none; choose another "
                f"template, or give words for it in {request.template}/{fallbacks.FILE}"
            )

    def _request(self, which: Which) -> Request:
        return Request(
            template=self._declared[which.declaration_hash].template,
            channel=which.channel,
            locale=which.locale,
            variant=which.variant,
            campaign=self._campaign,
            occasion=which.occasion,
            wave=which.wave,
        )

    def _make_sort(self, which: Which) -> Sort:
        request = self._request(which)
        return Sort(
            fallback=fallbacks.read(self.templates.source, request.template)[which.locale],
            landing=links.landing(
                self._declared[which.declaration_hash].link,
                channel=which.channel,
                campaign=self._campaign,
                occasion=which.occasion,
                wave=which.wave,
                variant=which.variant,
            ),
            body=functools.cache(lambda present: self.templates.body(request.of(present))),
        )


def _one_click(unsubscribe: str) -> dict[str, str]:
    """RFC 8058: one click opts out."""
    return {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
