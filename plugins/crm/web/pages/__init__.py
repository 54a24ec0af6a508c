"""Pages for people: one template, one style, both languages, no script, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import HTMLResponse

from crm import yaml_files

if TYPE_CHECKING:
    from jinja2 import Template

    from crm.business import Business

_FOLDER = Path(__file__).parent
LOCALES = ("en", "zh-CN")


@functools.cache
def style() -> str:
    """The style sheet, which stands in each page."""
    return (_FOLDER / "page.css").read_text(encoding="utf-8")


@functools.cache
def style_source() -> str:
    """The style sheet's hash, as a content security policy wants it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()}'"


def unsubscribe(
    state: str, locale: str, business: Business | None, *, channel: str = "", status: int = 200
) -> HTMLResponse:
    """The page in one of its states: ``ask``, ``done``, ``gone`` (no such link) or ``away`` (try again).

    :param channel: of the message; in state ``done`` what was stopped: email, sms or all
    """
    locale = locale if locale in LOCALES else LOCALES[0]
    company = business.footer.company if business else ""
    html = _template().render(
        state=state,
        locale=locale,
        channel=channel,
        t={key: text.format(company=company) for key, text in _texts(locale).items()},
        company=company,
        postal_address=business.footer.postal_address if business else "",
        style=style(),
    )
    return HTMLResponse(html, status)


@functools.cache
def _texts(locale: str) -> dict[str, str]:
    found: dict[str, str] = yaml_files.read(_FOLDER / f"unsubscribe.{locale}.yaml")
    return found


def preferred(request: Request) -> str:
    """The page's language where no message tells: what the browser asks for first."""
    return "zh-CN" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


@functools.cache
def _template() -> Template:
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((_FOLDER / "unsubscribe.html").read_text(encoding="utf-8"))
