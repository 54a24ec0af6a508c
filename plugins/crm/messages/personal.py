"""Personal values: cleaned, given a fallback, and escaped for each place of a message where they may stand.

Templates never see them. They are rendered with a token (``@@name.html@@``) for each value and place. The tokens are
replaced afterwards, in one pass, so that no customer's data is ever read as a template, a token, markup or a header.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

PLACES = ("subject", "text", "html")
#: What a template may use of a person. ``offer`` and ``code`` may be empty: templates branch on them.
NAMES = ("name", "salutation", "product", "offer", "code", "link", "unsubscribe")
OPTIONAL = ("offer", "code")
TOKEN = re.compile(r"@@([a-z]+)\.(subject|text|html)@@")

#: What stands where the shop does not know; ``salutation`` is for a person with a name.
FALLBACKS: dict[str, dict[str, str]] = {
    "en": {"name": "customer", "product": "your favourites", "salutation": "Dear {name}"},
    "zh-CN": {"name": "顾客", "product": "您常买的商品", "salutation": "亲爱的{name}"},
}

_LONGEST = {"name": 60, "product": 120, "offer": 160, "code": 40}
_UNSEEN = {"Cc", "Cf", "Cs", "Co"}
#: Addresses and markup are no names: an account named "win at evil.example" must not speak through our messages.
_NO_NAME = re.compile(r"[<>@*\\/{}\[\]|=\"]|www\.|\w\.[a-z]{2,}(\s|$)", re.IGNORECASE)


def clean(text: str | None, longest: int = 160) -> str:
    """``text`` on one line, without control and invisible characters and without anything that looks like a token."""
    spaced = "".join(" " if c.isspace() or c in "\u2028\u2029" else c for c in unicodedata.normalize("NFC", text or ""))
    seen = "".join(c for c in spaced if unicodedata.category(c) not in _UNSEEN)
    line = re.sub(r"@{2,}", "@", " ".join(seen.split()))
    return line[:longest].strip()


def addressable(name: str | None) -> str:
    """The name as it can stand in a salutation; "" where it is missing, masked (``t**1``) or no name at all."""
    line = clean(name, 200)
    return "" if len(line) > _LONGEST["name"] or _NO_NAME.search(line) or not any(map(str.isalpha, line)) else line


def readable(product: str | None) -> str:
    """A product or category as one would say it: the last level of its path, not in capitals."""
    last = clean(product, 400).split(" > ")[-1].strip()
    return (last.lower() if last.isupper() else last)[: _LONGEST["product"]]


def offer_of(offer: Any, locale: str) -> dict[str, str]:
    """Text and code of a decided offer (``{"text": {locale: …}, "code": …}``) in ``locale``; "" where it is not."""
    if not isinstance(offer, Mapping):
        return {"offer": "", "code": ""}
    text = offer.get("text") or ""
    if isinstance(text, Mapping):
        text = text.get(locale) or ""
    return {"offer": clean(str(text), _LONGEST["offer"]), "code": clean(str(offer.get("code") or ""), _LONGEST["code"])}


def values(
    *, locale: str, name: str | None, product: str | None, offer: Any, link: str, unsubscribe: str
) -> dict[str, str]:
    """Every personal value of one message, by name, cleaned and with its fallback, not yet escaped."""
    fallback = FALLBACKS[locale]
    called = addressable(name) or fallback["name"]
    return {
        "name": called,
        "salutation": fallback["salutation"].format(name=called),
        "product": readable(product) or fallback["product"],
        **offer_of(offer, locale),
        "link": link,
        "unsubscribe": unsubscribe,
    }


def token(name: str, place: str) -> str:
    """What stands in a rendered template for the value ``name`` in ``place``."""
    return f"@@{name}.{place}@@"


def tokens(found: Mapping[str, str]) -> dict[str, str]:
    """Token -> text, escaped for its place."""
    return {
        token(name, place): html.escape(value) if place == "html" else value
        for name, value in found.items()
        for place in PLACES
    }


def fill(text: str, by_token: Mapping[str, str]) -> str:
    """``text`` with its tokens replaced, in one pass: what is put in is never read again."""
    return TOKEN.sub(lambda match: by_token[match.group()], text)
