"""Declared campaigns: one YAML file each in ``include/campaigns``, read and validated here and nowhere else.

Light on purpose: DAG files call ``load_all`` whenever Airflow parses them. docs/campaigns.md documents every key.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from crm import settings
from crm.business import Direction
from crm.campaigns import audiences, keys, offers
from crm.campaigns.approvals import Approval
from crm.campaigns.keys import UNKNOWN, Model
from crm.campaigns.offers import Offer

DeclarationError = keys.DeclarationError
SEVERAL = "several_problems"
Kind = Literal["holiday", "birthday", "seasonal", "repurchase"]
Locale = Literal["en", "zh-CN"]
Rule = Literal["black_friday", "cyber_monday", "mothers_day", "fathers_day"]


def _month_day(text: str) -> str:
    try:
        datetime.date.fromisoformat(f"2000-{text}")  # 2000 has a 29 February
    except ValueError:
        raise ValueError(f'{text!r} is no day of the year: give MM-DD, e.g. "12-25"') from None
    return text


def _clock(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return datetime.time.fromisoformat(value)
    raise ValueError('give a local time in quotes, e.g. "10:00" (unquoted, YAML reads a number)')


def _lunar_day(text: str) -> str:
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|30)", text):
        raise ValueError(f'{text!r} is no day of the lunar calendar: give MM-DD, e.g. "07-07"')
    return text


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
LunarDay = Annotated[str, AfterValidator(_lunar_day)]
Clock = Annotated[datetime.time, BeforeValidator(_clock)]
Days = Annotated[int, Field(ge=0, le=60)]


class HolidayOccasion(Model):
    """A dated occasion: exactly one of ``holiday``, ``date``, ``lunar``, ``rule``; sent ``lead_days`` before it."""

    name: Name
    holiday: str | None = None
    date: MonthDay | None = None
    lunar: LunarDay | None = None
    rule: Rule | None = None
    days_after: int = Field(default=0, ge=-30, le=30)
    lead_days: Days = 0
    wave: Name = "main"

    @model_validator(mode="after")
    def _one_anchor(self) -> HolidayOccasion:
        if sum(anchor is not None for anchor in (self.holiday, self.date, self.lunar, self.rule)) != 1:
            raise ValueError("give exactly one of holiday, date, lunar or rule")
        return self


class SeasonWave(Model):
    """A wave of a season: ``lead_days`` before (negative: after) its beginning in the customer's region group."""

    name: Name
    season: Name
    direction: Direction | None = None
    lead_days: int = Field(default=0, ge=-60, le=60)


class Goal(Model):
    """What counts as a conversion. A repurchase campaign takes the item from the customer's own product."""

    goal: Literal["any_order", "product", "category", "minimum_value"]
    item: str | int | float | None = None


class Declaration(Model):
    """One campaign. ``body`` and ``hash`` are the file's text and its SHA-256; ``file`` says where it came from."""

    campaign: Name
    kind: Kind
    title: dict[Locale, str]
    enabled: bool = True
    priority: int = Field(ge=1)
    direction: Direction
    occasions: list[HolidayOccasion] = []
    waves: list[SeasonWave] = []
    seasons: dict[Name, dict[Name, MonthDay]] = {}
    region_groups: dict[Name, list[str]] = {}
    default_group: Name | None = None
    level: Literal["product", "category"] = "category"
    lead_days: Days = 0
    catch_up_days: int = Field(default=3, ge=0, le=14)
    gap_days: int = Field(default=0, ge=0, le=365)
    minimum_intervals: int = Field(default=30, ge=1)
    minimum_cycle_days: int = Field(default=0, ge=0)
    minimum_repeat_share: float = Field(default=0, ge=0, le=1)
    items: list[str] | None = None
    recent_buyer_days: int = Field(default=14, ge=0)
    audience: audiences.Filter | None = None
    channels: list[Literal["email", "sms"]] = Field(min_length=1)
    template: str
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
    full_price_days: int | None = Field(default=None, ge=0, le=60)
    price: float | None = Field(default=None, gt=0)
    worthwhile_lift: float = Field(default=0.05, gt=0, lt=1)
    approval: Approval | None = None
    body: str = Field(repr=False, exclude=True)
    hash: str = Field(exclude=True)
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
    if declared.default_group is None:
        yield "default_group: name the group of the regions that region_groups does not list"
        return
    groups = {declared.default_group, *declared.region_groups}
    for wave in declared.waves:
        missing = groups - set(declared.seasons.get(wave.season, {}))
        if missing:
            yield f"seasons.{wave.season}: give the first day (MM-DD) for {', '.join(sorted(missing))}"


def parse(body: str, file: str) -> Declaration:
    """Validate the text of a declaration.

    :raises DeclarationError: names ``file``, the key and what to do
    """
    import yaml

    try:
        values = yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise DeclarationError(f"{file}: not readable as YAML: {error}") from None
    if not isinstance(values, dict):
        raise DeclarationError(f"{file}: must hold keys and values, at least campaign and kind (docs/campaigns.md)")
    source = {"body": body, "hash": _hash(body), "file": file}
    if reserved := source.keys() & values.keys():
        raise DeclarationError(f"{file}: {', '.join(sorted(reserved))}: no such key; remove it")
    try:
        declared = Declaration.model_validate({**values, **source})
    except ValidationError as error:
        raise _refusal(file, error) from None
    whole = audiences.with_sql(body, declared.audience, file)
    return declared if whole == body else declared.model_copy(update={"body": whole, "hash": _hash(whole)})


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _refusal(file: str, error: ValidationError) -> DeclarationError:
    problems = tuple(problem for each in error.errors() for problem in _told(each))
    text = "; ".join(": ".join(filter(None, problem)) for problem in problems)
    return DeclarationError(f"{file}: {text} (keys: docs/campaigns.md)", file, problems)


def _told(error: Any) -> Iterable[tuple[str, str]]:
    """Keys and what to do about them."""
    place, context = [str(part) for part in error["loc"]], error.get("ctx", {})
    if error["type"] == SEVERAL:
        yield from map(tuple, context["problems"])
        return
    if error["type"] == UNKNOWN:
        place.append(context["keys"])
    yield ".".join(place), error["msg"].removeprefix("Value error, ")


class Found(NamedTuple):
    """The declarations of a folder: those that can be used, by priority and name, and why the others cannot."""

    usable: list[Declaration]
    refused: list[DeclarationError]


def read(folder: Path | None = None) -> Found:
    """Read every declaration of ``folder`` (default: ``$CRM_CAMPAIGNS``, else include/campaigns).

    Disabled ones are included: a dry run may ask for them. Of two that declare the same campaign the second is refused.
    """
    found: dict[str, Declaration] = {}
    refused = []
    for file in sorted((folder or settings.campaigns()).glob("*.yaml")):
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
        there = f"no campaign {name!r} in {folder or settings.campaigns()}: there are {', '.join(declared)}"
        raise DeclarationError("\n".join([there, *(f"not usable: {error}" for error in refused)]))
    return declared[name]
