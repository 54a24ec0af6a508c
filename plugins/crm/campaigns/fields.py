"""What keys of declarations and calendars hold: names, days, times, countries; and how a mistake in them is told."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class DeclarationError(Exception):
    """A declaration or a calendar cannot be used; the message names the file, the key and what to do."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


Locale = Literal["en", "zh-CN"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
LunarDay = Annotated[str, AfterValidator(_lunar_day)]
Clock = Annotated[datetime.time, BeforeValidator(_clock)]
Days = Annotated[int, Field(ge=0, le=60)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


def problems(error: ValidationError) -> str:
    """Every mistake with the key that it is in."""
    return "; ".join(_problem(each["loc"], each["msg"]) for each in error.errors())


def _problem(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {text}" if place else text
