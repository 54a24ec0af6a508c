"""Mappings of experiments: which column of a file says who was in which arm, and what came of it.

A mapping is ``include/experiments/<name>.yaml`` or any other YAML file; ``docs/experiments.md`` describes every key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from crm import date_formats, settings, yaml_files

RANDOMISED, OBSERVATIONAL = "randomised", "observational"
ANY_ORDER = "any_order"
#: What a file may say of one window.
MEASURES = ("converted", "orders", "revenue", "refunds", "redeemed")
#: What it may say of the message; true or false.
STEPS = ("accepted", "delivered", "opened", "clicked")

#: Keys whose values are compared with what stands in the file, or stand for it.
WRITTEN = ("arm", "campaign", "occasion", "date", "as_of", "channel")


class ExperimentMappingError(Exception):
    """A mapping of an experiment cannot be used; the message names the file, the key and what to do."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _texts(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _variants(value: Any) -> Any:
    """``{value of the column: variant}``; a value or a list of values is one treatment, variant a."""
    return value if isinstance(value, dict) else dict.fromkeys(_texts(value), "a")


Name = Annotated[str, Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=366)]


class Source(Model):
    """A column of the file (YAML's short form: its name), or the same ``value`` in every row."""

    column: Name | None = None
    value: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Source:
        if (self.column is None) == (self.value is None):
            raise ValueError("give the name of a column, or {value: the same in every row}")
        return self


class Arm(Model):
    """``treated``: values of ``column`` that were written to, each with its variant; ``control``: that were not."""

    column: Name
    treated: Annotated[dict[str, Name], BeforeValidator(_variants)] = Field(min_length=1)
    control: Annotated[list[str], BeforeValidator(_texts)] = Field(min_length=1)

    @model_validator(mode="after")
    def _apart(self) -> Arm:
        treated = [value.strip().lower() for value in self.treated]
        both = sorted({value for value in self.control if value.strip().lower() in treated})
        if both:
            raise ValueError(f"{', '.join(both)} is treated and control at once")
        return self


class Outcome(Model):
    """What came of it within ``window_days`` of the date: a number, or a column where campaigns differ in length.

    ``revenue`` is before ``refunds``, where these are given; ``redeemed`` counts coupons.
    """

    window_days: Days | Name
    converted: Name | None = None
    orders: Name | None = None
    revenue: Name | None = None
    refunds: Name | None = None
    redeemed: Name | None = None

    @model_validator(mode="after")
    def _something(self) -> Outcome:
        if not (self.converted or self.orders or self.revenue):
            raise ValueError("map at least one of converted, orders, revenue")
        if self.refunds and not self.revenue:
            raise ValueError("refunds are taken off the revenue: map revenue too")
        return self

    def told(self) -> dict[str, str]:
        """The measures that the file has, with their columns."""
        return {name: column for name in MEASURES if (column := getattr(self, name))}


class FromOrders(Model):
    """Outcomes are the warehouse's own orders after the date, in these windows; the first is the primary one."""

    window_days: list[Days] = Field(min_length=1)


class Costs(Model):
    """In the reporting currency: of each message that was taken, and of each coupon that was redeemed."""

    per_contact: float | None = Field(None, ge=0)
    per_redemption: float | None = Field(None, ge=0)


class Amounts(Model):
    """How numbers are written; ``crm.spelling`` knows signs of money, brackets and blanks beside it."""

    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""


class Mapping(Model):
    """One kind of file: one row per person and campaign. The first outcome is the primary one."""

    name: str
    body: str
    assignment: Literal["randomised", "observational"]
    holdout: float | None = Field(None, gt=0, lt=1)
    campaign: Source
    occasion: Source = Source(value="")
    date: Source
    dates: Annotated[list[str], BeforeValidator(_texts)] = ["iso"]
    as_of: Source | None = None
    customer: Name | None = None
    shop: Name | None = None
    arm: Arm
    stratum: Name | None = None
    tier: Name | None = None
    channel: Source = Source(value="unknown")
    spent_before: Name | None = None
    accepted: Name | None = None
    delivered: Name | None = None
    opened: Name | None = None
    clicked: Name | None = None
    goal: Name | None = None
    outcomes: list[Outcome] = []
    from_orders: FromOrders | None = None
    costs: Costs = Costs()
    blank_is_zero: bool = False
    amounts: Amounts = Amounts()
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        import codecs

        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"{value!r} is no encoding that Python knows (utf-8, gb18030, latin-1 …)") from None

    @field_validator("dates")
    @classmethod
    def _formats(cls, value: list[str]) -> list[str]:
        for form in value:
            if form != "iso" and "%" not in form:
                raise ValueError(f"{form!r} is neither iso nor a strptime format such as %d/%m/%Y")
        if alike := sorted(date_formats.rivals(tuple(value))):
            raise ValueError(f"{' and '.join(alike)} read one text as different days: keep the one that is right")
        return [date_formats.check(form) for form in value]

    @model_validator(mode="after")
    def _fits(self) -> Mapping:
        if self.assignment == OBSERVATIONAL and self.holdout is not None:
            raise ValueError("holdout is the share that was drawn: leave it out where nothing was (observational)")
        if bool(self.outcomes) == (self.from_orders is not None):
            raise ValueError("give either outcomes (columns of the file) or from_orders (the warehouse's own orders)")
        if self.from_orders and not (self.shop and self.customer):
            raise ValueError("from_orders needs shop and customer: whose orders are they?")
        if self.from_orders and self.as_of:
            raise ValueError("as_of: orders are read as of the latest complete business date; leave it out")
        if self.shop and not self.customer:
            raise ValueError("shop says whose customer ids these are: map customer too")
        if len({tuple(sorted(each.told())) for each in self.outcomes}) > 1:
            raise ValueError("outcomes: every window maps the same measures")
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def measures(self) -> tuple[str, ...]:
        """What is known of every window; orders and revenue where the warehouse's own orders tell."""
        return tuple(self.outcomes[0].told()) if self.outcomes else ("orders", "revenue", "refunds")

    @property
    def declared_goal(self) -> str:
        """The goal that conversion is counted on."""
        return self.goal or ("conversion" if "converted" in self.measures else ANY_ORDER)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column that is read, with the key of the mapping that names it."""
        for key in ("campaign", "occasion", "date", "as_of", "channel"):
            source = getattr(self, key)
            if source is not None and source.column:
                yield key, source.column
        yield "arm.column", self.arm.column
        for key in ("customer", "stratum", "tier", "spent_before", *STEPS):
            if column := getattr(self, key):
                yield key, column
        for number, outcome in enumerate(self.outcomes):
            if isinstance(outcome.window_days, str):
                yield f"outcomes.{number}.window_days", outcome.window_days
            for measure, column in outcome.told().items():
                yield f"outcomes.{number}.{measure}", column


def load(name_or_path: str | Path) -> Mapping:
    """Read the mapping ``include/experiments/<name>.yaml``, or the YAML file at a path.

    :raises ExperimentMappingError: names the file, the key and what to do
    """
    path = _find(name_or_path)
    try:
        body = yaml_files.text_of(path)
        content, as_written = yaml_files.parse(body, str(path)), yaml_files.as_written(body)
    except yaml_files.YamlError as error:
        raise ExperimentMappingError(str(error)) from None
    if not isinstance(content, dict):
        start = settings.EXPERIMENTS / "generic_experiment.yaml"
        raise ExperimentMappingError(f"{path}: is empty; start from {start}")
    # YAML reads true, 7 and 1.10 as a truth and numbers; the file holds them as they are written.
    content |= {key: as_written[key] for key in WRITTEN if content.get(key)}
    try:
        return Mapping.model_validate({**content, "name": path.stem, "body": body})
    except ValidationError as error:
        problems = "; ".join(_problem(each) + yaml_files.at(body, each["loc"]) for each in error.errors())
        raise ExperimentMappingError(f"{path}: {problems}. See docs/experiments.md") from None


def _problem(error: Any) -> str:
    message = error["msg"]
    if error["type"] == "extra_forbidden":
        known = sorted(set(Mapping.model_fields) - {"name", "body"})
        message = "no such key" + (f"; there are {', '.join(known)}" if len(error["loc"]) == 1 else "")
    return f"{'.'.join(map(str, error['loc'])) or 'file'}: {message}"


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    is_path = text.endswith((".yaml", ".yml")) or "/" in text
    path = Path(text).expanduser() if is_path else settings.EXPERIMENTS / f"{text}.yaml"
    if path.is_file():
        return path
    known = ", ".join(sorted(p.stem for p in settings.EXPERIMENTS.glob("*.yaml")))
    raise ExperimentMappingError(f"no mapping {path}: give one of {known}, or the path of a .yaml file")
