"""A shop of a new operator's own: one export of its orders, as a shop system writes it, and what is set by hand."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from pathlib import Path

import shop
import yaml

from airflow_machine import write

NAME = "teahouse"
CUSTOMERS, DAYS = 120, 60
#: Language of the desk -> the region whose customers its operator writes to, in the same language.
REGIONS = {"en": "Ohio", "zh-CN": "Texas"}
WARES = [("TEA-1", "Green tea", "Tea", 12), ("TEA-2", "Black tea", "Tea", 18.5), ("POT-1", "Teapot", "Ware", 40)]
FIRST = shop.before(DAYS - 1)


def export(folder: Path, moved: Collection[int] = ()) -> Path:
    """The orders of the days up to yesterday, in one file: everybody buys every 20th day.

    :param moved: customers who have new addresses since
    """
    rows = [_order(day, number, age, moved) for age, day in _days() for number in _buyers(age)]
    write(folder / "orders-export.csv", rows)
    return folder


def number(address: str) -> int:
    """Which customer has an address or a number of the first export."""
    digits = address.partition("@")[0].rpartition(".")[2] if "@" in address else address[-4:]
    return int(digits)


def _days() -> list[tuple[int, datetime.date]]:
    return [(age, shop.before(age)) for age in reversed(range(DAYS))]


def _buyers(age: int) -> list[int]:
    return [each for each in range(1, CUSTOMERS + 1) if (each + age) % 20 == 7]


def _order(day: datetime.date, who: int, age: int, moved: Collection[int]) -> dict[str, object]:
    sku, name, category, price = WARES[(who + age) % 3]
    locale, region = list(REGIONS.items())[who % 2]
    return {
        "Order Number": f"T{day:%y%m%d}{who:03}", "Created At": f"{day} 11:{who % 60:02}:00",
        "Customer ID": f"C{who}", "Customer Name": f"Person {who}", **_addresses(who, who in moved),
        "Country": "US", "State": region, "Language": locale,
        "SKU": sku, "Item Name": name, "Category": category, "Quantity": 1 + who % 3,
        "Line Total": f"{price * (1 + who % 3):.2f}", "Currency": "USD", "Order Status": "paid",
        "Accepts Marketing": "yes", "Accepts SMS Marketing": "yes",
    }  # fmt: skip


def _addresses(who: int, has_moved: bool) -> dict[str, str]:
    """Half of them give a mobile alone, also when they have moved."""
    name, area = ("moved", 556) if has_moved else ("someone", 555)
    return {"Email": "" if who % 4 < 2 else f"{name}.{who}@mail.example", "Phone": f"+1614{area}{who:04}"}


def filled_in(settings: str, origin: str) -> str:
    """``business.yaml`` as `make load` wrote it, with what `make check` says that it lacks, somebody of the staff, and
    no pause between contacts, so that a later campaign asks everybody again."""
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
        "caps": {"gap_days": 0, "periods": []},
        "global_holdout": 0,
    }  # fmt: skip
    return settings + yaml.safe_dump(own, sort_keys=False)
