"""*New campaign*: who, what, when, how it is measured; counted, validated and saved as a declaration.

The form keeps its state in its own fields. Every button posts the whole of it: *count* and *upload* show it again,
*review* what would be declared, *save* writes the file.
"""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from crm import settings
from crm.campaigns import almanac, audiences, calendars, customer_lists, saving, usable
from crm.evaluation.report.figures import read_segments
from crm.messages.sources import TemplateError
from crm.orders import mapping
from crm.rehearsal import calendar, counting, trying
from crm.web.desk import draft_warnings, drafts, forms, given, pages, whom
from crm.web.desk.access import DESK_DAG, Person, triggers
from crm.web.desk.drafts import Draft
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration
    from crm.messages.clock import Clock
    from crm.warehouse import Transaction, Warehouse

log = logging.getLogger(__name__)
router = APIRouter()

#: About a million ids; what is longer belongs into a delivery.
UPLOAD_BYTES = 24 * 1024 * 1024

Maker = Annotated[Person, Depends(triggers(DESK_DAG))]


@dataclass(frozen=True)
class _Asked:
    """Who asks, and of what."""

    request: Request
    person: Person
    business: Business
    warehouse: Warehouse
    clock: Clock

    @property
    def today(self) -> datetime.date:
        return given.today(self.business, self.clock)


def _asked(
    request: Request, person: Maker, business: TheBusiness, warehouse: TheWarehouse, *, clock: TheClock
) -> _Asked:
    return _Asked(request, person, business, warehouse, clock)


Asked = Annotated[_Asked, Depends(_asked)]


async def _posted(request: Request) -> forms.Posted:
    return await forms.read_with_file(request, UPLOAD_BYTES)


@router.get("/new")
def show(asked: Asked) -> HTMLResponse:
    """The form as nobody has written into it yet."""
    return _form(asked, Draft.empty(asked.business, asked.today))


@router.post("/new", dependencies=[Depends(forms.same_origin), Depends(triggers(DESK_DAG))])
def act(asked: Asked, posted: Annotated[forms.Posted, Depends(_posted)]) -> Response:
    """Whatever button was pressed."""
    action = next(iter(posted.fields.get("action", [])), "")
    draft = Draft.of(posted, asked.today)
    shown: dict[str, Any] = {}
    # A file that was chosen is never lost, whichever button was pressed.
    if action == "upload" or posted.file:
        shown["uploaded"] = _upload(asked, draft, posted.file)
        if draft.problems:
            return _form(asked, draft, 422)
    if action in ("review", "save"):
        declared = _declared(asked, draft)
        if declared is None:
            return _form(asked, draft, 422, **shown)
        if action == "review":
            return _review(asked, draft, declared)
        return _save(asked, draft, declared)
    if action in ("count", "upload"):
        shown["count"] = _count(asked, draft)
    return _form(asked, draft, 422 if draft.problems else 200, **shown)


def _declared(asked: _Asked, draft: Draft) -> Declaration | None:
    """The declaration, if nothing is wrong with it: by itself, for the business, and for the warehouse."""
    declared = draft.declaration(asked.person.name)
    _check_name(asked, draft)
    if declared is None:
        return None
    if refusal := usable.refusal_of(declared, asked.business):
        draft.refused(refusal)
    with asked.warehouse.transaction() as tx:
        missing = customer_lists.missing(tx, audiences.lists(declared.audience))
    for name in missing:
        draft.wrong("audience.list", "new.wrong_list", list=name)
    if declared.template not in _template_names():
        draft.wrong("template", "new.wrong_empty")
    return None if draft.problems else declared


def _check_name(asked: _Asked, draft: Draft) -> None:
    """No two campaigns share a name, not even one after the other: their results would be mixed."""
    name = draft.one("campaign")
    if not customer_lists.NAME.fullmatch(name):
        return
    with asked.warehouse.transaction() as tx:
        is_used = tx.value("desk/new_name_used", campaign=name)
    if is_used or saving.taken(name):
        draft.wrong("campaign", "new.wrong_taken")


def _review(asked: _Asked, draft: Draft, declared: Declaration) -> HTMLResponse:
    """What would be saved, its first dates, its messages, and how many it asks."""
    try:
        messages = trying.every(declared, asked.business, draft.today)
    except TemplateError as error:
        draft.wrong("template", message=str(error).replace(f"{settings.PROJECT}/", ""))
        return _form(asked, draft, 422)
    locale = pages.language(asked.request, asked.business.locale)
    dates = calendar.sends(declared, asked.business, draft.today, 400)[:4]
    with asked.warehouse.transaction() as tx:
        warnings = draft_warnings.of(tx, draft, declared, asked.today)
        conditions = whom.conditions(tx, declared.audience, locale, asked.business.currency)
    return pages.render(
        asked.request,
        "new_review.html",
        asked.business,
        asked.person,
        page="new",
        draft=draft,
        declared=declared,
        messages=messages,
        dates=dates,
        warnings=warnings,
        count=_count(asked, draft),
        whom=conditions,
        title=calendar.title(declared, locale),
    )


def _save(asked: _Asked, draft: Draft, declared: Declaration) -> Response:
    try:
        trying.every(declared, asked.business, draft.today)
        saving.save(declared)
    except TemplateError as error:
        draft.wrong("template", message=str(error).replace(f"{settings.PROJECT}/", ""))
    except FileExistsError:
        draft.wrong("campaign", "new.wrong_taken")
    if draft.problems:
        return _form(asked, draft, 422)
    log.info("saved the campaign %s", declared.campaign)
    return RedirectResponse(f"{pages.base(asked.request)}/campaigns/{declared.campaign}", 303)


def _count(asked: _Asked, draft: Draft) -> counting.Count | None:
    """How many the filter finds; None where it cannot be asked."""
    audience = draft.asked()
    if draft.problems:
        return None
    with asked.warehouse.transaction() as tx:
        missing = customer_lists.missing(tx, audiences.lists(audience))
    for name in missing:
        draft.wrong("audience.list", "new.wrong_list", list=name)
    channels = [each for each in draft.one("channels").split(",") if each]
    return None if missing else counting.count(asked.warehouse, audience, channels)


def _upload(asked: _Asked, draft: Draft, content: bytes) -> customer_lists.Kept | None:
    """Keep the file as a list that the campaign asks, or leaves out."""
    name, shop = draft.one("upload.name"), draft.one("upload.shop")
    with asked.warehouse.transaction() as tx:
        shops = _shops(tx)
    if not customer_lists.NAME.fullmatch(name):
        draft.wrong("upload.name", "new.wrong_name")
    if shop not in shops:
        draft.wrong("upload.shop", "new.wrong_empty")
    if not content:
        draft.wrong("upload.file", "new.wrong_empty")
    if draft.problems:
        return None
    try:
        read = customer_lists.read(content)
        kept = customer_lists.keep(
            asked.warehouse,
            name,
            shop,
            read,
            asked.person.name,
            replace=draft.one("upload.replace") == "yes",
            lower=mapping.lowers_ids(asked.business.sources, shop),
        )
    except customer_lists.ListError as error:
        for bad in error.bad:
            draft.wrong("upload.file", f"new.bad_{bad.problem}", row=bad.row, column=bad.column)
        if error.more:
            draft.wrong("upload.file", "new.bad_more", count=error.more)
        return None
    except customer_lists.NameTaken as taken:
        draft.wrong("upload.name", "new.wrong_list_taken", version=taken.version)
        return None
    draft.fields[drafts.LIST_FIELD + name] = ["not_in" if draft.one("upload.use") == "not_in" else "in"]
    for field in ("upload.name", "upload.replace"):
        draft.fields.pop(field, None)
    return kept


def _form(asked: _Asked, draft: Draft, status: int = 200, **shown: Any) -> HTMLResponse:
    locale = pages.language(asked.request, asked.business.locale)
    with asked.warehouse.transaction() as tx:
        lists, shops = customer_lists.every(tx), _shops(tx)
        segments = read_segments(tx, locale)
    return pages.render(
        asked.request,
        "new.html",
        asked.business,
        asked.person,
        status,
        page="new",
        draft=draft,
        whole=drafts.WHOLE,
        lists=lists,
        shops=shops,
        choices=_choices(asked.business, locale, segments),
        templates=_templates(asked.business, locale),
        **{"count": None, "uploaded": None, **shown},
    )


def _shops(tx: Transaction) -> list[str]:
    return [row.shop for row in tx.rows("desk/new_shops")]


def _choices(business: Business, locale: str, segments: dict[str, str]) -> dict[str, Any]:
    """What may be chosen from: (value, what people call it), or values that the page's texts name."""
    zh = locale == "zh-CN"
    return {
        "tier": [(tier.name, tier.name) for tier in business.tiers],
        "segment": list(segments.items()),
        "stage": get_args(audiences.Stage),
        "sex": get_args(audiences.Sex),
        "age_band": [(band, band.replace("-", "–")) for band in drafts.BANDS],
        "direction": drafts.DIRECTIONS,
        "when": drafts.WHEN,
        "offer": drafts.OFFERS,
        "goal": drafts.GOALS,
        "channels": drafts.channels(business),
        "consent": [channel for channel in ("email", "sms") if channel in business.channels],
        "festival": [
            (name, festival.title.get("zh-CN" if zh else "en") or name)
            for name, festival in sorted(almanac.festivals().items())
            if festival.countries is None or business.country in festival.countries
        ],
        "holiday": [(name, name) for name in calendars.holidays(business.country)],
        "sql": [(file.stem, file.stem) for file in sorted((settings.SQL / "audiences").glob("*.sql"))],
    }


def _template_names() -> list[str]:
    """Folders of templates; those that begin with "_" are parts of others."""
    return sorted(each.name for each in settings.TEMPLATES.iterdir() if each.is_dir() and each.name[0] not in "._")


def _templates(business: Business, locale: str) -> list[dict[str, Any]]:
    """Each template, what it can write, and a campaign that shows it."""
    using: dict[str, Declaration] = {}
    for declared in usable.read(business).usable:
        using.setdefault(declared.template, declared)
    return [
        {"name": name, "writes": _writes(name), "campaign": using.get(name), "title": _title(using.get(name), locale)}
        for name in _template_names()
    ]


def _writes(template: str) -> list[tuple[str, list[str]]]:
    """Channel, and the locales that there are."""
    found: dict[str, set[str]] = {}
    for file in (settings.TEMPLATES / template).glob("*.*.txt"):
        channel, locale, *_ = file.name.split(".")
        found.setdefault(channel, set()).add(locale)
    return [(channel, sorted(locales)) for channel, locales in sorted(found.items())]


def _title(declared: Declaration | None, locale: str) -> str:
    return calendar.title(declared, locale) if declared else ""
