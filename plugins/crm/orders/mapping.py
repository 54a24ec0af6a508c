"""Mappings: which file of a shop holds what, and which of its columns is which canonical column.

A mapping is ``include/sources/<name>.yaml`` or any other YAML file; every key is described in ``docs/sources.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from crm import settings, yaml_files

#: The kinds of files, in the order in which they are read.
KINDS = ("orders", "customers", "products", "suppressions", "contacts")

#: What a mapping may name per kind, beside what the reader adds by itself.
CANONICAL: dict[str, tuple[str, ...]] = {
    "orders": (
        *("order_id", "line_number", "customer", "product", "product_name", "category", "quantity", "unit_price"),
        *("amount", "discount", "shipping_fee", "currency", "status", "ordered_at", "paid_at", "coupon_codes"),
        *("entry_source", "utm_campaign", "refund_id", "refund_amount", "refunded_at", "order_total"),
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
    "customers": ("customer",),
    "products": ("product",),
    "suppressions": ("address",),
    "contacts": ("address", "sent_at"),
}


def _regular(value: str) -> str:
    """A regular expression as RE2 knows them: no look-around, no back references."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), value)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{value!r} is no regular expression (RE2): {error}") from None
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]
Pattern = Annotated[str, AfterValidator(_regular)]
Status = Literal["unpaid", "paid", "shipped", "completed", "cancelled", "refunded"]
Money = Annotated[float, Field(ge=0, lt=1)]


#: What belongs to an order rather than to its lines.
ORDER_MONEY = {"shipping_fee", "refund_amount", "order_total"}


class MappingError(Exception):
    """A mapping cannot be used; the message names the file, the key and what to do."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Model):
    """Where a canonical column comes from. YAML's short forms: ``Name``, or ``[Name, Alternative, …]``.

    ``names``: alternatives, the first that the file has is read. ``first_of``: several columns, the first that is
    not blank in the row. ``join``: several columns joined by a space. ``sum``: several columns added up, blank = 0
    (amounts only). ``value``: a constant. ``extract``: a regular expression (RE2) whose group ``(?P<value>…)`` is the
    value; no match = missing. ``lower``: lower-case.
    """

    names: tuple[str, ...] = ()
    first_of: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()
    value: str | None = None
    extract: Pattern | None = None
    lower: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"names": (value,)}
        if isinstance(value, list | tuple):
            return {"names": tuple(value)}
        if isinstance(value, dict) and isinstance(value.get("names"), str):
            return {**value, "names": (value["names"],)}
        if isinstance(value, dict) and isinstance(value.get("value"), int | float):
            return {**value, "value": str(value["value"])}
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Column:
        given = [bool(self.names), bool(self.first_of), bool(self.join), bool(self.sum), self.value is not None]
        if sum(given) != 1:
            raise ValueError("give a column name, a list of alternatives, or one of names, first_of, join, sum, value")
        if self.extract is not None and "(?P<value>" not in self.extract:
            raise ValueError("extract needs a group (?P<value>…)")
        return self

    def every_name(self) -> tuple[str, ...]:
        """Every column of the file that the rule mentions."""
        return (*self.names, *self.first_of, *self.join, *self.sum)

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

    ``when``: only if the status so far is one of these (empty = any).
    """

    column: Names
    matches: Pattern = "."
    becomes: Status
    when: tuple[Status, ...] = ()


class StatusMap(Model):
    """``values``: the file's words (whatever their case). ``missing``: status of a row without one."""

    values: dict[str, Status] = {}
    missing: Status | Literal["paid_if_paid_at"] = "paid"
    rules: tuple[StatusRule, ...] = ()


class Amounts(Model):
    """How numbers are written. Signs such as ¥, £, $ and spaces are dropped."""

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
    """``per``: what a mapped refund_amount beside a line is about. ``rows``: rows that are refunds themselves."""

    per: Literal["order", "line"] = "order"
    rows: RefundRows | None = None


class Block(Model):
    """Files of one kind and their columns."""

    kind: ClassVar[str]

    files: Names = Field(min_length=1)
    format: Literal["csv", "parquet", "jsonl", "excel"] | None = None
    encoding: str = "utf-8-sig"
    blank: tuple[str, ...] = ()
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None
    columns: dict[str, Column]
    optional: tuple[str, ...] = ()
    time_zone: str | None = None
    dates: Names = Field(("iso",), min_length=1)
    amounts: Amounts = Amounts()

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
        for form in value:
            if form != "iso" and "%" not in form:
                raise ValueError(f"{form!r} is neither iso nor a strptime format such as %d/%m/%Y %H:%M")
        return value

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

    @property
    def by_date(self) -> bool:
        """True where each business date has a file of its own, False where one file serves a range of dates."""
        return any("{date}" in pattern for pattern in self.files)


class Orders(Block):
    """Order lines, or whole orders where no line is mapped.

    ``first_row_only``: the file gives these canonical columns in an order's first row alone; they are carried on to
    its other rows (money stays on the first). ``every_row``: money of the order that the file repeats in every row.
    ``spread_total``: lines are scaled so that they add up to ``order_total``. ``subtract_discount``: where amount
    is not mapped it is quantity × unit_price, less discount if this is true. ``customer`` is a block ``customers``
    that is read from the same files.
    """

    kind = "orders"

    status: StatusMap = StatusMap()
    refund: Refund = Refund()
    first_row_only: tuple[str, ...] = ()
    every_row: tuple[str, ...] = ()
    spread_total: bool = False
    subtract_discount: bool = False

    @property
    def has_order_ids(self) -> bool:
        """False: ids are made of file name and position, and a newer version replaces the whole file."""
        return "order_id" in self.columns

    @model_validator(mode="after")
    def _has_money(self) -> Orders:
        if "amount" not in self.columns and not {"quantity", "unit_price"} <= self.columns.keys():
            raise ValueError("columns: map amount, or quantity and unit_price")
        money = {"amount", "discount", "shipping_fee", "refund_amount", "order_total", "quantity", "unit_price"}
        if money & set(self.first_row_only) or not set(self.every_row) <= ORDER_MONEY:
            raise ValueError(f"first_row_only is for texts and times, every_row for {', '.join(sorted(ORDER_MONEY))}")
        if self.spread_total and "order_total" not in self.columns:
            raise ValueError("spread_total: map columns.order_total too")
        return self


class Customers(Block):
    """Who the customers are. ``yes``/``no``: words for true and false beside the usual ones."""

    kind = "customers"

    birthdays: Names = ("%Y-%m-%d", "%m-%d")
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    sexes: dict[str, Literal["female", "male", "other"]] = {}
    countries: dict[str, Annotated[str, Field(pattern="^[A-Z]{2}$")]] = {}
    #: The rows are order rows: those without a customer are not customers at all, rather than wrong.
    from_orders: bool = False


class Products(Block):
    """``margins``: share of the list price per category (``*`` = any other); gives a unit cost where none is told."""

    kind = "products"

    margins: dict[str, Money] = {}


class Suppressions(Block):
    """``reasons``: the file's words for opt_out, complaint and bounce."""

    kind = "suppressions"

    reasons: dict[str, Literal["opt_out", "complaint", "bounce"]] = {}


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
        shared = ("files", "format", "encoding", "delimiter", "sheet", "blank", "time_zone", "dates")
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
        return [p.replace("{shop}", self.shop).replace("{date}", date or "*") for p in block.files]


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
    try:
        return Mapping.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        problems = "; ".join(yaml_files.problems(text, error.errors()))
        raise MappingError(f"{path}: {problems}. See docs/sources.md") from None


def shops(sources: Iterable[str]) -> list[str]:
    """The shops that ``sources`` (names or paths of mappings) speak of.

    :raises MappingError: names the file, the key and what to do
    """
    return [load(source).shop for source in sources]


def id_columns(sources: Iterable[str], shop: str) -> list[str]:
    """The columns of the files of ``shop`` that may hold its customer ids.

    :raises MappingError: a mapping cannot be used
    """
    blocks = [block for source in map(load, sources) if source.shop == shop for _, block in source.blocks()]
    named = [block.columns["customer"].every_name() for block in blocks if "customer" in block.columns]
    return sorted({name for names in named for name in names})


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
