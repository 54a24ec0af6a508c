"""The pages of a day, ``$CRM_HOME/reports/<business date>/``: index.html and one page per campaign.

A page is written when its figures, its words or its layout are others than last time; a second run writes nothing.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import settings
from crm.evaluation.report import campaign_page, day_page, figures, parts
from crm.evaluation.report.language import Language
from crm.evaluation.report.rendering import FOLDER, render

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.report.figures import Campaign, Day
    from crm.warehouse import Warehouse

#: What each page was made of, by its name; beside the pages.
MADE_OF = ".made_of.json"


@dataclass(frozen=True)
class Written:
    """``index``: the page of the day; ``pages``: how many were written; ``content``: SHA-256 of what its mail says."""

    index: Path
    pages: int
    content: str
    day: Day


def write(warehouse: Warehouse, business: Business, as_of: datetime.date | None = None) -> Written:
    """Write the report of a business date.

    :param as_of: business date; default the last that was evaluated
    :raises ReportError: nothing was evaluated up to there
    """
    with warehouse.transaction() as tx:
        as_of = figures.date_of_report(tx, as_of)
        day = figures.read_day(tx, business, as_of)
        language = Language.of(business, figures.read_segments(tx, business.locale))
        folder = Folder(settings.reports() / as_of.isoformat())
        said = business.model_dump(mode="json", include={"name", "locale", "currency", "evaluation"})
        common = figures.digest(as_of, said, dict(language.segments), layout())
        for name in day.campaigns:
            campaign = figures.read_campaign(tx, name, as_of)
            made_of = figures.digest(common, campaign, day.title(name), _waves(day, name))
            folder.put(parts.page_name(name), made_of, functools.partial(campaign_html, campaign, day, language))
    index = folder.put("index.html", figures.digest(common, day), functools.partial(day_html, day, language))
    folder.keep()
    return Written(index, folder.written, content(day, business), day)


def day_html(day: Day, language: Language) -> str:
    """The page of a day."""
    return render("day.html", day.as_of, language, **day_page.context(day, language))


def campaign_html(campaign: Campaign, day: Day, language: Language) -> str:
    """The page of one campaign."""
    return render("campaign.html", day.as_of, language, **campaign_page.context(campaign, day, language))


def content(day: Day, business: Business) -> str:
    """SHA-256 of what the day's mail says; what waits for a person changes by the hour, and is on the page alone."""
    return figures.digest(business.locale, replace(day, jobs=[]))


def _waves(day: Day, campaign: str) -> list[dict[str, Any]]:
    return [wave for wave in day.waves if wave["campaign"] == campaign]


@functools.cache
def layout() -> str:
    """SHA-256 of the templates and of the code that fills them."""
    files = [*sorted(FOLDER.iterdir()), *sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


class Folder:
    """The pages of one date; each is there as a whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.written = folder, 0
        try:
            self._old: dict[str, str] = json.loads((folder / MADE_OF).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._old = {}
        self._new: dict[str, str] = {}

    def put(self, name: str, made_of: str, make: Callable[[], str]) -> Path:
        """Write the page ``name``, unless it was made of the same; returns where it is."""
        file = self.folder / name
        self._new[name] = made_of
        if self._old.get(name) != made_of or not file.exists():
            self._write(file, make())
            self.written += 1
        return file

    def keep(self) -> None:
        """Note what the pages were made of, and remove those of campaigns that have no result any more."""
        for name in set(self._old) - set(self._new):
            (self.folder / Path(name).name).unlink(missing_ok=True)
        if self._new != self._old:
            self._write(self.folder / MADE_OF, json.dumps(self._new, sort_keys=True))

    @staticmethod
    def _write(file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
