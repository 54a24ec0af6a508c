"""Declared campaigns: one YAML file each in ``include/campaigns``, or made at the desk in ``$CRM_HOME/campaigns``; read
and validated here and nowhere else.

Light on purpose: DAG files call ``load_all`` whenever Airflow parses them. docs/campaigns.md documents every key.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from crm import settings, yaml_files
from crm.business import Direction, WebAddress
from crm.campaigns import almanac, audiences, fields, offers
from crm.campaigns.almanac import Almanac, SeasonTable
from crm.campaigns.anchors import Anchor
from crm.campaigns.approvals import Approval
from crm.campaigns.fields import SEVERAL, Clock, Days, Locale, Model, MonthDay, Name, problems
from crm.campaigns.offers import Offer

DeclarationError = fields.DeclarationError
Kind = Literal["holiday", "birthday", "seasonal", "repurchase"]


def _plain(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("give one line of text")
    if re.search(r"\{[{%#]", text):
        raise ValueError("{{, {% and {# mean something to Airflow, which shows it: leave them out")
    return text


Title = Annotated[str, Field(max_length=120), AfterValidator(_plain)]


class HolidayOccasion(Anchor):
    """Exactly one anchor, moved by ``days_after``; sent ``lead_days`` before. ``once``: that day alone."""

    anchors = ("once", "holiday", "festival", *Anchor.anchors)

    name: Name
    once: datetime.date | None = None
    holiday: str | None = None
    festival: Name | None = None
    days_after: int = Field(default=0, ge=-30, le=30)
    lead_days: Days = 0
    wave: Name = "main"


class SeasonWave(Model):
    """A wave of a season: ``lead_days`` before (negative: after) its beginning in the customer's region group."""

    name: Name
    season: Name
    direction: Direction | None = None
    lead_days: int = Field(default=0, ge=-60, le=60)


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f'{str(value).lower()} is no item: put it in quotes, e.g. "true"')
    return value


class Goal(Model):
    """What counts as a conversion. A repurchase campaign takes the item from the customer's own product."""

    goal: Literal["any_order", "product", "category", "minimum_value"]
    item: Annotated[str | int | float | None, BeforeValidator(_no_truth)] = None


class Declaration(Model):
    """One campaign. ``body`` is the text of ``file``, ``almanac`` what it takes from the calendars.

    ``hash`` is the SHA-256 of the body, followed by the almanac's JSON where it takes something.
    """

    campaign: Name
    kind: Kind
    title: dict[Locale, Title]
    enabled: bool = True
    priority: int = Field(ge=1)
    direction: Direction
    occasions: list[HolidayOccasion] = Field(default=[])
    waves: list[SeasonWave] = Field(default=[])
    seasons: dict[Name, dict[Name, MonthDay]] = Field(default={})
    region_groups: dict[Name, list[str]] = Field(default={})
    default_group: Name | None = None
    level: Literal["product", "category"] = "category"
    lead_days: Days = 0
    catch_up_days: int = Field(default=3, ge=0, le=14)
    gap_days: int = Field(default=0, ge=0, le=365)
    minimum_intervals: int = Field(default=30, ge=1)
    minimum_cycle_days: int = Field(default=0, ge=0)
    minimum_repeat_share: float = Field(default=0, ge=0, le=1)
    own_rhythm_intervals: int = Field(default=4, ge=4)
    items: list[str] | None = None
    recent_buyer_days: int = Field(default=14, ge=0)
    audience: audiences.Filter | None = None
    channels: list[Literal["email", "sms"]] = Field(min_length=1)
    template: str
    link: WebAddress | None = None
    offer: Offer | None = None
    goal: Goal
    primary_window_days: int = Field(ge=1, le=365)
    windows_days: list[Annotated[int, Field(ge=1, le=365)]] | None = None
    holdout: float = Field(ge=0, lt=1)
    salt: str
    send_at: Clock = datetime.time(10)
    send_by: Clock = datetime.time(20)
    variants: list[Name] = Field(default=["a"], min_length=1)
    active_within_days: int = Field(default=365, ge=1)
    prospects: bool = False
    full_price_days: int | None = Field(default=None, ge=0, le=60)
    price: float | None = Field(default=None, gt=0)
    worthwhile_lift: float = Field(default=0.05, gt=0, lt=1)
    approval: Approval | None = None
    body: str = Field(repr=False, exclude=True)
    almanac: Almanac = Field(default=Almanac(), repr=False, exclude=True)
    hash: str = Field(default="", exclude=True)
    file: str = Field(exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, values: Any) -> Any:
        """Template folder and salt are the campaign's name; a repurchase campaign leaves 14 days between contacts; what
        comes with an offer is a promotion unless it is said to be something else."""
        if isinstance(values, dict) and isinstance(name := values.get("campaign"), str):
            gap = {"gap_days": 14} if values.get("kind") == "repurchase" else {}
            direction = "promotion" if values.get("offer") else "image"
            return {"template": name, "salt": name, "direction": direction, **gap, **values}
        return values

    @model_validator(mode="after")
    def _complete(self) -> Declaration:
        if problems := [problem.split(": ", 1) for problem in _problems(self)]:
            raise PydanticCustomError(SEVERAL, "does not fit together", {"problems": problems})
        return self

    def direction_of(self, wave: str) -> Direction:
        """Content direction of a wave: its own, else the campaign's."""
        return next((w.direction for w in self.waves if w.name == wave and w.direction), self.direction)

    @property
    def is_always_approved(self) -> bool:
        """Whether a person approves every send, however small."""
        return self.approval is not None and self.approval.above_messages == 0

    @property
    def season_tables(self) -> Mapping[str, SeasonTable]:
        """By country; the declaration's own, under "", is everybody's."""
        if self.seasons:
            return {"": SeasonTable.model_validate({key: getattr(self, key) for key in SEASON_KEYS})}
        return self.almanac.seasons


SEASON_KEYS = ("seasons", "region_groups", "default_group")
#: Keys that belong to some kinds alone: anywhere else they would be silently ignored.
OWN_KEYS: dict[str, set[str]] = {
    "holiday": {"occasions"},
    "seasonal": {"waves", "seasons", "region_groups", "default_group"},
    "birthday": {"lead_days"},
    "repurchase": {
        "level",
        "lead_days",
        "catch_up_days",
        "minimum_intervals",
        "minimum_cycle_days",
        "minimum_repeat_share",
        "own_rhythm_intervals",
        "items",
        "recent_buyer_days",
    },
}


def _problems(declared: Declaration) -> Iterable[str]:
    foreign = set().union(*OWN_KEYS.values()) - OWN_KEYS[declared.kind]
    for key in sorted(foreign & declared.model_fields_set):
        yield f"{key}: does not belong to kind {declared.kind}; remove it"
    if "en" not in declared.title:
        yield "title.en: is missing; Airflow's pages show it"
    if declared.send_by <= declared.send_at:
        yield "send_by: must be later than send_at"
    if len(set(declared.channels)) != len(declared.channels):
        yield "channels: name each channel once, the preferred one first"
    yield from _goal_problems(declared)
    yield from offers.problems(declared.offer, declared.variants)
    if declared.kind == "holiday":
        yield from _occasion_problems(declared)
    if declared.kind == "seasonal":
        yield from _season_problems(declared)


def _goal_problems(declared: Declaration) -> Iterable[str]:
    goal, item = declared.goal.goal, declared.goal.item
    own_item = declared.kind == "repurchase" and goal == declared.level
    if goal in ("product", "category") and item is None and not own_item:
        yield f"goal.item: name the {goal}"
    if goal == "minimum_value" and not isinstance(item, float | int):
        yield "goal.item: give the minimum value as a number, in the reporting currency"
    if goal == "any_order" and item is not None:
        yield "goal.item: any_order has none; remove it"


def _occasion_problems(declared: Declaration) -> Iterable[str]:
    if not declared.occasions:
        yield "occasions: a holiday campaign needs at least one"
    names = [(occasion.name, occasion.wave) for occasion in declared.occasions]
    if len(set(names)) != len(names):
        yield "occasions: each name and wave may stand once"


def _season_problems(declared: Declaration) -> Iterable[str]:
    if not declared.waves:
        yield "waves: a seasonal campaign needs at least one"
    if not declared.model_fields_set.isdisjoint(SEASON_KEYS):
        if not declared.seasons:
            yield "seasons: give the first days too, or leave region_groups and default_group to seasons.yaml"
        if declared.default_group is None:
            yield "default_group: name the group of the regions that region_groups does not list"
        if not declared.seasons or declared.default_group is None:
            return
        try:
            known = list(declared.season_tables[""].seasons)
        except ValidationError as error:
            yield problems(error)
            return
    else:
        known = list(almanac.SEASONS)
    for number, wave in enumerate(declared.waves):
        if wave.season not in known:
            yield f"waves.{number}.season: {wave.season} is unknown; use one of {', '.join(known)}"


def parse(body: str, file: str, kept: Almanac | None = None) -> Declaration:
    """Validate the text of a declaration; ``kept``: what it took from the calendars then, in place of today's.

    :raises DeclarationError: names ``file``, the key and what to do
    """
    try:
        values = yaml_files.parse(body, file) if kept is None else yaml_files.frozen(body)
    except yaml_files.YamlError as error:
        raise DeclarationError(str(error), file) from None
    if not isinstance(values, dict):
        raise DeclarationError(f"{file}: must hold keys and values, at least campaign and kind (docs/campaigns.md)")
    if reserved := {"body", "hash", "file", "almanac"} & values.keys():
        raise DeclarationError(f"{file}: {', '.join(sorted(reserved))}: no such key; remove it")
    try:
        declared = Declaration.model_validate({**values, "body": body, "file": file})
    except ValidationError as error:
        raise fields.refusal(file, error, body) from None
    if kept is None:
        _item_is_text(declared)
        _prospects_are_welcome(declared)
        body = yaml_files.marked(body)
    whole = audiences.with_sql(body, declared.audience, file)
    taken = _taken(declared) if kept is None else kept
    digest = hashlib.sha256((whole + (taken.kept() or "")).encode()).hexdigest()
    return declared.model_copy(update={"body": whole, "almanac": taken, "hash": digest})


def _item_is_text(declared: Declaration) -> None:
    """1.10 is a price of 1.1, but maybe not the product 1.1."""
    goal = declared.goal
    if goal.goal in ("product", "category") and isinstance(goal.item, float):
        told = f'{goal.item} is a number: put the {goal.goal} in quotes, as the shop writes it, e.g. "{goal.item}"'
        raise DeclarationError(
            f"{declared.file}: goal.item: {told}{yaml_files.at(declared.body, ('goal', 'item'))}",
            declared.file, (("goal.item", told),),
        )  # fmt: skip


def _prospects_are_welcome(declared: Declaration) -> None:
    """Who never bought is inactive: an audience of them that the declaration does not welcome reaches nobody."""
    for place, key, value in declared.audience.walk() if declared.audience and not declared.prospects else ():
        if key == "stage" and "prospect" in (value.in_ or []):
            told = "who never bought is left out as inactive: add prospects: true, or leave prospect out"
            where = yaml_files.at(declared.body, place.split("."))
            raise DeclarationError(f"{declared.file}: {place}: {told}{where}", declared.file, ((place, told),))


def _taken(declared: Declaration) -> Almanac:
    """The festivals that the declaration names; every country's seasons where it has none of its own."""
    if declared.kind == "seasonal":
        return Almanac() if declared.seasons else Almanac(seasons=almanac.seasons())
    named = {occasion.festival: number for number, occasion in enumerate(declared.occasions) if occasion.festival}
    known = almanac.festivals() if named else {}
    for name, number in named.items():
        if name not in known:
            key = f"occasions.{number}.festival"
            told = (
                f"{name} is unknown; use one of {', '.join(sorted(known))}, "
                f"or add it to {settings.calendars() / 'festivals.yaml'}"
            )
            raise DeclarationError(f"{declared.file}: {key}: {told}", declared.file, ((key, told),))
    return Almanac(festivals={name: known[name] for name in sorted(named)})


class Found(NamedTuple):
    """The declarations of a folder: those that can be used, by priority and name, and why the others cannot."""

    usable: list[Declaration]
    refused: list[DeclarationError]


def read(folder: Path | None = None) -> Found:
    """Read every declaration of ``folder`` (default: ``$CRM_CAMPAIGNS``, else include/campaigns; then the desk's).

    Disabled ones are included: a dry run may ask for them. Of two that declare the same campaign the second is refused.
    """
    found: dict[str, Declaration] = {}
    refused = []
    folders = [folder] if folder else [settings.campaigns(), settings.own_campaigns()]
    for file in (file for each in folders for file in sorted(each.glob("*.yaml"))):
        try:
            declared = parse(_text(file), str(file))
        except DeclarationError as error:
            refused.append(error)
            continue
        if other := found.get(declared.campaign):
            problem = ("campaign", f"{declared.campaign} is declared in {other.file} already; rename one")
            refused.append(DeclarationError(f"{file}: {': '.join(problem)}", str(file), (problem,)))
            continue
        found[declared.campaign] = declared
    return Found(sorted(found.values(), key=lambda declared: (declared.priority, declared.campaign)), refused)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{file}: not readable as UTF-8: {error}", str(file)) from None


def load_all(folder: Path | None = None) -> list[Declaration]:
    """Every declaration of ``folder`` that can be used: one bad file never stops the other campaigns."""
    return read(folder).usable


def load(name: str, folder: Path | None = None) -> Declaration:
    """The declaration of campaign ``name``.

    :raises DeclarationError: no such campaign, or its declaration cannot be used; names those that there are
    """
    usable, refused = read(folder)
    declared = {each.campaign: each for each in usable}
    if name not in declared:
        folders = folder or f"{settings.campaigns()} and {settings.own_campaigns()}"
        there = f"no campaign {name!r} in {folders}: there are {', '.join(declared)}"
        raise DeclarationError("\n".join([there, *(f"not usable: {error}" for error in refused)]))
    return declared[name]
