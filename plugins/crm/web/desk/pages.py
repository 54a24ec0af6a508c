"""Renders the desk's pages: layout, words and figures of the reader's language, addresses of other pages."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse

from crm import occasion_words, yaml_files
from crm.evaluation.report import rendering
from crm.evaluation.report.formats import Formats

if TYPE_CHECKING:
    from fastapi import Request

    from crm.business import Business
    from crm.web.desk.access import Person

FOLDER = Path(__file__).parent
LOCALES = {"en": "English", "zh-CN": "中文"}
COOKIE = "crm_lang"
COOKIE_SECONDS = 365 * 24 * 3600
MOUNT = "/desk"
#: Pages of the navigation, in its order: name -> path.
NAVIGATION = {
    "today": "/",
    "calendar": "/calendar",
    "campaigns": "/campaigns",
    "new": "/new",
    "results": "/results",
    "segments": "/segments",
    "customer": "/customer",
    "replies": "/replies",
}


class Words:
    """The texts of one language: ``words("error.title")``; a missing one is an error."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._texts = texts(locale)

    def __call__(self, name: str, /, **values: Any) -> str:
        """The text ``name`` with ``values`` in their places."""
        return self._texts[name].format(**values) if values else self._texts[name]

    def of(self, group: str, value: str) -> str:
        """What people call ``value``, by the texts of ``group``; what has no other name keeps its own."""
        return self._texts.get(f"{group}.{value}", value)


def render(
    request: Request, template: str, business: Business, person: Person | None, status: int = 200, **values: Any
) -> HTMLResponse:
    """``templates/<template>`` filled with ``values`` and with what every page needs."""
    locale = language(request, business.locale)
    content = (
        _environment()
        .get_template(template)
        .render(
            w=Words(locale),
            f=Formats(locale, business.currency),
            occasion=functools.partial(occasion_words.in_full, locale=locale),
            locale=locale,
            business=business,
            person=person,
            base=base(request),
            airflow=airflow(request),
            navigation=NAVIGATION,
            languages=_languages(request),
            style=f"{base(request)}/desk.css?v={style()[1]}",
            **values,
        )
    )
    answer = HTMLResponse(content, status)
    if request.query_params.get("lang") in LOCALES:
        answer.set_cookie(
            COOKIE, locale, COOKIE_SECONDS, path=base(request) or "/", httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return answer


def language(request: Request, default: str) -> str:
    """``?lang=``, else the cookie, else what the browser asks for, else ``default``."""
    asked = [request.query_params.get("lang"), request.cookies.get(COOKIE)]
    for each in request.headers.get("accept-language", "").split(","):
        tag = each.split(";")[0].strip().lower()
        asked.append("zh-CN" if tag.startswith("zh") else tag[:2])
    return next((each for each in asked if each in LOCALES), default)


def base(request: Request) -> str:
    """The desk's own path, as the browser sees it: "/desk"."""
    found: str = request.scope.get("root_path", "")
    return found


def airflow(request: Request) -> str:
    """Airflow's path: "" unless its base URL has one."""
    return base(request).removesuffix(MOUNT)


@functools.cache
def texts(locale: str) -> dict[str, str]:
    """Every text of ``locale`` by its dotted name."""
    found: dict[str, dict[str, str]] = yaml_files.read(FOLDER / f"texts.{locale}.yaml")
    return {f"{section}.{name}": text for section, named in found.items() for name, text in named.items()}


@functools.cache
def style() -> tuple[str, str]:
    """The style sheet and a short hash of it."""
    content = (FOLDER / "desk.css").read_text(encoding="utf-8")
    return content, hashlib.sha256(content.encode()).hexdigest()[:12]


def _languages(request: Request) -> list[tuple[str, str, str]]:
    """(locale, its name, this page in it)."""
    return [
        (locale, name, "?" + request.url.include_query_params(lang=locale).query) for locale, name in LOCALES.items()
    ]


@functools.cache
def _environment() -> Any:
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

    # Results look as in the daily report: its tables and sections are shared.
    report = PrefixLoader({"report": FileSystemLoader(rendering.FOLDER)})
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(FOLDER / "templates"), report]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
