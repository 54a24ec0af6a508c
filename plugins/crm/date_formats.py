"""Formats of dates that a mapping may name, and which of them read one text as different days.

03/04/2024 is a day of March or of April; PST is a zone of America or of the Philippines.
"""

from __future__ import annotations

import datetime
import re
from functools import cache
from itertools import combinations, permutations

#: Formats with a name of their own: ISO 8601, days since 1899-12-30, seconds and milliseconds since 1970-01-01 (UTC).
NAMED = ("iso", "excel", "epoch", "epoch_ms")
#: Words for the one zone whose name is the same everywhere; PST, CST or IST are several zones each.
UTC_WORDS = ("UTC", "GMT", "Z")
_ZONE_AT_END = re.compile(r"(?<![A-Za-z%])([A-Z]{1,5})\)?$")
_SAMPLES = tuple(datetime.datetime(2003, 4, day, 6, 7, 8) for day in (5, 11))  # noqa: DTZ001 (forms, not instants)


def check(form: str) -> str:
    """``form`` if it can be used.

    :raises ValueError: it is no format, or names a zone that only its author knows
    """
    if form in NAMED:
        return form
    if "%" not in form:
        known = ", ".join(NAMED[1:])
        raise ValueError(f"{form!r} is neither iso nor a strptime format (nor one of {known}) such as %d/%m/%Y %H:%M")
    if "%Z" in form[:-2]:
        raise ValueError(f"{form!r}: %Z must be at its end")
    word = zone_word(form)
    if word and word not in UTC_WORDS:
        raise ValueError(
            f"{form!r}: {word} is not one zone everywhere. Set time_zone to the IANA zone of these times and give "
            "a file without the word, or use %z for an offset such as -0800"
        )
    return form


def zone_word(form: str) -> str:
    """The zone that is written out at the end of a format, such as Z or PST; nothing where there is none."""
    # Directives are no words: %S, %p, %Z.
    found = _ZONE_AT_END.search(re.sub(r"%[-#^_0]?[A-Za-z%]", "\0", form))
    return found[1] if found and (found[1] in UTC_WORDS or len(found[1]) > 1) else ""


@cache
def rivals(formats: tuple[str, ...]) -> frozenset[str]:
    """Those of the formats that read some text as another day than another of them does."""
    pairs = [pair for pair in combinations(formats, 2) if not set(pair) & set(NAMED) and _differ(*pair)]
    return frozenset(form for pair in pairs for form in pair)


def _differ(one: str, other: str) -> bool:
    return any(
        reading not in (None, _read(sample.strftime(first), first))
        for first, second in permutations((one, other))
        for sample in _SAMPLES
        for reading in [_read(sample.strftime(first), second)]
    )


def _read(text: str, form: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, form).replace(tzinfo=None)  # noqa: DTZ007 (days are compared)
    except ValueError:
        return None


def parsed(text: str, form: str) -> datetime.datetime:
    """A text as a time by one format, ``iso`` or strptime's; UTC where the zone is written out, else without a zone.

    :raises ValueError: it has another format, or names another zone
    """
    if form == "iso":
        return datetime.datetime.fromisoformat(text)
    if form.endswith("%Z"):
        word = next((word for word in UTC_WORDS if text.endswith(word)), None)
        if word is None:
            raise ValueError("the zone is none that is the same everywhere")
        clock = text.removesuffix(word).rstrip()
        return datetime.datetime.strptime(clock, form.removesuffix("%Z").rstrip()).replace(tzinfo=datetime.UTC)
    found = datetime.datetime.strptime(text, form)  # noqa: DTZ007 (the caller knows the zone)
    return found.replace(tzinfo=datetime.UTC) if zone_word(form) else found
