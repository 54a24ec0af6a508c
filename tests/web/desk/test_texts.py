"""Every word of the desk is there in both languages, and is used."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from crm.web.desk import pages

SOURCES = "".join(
    file.read_text(encoding="utf-8")
    for pattern in ("templates/*.html", "*.py")
    for file in sorted(pages.FOLDER.glob(pattern))
)


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_values():
    english, chinese = pages.texts("en"), pages.texts("zh-CN")
    assert list(english) == list(chinese)
    assert {name: _values(text) for name, text in english.items()} == {n: _values(t) for n, t in chinese.items()}


def test_every_text_that_a_page_names_is_there():
    named = set(re.findall(r"""w(?:ords)?\(["']([a-z_]+\.[\w.-]+)["'][,)]""", SOURCES))
    assert named
    assert not named - pages.texts("en").keys()


@pytest.mark.parametrize("name", sorted(pages.texts("en")))
def test_every_text_is_used(name):
    section, key = name.split(".", 1)
    by_value = re.search(rf"""["']{section}(\.|["'])""", SOURCES)
    assert name in SOURCES or (by_value and f'"{name}"' not in SOURCES), f"{name} is said nowhere ({key})"
