"""Customer files, and order files that carry the buyer's name and addresses: one row per customer told of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from crm import addresses
from crm.orders import birthdays, values
from crm.orders.arrow import pa, pc
from crm.orders.mapping import Customers
from crm.orders.rows import Rows

_SEXES = {
    **dict.fromkeys(("female", "f", "woman", "女", "w", "ms", "mrs"), "female"),
    **dict.fromkeys(("male", "m", "man", "男", "mr"), "male"),
    **dict.fromkeys(("other", "x", "diverse", "其他"), "other"),
}
_CHANNELS = {
    **dict.fromkeys(("email", "e-mail", "mail", "邮件", "电子邮件"), "email"),
    **dict.fromkeys(("sms", "text", "mobile", "短信", "手机"), "sms"),
}


def channel(text: str) -> str | None:
    """``email`` or ``sms``; None for other words."""
    return _CHANNELS.get(text.lower())


def batch(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of customers. Values that cannot be used are null and counted, never guessed."""
    block = cast(Customers, rows.reading.block)
    columns = {"customer": rows.identified("customer")}
    unknown = pc.is_null(columns["customer"])
    if not block.from_orders:
        rows.reject(unknown, "missing_customer", "customer")
    columns["name"] = rows.unmasked("name")
    columns["region"] = rows.text("region")
    columns["consent_source"] = rows.text("consent_source")
    columns["country"] = _country(rows, block)
    columns["email"] = _words(rows, "email", addresses.email, rows.unmasked("email"))
    columns["mobile"] = _mobile(rows, columns["country"])
    columns |= {f"{name}_masked": rows.masked(name) for name in ("email", "mobile")}
    columns["time_zone"] = _words(rows, "time_zone", _zone)
    columns["locale"] = _words(rows, "locale", _locale)
    sexes = {**_SEXES, **{word.lower(): sex for word, sex in block.sexes.items()}}
    columns["sex"] = _words(rows, "sex", lambda word: sexes.get(word.lower()))
    columns["preferred_channel"] = _words(rows, "preferred_channel", channel)
    columns["tags"] = _words(rows, "tags", _tags)
    columns |= _birthday(rows, block)
    columns["age"] = _age(rows)
    columns["consent_at"] = rows.time("consent_at", reason=None)
    for name in ("gift_buyer", "fake_orders", "invented", "consent_email", "consent_sms"):
        columns[name] = _flag(rows, name, block)
    return rows.finish(columns, keep=pc.invert(unknown) if block.from_orders else None)


def _words(rows: Rows, name: str, translate: Callable[[str], Any], found: pa.Array | None = None) -> pa.Array:
    """Each distinct text translated; those without a translation are null and counted as malformed."""
    told = rows.text(name) if found is None else found
    if told.null_count == len(told):
        return told
    translated = values.translated(told, translate, pa.string())
    if dropped := translated.null_count - told.null_count:
        rows.reading.warnings[f"malformed_{name}"] += dropped
    return translated


def _country(rows: Rows, block: Customers) -> pa.Array:
    names = {name.lower(): code for name, code in block.countries.items()}

    def code(text: str) -> str | None:
        plain = len(text) == 2 and text.isascii() and text.isalpha()
        return names.get(text.lower()) or (text.upper() if plain else None)

    return _words(rows, "country", code)


def _mobile(rows: Rows, countries: pa.Array) -> pa.Array:
    """Mobiles in E.164; numbers without a country code are of the customer's country, else of the shop's."""
    told = rows.unmasked("mobile")
    if told.null_count == len(told):
        return told
    own = rows.reading.mapping.country
    # The country stands before the number, so that each distinct pair is parsed once.
    pairs = pc.binary_join_element_wise(pc.fill_null(countries, own), told, " ")
    return _words(rows, "mobile", lambda pair: addresses.mobile(pair[3:], pair[:2]), pairs)


def _zone(text: str) -> str | None:
    from zoneinfo import available_timezones

    return text if text in available_timezones() else None


def _locale(text: str) -> str | None:
    language = text.lower().replace("_", "-").split("-")[0]
    return {"zh": "zh-CN", "中文": "zh-CN", "en": "en", "英文": "en"}.get(language)


def _tags(text: str) -> str | None:
    """Tags by name as a JSON object: one is passed on, ``a;b`` becomes {"a": true, "b": true}."""
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else None
    names = [name.strip() for part in text.split(";") for name in part.split(",")]
    return json.dumps({name: True for name in names if name}, ensure_ascii=False)


def _birthday(rows: Rows, block: Customers) -> dict[str, pa.Array]:
    kinds = {"birthday": pa.date32(), "birthday_calendar": pa.string(), "birthday_has_year": pa.bool_()}
    told = rows.unmasked("birthday")
    if told.null_count == len(told):
        return {name: rows.nulls(kind) for name, kind in kinds.items()}
    calendars = _words(rows, "birthday_calendar", birthdays.calendar)
    pairs = pc.binary_join_element_wise(pc.fill_null(calendars, "solar"), told, " ")
    shape = pa.struct(list(kinds.items()))

    def parse(pair: str) -> dict[str, Any] | None:
        calendar, text = pair.split(" ", 1)
        found = birthdays.parse(text, block.birthdays, calendar)
        return None if found is None else dict(zip(kinds, found, strict=True))

    parsed = values.translated(pairs, parse, shape)
    rows.warn("malformed_birthday", pc.and_(pc.is_valid(told), pc.is_null(parsed)))
    return dict(zip(kinds, parsed.flatten(), strict=True))


def _age(rows: Rows) -> pa.Array:
    if not rows.has("age"):
        return rows.nulls(pa.int64())
    ages, wrong = values.whole(rows.source("age"))
    told = pc.and_(pc.is_valid(ages), pc.greater(ages, 130))
    rows.warn("malformed_age", wrong)
    rows.warn("malformed_age", told)
    return pc.if_else(told, pa.scalar(None, pa.int64()), ages)


def _flag(rows: Rows, name: str, block: Customers) -> pa.Array:
    if not rows.has(name):
        return rows.nulls(pa.bool_())
    flags, wrong = values.flag(rows.source(name), block.yes, block.no)
    if wrong:
        rows.reading.warnings[f"malformed_{name}"] += wrong
    return flags
