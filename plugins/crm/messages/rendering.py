"""Templates: ``include/templates/<template>/<channel>.<locale>[.<variant>].{subject.txt,html,txt}``.

Sandboxed Jinja with strict undefined. A template is rendered once per channel, locale, variant, wave and branch, with
tokens for personal values (``crm.messages.personal``); what there is of an offer is the branch. Variables:
the personal values, and campaign, occasion, wave, locale, variant, company, postal_address, signature.
"""

from __future__ import annotations

import functools
import html
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import settings
from crm.messages import markup, personal
from crm.messages.sources import Files, Source, TemplateError

if TYPE_CHECKING:
    from crm.business import Business

#: How one says no to an SMS; the law wants it in every one.
OPT_OUT = {"en": "Reply STOP", "zh-CN": "拒收请回复R"}
#: No offer, a text, a code for all, a fitted coupon without and with a threshold.
BRANCHES = tuple(
    map(frozenset, ((), ("offer",), ("offer", "code"), ("offer", "code", "value", "expires"), personal.OPTIONAL))
)


@dataclass(frozen=True)
class Request:
    """What a body depends on. ``present``: which optional personal values are there."""

    template: str
    channel: str
    locale: str
    variant: str
    campaign: str
    occasion: str
    wave: str
    present: frozenset[str] = frozenset()

    def of(self, present: frozenset[str]) -> Request:
        """The same where so much of an offer is ``present``."""
        return replace(self, present=present)


@dataclass(frozen=True)
class Body:
    """A rendered template with tokens in it. ``subject`` and ``html`` are empty for SMS."""

    subject: str
    text: str
    html: str

    @functools.cached_property
    def wanted(self) -> tuple[personal.Wanted, ...]:
        """Every personal value in it."""
        return personal.wanted(self.subject, self.text, self.html)


class Templates:
    """The templates of ``source`` (or a folder; default include/templates), each rendered once."""

    def __init__(self, business: Business, source: Source | Path | None = None) -> None:
        from jinja2 import FunctionLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        self.source = Files(source or settings.TEMPLATES) if isinstance(source, Path | None) else source
        self._business = business
        self._bodies: dict[Request, Body] = {}
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load),
            undefined=StrictUndefined,
            autoescape=lambda name: bool(name and name.endswith(".html")),
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        """For Jinja: a template's text and file. It stays as it is for as long as this object lives."""
        from jinja2.loaders import split_template_path

        text = self.source.text("/".join(split_template_path(name)))
        return None if text is None else (text, str(self.source.folder / name), lambda: True)

    def body(self, request: Request) -> Body:
        """The rendered body.

        :raises TemplateError: a file is missing or broken, a variable unknown, the legal footer not there
        """
        if request not in self._bodies:
            self._bodies[request] = self._render(request)
        return self._bodies[request]

    def check(self, request: Request) -> None:
        """Try every branch of ``request``, so that no template fails once messages are claimed.

        :raises TemplateError: as ``body``
        """
        for present in BRANCHES:
            self.body(request.of(present))

    def _render(self, request: Request) -> Body:
        if request.locale not in personal.DEFAULTS:
            raise TemplateError(f"locale {request.locale!r} is none of {', '.join(personal.DEFAULTS)}")
        text_file = self._file(request, "txt")
        if request.channel == "sms":
            body = Body("", _one_line(self._fill(text_file, request, "text")), "")
        else:
            subject = _one_line(self._fill(self._file(request, "subject.txt"), request, "subject"))
            page = self._page(self._file(request, "html"), request)
            body = Body(subject, self._fill(text_file, request, "text"), page)
        self._insist_on_footer(request, body, text_file)
        return body

    def _page(self, file: str, request: Request) -> str:
        try:
            return markup.finish(self._fill(file, request, "html"))
        except markup.MarkupError as error:
            raise TemplateError(f"{self.source.label(file)}: {error}") from None

    def _file(self, request: Request, ending: str) -> str:
        """The variant's own file, else the one of all variants."""
        stem = f"{request.template}/{request.channel}.{request.locale}"
        own = f"{stem}.{request.variant}.{ending}"
        return own if self.source.text(own) is not None else f"{stem}.{ending}"

    def _fill(self, file: str, request: Request, place: str) -> str:
        from jinja2 import TemplateError as JinjaError

        footer = self._business.footer
        context: dict[str, Any] = {
            name: personal.token(name, place) if name not in personal.OPTIONAL or name in request.present else ""
            for name in personal.NAMES
        }
        context |= {key: getattr(request, key) for key in ("campaign", "occasion", "wave", "locale", "variant")}
        context |= {
            "company": footer.company,
            "postal_address": footer.postal_address,
            "opt_out": OPT_OUT[request.locale],
        }
        context["signature"] = self._signature()
        try:
            rendered = self._environment.get_template(file).render(context)
        except JinjaError as error:
            raise self._explain(error, file) from None
        if "@@" in personal.TOKEN.sub("", rendered):
            raise TemplateError(
                f"{self.source.label(file)}: a filter changes a personal value; values stand as they are"
            )
        return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"

    def _signature(self) -> str:
        channel = self._business.channels.get("sms")
        return (channel.signature if channel else "") or self._business.footer.company

    def _explain(self, error: Exception, file: str) -> TemplateError:
        from jinja2 import TemplateNotFound, TemplateSyntaxError

        if isinstance(error, TemplateNotFound):
            return TemplateError(
                f"{self.source.label(str(error.name or file))}: no such template; docs/templates.md says how"
            )
        if isinstance(error, TemplateSyntaxError):
            return TemplateError(f"{error.filename or self.source.label(file)}, line {error.lineno}: {error.message}")
        folder = self.source.folder
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(folder)]
        place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else self.source.label(file)
        return TemplateError(f"{place}: {error}; docs/templates.md lists the variables")

    def _insist_on_footer(self, request: Request, body: Body, file: str) -> None:
        postal_address = self._business.footer.postal_address
        if request.channel == "sms":
            wanted = [(body.text, self._signature()), (body.text, OPT_OUT[request.locale])]
        else:
            wanted = [
                (body.text, postal_address),
                (body.text, personal.token("unsubscribe", "text")),
                (html.unescape(body.html), postal_address),
                (body.html, personal.token("unsubscribe", "html")),
            ]
        for text, part in wanted:
            if part not in text:
                raise TemplateError(
                    f"{self.source.label(file)} (or its .html): the legal footer is missing; "
                    f"extend _layout/{request.channel}.*"
                )


def _one_line(text: str) -> str:
    return " ".join(text.split())
