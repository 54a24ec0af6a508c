"""Customers with a past, in tables and in Python, and a naive answer to any filter about them."""

from __future__ import annotations

import datetime
import json
import random
from dataclasses import dataclass, field
from typing import Any

import psycopg

DAY = datetime.date(2017, 11, 20)
LATER = datetime.date(2017, 11, 25)
REGIONS, COUNTRIES, SEXES = ["NY", "fl", "New Mexico"], ["US", "CN"], ["female", "male", "other"]
TIERS, STAGES = ["base", "gold", "platinum"], ["new", "active", "lapsing", "lapsed"]
SEGMENTS = ["important_value", "general_keep", "general_win_back"]
TAGS = [{}, {"style": "Sporty"}, {"style": ["plain", "sporty"], "vip": True}, {"vip": False}]
PRODUCTS = {1: "Food > Coffee", 2: "Food > Coffee > Beans", 3: "Iced Coffee", 4: "Shoes", 5: None}
PAID = ("paid", "shipped", "completed")


def ago(days: int) -> datetime.date:
    return DAY - datetime.timedelta(days)


@dataclass
class Order:
    """``amount`` is what was known on DAY; ``known`` False: the order was delivered later."""

    on: datetime.date
    status: str
    product: int
    amount: int
    refunded: int | None
    known: bool

    @property
    def net(self) -> int:
        return 0 if self.status == "refunded" and self.refunded is None else self.amount - (self.refunded or 0)


@dataclass
class Person:
    """What is known on DAY; None where it is not."""

    number: int
    standing: dict[str, Any] | None
    profile: dict[str, Any] | None
    consents: set[str]
    orders: list[Order] = field(default_factory=list)

    @property
    def lists(self) -> set[str]:
        """On ``odd`` are the odd numbers; on ``third`` every third, and in its later version the others."""
        return {name for name, is_on in (("odd", self.number % 2), ("third", self.number % 3 == 0)) if is_on}

    @property
    def known(self) -> list[Order]:
        return [order for order in self.orders if order.known]

    @property
    def purchases(self) -> list[Order]:
        return [order for order in self.known if order.status in (*PAID, "refunded") and order.net > 0]

    @property
    def net_revenue(self) -> int:
        return sum(order.net for order in self.known if order.status in (*PAID, "refunded"))

    @property
    def age(self) -> int | None:
        if self.profile is None:
            return None
        birthday = self.profile["birthday"]
        if birthday is None or not self.profile["birthday_has_year"]:
            return self.profile["age"]
        return DAY.year - birthday.year - ((DAY.month, DAY.day) < (birthday.month, birthday.day))


def people(count: int, seed: int) -> list[Person]:
    chance = random.Random(seed)

    def profile() -> dict[str, Any]:
        born = datetime.date(chance.randrange(1960, 2000), chance.randrange(1, 13), chance.randrange(1, 29))
        return {
            "region": chance.choice([*REGIONS, None]), "country": chance.choice([*COUNTRIES, None]),
            "sex": chance.choice([*SEXES, None]), "birthday": chance.choice([born, None]),
            "birthday_has_year": chance.random() < 0.7, "age": chance.choice([20, 30, 40, None]),
            "tags": chance.choice(TAGS),
        }  # fmt: skip

    def order() -> Order:
        amount = chance.randrange(0, 200)
        return Order(
            ago(chance.randrange(0, 400)), chance.choice([*PAID, "unpaid", "cancelled", "refunded"]),
            chance.choice(list(PRODUCTS)), amount, chance.choice([None, None, amount, amount // 2]),
            chance.random() < 0.8,
        )  # fmt: skip

    return [
        Person(
            number,
            {"segment": chance.choice([*SEGMENTS, None]), "tier": chance.choice(TIERS), "stage": chance.choice(STAGES)}
            if chance.random() < 0.9
            else None,
            profile() if chance.random() < 0.9 else None,
            {channel for channel in ("email", "sms") if chance.random() < 0.5},
            [order() for _ in range(chance.randrange(0, 5))],
        )
        for number in range(1, count + 1)
    ]


def write(url: str, everybody: list[Person]) -> None:
    """Into the tables, with what was otherwise before and became otherwise after DAY."""
    begin, before = ago(900), ago(500)
    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:

        def insert(table: str, rows: list[dict[str, Any]]) -> None:
            for row in rows:
                columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
                cursor.execute(f"insert into crm.{table} ({columns}) values ({marks})".encode(), list(row.values()))

        for name, version, first, until in (
            ("odd", 1, None, None),
            ("third", 1, None, LATER),
            ("third", 2, LATER, None),
        ):
            own = {"list": name, "version": version}
            told = {"shop": "s", "uploaded_by": "x", "content_hash": "x", "lines": 1, "customers": 1, "unknown": 0}
            insert("customer_list", [{**own, **told, "valid_from": first, "valid_to": until}])
            there = [person.number for person in everybody if (name in person.lists) == (version == 1)]
            insert("customer_list_member", [{**own, "customer_id": number} for number in there])
        other = {"region": "NY", "country": "US", "sex": "male", "age": 30, "tags": '{"style": "sporty"}'}
        for number, category in PRODUCTS.items():
            common = {"product_id": number, "shop": "s", "external_id": f"P{number}", "file_version_id": 1}
            insert("product", [{**common, "valid_from": begin, "valid_to": before, "category": "Shoes"},
                               {**common, "valid_from": before, "valid_to": LATER, "category": category},
                               {**common, "valid_from": LATER, "category": "Coffee"}])  # fmt: skip
        keys = iter(range(1, 10**6))
        for person in everybody:
            own = {"customer_id": person.number}
            versioned = {**own, "file_version_id": 1}
            insert("customer", [{**own, "shop": "s", "external_id": str(person.number), "known_on": begin}])
            times = ((begin, before), (before, LATER), (LATER, None))
            wrong = {"segment": "important_value", "tier": "gold", "stage": "active"}
            for (first, until), profile, standing in zip(
                times, (other, person.profile, other), (wrong, person.standing, wrong), strict=True
            ):
                when = {"valid_from": first, "valid_to": until}
                if profile is not None:
                    tags = profile["tags"] if isinstance(profile["tags"], str) else json.dumps(profile["tags"])
                    insert("customer_profile", [{**versioned, **when, **profile, "tags": tags}])
                if standing is not None:
                    insert("customer_history", [{**own, **when, **standing}])
                for channel in ("email", "sms"):
                    granted = channel in person.consents if first == before else True
                    insert("consent", [{**versioned, **when, "channel": channel, "granted": granted}])
            for order in person.orders:
                key = next(keys)
                common = {**own, "order_key": key, "shop": "s", "order_id": str(key), "ordered_at": order.on}
                common |= {"ordered_on": order.on, "business_date": order.on, "line_count": 1, "quantity": 1}
                if order.known:  # …and wholly otherwise since
                    now = {"status": order.status, "amount": order.amount, "known_on": order.on, "known_until": LATER}
                    insert("orders", [{**common, **now, "file_version_id": 1}])
                later = {"status": "paid", "amount": 500, "known_on": LATER}
                insert("orders", [{**common, **later, "file_version_id": 2}])
                for version, product, amount in ((1, order.product, order.amount), (2, 1, 500)):
                    line = {**own, "order_key": key, "line_number": 1, "quantity": 1}
                    insert(
                        "order_line", [{**line, "file_version_id": version, "product_id": product, "amount": amount}]
                    )
                refund = {**own, "order_key": key, "refunded_on": order.on, "shop": "s", "refund_id": str(key)}
                refund |= {"refund_key": key, "refunded_at": order.on, "business_date": order.on}
                if order.refunded is not None and order.known:
                    insert("refund", [{**refund, "file_version_id": 1, "amount": order.refunded, "known_on": order.on}])
                insert("refund", [{**refund, "file_version_id": 2, "amount": 5, "known_on": LATER}])


def finds(asked: Any, person: Person) -> bool:
    """Does the filter, as YAML reads it, find the person? An unknown value is found by no filter."""
    return all(_FIELDS[key](value, person) for key, value in asked.items())


def _within(bounds: dict[str, float], value: float | None) -> bool:
    signs = {"at_least": lambda x, y: x >= y, "above": lambda x, y: x > y,
             "at_most": lambda x, y: x <= y, "below": lambda x, y: x < y}  # fmt: skip
    return value is not None and all(signs[name](value, bound) for name, bound in bounds.items())


def _among(asked: Any, value: str | None) -> bool:
    asked = asked if isinstance(asked, dict) else {"in": asked}
    listed = asked.get("in", asked.get("not_in"))
    listed = [each.lower() for each in (listed if isinstance(listed, list) else [listed])]
    return value is not None and (value.lower() in listed) == ("in" in asked)


def _of(part: str, name: str) -> Any:
    return lambda asked, person: getattr(person, part) is not None and _among(asked, getattr(person, part)[name])


def _tagged(asked: dict[str, Any], person: Person) -> bool:
    tags = person.profile["tags"] if person.profile else {}
    for name, wanted in asked.items():
        held = tags.get(name, [])
        held = held if isinstance(held, list) else [held]
        if not any(each not in (False, None) if wanted is True else str(each).lower() in wanted for each in held):
            return False
    return True


def _bought(asked: dict[str, Any], person: Person, matches: Any) -> bool:
    since = ago(asked["within_days"]) if "within_days" in asked else datetime.date.min
    return any(matches(order.product) and order.on > since and order.amount > 0 for order in person.purchases)


def _is_category(asked: dict[str, Any], product: int) -> bool:
    levels = (PRODUCTS[product] or "").lower().split(" > ")
    runs = {" > ".join(levels[i:j]) for i in range(len(levels)) for j in range(i + 1, len(levels) + 1)}
    return any(each.lower() in runs for each in asked["in"])


_FIELDS: dict[str, Any] = {
    "all": lambda asked, person: all(finds(each, person) for each in asked),
    "any": lambda asked, person: any(finds(each, person) for each in asked),
    "not": lambda asked, person: not finds(asked, person),
    **{name: _of("standing", name) for name in ("tier", "segment", "stage")},
    **{name: _of("profile", name) for name in ("region", "country", "sex")},
    "age": lambda asked, person: _within(asked, person.age),
    "age_band": lambda asked, person: (
        person.age is not None
        and any(int(low) <= person.age <= int(high) for low, high in (band.split("-") for band in asked))
    ),
    "list": lambda asked, person: bool(person.lists & set(asked)),
    "tag": _tagged,
    "consent": lambda asked, person: bool(person.consents & set(asked)),
    "orders": lambda asked, person: _within(asked, len(person.purchases)),
    "net_revenue": lambda asked, person: _within(asked, person.net_revenue),
    "aov": lambda asked, person: _within(
        asked, person.net_revenue / len(person.purchases) if person.purchases else None
    ),
    "days_since_order": lambda asked, person: _within(
        asked, min(((DAY - order.on).days for order in person.purchases), default=None)
    ),
    "bought_product": lambda asked, person: _bought(asked, person, lambda product: f"P{product}" in asked["in"]),
    "bought_category": lambda asked, person: _bought(asked, person, lambda product: _is_category(asked, product)),
}
