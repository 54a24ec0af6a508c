"""Templates of the report: include/templates/_report, sandboxed Jinja with strict undefined; every value is escaped."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from crm import settings
from crm.evaluation.report import charts, parts
from crm.evaluation.report.figures import SENT_DAYS

if TYPE_CHECKING:
    import datetime

    from crm.evaluation.report.language import Language

FOLDER = settings.TEMPLATES / "_report"


def render(template: str, as_of: datetime.date, language: Language, **values: Any) -> str:
    """``template`` filled with ``values`` and with what all of them need."""
    formats = language.formats
    return str(
        _environment()
        .get_template(template)
        .render(
            w=language.words,
            locale=language.business.locale,
            currency=language.business.currency,
            business=language.business.name,
            date=formats.day(as_of),
            long_date=formats.day(as_of, "full"),
            sent_days=SENT_DAYS,
            fonts=charts.FONTS,
            unbroken=parts.unbroken,
            **values,
        )
    )


@functools.cache
def _environment() -> Any:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=lambda name: not (name or "").endswith((".txt", ".css")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
