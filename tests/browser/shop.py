"""A shop of four weeks that ends yesterday: a campaign that is over and has its result, and two that go out today."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from airflow_machine import write

NOW = datetime.datetime.now(datetime.UTC)
#: A zone where it is about noon, whenever the tests run: what is sent today has its whole day.
HOURS = 12 - NOW.hour
ZONE = f"Etc/GMT{-HOURS:+d}" if HOURS else "Etc/GMT"
TODAY = (NOW + datetime.timedelta(hours=HOURS)).date()
CUSTOMERS = 36
REGIONS = ("North", "South", "West")


def before(days: int) -> datetime.date:
    """So many days before yesterday, the last business date."""
    return TODAY - datetime.timedelta(days=1 + days)


LAST, FIRST, THEN = before(0), before(40), before(20)

BUSINESS = {
    "name": "Teahouse", "time_zone": ZONE, "currency": "USD", "country": "US", "sources": ["complete_journey"],
    "last_business_date": LAST.isoformat(), "global_holdout": 0, "caps": {"gap_days": 0},
    "channels": {"email": {"provider": "outbox", "sender": "hello@example.com"}},
    "footer": {"company": "Teahouse", "postal_address": "1 Street, New York"},
    "staff": {"mei": {"email": "mei@example.com"}},
}  # fmt: skip


def _holiday(priority: int, title: str, zh: str, sent_on: datetime.date, **more: Any) -> dict[str, Any]:
    return {
        "kind": "holiday", "title": {"en": title, "zh-CN": zh}, "priority": priority, "template": "thanksgiving",
        "occasions": [{"name": "day", "date": f"{sent_on:%m-%d}"}], "channels": ["email"],
        "goal": {"goal": "any_order"}, "primary_window_days": 10, "holdout": 0, "send_at": "00:00", "send_by": "23:59",
        **more,
    }  # fmt: skip


def _asks(region: str) -> dict[str, Any]:
    return {"audience": {"region": [region]}, "approval": {"above_messages": 1}}


CAMPAIGNS = {
    "autumn": _holiday(1, "Autumn tea", "秋茶", THEN + datetime.timedelta(days=1), holdout=0.5),
    "north": _holiday(2, "Tea for the north", "北方的茶", TODAY, **_asks("North")),
    "south": _holiday(3, "Tea for the south", "南方的茶", TODAY, **_asks("South")),
}  # fmt: skip


def write_shop(folder: Path) -> None:
    """Every customer buys every third day, and may be written to by e-mail."""
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + datetime.timedelta(days=number)
        write(folder / "orders" / f"{day}.csv", [
            {"order_id": f"{day}-{n}", "line": 1, "customer_id": n, "product_id": 1, "quantity": 1,
             "sales_value": 10 + n, "retail_disc": 0, "coupon_disc": 0, "ordered_at": f"{day}T{NOW.hour:02}:00:00Z"}
            for n in range(1, CUSTOMERS + 1) if (n + number) % 3 == 0
        ])  # fmt: skip
    write(folder / "products" / f"{FIRST}.csv", [{"product_id": 1, "name": "Tea", "category": "Food > Tea"}])
    write(folder / "customers" / f"{FIRST}.csv", [
        {"customer_id": n, "name": f"Customer {n}", "email": f"c{n}@example.com", "mobile": "",
         "region": REGIONS[n % len(REGIONS)], "birthday": "", "invented": "true", "consent_email": "true",
         "consent_sms": "false", "consent_source": "checkout", "consent_at": f"{FIRST}T00:00:00Z"}
        for n in range(1, CUSTOMERS + 1)
    ])  # fmt: skip
