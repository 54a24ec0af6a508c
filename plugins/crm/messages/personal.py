"""Personal values: cleaned, given a fallback, and escaped for each place of a message where they may stand.

Templates never see them. They are rendered with a token (``@@name.html@@``) for each value and place. The tokens are
replaced afterwards, in one pass, so that no customer's data is ever read as a template, a token, markup or a header.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from crm.messages import amounts

PLACES = ("subject", "text", "html")
#: What a template may use of a person. Those of the offer may be empty: templates branch on them.
OPTIONAL = ("offer", "code", "value", "threshold", "expires")
NAMES = ("name", "salutation", "product", *OPTIONAL, "link", "unsubscribe")
TOKEN = re.compile(r"@@([a-z]+)\.(subject|text|html)@@")


class Fallback(NamedTuple):
    """What stands where the shop does not know; ``salutation`` is for a person without a name."""

    name: str
    product: str
    salutation: str


#: Of templates that declare none of their own (``crm.messages.fallbacks``).
DEFAULTS = {
    "en": Fallback("customer", "your favourites", "Dear customer"),
    "zh-CN": Fallback("顾客", "您常买的商品", "亲爱的顾客"),
}
SALUTATIONS = {"en": "Dear {name}", "zh-CN": "亲爱的{name}"}
#: How a fitted coupon is said where its declaration has no words of its own: with a threshold, and without.
COUPONS = {
    "en": ("{value} off orders of {threshold} or more", "{value} off your next order"),
    "zh-CN": ("满{threshold}减{value}", "下一单立减{value}"),
}

#: Characters that a value can have.
LONGEST = {"name": 60, "product": 120, "offer": 160, "code": 40}
_TOKENISH = re.compile(r"@{2,}")
_UNSEEN = {"Cc", "Cf", "Cs", "Co"}
#: Zero-width joiner and non-joiner: inside a word they are letters of it (علی‌رضا, 👨‍👩‍👧), elsewhere nothing.
_JOINERS = re.compile("(?<=[^\u0000-\u007f\u200c\u200d\\s])[\u200c\u200d](?=[^\u0000-\u007f\u200c\u200d\\s])")
#: What programs write where they know no name; a person may be called Nan, but no program writes it so.
_NO_VALUE = re.compile(
    r"[\s,.;/|-]*(?:(?:\(null\)|null|nil|undefined|none|unknown|n/a|#n/a|\\n|nan)(?:[\s,.;/|-]+|$))+", re.IGNORECASE
)
#: Addresses, markup, signatures are no names: an account named "win at evil.example" or 【银行】 must not speak through
#: our messages.
_NO_NAME = re.compile(r"[<>@*\\/{}\[\]|=\"【】＜＞＠／]|www\.|\w\.[a-z]{2,}(?![a-z0-9])", re.IGNORECASE)


def clean(text: str | None, longest: int = 160) -> str:
    """``text`` on one line, without control and invisible characters and without anything that looks like a token."""
    seen = text or ""
    if not (seen.isascii() and seen.isprintable()):
        spaced = (" " if c.isspace() or c in "\u2028\u2029" else c for c in unicodedata.normalize("NFC", seen))
        seen = _without_unseen("".join(spaced))
    line = " ".join(seen.split())
    return (_TOKENISH.sub("@", line) if "@@" in line else line)[:longest].strip()


def _without_unseen(text: str) -> str:
    kept = {found.start() for found in _JOINERS.finditer(text)}
    return "".join(c for at, c in enumerate(text) if at in kept or unicodedata.category(c) not in _UNSEEN)


@functools.lru_cache(maxsize=8192)
def addressable(name: str | None) -> str:
    """The name as it can stand in a salutation; "" where it is missing, masked (``t**1``), what a program writes for
    a missing one (``NULL``, ``nan``) or no name at all."""
    line = clean(name, 200)
    if len(line) > LONGEST["name"] or _NO_NAME.search(line) or not any(map(str.isalpha, line)):
        return ""
    return "" if _NO_VALUE.fullmatch(line) and line != "Nan" else line


@functools.lru_cache(maxsize=8192)
def readable(product: str | None) -> str:
    """A product or category as one would say it: the last level of its path, not in capitals."""
    last = clean(product, 400).split(" > ")[-1].strip()
    return (last.lower() if last.isupper() else last)[: LONGEST["product"]]


def offer_of(offer: Any, locale: str) -> dict[str, str]:
    """What a decided offer (docs/offers.md) says in ``locale``, by the names of ``OPTIONAL``; "" where it does not."""
    if not isinstance(offer, Mapping):
        return dict.fromkeys(OPTIONAL, "")
    text = offer.get("text") or ""
    if isinstance(text, Mapping):
        text = text.get(locale) or ""
    terms = (offer.get("value"), offer.get("threshold"), offer.get("currency"), offer.get("expires_on"))
    return {**_said(locale, text, terms), "code": clean(offer.get("code"), LONGEST["code"])}


@functools.lru_cache(maxsize=8192)
def _said(locale: str, text: str, given: tuple[Any, ...]) -> dict[str, str]:
    """Everything of an offer but its code: few customers share that, many share this."""
    value, threshold, currency, expires_on = given
    terms = dict.fromkeys(("value", "threshold", "expires"), "")
    if value:
        terms = {
            "value": amounts.money(str(value), currency, locale),
            "threshold": amounts.money(str(threshold), currency, locale) if float(threshold or 0) else "",
            "expires": amounts.day(expires_on, locale),
        }
        text = (text or COUPONS[locale][0 if terms["threshold"] else 1]).format_map(terms)
    return {name: clean(said, LONGEST.get(name, 40)) for name, said in {"offer": text, **terms}.items()}


def values(
    *,
    locale: str,
    name: str | None,
    product: str | None,
    offer: Any,
    link: str,
    unsubscribe: str,
    fallback: Fallback | None = None,
) -> dict[str, str]:
    """Every personal value of one message, by name, cleaned and with its fallback, not yet escaped."""
    fallback = fallback or DEFAULTS[locale]
    called = addressable(name)
    return {
        "name": called or fallback.name,
        "salutation": SALUTATIONS[locale].format(name=called) if called else fallback.salutation,
        "product": readable(product) or fallback.product,
        **offer_of(offer, locale),
        "link": link,
        "unsubscribe": unsubscribe,
    }


def token(name: str, place: str) -> str:
    """What stands in a rendered template for the value ``name`` in ``place``."""
    return f"@@{name}.{place}@@"


class Wanted(NamedTuple):
    """One token of a body, the value it stands for, and whether it stands in HTML."""

    token: str
    name: str
    html: bool


def wanted(*texts: str) -> tuple[Wanted, ...]:
    """Every token in ``texts``, each once."""
    found = dict.fromkeys(match.group(0, 1, 2) for text in texts for match in TOKEN.finditer(text))
    return tuple(Wanted(token, name, place == "html") for token, name, place in found)


def substitutions(found: Mapping[str, str], wanted: Iterable[Wanted]) -> dict[str, str]:
    """Token -> text, escaped for its place, of those that are ``wanted``."""
    return {token: html.escape(found[name]) if escaped else found[name] for token, name, escaped in wanted}


def fill(text: str, by_token: Mapping[str, str]) -> str:
    """``text`` with its tokens replaced, in one pass: what is put in is never read again."""
    return TOKEN.sub(lambda match: by_token[match.group()], text)
