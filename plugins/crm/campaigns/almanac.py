"""The calendars that an operator edits: ``festivals.yaml`` and ``seasons.yaml`` in ``include/calendars``.

A declaration takes what it names (an ``Almanac`` of its own) and is kept with it, so that a past date is decided again
by the calendars of then. docs/campaigns.md documents the keys.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, ValidationError, model_validator

from crm import settings, yaml_files
from crm.campaigns.anchors import Anchor
from crm.campaigns.fields import Country, DeclarationError, Locale, Model, MonthDay, Name, refusal

Season = Literal["spring", "summer", "autumn", "winter"]
SEASONS: tuple[Season, ...] = get_args(Season)


class Festival(Anchor):
    """A day that shops keep; ``countries`` (ISO 3166): where it falls on this day, null = everywhere."""

    title: dict[Locale, str]
    countries: list[Country] | None = None


class SeasonTable(Model):
    """First days (MM-DD) of seasons by group of regions (any case); those not listed are in ``default_group``."""

    seasons: dict[Name, dict[Name, MonthDay]]
    region_groups: dict[Name, list[str]] = Field(default={})
    default_group: Name

    @model_validator(mode="after")
    def _complete(self) -> SeasonTable:
        groups = {self.default_group, *self.region_groups}
        for season, first_days in self.seasons.items():
            if missing := groups - set(first_days):
                raise ValueError(f"seasons.{season}: give the first day (MM-DD) for {', '.join(sorted(missing))}")
            if unknown := set(first_days) - groups:
                raise ValueError(f"seasons.{season}: {', '.join(sorted(unknown))} is no group of region_groups")
        regions = Counter(region.lower() for listed in self.region_groups.values() for region in listed)
        if twice := [region for region, times in regions.items() if times > 1]:
            raise ValueError(f"region_groups: {', '.join(twice)} stands twice")
        return self


class CountrySeasons(SeasonTable):
    """The four seasons of a country."""

    seasons: dict[Season, dict[Name, MonthDay]]  # type: ignore[assignment]

    @model_validator(mode="after")
    def _four(self) -> CountrySeasons:
        if missing := [season for season in SEASONS if season not in self.seasons]:
            raise ValueError(f"seasons: give {', '.join(missing)} too")
        return self


class Almanac(Model):
    """Festivals by name, seasons by country: all that the files hold, or what one declaration takes from them."""

    festivals: dict[Name, Festival] = Field(default={})
    seasons: dict[Country, CountrySeasons] = Field(default={})

    def kept(self) -> str | None:
        """As JSON, the same for the same content; None where nothing is taken."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, sort_keys=True, ensure_ascii=False) if content else None


def festivals() -> dict[str, Festival]:
    """Every festival of ``festivals.yaml``.

    :raises DeclarationError: names file and key
    """
    return _almanac("festivals").festivals


def seasons() -> dict[str, CountrySeasons]:
    """The table of every country of ``seasons.yaml``.

    :raises DeclarationError: names file and key
    """
    return _almanac("seasons").seasons


def _almanac(part: str) -> Almanac:
    file = settings.calendars() / f"{part}.yaml"
    try:
        return _read(file, part, file.stat().st_mtime_ns)
    except OSError as error:
        raise DeclarationError(f"{file}: {error.strerror}; restore it, or unset $CRM_CALENDARS") from None


@functools.lru_cache(maxsize=8)
def _read(file: Path, part: str, _changed_ns: int) -> Almanac:
    try:
        text = yaml_files.text_of(file)
        return Almanac.model_validate({part: yaml_files.parse(text, str(file))})
    except yaml_files.YamlError as error:
        raise DeclarationError(str(error)) from None
    except ValidationError as error:
        raise refusal(str(file), error, text) from None
