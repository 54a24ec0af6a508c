"""A mapping for a file that was looked at: YAML with comments, and everything that a person has to look at."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from crm.orders.proposals import consents, names, spelling
from crm.orders.proposals.gathering import Gathered, Joined, order_key
from crm.orders.proposals.looking import Look

#: Stands where only a person knows: no mapping with it can be used.
CHOOSE = "CHOOSE"
#: How the first line of a proposal begins.
PROPOSED = "# Proposed from"
_MONEY = ("amount", "unit_price", "discount", "shipping_fee", "refund_amount", "quantity")
_OF_ORDER = ("shipping_fee", "refund_amount")
#: Country and time zone that a currency suggests.
_PLACES = {
    "CNY": ("CN", "Asia/Shanghai"), "USD": ("US", "America/New_York"), "GBP": ("GB", "Europe/London"),
    "JPY": ("JP", "Asia/Tokyo"), "BRL": ("BR", "America/Sao_Paulo"), "EUR": ("DE", "Europe/Berlin"),
}  # fmt: skip
_SIGNS = {"¥": "CNY", "￥": "CNY", "元": "CNY", "£": "GBP", "$": "USD", "€": "EUR"}


@dataclass
class Proposal:
    """The text of a mapping; ``unsure``: what may be wrong; ``missing``: what has to be filled in first."""

    shop: str
    text: str = ""
    unsure: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def propose(gathered: Gathered, shop: str) -> Proposal:
    """A mapping for the orders of the files that were gathered."""
    found = gathered.look
    made = Proposal(shop, unsure=[*found.unsure, *gathered.unsure])
    columns = _columns(found, made)
    grain = _grain(found, columns, made)
    lines = [
        f"{PROPOSED} {found.name}, {found.rows:,} rows. Lines with ? are guesses: look at each of them.",
        f"shop: {shop}",
        *_place(found, columns, made),
        "",
        "orders:",
        f"  files: {json.dumps(_pattern(found.name, made))}",
        *(f"  {key}: {json.dumps(value)}" for key, value in found.keys.items()),
        *_joins(gathered, made),
        *_dates(found, columns, made),
        *_amounts(found, columns, made),
        "  columns:",
        *_mapped(found, columns),
        *grain,
        *_statuses(found, columns, made),
        *_customer(found, columns, made),
        *_refunds(gathered.refunds, made),
        "",
        f"# Columns that are not read: {', '.join(_unread(found, columns)) or 'none'}.",
    ]
    made.text = "\n".join(lines) + "\n"
    return made


def _columns(found: Look, made: Proposal) -> dict[str, str]:
    """Canonical name -> the column that is taken for it; each column once."""
    taken: dict[str, str] = {}
    instead: dict[str, list[str]] = {}
    for canonical, candidates in names.recognised(found.columns).items():
        free = [c for c in candidates if c not in taken.values() and found.given(c)]
        if free:
            taken[canonical], *instead[canonical] = free
    for canonical, others in instead.items():
        if left := [c for c in others if c not in taken.values()]:
            made.unsure.append(f"columns.{canonical}: {taken[canonical]} is taken, but {', '.join(left)} may be meant")
    _complete(found, taken, made)
    return taken


def _complete(found: Look, taken: dict[str, str], made: Proposal) -> None:
    if "ordered_at" not in taken:
        dated = [c for c in found.columns if c not in taken.values() and spelling.dates(found.given(c)[:1000])]
        if dated:
            taken["ordered_at"] = dated[0]
            made.unsure.append(f"columns.ordered_at: {dated[0]} holds dates, but its name does not say of what")
        else:
            taken["ordered_at"] = CHOOSE
            made.missing.append("columns.ordered_at: name the column of the time of the order")
    if "amount" not in taken and "quantity" not in taken and "unit_price" in taken:
        taken["amount"] = taken.pop("unit_price")
        made.unsure.append(f"columns.amount: {taken['amount']} is a price and there is no quantity: a row is one piece")
    if "amount" not in taken and not {"quantity", "unit_price"} <= taken.keys():
        taken["amount"] = CHOOSE
        made.missing.append("columns.amount: name the column of what was paid for a line, or quantity and unit_price")
    if "order_id" not in taken:
        made.unsure.append(
            "columns.order_id: none was found, so every row is a purchase and a newer file replaces the whole. If rows "
            "belong together, make an id of other columns: order_id: {join: [customer, day]} (docs/sources.md)"
        )
    if "customer" not in taken:
        instead = next((taken[name] for name in ("email", "mobile") if name in taken), None)
        if instead:
            taken["customer"] = instead
            made.unsure.append(f"columns.customer: there is no customer id; {instead} says who somebody is")
        else:
            made.unsure.append("columns.customer: none was found, so orders count for the shop and never for a person")


def _place(found: Look, columns: dict[str, str], made: Proposal) -> list[str]:
    codes = Counter(value.upper() for value in found.given(columns["currency"])) if "currency" in columns else Counter()
    if not codes:
        texts = [value for name in _MONEY if name in columns and columns[name] != CHOOSE
                 for value in found.given(columns[name])[:1000]]  # fmt: skip
        codes = Counter(_SIGNS[sign] for value in texts for sign in _SIGNS if sign in value)
    if not codes:
        # price_usd says it too.
        codes = Counter(
            name[-3:].upper() for name in columns.values() if re.search("[_ ](usd|eur|gbp|cny|jpy|brl)$", name)
        )
    chinese = any(not name.isascii() and re.search("[\u4e00-\u9fff]", name) for name in found.columns)
    currency = codes.most_common(1)[0][0] if codes else "CNY" if chinese else "EUR"
    country, zone = _PLACES.get(currency, ("DE", "Europe/Berlin"))
    if len(codes) > 1:
        made.unsure.append(f"currency: the file has {', '.join(codes)}; rows in another than {currency} are set aside")
    if not codes:
        made.unsure.append(f"currency: the file does not say which; {currency} is a guess")
    made.unsure.append(f"time_zone and country: {zone} and {country} go by the currency; correct them")
    return [
        f"time_zone: {zone}    # ?",
        f"currency: {currency}" + ("" if codes else "    # ?"),
        f"country: {country}    # ?",
    ]


def _pattern(name: str, made: Proposal) -> str:
    """The file's name with {date} in place of a date, or with * in place of other digits."""
    dated = re.sub(r"\d{4}-\d{2}-\d{2}", "{date}", name, count=1)
    if dated != name:
        return re.sub(r"\d+(?![^{]*})", "*", dated)
    said = "files: the name holds no date (YYYY-MM-DD), so that one file serves many dates"
    if said not in made.unsure:
        made.unsure.append(said)
    return re.sub(r"\d+", "*", name)


_USUAL = {"encoding": "utf-8-sig", "delimiter": ",", "header_row": 1, "quote": '"'}


def _joins(gathered: Gathered, made: Proposal) -> list[str]:
    """The files that are read beside the order lines."""
    if not gathered.joined:
        return []
    return ["  join:", *(line for each in gathered.joined for line in _join(each, gathered.look, made))]


def _join(each: Joined, own: Look, made: Proposal) -> list[str]:
    (mine, theirs), look = next(iter(each.key.items())), each.look
    pattern = _pattern(look.name, made)
    if "{date}" not in _pattern(own.name, Proposal("")):
        pattern = pattern.replace("{date}", "*")
    key = _quoted(mine) if mine == theirs else f"{{{_quoted(mine)}: {_quoted(theirs)}}}"
    keys = [f"files: {json.dumps(pattern)}", f"key: {key}"]
    for name, usual in _USUAL.items():
        if look.keys.get(name, usual) != own.keys.get(name, usual):
            keys.append(f"{name}: {json.dumps(look.keys.get(name, usual))}")
    # An order without lines is counted; a customer or product that nobody bought is nothing unusual.
    keys += [] if each.name == "orders" else ["missing: blank", "extra: ignore"]
    made.unsure.append(f"join.{each.name}: {look.name} belongs to {own.name} where {mine} is {theirs}")
    return [f"    {each.name}:", *(f"      {line}" for line in keys)]


def _refunds(look: Look | None, made: Proposal) -> list[str]:
    """A block of its own for the file of refunds."""
    if look is None:
        return []
    known = names.recognised(look.columns)
    dated = next((c for name in ("ordered_at", "paid_at") for c in known.get(name, ())), None) or next(
        (c for c in look.columns if spelling.dates(look.given(c)[:1000])), None
    )
    if dated is None:
        made.unsure.append(f"refunds: {look.name} is not read: it has no column of dates")
        return []
    columns = {"order_id": order_key(look), "refund_amount": known["refund_amount"][0], "refunded_at": dated}
    ids = [c for c in look.columns if re.search(r"refund\w*_?id$", c, re.IGNORECASE)]
    columns |= {"refund_id": ids[0]} if ids else {}
    made.unsure.append(f"refunds: {look.name}, of the day of {dated}; the amounts are taken to be of the goods")
    return [
        "",
        "refunds:",
        f"  files: {json.dumps(_pattern(look.name, made))}",
        *(f"  {key}: {json.dumps(value)}" for key, value in look.keys.items()),
        *_dates(look, {"ordered_at": dated}, made),
        *_amounts(look, {"refund_amount": columns["refund_amount"] or ""}, made),
        "  columns:",
        *(f"    {name}: {_quoted(column)}" for name, column in columns.items() if column),
    ]


def _dates(found: Look, columns: dict[str, str], made: Proposal) -> list[str]:
    times = [columns[name] for name in ("ordered_at", "paid_at") if columns.get(name, CHOOSE) != CHOOSE]
    given = [value for column in times for value in found.given(column)]
    if not given:
        return []
    fits = spelling.dates(given)
    if fits == ["iso"]:
        return []
    if len(fits) == 1:
        return [f"  dates: {json.dumps(fits, ensure_ascii=False)}"]
    example = found.given(times[0])[0]
    if not fits:
        made.missing.append(f"dates: {example!r} is in no format that is known here; give it as strptime writes it")
        return [f"  dates: {CHOOSE}"]
    made.missing.append(f"dates: {example!r} may be {' or '.join(fits)}: every date of the file fits each. Choose one")
    return [f"  dates: {CHOOSE}    # one of {', '.join(json.dumps(form) for form in fits)}"]


def _amounts(found: Look, columns: dict[str, str], made: Proposal) -> list[str]:
    money = [columns[name] for name in _MONEY if columns.get(name, CHOOSE) != CHOOSE]
    given = [value for column in money for value in found.given(column)]
    fits = spelling.amounts(given) if given else [(".", "")]
    if fits == [(".", "")]:
        return []
    styles = [f"{{decimal: {json.dumps(d)}, thousands: {json.dumps(t)}}}" for d, t in fits]
    if len(fits) == 1:
        return [f"  amounts: {styles[0]}"]
    if not fits:
        made.unsure.append(f"amounts: not every value of {', '.join(money)} is a number; such rows are set aside")
        return []
    example = next(value for value in given if re.search("[.,]", value))
    made.missing.append(f"amounts: {example!r} may be read as {' or '.join(styles)}. Choose one")
    return [f"  amounts: {CHOOSE}    # one of {' or '.join(styles)}"]


def _mapped(found: Look, columns: dict[str, str]) -> list[str]:
    lines = []
    for canonical, column in columns.items():
        if canonical in names.OF_CUSTOMERS:
            continue
        if column == CHOOSE:
            lines.append(f"    {canonical}: {{{CHOOSE}: name its column instead of this}}")
            continue
        example = next(iter(found.given(column)), "")
        # Who somebody is stands in no comment.
        shown = "" if canonical == "customer" else f"    # e.g. {example[:40]}"
        is_mail = canonical == "customer" and "@" in example
        value = f"{{names: [{json.dumps(column, ensure_ascii=False)}], lower: true}}" if is_mail else _quoted(column)
        lines.append(f"    {canonical}: {value}{' '.join(shown.splitlines())}")
    return lines


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _grain(found: Look, columns: dict[str, str], made: Proposal) -> list[str]:
    """What the file says once per order: in each row again, or in the first row alone."""
    if "order_id" not in columns:
        return []
    if any("." in column and column.partition(".")[0] == "orders" for column in columns.values()):
        of_order = [name for name in _OF_ORDER if columns.get(name) in found.per_order]
        return [f"  every_row: [{', '.join(of_order)}]    # of the order, in each of its lines"] * bool(of_order)
    orders: dict[str, list[int]] = {}
    for number, order in enumerate(found.columns[columns["order_id"]]):
        if order is not None:
            orders.setdefault(order, []).append(number)
    several = [rows for rows in orders.values() if len(rows) > 1]
    if not several:
        return []
    lines = []
    repeated = [name for name in _OF_ORDER if name in columns and _repeats(found, columns[name], several)]
    if repeated:
        lines.append(f"  every_row: [{', '.join(repeated)}]    # the same in all rows of an order: counted once")
    amount = columns.get("amount", CHOOSE)
    if amount != CHOOSE and _repeats(found, amount, several):
        made.missing.append(
            f"columns.amount: {amount} is the same in all rows of an order, as a total of the order is. Map what was "
            "paid for the line; or quantity, unit_price and order_total, with spread_total and every_row"
        )
        columns["amount"] = CHOOSE
    carried = [
        name for name in ("customer", "currency", "status", "ordered_at", "paid_at")
        if name in columns and columns[name] != CHOOSE and _first_alone(found, columns[name], several)
    ]  # fmt: skip
    return lines + [f"  first_row_only: [{', '.join(carried)}]    # blank in an order's other rows"] * bool(carried)


def _repeats(found: Look, column: str, several: list[list[int]]) -> bool:
    values = found.columns[column]
    same = [len({values[row] for row in rows}) == 1 and values[rows[0]] not in (None, "0", "0.00") for rows in several]
    return sum(same) > 0.9 * len(same) and len({values[rows[0]] for rows in several}) > 1


def _first_alone(found: Look, column: str, several: list[list[int]]) -> bool:
    values = found.columns[column]
    return all(values[rows[0]] is not None and all(values[row] is None for row in rows[1:]) for rows in several)


def _statuses(found: Look, columns: dict[str, str], made: Proposal) -> list[str]:
    if "status" not in columns:
        made.unsure.append("columns.status: none was found, so every order counts as paid")
        return []
    words = Counter(found.given(columns["status"]))
    if len(words) > 50:
        made.missing.append(f"columns.status: {columns['status']} has {len(words):,} different values: is it a status?")
        return []
    lines = ["  status:", "    values:"]
    for word, count in words.most_common():
        meaning = names.status(word)
        if meaning is None:
            made.missing.append(f"status.values: what does {word!r} mean ({count:,} rows)?")
        lines.append(f"      {_quoted(word)}: {meaning or CHOOSE}    # {count:,} rows")
    return lines


def _customer(found: Look, columns: dict[str, str], made: Proposal) -> list[str]:
    people = [name for name in names.OF_CUSTOMERS if name in columns]
    if not people or "customer" not in columns:
        return []
    made.unsure += consents.doubts(found, columns)
    lower = columns["customer"] == columns.get("email")
    column = _quoted(columns["customer"])
    identity = f"{{names: [{column}], lower: true}}" if lower else column
    lines = ["  customer:    # read from the same rows", "    columns:", f"      customer: {identity}"]
    return lines + [f"      {name}: {_quoted(columns[name])}" for name in people]


def _unread(found: Look, columns: dict[str, str]) -> list[str]:
    return [name for name in found.columns if name not in columns.values()]
