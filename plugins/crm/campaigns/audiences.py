"""Whom a campaign asks: filters over what was known of each candidate on the business date. docs/audiences.md.

A filter is a mapping; each of its keys is a field, a named SQL file, or ``all``, ``any``, ``not`` around other filters,
and several keys mean all of them. Nothing of it becomes SQL text: each field is one file of
``include/sql/campaigns/filters`` that keeps the customers whom it finds, and nesting is arithmetic of such sets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, model_validator

from crm import settings
from crm.campaigns.fields import DeclarationError, Model, Name

Segment = Literal[
    "important_value", "important_develop", "important_keep", "important_win_back",
    "general_value", "general_develop", "general_keep", "general_win_back",
]  # fmt: skip
Stage = Literal["prospect", "new", "active", "lapsing", "lapsed"]
Sex = Literal["female", "male", "other"]
Channel = Literal["email", "sms"]


def _word(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f'{str(value).lower()} is no text here: put it in quotes, e.g. "true"')
    return str(value) if isinstance(value, int) else value


class InLowerCase(str):
    """A text for comparisons; ``written``: as somebody wrote it, for people to read."""

    written: str

    def __new__(cls, text: str) -> InLowerCase:
        made = super().__new__(cls, text.lower())
        made.written = text
        return made


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


T = TypeVar("T")
Some = Annotated[list[T], BeforeValidator(_listed), Field(min_length=1)]
Word = Annotated[str, BeforeValidator(_word), Field(min_length=1)]
#: Compared without regard to case.
Folded = Annotated[Word, AfterValidator(InLowerCase)]
Country = Annotated[Word, Field(pattern="^[A-Z]{2}$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Among(Model, Generic[T]):
    """A known value that is (``in``) or is not (``not_in``) in a list; a list or a single value stands for ``in``."""

    in_: Some[T] | None = Field(None, alias="in")
    not_in: Some[T] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"in": value}

    @model_validator(mode="after")
    def _one(self) -> Among[T]:
        if (self.in_ is None) == (self.not_in is None):
            raise ValueError("give either in or not_in")
        return self

    def bound(self) -> dict[str, Any]:
        """Values of the filter's SQL file."""
        return {"listed": self.not_in if self.in_ is None else self.in_, "wanted": self.in_ is not None}


class Range(Model):
    """A number with a lower bound (``at_least`` or ``above``), an upper one (``at_most`` or ``below``), or both."""

    at_least: Number | None = None
    above: Number | None = None
    at_most: Number | None = None
    below: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("give its bounds, e.g. {at_least: 80}")
        return value

    @model_validator(mode="after")
    def _bounds(self) -> Range:
        lower = [bound for bound in (self.at_least, self.above) if bound is not None]
        upper = [bound for bound in (self.at_most, self.below) if bound is not None]
        if len(lower) > 1 or len(upper) > 1 or not lower + upper:
            raise ValueError("give one of at_least and above, one of at_most and below, or one of each")
        ends = [*(lower or [-math.inf]), *(upper or [math.inf])]
        if ends[0] > ends[1] or (ends[0] == ends[1] and None in (self.at_least, self.at_most)):
            raise ValueError(f"no number lies between {ends[0]} and {ends[1]}")
        return self

    def bound(self) -> dict[str, Any]:
        """Values of the filter's SQL file: a range as PostgreSQL writes it."""
        opens, low = ("[", self.at_least) if self.above is None else ("(", self.above)
        closes, high = ("]", self.at_most) if self.below is None else (")", self.below)
        return {"within": f"{{{opens}{'' if low is None else low},{'' if high is None else high}{closes}}}"}


def _band(text: str) -> str:
    found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3})|\+)", text)
    if not found or (found[2] and int(found[2]) < int(found[1])):
        raise ValueError(f"{text!r} is no age band: give the first and the last age, e.g. 25-34, or 65+")
    return text


class Bands(RootModel[Some[Annotated[Word, AfterValidator(_band)]]]):
    """Bands of age, both ends included: ``25-34``, ``65+``."""

    def bound(self) -> dict[str, Any]:
        """Values of the filter's SQL file."""
        ranges = [f"[{band.replace('-', ',')}]" if "-" in band else f"[{band[:-1]},)" for band in self.root]
        return {"within": f"{{{','.join(ranges)}}}"}


class Bought(Model):
    """Bought one of the items, ever or in the last ``within_days`` days."""

    in_: Some[Folded] = Field(alias="in")
    within_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"in": value}

    def bound(self) -> dict[str, Any]:
        """Values of the filter's SQL file."""
        return {"listed": self.in_, "within_days": self.within_days}


def _values(value: object) -> object:
    return None if value is True else _listed(value)


class Tags(RootModel[dict[str, Annotated[list[Folded] | None, BeforeValidator(_values)]]]):
    """Every named tag has one of the values; ``true`` (kept as None) or the bare name: it is there at all."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {value: True} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _named(self) -> Tags:
        if not self.root:
            raise ValueError("name a tag, e.g. {style: sporty}")
        return self

    def parts(self) -> Iterator[dict[str, Any]]:
        """Values of the filter's SQL file, for each tag."""
        for name, values in self.root.items():
            yield {"tag": name, "listed": values}


class Channels(RootModel[Some[Channel]]):
    """Consent is known for one of the channels."""

    def bound(self) -> dict[str, Any]:
        """Values of the filter's SQL file."""
        return {"listed": self.root}


class Lists(RootModel[Some[Name]]):
    """Is on one of the uploaded lists."""

    def bound(self) -> dict[str, Any]:
        """Values of the filter's SQL file."""
        return {"listed": self.root}


def _sql_file(name: str) -> str:
    folder = settings.SQL / "audiences"
    if not re.fullmatch("[a-z][a-z0-9_]*", name) or not (folder / f"{name}.sql").is_file():
        there = ", ".join(sorted(file.stem for file in folder.glob("*.sql"))) or "none yet"
        raise ValueError(f"there is no {name}.sql in {folder}; there are {there}")
    query = re.sub("--[^\n]*", "", (folder / f"{name}.sql").read_text(encoding="utf-8")).strip().rstrip(";")
    if not re.match(r"(select|with)\b", query, re.IGNORECASE) or "customer_id" not in query or ";" in query:
        raise ValueError(f"{folder / name}.sql must be one select of customer_id")
    return name


class Filter(Model):
    """Customers whom all of its keys find."""

    all_: list[Filter] | None = Field(None, alias="all", min_length=1)
    any_: list[Filter] | None = Field(None, alias="any", min_length=1)
    not_: Filter | None = Field(None, alias="not")
    sql: Annotated[str, AfterValidator(_sql_file)] | None = None
    list_: Lists | None = Field(None, alias="list")
    tier: Among[Word] | None = None
    segment: Among[Segment] | None = None
    stage: Among[Stage] | None = None
    region: Among[Folded] | None = None
    country: Among[Country] | None = None
    sex: Among[Sex] | None = None
    age: Range | None = None
    age_band: Bands | None = None
    tag: Tags | None = None
    consent: Channels | None = None
    orders: Range | None = None
    net_revenue: Range | None = None
    aov: Range | None = None
    days_since_order: Range | None = None
    bought_product: Bought | None = None
    bought_category: Bought | None = None

    @model_validator(mode="before")
    @classmethod
    def _nothing_empty(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not values:
            raise ValueError(f"name a filter: {', '.join(sorted(_KEYS.values()))}")
        if empty := [str(key) for key, value in values.items() if value is None]:
            raise ValueError(f"{', '.join(empty)}: says nothing; give values, or remove it")
        return values

    def parts(self) -> list[tuple[str, Any]]:
        """Its keys, as they are written, with what they ask."""
        return [(key, value) for name, key in _KEYS.items() if (value := getattr(self, name)) is not None]

    def walk(self, place: str = "audience") -> Iterator[tuple[str, str, Any]]:
        """Every key at whatever depth: its place in the file, itself, and what it asks."""
        for key, value in self.parts():
            here = f"{place}.{key}"
            if isinstance(value, Filter):
                yield from value.walk(here)
            elif isinstance(value, list):
                for number, each in enumerate(value):
                    yield from each.walk(f"{here}.{number}")
            else:
                yield here, key, value


#: Field of ``Filter`` -> key of the file.
_KEYS = {name: field.alias or name for name, field in Filter.model_fields.items()}


def unknown_tiers(asked: Filter | None, tiers: list[str]) -> Iterator[tuple[str, str]]:
    """Places that name a tier which the business does not have, and what to do."""
    for place, key, value in asked.walk() if asked else ():
        if key == "tier" and (unknown := [name for name in value.bound()["listed"] if name not in tiers]):
            yield place, f"the business has no tier {', '.join(unknown)}; there are {', '.join(tiers)}"


def lists(asked: Filter | None) -> list[str]:
    """Every uploaded list that is named, at whatever depth."""
    return [name for _, key, value in (asked.walk() if asked else ()) if key == "list" for name in value.root]


def with_sql(body: str, asked: Filter | None, file: str) -> str:
    """``body`` with the text of its SQL files as comments: what was declared is known by it, and by its hash.

    :raises DeclarationError: ``body`` holds the text already, and the SQL file says something else by now
    """
    for place, key, name in asked.walk() if asked else ():
        if key != "sql":
            continue
        path = settings.SQL / "audiences" / f"{name}.sql"
        head = f"# include/sql/audiences/{name}.sql:\n"
        text = head + "".join(f"#   {line}\n" for line in path.read_text(encoding="utf-8").splitlines())
        if text in body:
            continue
        if head in body:
            told = f"{path} has changed since then; restore it, and give the new text a new name"
            raise DeclarationError(f"{file}: {place}: {told}", file, ((place, told),))
        body = f"{body.rstrip()}\n{text}"
    return body
