"""Mappings: which file of a shop holds what, and which of its columns is which canonical column.

A mapping is ``include/sources/<name>.yaml`` or any other YAML file; every key is described in ``docs/sources.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from crm import date_formats, settings, yaml_files
from crm.orders import layout
from crm.orders.encoding_lists import fits_everything
from crm.orders.joins import Join, checked, prefix
from crm.orders.layout import ColumnName, Layout, Names, Pattern

#: The kinds of files, in the order in which they are read.
KINDS = ("orders", "refunds", "customers", "products", "suppressions", "contacts")

#: What a mapping may name per kind, beside what the reader adds by itself.
CANONICAL: dict[str, tuple[str, ...]] = {
    "orders": (
        *("order_id", "line_number", "customer", "product", "product_name", "category", "quantity", "unit_price"),
        *("amount", "discount", "shipping_fee", "currency", "status", "ordered_at", "paid_at", "coupon_codes"),
        *("entry_source", "utm_campaign", "refund_id", "refund_amount", "refunded_at", "order_total", "paid_total"),
    ),
    "refunds": (
        "order_id",
        "refund_id",
        "refund_amount",
        "refunded_at",
        "customer",
        "product",
        "line_number",
        "currency",
    ),
    "customers": (
        *("customer", "name", "email", "mobile", "country", "region", "time_zone", "locale", "birthday"),
        *("birthday_calendar", "age", "sex", "gift_buyer", "fake_orders", "preferred_channel", "tags", "invented"),
        *("consent_email", "consent_sms", "consent_source", "consent_at"),
    ),
    "products": ("product", "name", "category", "list_price", "unit_cost", "role"),
    "suppressions": ("channel", "address", "reason", "occurred_at", "source"),
    "contacts": ("channel", "address", "sent_at", "campaign"),
}

#: Without these a file of the kind says nothing.
REQUIRED: dict[str, tuple[str, ...]] = {
    "orders": ("ordered_at",),
    "refunds": ("refund_amount", "refunded_at"),
    "customers": ("customer",),
    "products": ("product",),
    "suppressions": ("address",),
    "contacts": ("address", "sent_at"),
}


Status = Literal["unpaid", "paid", "shipped", "completed", "cancelled", "refunded"]
Money = Annotated[float, Field(ge=0, lt=1)]


#: What belongs to an order rather than to its lines.
ORDER_MONEY = {"shipping_fee", "refund_amount", "order_total", "paid_total"}


class MappingError(Exception):
    """A mapping cannot be used; the message names the file, the key and what to do."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Model):
    """Where a canonical column comes from. YAML's short forms: ``Name``, or ``[Name, Alternative, …]``.

    ``names``: alternatives, the first that the file has is read. ``first_of``: several columns, the first that is
    not blank in the row. ``join``: several columns joined by ``separator``. ``sum``: several columns added up,
    blank = 0 (amounts only). ``value``: a constant. ``extract``: a regular expression (RE2) whose group
    ``(?P<value>…)`` is the value; no match = missing. ``lower``: lower-case. ``blank``: words that mean "missing" here,
    beside the usual ones; ``not_blank``: usual ones that are values here.

    Beside ``sum``: ``minus`` (columns taken off, blank = 0), ``times`` (columns multiplied with), ``less_share`` and
    ``less_percent`` (a column that holds a discount of 0.15 or of 15).
    """

    names: tuple[ColumnName, ...] = ()
    first_of: tuple[ColumnName, ...] = ()
    join: tuple[ColumnName, ...] = ()
    sum: tuple[ColumnName, ...] = ()
    minus: tuple[ColumnName, ...] = ()
    times: tuple[ColumnName, ...] = ()
    less_share: ColumnName | None = None
    less_percent: ColumnName | None = None
    separator: str = " "
    value: str | None = None
    extract: Pattern | None = None
    lower: bool = False
    blank: Names = ()
    not_blank: Names = ()

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, str | int):
            return {"names": (value,)}
        if isinstance(value, list | tuple):
            return {"names": tuple(value)}
        if isinstance(value, dict) and isinstance(value.get("names"), str | int):
            return {**value, "names": (value["names"],)}
        if isinstance(value, dict) and isinstance(value.get("value"), int | float):
            return {**value, "value": str(value["value"])}
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Column:
        given = [bool(self.names), bool(self.first_of), bool(self.join), bool(self.sum), self.value is not None]
        if sum(given) != 1:
            raise ValueError("give a column name, a list of alternatives, or one of names, first_of, join, sum, value")
        if self.calculated and not self.sum:
            raise ValueError("minus, times, less_share and less_percent go with sum: name the amounts that they change")
        if self.extract is not None and "(?P<value>" not in self.extract:
            raise ValueError("extract needs a group (?P<value>…)")
        return self

    def every_name(self) -> tuple[str, ...]:
        """Every column of the file that the rule mentions."""
        return (*self.names, *self.first_of, *self.join, *self.added, *self.times, *self.rates)

    @property
    def added(self) -> tuple[str, ...]:
        """Columns of money that are added up or taken off."""
        return (*self.sum, *self.minus)

    @property
    def rates(self) -> tuple[str, ...]:
        """Columns of discounts, as a share or in per cent."""
        return tuple(name for name in (self.less_share, self.less_percent) if name)

    @property
    def calculated(self) -> bool:
        """True where the value is more than a sum."""
        return bool(self.minus or self.times or self.rates)

    def sources(self, present: Set[str]) -> tuple[str, ...] | None:
        """The columns to read in a file that has the columns ``present``; None where they are missing."""
        if self.value is not None:
            return ()
        if self.join or self.sum:
            return self.every_name() if present >= set(self.every_name()) else None
        found = tuple(name for name in self.every_name() if name in present)
        return (found[:1] if self.names else found) or None

    def __str__(self) -> str:
        return (" + " if self.join or self.sum else " or ").join(self.every_name()) or repr(self.value)


class StatusRule(Model):
    """Status ``becomes`` where ``column`` (or the first alternative that the file has) matches (RE2).

    ``when``: only if the status so far is one of these (empty = any). ``optional``: the file may lack the column.
    """

    column: Names
    matches: Pattern = "."
    becomes: Status
    when: tuple[Status, ...] = ()
    optional: bool = False


class StatusMap(Model):
    """``values``: the file's words (whatever their case). ``missing``: status of a row without one."""

    values: dict[str, Status] = {}
    missing: Status | Literal["paid_if_paid_at"] = "paid"
    rules: tuple[StatusRule, ...] = ()


class Amounts(Model):
    """How numbers are written; ``crm.spelling`` knows signs of money, brackets and blanks beside it."""

    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""


class RefundRows(Model):
    """Rows that are refunds rather than order lines: those whose ``column`` matches (RE2).

    ``without_order``: their order id is the refund's own (UCI's C-invoices), else the row names the order it refunds.
    ``amounts``: how such rows write what was paid back.
    """

    column: Names
    matches: Pattern = "."
    without_order: bool = False
    amounts: Literal["negative", "positive"] = "negative"


class Refund(Model):
    """``per``: what a mapped refund_amount beside a line is about. ``rows``: rows that are refunds themselves.

    ``includes_shipping``: the amount paid back covers shipping and tax too; what of it is goods is counted.
    """

    per: Literal["order", "line"] = "order"
    rows: RefundRows | None = None
    includes_shipping: bool = False

    @model_validator(mode="after")
    def _of_orders(self) -> Refund:
        if self.includes_shipping and (self.per == "line" or self.rows is not None):
            raise ValueError("includes_shipping is for refunds beside their order: per: order, without rows")
        return self


class Block(Layout, Model):
    """Files of one kind and their columns."""

    kind: ClassVar[str]

    files: Names = Field(min_length=1)
    format: Literal["csv", "parquet", "jsonl", "excel"] | None = None
    encoding: str = "utf-8-sig"
    encodings: tuple[str, ...] = Field((), repr=False)
    blank: tuple[str, ...] = ()
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    columns: dict[str, Column]
    optional: tuple[str, ...] = ()
    time_zone: str | None = None
    dates: Names = Field(("iso",), min_length=1)
    amounts: Amounts = Amounts()
    join: dict[str, Join] = {}

    @field_validator("join")
    @classmethod
    def _joins(cls, value: dict[str, Join]) -> dict[str, Join]:
        return checked(value)

    @model_validator(mode="before")
    @classmethod
    def _several_encodings(cls, value: Any) -> Any:
        """``encoding: [utf-8, gb18030]``: tried in turn on the whole file."""
        given = value.get("encoding") if isinstance(value, dict) else None
        if not isinstance(given, list | tuple):
            return value
        if len(given) < 2:
            raise ValueError("encoding: give one encoding, or a list of those that are tried in turn")
        known = [cls._known_encoding(name) for name in given]
        if all_of := [name for name in known[:-1] if fits_everything(name)]:
            raise ValueError(f"encoding: any file is {all_of[0]}, so it can only stand last")
        return {**value, "encoding": known[0], "encodings": tuple(known)}

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        import codecs

        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"{value!r} is no encoding that Python knows (utf-8, gb18030, latin-1 …)") from None

    @field_validator("dates")
    @classmethod
    def _formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(date_formats.check, value))

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return value if value is None else _known_zone(value)

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        known = CANONICAL[self.kind]
        for name in (*self.columns, *self.optional):
            if name not in known:
                raise ValueError(f"columns: no canonical column {name!r}; there are {', '.join(known)}")
        for name in REQUIRED[self.kind]:
            if name not in self.columns:
                raise ValueError(f"columns: map {name}")
        return self

    @model_validator(mode="after")
    def _joined_by_date(self) -> Self:
        dated = [name for name, join in self.join.items() if any("{date}" in pattern for pattern in join.files)]
        if dated and not self.by_date:
            raise ValueError(f"join.{dated[0]}.files: has {{date}}, so the kind's own files need {{date}} too")
        return self

    def of_join(self, name: str) -> set[str]:
        """Columns of the joined file ``name`` that the block mentions, as that file calls them."""
        mentioned = self.every_name() | {column for join in self.join.values() for column in join.key}
        of_file = {column.partition(".")[2] for column in mentioned if prefix(column, self.join) == name}
        return of_file | set(self.join[name].key.values()) | self.join[name].combine.keys()

    def every_name(self) -> set[str]:
        """Every column of the files that the block reads."""
        return {name for column in self.columns.values() for name in column.every_name()}

    def words_of(self, canonical: str) -> tuple[str, ...]:
        """Words that the block declares as values of a column: they are values, whatever they mean elsewhere."""
        return ()

    def rule_columns(self) -> list[tuple[str, tuple[str, ...]]]:
        """Columns that rules ask for: where the rule stands, and alternatives, one of which must be there."""
        return []

    @property
    def by_date(self) -> bool:
        """True where each business date has a file of its own, False where one file serves a range of dates."""
        return any("{date}" in pattern for pattern in self.files)


class Orders(Block):
    """Order lines, or whole orders where no line is mapped.

    ``first_row_only``: the file gives these canonical columns in an order's first row alone; they are carried on to
    its other rows (money stays on the first). ``order_id`` itself is then that of the row above, as in merged cells.
    ``every_row``: money of the order that the file repeats in every row.
    ``spread_total``: lines are scaled so that they add up to ``order_total``. ``subtract_discount``: where amount
    is not mapped it is quantity × unit_price, less discount if this is true. ``amount_includes_shipping``: the amount
    is of a whole order and covers its shipping_fee too. ``amount_after_refunds``: it is what was left after the refunds
    beside it. ``customer`` is a block ``customers`` that is read from the same files.
    """

    kind = "orders"

    status: StatusMap = StatusMap()
    refund: Refund = Refund()
    first_row_only: tuple[str, ...] = ()
    every_row: tuple[str, ...] = ()
    spread_total: bool = False
    subtract_discount: bool = False
    amount_includes_shipping: bool = False
    amount_after_refunds: bool = False

    def words_of(self, canonical: str) -> tuple[str, ...]:
        return tuple(self.status.values) if canonical == "status" else ()

    def rule_columns(self) -> list[tuple[str, tuple[str, ...]]]:
        rules = [(f"status.rules.{n}", rule.column) for n, rule in enumerate(self.status.rules) if not rule.optional]
        return rules + ([("refund.rows", self.refund.rows.column)] if self.refund.rows else [])

    def every_name(self) -> set[str]:
        """Every column of the files that the block reads, those of its rules too."""
        rules = {name for rule in self.status.rules for name in rule.column}
        refunds = set(self.refund.rows.column) if self.refund.rows else set()
        return super().every_name() | rules | refunds

    @property
    def has_order_ids(self) -> bool:
        """False: ids are made of file name and position, and a newer version replaces the whole file."""
        return "order_id" in self.columns

    @model_validator(mode="after")
    def _has_money(self) -> Orders:
        if "amount" not in self.columns and not {"quantity", "unit_price"} <= self.columns.keys():
            raise ValueError("columns: map amount, or quantity and unit_price")
        money = ORDER_MONEY | {"amount", "discount", "quantity", "unit_price"}
        if money & set(self.first_row_only) or not set(self.every_row) <= ORDER_MONEY:
            raise ValueError(f"first_row_only is for texts and times, every_row for {', '.join(sorted(ORDER_MONEY))}")
        if "order_id" in self.first_row_only and not self.has_order_ids:
            raise ValueError("first_row_only: order_id needs columns.order_id")
        if self.spread_total and "order_total" not in self.columns:
            raise ValueError("spread_total: map columns.order_total too")
        whole = self.amount_includes_shipping or self.amount_after_refunds
        if whole and (self.spread_total or self.refund.rows is not None or self.refund.per == "line"):
            raise ValueError("amount_includes_shipping and amount_after_refunds are for files of one row per order")
        return self


class Refunds(Block):
    """Refunds in files of their own: each row is one, or a part of one. ``sign``: how the file writes the amounts."""

    kind = "refunds"

    sign: Literal["positive", "negative"] = "positive"


class Customers(Block):
    """Who the customers are. ``yes``/``no``: words for true and false beside the usual ones."""

    kind = "customers"

    birthdays: Names = Field(("%Y-%m-%d", "%m-%d"), min_length=1)
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    sexes: dict[str, Literal["female", "male", "other"]] = {}
    countries: dict[str, Annotated[str, Field(pattern="^[A-Z]{2}$")]] = {}
    #: The rows are order rows: those without a customer are not customers at all, rather than wrong.
    from_orders: bool = False

    @field_validator("birthdays")
    @classmethod
    def _sound_birthdays(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            if "%" not in form or date_formats.zone_word(form):
                raise ValueError(f"birthdays: {form!r} is no strptime format of a day, such as %d/%m/%Y")
        return value

    def words_of(self, canonical: str) -> tuple[str, ...]:
        declared = {"sex": tuple(self.sexes), "country": tuple(self.countries)}
        return declared.get(canonical, (*self.yes, *self.no))


class Products(Block):
    """``margins``: share of the list price per category (``*`` = any other); gives a unit cost where none is told."""

    kind = "products"

    margins: dict[str, Money] = {}


class Suppressions(Block):
    """``reasons``: the file's words for opt_out, complaint and bounce."""

    kind = "suppressions"

    reasons: dict[str, Literal["opt_out", "complaint", "bounce"]] = {}

    def words_of(self, canonical: str) -> tuple[str, ...]:
        return tuple(self.reasons) if canonical == "reason" else ()


class Contacts(Block):
    """Messages that were sent before the first send of ours; they count for the caps."""

    kind = "contacts"


class Mapping(Model):
    """One source: a shop's files. Blocks of kinds that it does not deliver are None."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    shop: Annotated[str, Field(min_length=1)]
    time_zone: str
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    orders: Orders
    refunds: Refunds | None = None
    customers: Customers | None = None
    products: Products | None = None
    suppressions: Suppressions | None = None
    contacts: Contacts | None = None

    @model_validator(mode="before")
    @classmethod
    def _customers_of_orders(cls, value: Any) -> Any:
        """``orders.customer`` stands for a block ``customers`` that reads the same files."""
        orders = value.get("orders") if isinstance(value, dict) else None
        if not isinstance(orders, dict) or "customer" not in orders:
            return value
        if "customers" in value:
            raise ValueError("give either orders.customer or customers, not both")
        shared = (
            "files",
            "format",
            "encoding",
            "delimiter",
            "sheet",
            "blank",
            "time_zone",
            "dates",
            "join",
            *layout.SHARED,
        )
        own = {key: orders[key] for key in shared if key in orders}
        rest = {key: inner for key, inner in orders.items() if key != "customer"}
        return {**value, "orders": rest, "customers": {**own, **orders["customer"], "from_orders": True}}

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return _known_zone(value)

    def blocks(self) -> Iterator[tuple[str, Block]]:
        """The kinds that the source delivers, with their blocks."""
        for kind in KINDS:
            block = getattr(self, kind)
            if block is not None:
                yield kind, block

    def patterns(self, kind: str, date: str | None = None) -> list[str]:
        """Glob patterns of the files of ``kind``, relative to the landing folder.

        :param date: YYYY-MM-DD; None = any (``*``)
        """
        block: Block = getattr(self, kind)
        return self.filled(block.files, date)

    def filled(self, patterns: Iterable[str], date: str | None = None) -> list[str]:
        """Patterns with shop and date filled in, as :meth:`patterns`."""
        names = [pattern.replace("{shop}", self.shop) for pattern in patterns]
        # Without a date, {date}* is one star, not the two that stand for any folders.
        return [name.replace("{date}", date) if date else re.sub(r"\**\{date\}\**", "*", name) for name in names]


def _known_zone(value: str) -> str:
    from zoneinfo import available_timezones

    if value not in available_timezones():
        raise ValueError(f"{value!r} is no IANA time zone (e.g. Asia/Shanghai)")
    return value


def load(name_or_path: str | Path) -> Mapping:
    """Read the mapping ``include/sources/<name>.yaml``, or the YAML file at a path.

    :raises MappingError: names the file, the key and what to do
    """
    path = _find(name_or_path)
    try:
        text = yaml_files.text_of(path)
        content = yaml_files.parse(text, str(path))
    except yaml_files.YamlError as error:
        raise MappingError(str(error)) from None
    if not isinstance(content, dict):
        raise MappingError(f"{path}: is empty; start from {settings.SOURCES / 'generic_orders.yaml'}")
    content = _with_base(path, content)
    try:
        return Mapping.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        problems = "; ".join(yaml_files.problems(text, error.errors()))
        raise MappingError(f"{path}: {problems}. See docs/sources.md") from None


def _with_base(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    """``like: <mapping>``: everything of that one, but for the keys that stand here."""
    if "like" not in content:
        return content
    base = yaml_files.read(_find(content["like"]))
    if not isinstance(base, dict) or "like" in base:
        raise MappingError(f"{path}: like: {content['like']} is itself like another one: name that one")
    base.pop("name", None)
    return _over(base, {key: value for key, value in content.items() if key != "like"})


def _over(base: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    nested = {k: _over(base[k], v) for k, v in keys.items() if isinstance(v, dict) and isinstance(base.get(k), dict)}
    return base | keys | nested


def shops(sources: Iterable[str]) -> list[str]:
    """The shops that ``sources`` (names or paths of mappings) speak of.

    :raises MappingError: names the file, the key and what to do
    """
    return [load(source).shop for source in sources]


class ComposedId(NamedTuple):
    """Columns that make a customer id: joined by ``separator``; ``within``: the id is taken out of their text."""

    columns: tuple[str, ...]
    separator: str
    within: bool


def id_columns(sources: Iterable[str], shop: str) -> list[str]:
    """The columns of the files of ``shop`` that may hold its customer ids, and the keys that join them.

    :raises MappingError: a mapping cannot be used
    """
    return sorted(
        {name for block, rule in _id_rules(sources, shop) for name in _with_keys(block, set(rule.every_name()))}
    )


def composed_ids(sources: Iterable[str], shop: str) -> list[ComposedId]:
    """How the customer ids of ``shop`` are made that no column holds as they are.

    :raises MappingError: a mapping cannot be used
    """
    found = []
    for _, rule in _id_rules(sources, shop):
        if rule.join:
            found.append(ComposedId(rule.join, rule.separator, rule.extract is not None))
        elif rule.extract is not None:
            found += [ComposedId((name,), "", within=True) for name in rule.every_name()]
    return list(dict.fromkeys(found))


def _id_rules(sources: Iterable[str], shop: str) -> Iterator[tuple[Block, Column]]:
    for source in map(load, sources):
        if source.shop == shop:
            yield from (
                (block, block.columns["customer"]) for _, block in source.blocks() if "customer" in block.columns
            )


def _with_keys(block: Block, names: set[str]) -> set[str]:
    """``names``, and the columns that hold the same because files are joined by them."""
    for name, join in reversed(block.join.items()):
        names = names | {here for here, there in join.key.items() if f"{name}.{there}" in names}
    return names


def lowers_ids(sources: Iterable[str], shop: str) -> bool:
    """Whether the customer ids of ``shop`` are kept in lower case, as those are that are e-mail addresses.

    :raises MappingError: a mapping cannot be used
    """
    blocks = [block for source in map(load, sources) if source.shop == shop for _, block in source.blocks()]
    return any(block.columns["customer"].lower for block in blocks if "customer" in block.columns)


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    is_path = text.endswith((".yaml", ".yml")) or "/" in text
    path = Path(text) if is_path else settings.SOURCES / f"{text}.yaml"
    if path.is_file():
        return path
    known = ", ".join(sorted(p.stem for p in settings.SOURCES.glob("*.yaml")))
    raise MappingError(f"no mapping {path}: give one of {known}, or the path of a .yaml file")
