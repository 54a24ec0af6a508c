"""Product files, suppression lists and lists of past contacts."""

from __future__ import annotations

from typing import cast

from crm import addresses
from crm.orders import values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money
from crm.orders.mapping import Contacts, Products, Suppressions
from crm.orders.people import channel
from crm.orders.rows import Rows

_ROLES = {"traffic", "profit", "edge", "potential"}
_REASONS = {
    **dict.fromkeys(("opt_out", "optout", "unsubscribe", "unsubscribed", "退订", "stop"), "opt_out"),
    **dict.fromkeys(("complaint", "spam", "spamreport", "abuse", "投诉"), "complaint"),
    **dict.fromkeys(("bounce", "bounced", "hard_bounce", "invalid", "退信"), "bounce"),
}


def products(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of products."""
    product, damaged = rows.identity("product")
    if damaged is not None:
        rows.reject(damaged, "damaged_id", "product")
    columns = {"product": product, "name": rows.text("name", prose=True)}
    rows.reject(pc.is_null(columns["product"]), "missing_product", "product")
    columns["category"] = _path(rows.text("category", prose=True))
    columns["list_price"] = rows.number("list_price")
    columns["unit_cost"] = _cost(rows, columns["category"], columns["list_price"])
    told = rows.text("role")
    columns["role"] = values.translated(
        told, lambda word: word.lower() if word.lower() in _ROLES else None, pa.string()
    )
    if dropped := columns["role"].null_count - told.null_count:
        rows.reading.warnings["malformed_role"] += dropped
    return rows.finish(columns)


def _path(categories: pa.Array) -> pa.Array:
    """Levels joined by " > ", however many blanks surround the sign."""
    return pc.replace_substring_regex(categories, r"\s*>\s*", " > ")


def _cost(rows: Rows, categories: pa.Array, prices: pa.Array) -> pa.Array:
    """The unit cost as delivered, else list price × (1 − margin of the category, of a level above it, or of ``*``)."""
    told = rows.number("unit_cost")
    margins = cast(Products, rows.reading.block).margins
    if not margins or told.null_count == 0:
        return told

    def share(category: str) -> float | None:
        levels = category.split(" > ")
        paths = [" > ".join(levels[:depth]) for depth in range(len(levels), 0, -1)]
        return next((1 - margins[path] for path in [*paths, "*"] if path in margins), None)

    shares = values.translated(pc.fill_null(categories, ""), share, pa.float64())
    exact = values.number(shares, rows.reading.block.amounts)[0]
    derived = pc.round(pc.multiply(prices, exact), ndigits=4, round_mode="half_to_even").cast(money())
    return pc.coalesce(told, derived)


def suppressions(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of suppressions. A doubtful reason or time never loses an opt-out."""
    columns = _addressed(rows, also_all=True)
    told = rows.text("reason")
    reasons = {**_REASONS, **{k.lower(): v for k, v in cast(Suppressions, rows.reading.block).reasons.items()}}
    found = values.translated(told, lambda word: reasons.get(word.lower()), pa.string())
    rows.warn("unknown_reason", pc.and_(pc.is_valid(told), pc.is_null(found)))
    columns["reason"] = pc.fill_null(found, "opt_out")
    columns["occurred_at"] = rows.time("occurred_at", reason=None)
    columns["source"] = rows.text("source")
    return rows.finish(columns)


def contacts(rows: Rows) -> pa.RecordBatch:
    """The canonical rows of a frame of past contacts."""
    assert isinstance(rows.reading.block, Contacts)
    columns = _addressed(rows, also_all=False)
    columns["sent_at"] = rows.time("sent_at")
    rows.reject(pc.is_null(columns["sent_at"]), "missing_time", "sent_at")
    columns["campaign"] = rows.text("campaign")
    return rows.finish(columns)


def _addressed(rows: Rows, *, also_all: bool) -> dict[str, pa.Array]:
    """Channel and normalised address. Without a channel, what holds an @ is an e-mail, anything else a mobile."""
    told = rows.unmasked("address")
    rows.reject(pc.is_null(told), "missing_address", "address")
    words = {"all": "all", "全部": "all"} if also_all else {}
    named = rows.text("channel")
    channels = values.translated(named, lambda word: channel(word) or words.get(word.lower()), pa.string())
    rows.reject(pc.and_(pc.is_valid(named), pc.is_null(channels)), "unknown_channel", "channel")
    is_email = pc.match_substring(told, "@")
    channels = pc.coalesce(channels, pc.if_else(is_email, "email", "sms"))
    own = rows.reading.mapping.country

    def normal(address: str) -> str | None:
        return addresses.email(address) if "@" in address else addresses.mobile(address, own, any_type=True)

    found = values.translated(told, normal, pa.string())
    fits = pc.or_(pc.equal(channels, "all"), pc.equal(pc.equal(channels, "email"), is_email))
    rows.reject(pc.or_kleene(pc.is_null(found), pc.invert(fits)), "bad_address", "address")
    return {"channel": channels, "address": found}
