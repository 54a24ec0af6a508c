"""The canonical columns: what every file of a kind is turned into, as staging tables hold it.

``file_version_id`` and ``row_number`` (1 = first record after the header) identify a row. A row that is set aside has
``reject_reason``, ``reject_column`` (the file's own column) and ``raw`` (the row as JSON); all other rows have none.
Amounts are decimals of 4 places in the reporting currency, times are UTC.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_KEYS = ("file_version_id", "row_number")
_REJECTION = ("reject_reason", "reject_column", "raw")

#: Columns of a batch, in the order of the staging tables.
#: An order row is a line where ``amount`` is not null, and speaks of a refund where ``refund_amount`` is not null; it
#: may be both. ``shipping_fee`` (and ``refund_amount``, where it is per order) stands on one row of its order, so sums
#: are right. ``line_number`` is null where the file has no such column: the position in the order is the number.
COLUMNS: dict[str, tuple[str, ...]] = {
    "orders": (
        *_KEYS,
        *("order_id", "line_number", "customer", "product", "product_name", "category", "quantity", "unit_price"),
        *("amount", "discount", "shipping_fee", "currency", "status", "ordered_at", "paid_at", "coupon_codes"),
        *("entry_source", "utm_campaign", "refund_id", "refund_amount", "refunded_at"),
        *_REJECTION,
    ),
    # Rows of refunds in files of their own are order rows that are refunds alone.
    "refunds": (),
    "customers": (
        *_KEYS,
        *("customer", "name", "email", "mobile", "country", "region", "time_zone", "locale", "birthday"),
        *("birthday_calendar", "birthday_has_year", "age", "sex", "gift_buyer", "fake_orders", "preferred_channel"),
        *("tags", "invented", "email_masked", "mobile_masked"),
        *("consent_email", "consent_sms", "consent_source", "consent_at"),
        *_REJECTION,
    ),
    "products": (*_KEYS, "product", "name", "category", "list_price", "unit_cost", "role", *_REJECTION),
    "suppressions": (*_KEYS, "channel", "address", "reason", "occurred_at", "source", *_REJECTION),
    "contacts": (*_KEYS, "channel", "address", "sent_at", "campaign", *_REJECTION),
}

COLUMNS["refunds"] = COLUMNS["orders"]

_INTEGERS = ("file_version_id", "row_number", "line_number", "age")
_DECIMALS = (
    *("quantity", "unit_price", "amount", "discount", "shipping_fee", "refund_amount", "list_price", "unit_cost"),
)
_TIMES = ("ordered_at", "paid_at", "refunded_at", "consent_at", "occurred_at", "sent_at")
_FLAGS = (
    *("birthday_has_year", "gift_buyer", "fake_orders", "invented", "email_masked", "mobile_masked"),
    *("consent_email", "consent_sms"),
)


@cache
def money() -> pa.DataType:
    """Type of amounts, prices and quantities: numeric(18, 4)."""
    import pyarrow as pa

    return pa.decimal128(18, 4)


@cache
def schema(kind: str) -> pa.Schema:
    """Arrow schema of the batches of ``kind``."""
    import pyarrow as pa

    types = {
        **dict.fromkeys(_INTEGERS, pa.int64()),
        **dict.fromkeys(_DECIMALS, money()),
        **dict.fromkeys(_TIMES, pa.timestamp("us", tz="UTC")),
        **dict.fromkeys(_FLAGS, pa.bool_()),
        "birthday": pa.date32(),
    }
    return pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS[kind]])


#: Why a row is set aside (docs/sources.md says what to do about each); foreign_currency goes on with
#: the code, _EUR, and unknown_status with the word.
REASONS = (
    "wrong_column_count",
    "not_json",
    "damaged_id",
    "missing_order_id",
    "missing_customer",
    "missing_product",
    "missing_time",
    "bad_time",
    "serial_date",
    "epoch_time",
    "bad_line_number",
    "foreign_currency",
    "unknown_status",
    "bad_quantity",
    "bad_amount",
    "missing_amount",
    "missing_address",
    "bad_address",
    "unknown_channel",
)
