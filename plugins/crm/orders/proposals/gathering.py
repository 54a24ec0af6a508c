"""Files that belong together: order items with their orders, customers and products, joined by their keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from crm.orders.proposals import names
from crm.orders.proposals.looking import ROWS, Look

#: What is read from each joined file, and how the file's rows are named in the mapping.
_TAKEN = {
    "orders": (
        *("customer", "ordered_at", "paid_at", "status", "currency", "coupon_codes", "entry_source", "shipping_fee"),
        *names.OF_CUSTOMERS,
    ),
    "customers": ("customer", *names.OF_CUSTOMERS),
    "products": ("product_name", "category"),
}
_MONEY = ("amount", "unit_price")


@dataclass(frozen=True)
class Joined:
    """A file that is joined: ``key`` is {column of the rows so far: column of this file}."""

    name: str
    look: Look
    key: dict[str, str]


@dataclass
class Gathered:
    """What a mapping is proposed for: ``look`` has the columns of all joined files, called ``<name>.<column>``."""

    look: Look
    joined: list[Joined] = field(default_factory=list)
    refunds: Look | None = None
    unsure: list[str] = field(default_factory=list)


def gather(looks: list[Look]) -> Gathered:
    """The file of order lines with all that belongs to it; files that lack a sure key are named in ``unsure``."""
    items, orders = _items_and_orders(looks)
    if items is None or orders is None:
        return _alone(looks)
    made = Gathered(_copy(items))
    made.refunds = next((look for look in looks if look not in (items, orders) and _is_refunds(look)), None)
    _join(made, "orders", orders)
    rest = [look for look in looks if look not in (items, orders, made.refunds)]
    for name in ("customers", "products"):
        for look in rest:
            if _key(made.look, look, name) and name not in [each.name for each in made.joined]:
                _join(made, name, look)
    used = [items, made.refunds, *(each.look for each in made.joined)]
    made.unsure += [
        f"{look.name} is not read: what was paid for a line comes from {items.name}; see `join` in docs/sources.md "
        "if it says more"
        for look in rest
        if look not in used
    ]
    return made


def _alone(looks: list[Look]) -> Gathered:
    """The file with most of the usual columns; the others are named."""
    best = max(looks, key=lambda look: len(names.recognised(look.columns)))
    made = Gathered(best)
    for other in looks:
        if other is not best:
            shared = [n for n in other.columns if n in best.columns and n.lower().endswith(("id", "号", "no"))]
            how = f"it shares {', '.join(shared)}: see `join` in docs/sources.md" if shared else "it is not read"
            name = other.name if other.name != best.name else f"{other.path.parent.name}/{other.name}"
            made.unsure.append(f"{name} is another kind of file; {how}")
    return made


def _copy(look: Look) -> Look:
    return replace(look, columns=dict(look.columns), keys=dict(look.keys), unsure=list(look.unsure))


def _items_and_orders(looks: list[Look]) -> tuple[Look | None, Look | None]:
    """The file of order lines, and that of the orders whose key it has; None where no two files are so."""
    found = [
        (items, orders)
        for items in looks
        for orders in looks
        if items is not orders and _is_items(items) and _is_orders(orders) and _shares_orders(items, orders)
    ]
    return max(found, key=lambda pair: len(names.recognised(pair[0].columns)), default=(None, None))


def _is_items(look: Look) -> bool:
    known = names.recognised(look.columns)
    return "order_id" in known and any(m in known for m in _MONEY) and bool({"product", "line_number"} & known.keys())


def _is_orders(look: Look) -> bool:
    known = names.recognised(look.columns)
    key = order_key(look)
    return key is not None and _is_unique(look, key) and "ordered_at" in known and "line_number" not in known


def _is_refunds(look: Look) -> bool:
    known = names.recognised(look.columns)
    return {"order_id", "refund_amount"} <= known.keys() and "product_name" not in known


def order_key(look: Look) -> str | None:
    """The column of the order's id; in a file of orders it may be called ``id``."""
    known = names.recognised(look.columns).get("order_id", [])
    if known:
        return known[0]
    named = "order" in look.name.lower() and "item" not in look.name.lower()
    return next((column for column in look.columns if named and names.plain(column) == "id"), None)


def _shares_orders(items: Look, orders: Look) -> bool:
    mine, theirs = order_key(items), order_key(orders)
    if mine is None or theirs is None or _lists(items, orders):
        return False
    return bool(set(items.given(mine)) & set(orders.given(theirs)))


def _lists(items: Look, orders: Look) -> bool:
    """Whether the file of items says itself when the order was made and by whom, so that nothing has to be joined."""
    known = names.recognised(items.columns)
    return {"ordered_at", "customer"} <= known.keys() and len(orders.columns) <= len(items.columns)


def _is_unique(look: Look, column: str) -> bool:
    given = look.given(column)
    return bool(given) and len(set(given)) == len(given) == look.rows


def _key(found: Look, other: Look, name: str) -> dict[str, str] | None:
    """The key by which ``other`` is joined: a column of one name in both, or ``id`` in a file called as the key is."""
    if name == "orders":
        mine, theirs = order_key(found), order_key(other)
        return {mine: theirs} if mine and theirs else None
    word = name.removesuffix("s")
    for column in other.columns:
        wanted = names.plain(column) if names.plain(column) != "id" else f"{word}id"
        if not wanted.startswith((word, "user", "buyer", "sku")) or not _is_unique(other, column):
            continue
        if name == "customers" and not wanted.startswith((word, "user", "buyer")):
            continue
        if name == "products" and not wanted.startswith((word, "sku")):
            continue
        for mine in found.columns:
            same = names.plain(mine.rpartition(".")[2]) == wanted
            if same and set(found.given(mine)) & set(other.given(column)):
                return {mine: column}
    return None


def _join(made: Gathered, name: str, look: Look) -> None:
    """Put the columns of ``look`` beside those that there are; those of the order go first, the line's own last."""
    key = _key(made.look, look, name)
    assert key is not None
    (mine, theirs), rows = next(iter(key.items())), made.look
    places = {value: number for number, value in enumerate(look.columns[theirs]) if value is not None}
    partners = [places.get(value) if value is not None else None for value in rows.columns[mine]]
    wanted = _wanted(look, name, theirs)
    if not wanted:
        return
    beside = {
        f"{name}.{column}": [None if place is None else look.columns[column][place] for place in partners]
        for column in wanted
    }
    lacking = sum(place is None for place in partners)
    if lacking and look.rows < ROWS:
        made.unsure.append(f"join.{name}: {lacking:,} of {rows.rows:,} rows have none in {look.name}")
    rows.columns = beside | rows.columns
    rows.per_order |= {column for column in beside if name == "orders" and _is_money(column)}
    made.joined.append(Joined(name, look, key))


def _wanted(look: Look, name: str, key: str) -> list[str]:
    known = names.recognised(look.columns)
    return [
        column
        for column in look.columns
        if (column != key and any(column in known.get(canonical, ()) for canonical in _TAKEN[name]))
        # The key of the customers' file is one of the orders' columns.
        or (name == "orders" and re.search(r"(customer|user|buyer)_?id$", column, re.IGNORECASE))
    ]


def _is_money(column: str) -> bool:
    return "shipping_fee" in names.recognised([column])
