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

from crm.messages import amounts

PLACES = ("subject", "text", "html")
#: What a template may use of a person. Those of the offer may be empty: templates branch on them.
OPTIONAL = ("offer", "code", "value", "threshold", "expires")
NAMES = ("name", "salutation", "product", *OPTIONAL, "link", "unsubscribe")
TOKEN = re.compile(r"@@([a-z]+)\.(subject|text|html)@@")

#: What stands where the shop does not know; ``salutation`` is for a person with a name.
FALLBACKS: dict[str, dict[str, str]] = {
    "en": {"name": "customer", "product": "your favourites", "salutation": "Dear {name}"},
    "zh-CN": {"name": "顾客", "product": "您常买的商品", "salutation": "亲爱的{name}"},
}
#: How a fitted coupon is said where its declaration has no words of its own: with a threshold, and without.
COUPONS = {
    "en": ("{value} off orders of {threshold} or more", "{value} off your next order"),
    "zh-CN": ("满{threshold}减{value}", "下一单立减{value}"),
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
    """What a decided offer (docs/offers.md) says in ``locale``, by the names of ``OPTIONAL``; "" where it does not."""
    if not isinstance(offer, Mapping):
        return dict.fromkeys(OPTIONAL, "")
    text = offer.get("text") or ""
    if isinstance(text, Mapping):
        text = text.get(locale) or ""
    terms = _terms(offer, locale)
    if terms["value"]:
        text = (text or COUPONS[locale][0 if terms["threshold"] else 1]).format_map(terms)
    found = {"offer": str(text), "code": str(offer.get("code") or ""), **terms}
    return {name: clean(value, _LONGEST.get(name, 40)) for name, value in found.items()}


def _terms(offer: Mapping[str, Any], locale: str) -> dict[str, str]:
    """Value, threshold and last day of a fitted coupon, as they are written in ``locale``; "" where there are none."""
    if not offer.get("value"):
        return dict.fromkeys(("value", "threshold", "expires"), "")
    value, threshold = (str(offer.get(name) or 0) for name in ("value", "threshold"))
    currency = offer["currency"]
    return {
        "value": amounts.money(value, currency, locale),
        "threshold": amounts.money(threshold, currency, locale) if float(threshold) else "",
        "expires": amounts.day(offer["expires_on"], locale),
    }


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
