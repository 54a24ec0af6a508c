"""What people call an occasion and a wave, which a declaration names: ``black_friday-2017`` is *Black Friday 2017*.

A festival has its own title, a season its word; any other name is read without its underscores.
"""

from __future__ import annotations

import datetime
import functools
import re
from pathlib import Path

from crm import settings, yaml_files

#: Names of seasons and waves, and holidays of the campaigns that come with the software -> (en, zh-CN).
_WORDS = {
    "spring": ("Spring", "春季"), "summer": ("Summer", "夏季"),
    "autumn": ("Autumn", "秋季"), "winter": ("Winter", "冬季"),
    "thanksgiving": ("Thanksgiving", "感恩节"), "christmas": ("Christmas", "圣诞节"), "new_year": ("New Year", "元旦"),
    "image": ("brand image", "品牌形象"), "promotion": ("promotion", "促销"),
}  # fmt: skip
_DATED = re.compile(r"(?:(?P<name>.*)-)?(?P<year>\d{4})(?:-(?P<number>\d+))?")
#: The one wave of a campaign that has no others.
MAIN = ("", "main")


def occasion(name: str, locale: str) -> str:
    """What people call the occasion ``name``, with its year; the second of a year says so. A date stays as it is."""
    if _is_date(name) or not (dated := _DATED.fullmatch(name)):
        return name if _is_date(name) else called(name, locale)
    words = called(dated["name"], locale) if dated["name"] else ""
    number = f"({dated['number']})" if dated["number"] else ""
    return " ".join(word for word in (words, dated["year"], number) if word)


def in_full(name: str, wave: str, locale: str) -> str:
    """The occasion and, where there are several, its wave: *Winter 2017 · promotion*."""
    return " · ".join([occasion(name, locale), *([] if wave in MAIN else [called(wave, locale)])])


def called(name: str, locale: str) -> str:
    """What people call the festival, season, wave or other ``name`` of a declaration."""
    if said := _festival_titles().get(name, {}).get(locale):
        return said
    if name in _WORDS:
        return _WORDS[name][locale == "zh-CN"]
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if "_" in name else words


def _festival_titles() -> dict[str, dict[str, str]]:
    """Titles by locale of the festivals that an operator edits; none where the file cannot be read."""
    file = settings.calendars() / "festivals.yaml"
    try:
        return _titles(file, file.stat().st_mtime_ns)
    except (OSError, yaml_files.YamlError):
        return {}


@functools.lru_cache(maxsize=8)
def _titles(file: Path, _changed_ns: int) -> dict[str, dict[str, str]]:
    found = yaml_files.read(file)
    if not isinstance(found, dict):
        return {}
    titles = {name: each.get("title") for name, each in found.items() if isinstance(each, dict)}
    return {str(name): said for name, said in titles.items() if isinstance(said, dict)}


def _is_date(name: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(name)) and len(name) > len("20171122")
    except ValueError:
        return False
