"""Facts straight into the tables: what publishing would have written."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from crm.business import Business
from crm.warehouse import Warehouse

DAY = datetime.timedelta(days=1)


class Shop:
    """Publishes orders and refunds of integer customers as the orders room does: versions, and the queue."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def order(
        self,
        key: int,
        customer: int,
        day: datetime.date,
        amount: object = 10,
        *,
        status: str = "paid",
        known_on: datetime.date | None = None,
        version: int = 1,
        announce: bool = True,
    ) -> None:
        """A version of an order; ends the version before it on its own ``known_on``."""
        known_on = known_on or day
        old = self._run(
            "update crm.orders set known_until = %s where customer_id = %s and order_key = %s and known_until is null"
            " returning ordered_on",
            known_on, customer, key,
        )  # fmt: skip
        self._run(
            """
            insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,
                ordered_on, business_date, line_count, quantity, amount, known_on)
            values (%s, %s, %s, 'shop', %s, %s, %s, %s, %s, 1, 1, %s, %s)
            """,
            customer, key, version, str(key), status, day, day, known_on, amount, known_on,
        )  # fmt: skip
        if announce:
            self.announce(customer, min([day, *(row[0] for row in old)]))

    def refund(
        self,
        key: int,
        customer: int,
        order: int | None,
        day: datetime.date,
        amount: object,
        *,
        known_on: datetime.date | None = None,
        announce: bool = True,
    ) -> None:
        """A refund of ``order``, or of none."""
        self._run(
            """
            insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount,
                refunded_at, refunded_on, business_date, known_on)
            values (%s, %s, 1, 'shop', %s, %s, %s, %s, %s, %s, %s)
            """,
            customer, key, str(key), order, amount, day, day, day, known_on or day,
        )  # fmt: skip
        if announce:
            self.announce(customer, day)

    def line(self, order: int, customer: int, number: int, product: int, amount: object) -> None:
        self._run(
            """
            insert into crm.order_line
                (customer_id, order_key, line_number, file_version_id, product_id, quantity, amount)
            values (%s, %s, %s, 1, %s, 1, %s)
            """,
            customer, order, number, product, amount,
        )  # fmt: skip

    def announce(self, customer: int, changed_from: datetime.date) -> None:
        self._run(
            """
            insert into crm.refresh_queue values (%s, %s) on conflict (customer_id) do update
            set changed_from = least(crm.refresh_queue.changed_from, excluded.changed_from)
            """,
            customer, changed_from,
        )  # fmt: skip

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def shop(warehouse: Warehouse) -> Iterator[Shop]:
    """A shop whose facts are visible at once."""
    with psycopg.connect(warehouse.url.replace("+psycopg", ""), autocommit=True) as connection:
        yield Shop(connection)


@pytest.fixture
def business() -> Callable[..., Business]:
    """Settings with few required buyers; keywords override sections (``rfm={...}``)."""

    def make(**sections: Any) -> Business:
        rfm = {"minimum_buyers": 1, "window_days": None, **sections.pop("rfm", {})}
        return Business.model_validate(
            {
                "name": "T",
                "time_zone": "UTC",
                "currency": "EUR",
                "country": "DE",
                "sources": ["s"],
                "rfm": rfm,
                **sections,
            }
        )

    return make
