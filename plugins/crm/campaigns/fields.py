"""What keys of declarations and calendars hold: names, days, times, countries; and how a mistake in them is told."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crm import yaml_files

UNKNOWN, SEVERAL = "unknown_key", "several_problems"


class DeclarationError(Exception):
    """A declaration or a calendar cannot be used; the message names the file, the key and what to do.

    ``file`` and ``problems`` (key, what to do) hold the same in parts.
    """

    def __init__(self, message: str, file: str = "", problems: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.file, self.problems = file, problems


class Model(BaseModel):
    """A part of a file. Fields with ``exclude`` are ours, not keys of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        if isinstance(values, dict):
            keys = {field.alias or name: field for name, field in cls.model_fields.items()}
            if unknown := [str(key) for key in values if key not in keys]:
                known = ", ".join(sorted(key for key, field in keys.items() if not field.exclude))
                told = {"keys": ", ".join(unknown), "known": known}
                raise PydanticCustomError(UNKNOWN, "no such key; there are {known}", told)
        return values


def _month_day(text: str) -> str:
    try:
        datetime.date.fromisoformat(f"2000-{text}")  # 2000 has a 29 February
    except ValueError:
        raise ValueError(f'{text!r} is no day of the year: give MM-DD, e.g. "12-25"') from None
    return text


def _clock(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return datetime.time.fromisoformat(value)
    raise ValueError("give a local time, e.g. 10:00")


def _lunar_day(text: str) -> str:
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|30)", text):
        raise ValueError(f'{text!r} is no day of the lunar calendar: give MM-DD, e.g. "07-07"')
    return text


Locale = Literal["en", "zh-CN"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
LunarDay = Annotated[str, AfterValidator(_lunar_day)]
Clock = Annotated[datetime.time, BeforeValidator(_clock)]
LONGEST_LEAD_DAYS = 60
Days = Annotated[int, Field(ge=0, le=LONGEST_LEAD_DAYS)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


def refusal(file: str, error: ValidationError, text: str = "") -> DeclarationError:
    """Every mistake of ``file`` in one error, with its line in ``text``."""
    return DeclarationError(f"{file}: {problems(error, text)} (keys: docs/campaigns.md)", file, tuple(_all(error)))


def problems(error: ValidationError, text: str = "") -> str:
    """Every mistake with the key that it is in, and its line in ``text``."""
    return "; ".join(": ".join(filter(None, (key, what))) + _line(text, key) for key, what in _all(error))


def _line(text: str, key: str) -> str:
    return yaml_files.at(text, key.split(", ", maxsplit=1)[0].split(".")) if text else ""


def _all(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Keys and what to do about them."""
    for each in error.errors():
        place, context = [str(part) for part in each["loc"]], each.get("ctx", {})
        if each["type"] == SEVERAL:
            yield from map(tuple, context["problems"])
            continue
        if each["type"] == UNKNOWN:
            place.append(context["keys"])
        yield ".".join(place), yaml_files.advice(each)
