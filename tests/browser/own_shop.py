"""A shop of a new operator's own: one export of its orders, as a shop system writes it, and what is filled in by hand."""

from __future__ import annotations

import datetime
from pathlib import Path

import shop
import yaml

from airflow_machine import write

NAME = "teahouse"
CUSTOMERS, DAYS = 120, 60
#: UI language -> the region whose customers its operator writes to.
REGIONS = {"en": "Ohio", "zh-CN": "Texas"}
WARES = [("TEA-1", "Green tea", "Tea", 12), ("TEA-2", "Black tea", "Tea", 18.5), ("POT-1", "Teapot", "Ware", 40)]
FIRST = shop.before(DAYS - 1)


def email(number: int) -> str:
    """The address of a customer; half of them give a mobile alone."""
    return "" if number % 4 < 2 else f"someone.{number}@mail.example"


def mobile(number: int) -> str:
    """The number of a customer, in E.164."""
    return f"+1614555{number:04}"


def export(folder: Path) -> Path:
    """The orders of the days up to yesterday, in one file: everybody buys every 20th day."""
    rows = [row for age in reversed(range(DAYS)) for row in _day(shop.before(age), age)]
    write(folder / "orders-export.csv", rows)
    return folder


def _day(day: datetime.date, age: int) -> list[dict[str, object]]:
    return [_order(day, number, age) for number in range(1, CUSTOMERS + 1) if (number + age) % 20 == 7]


def _order(day: datetime.date, number: int, age: int) -> dict[str, object]:
    sku, name, category, price = WARES[(number + age) % 3]
    return {
        "Order Number": f"T{day:%y%m%d}{number:03}", "Created At": f"{day} 11:{number % 60:02}:00",
        "Customer ID": f"C{number}", "Customer Name": f"Person {number}", "Email": email(number),
        "Phone": mobile(number), "Country": "US", "State": list(REGIONS.values())[number % 2],
        "SKU": sku, "Item Name": name, "Category": category, "Quantity": 1 + number % 3,
        "Line Total": f"{price * (1 + number % 3):.2f}", "Currency": "USD", "Order Status": "paid",
        "Accepts Marketing": "yes", "Accepts SMS Marketing": "yes",
    }  # fmt: skip


def filled_in(settings: str, origin: str) -> str:
    """``business.yaml`` as `make load` wrote it, with what `make check` says that it lacks, and somebody of the staff."""
    own = {
        "channels": {
            "email": {"provider": "outbox", "sender": "hello@teahouse.example", "cost": 0.001},
            "sms": {"provider": "outbox", "signature": "Teahouse", "cost": 0.02},
        },
        "footer": {
            "company": "Teahouse Inc.", "postal_address": "1 Leaf Street, Columbus, OH 43004",
            "unsubscribe_url": f"{origin}/crm/unsubscribe",
        },
        "staff": {"mei": {"email": "mei@teahouse.example", "mobile": "+16145559999"}},
    }  # fmt: skip
    return settings + yaml.safe_dump(own, sort_keys=False)
