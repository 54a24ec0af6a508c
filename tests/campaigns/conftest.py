"""A small shop whose facts stand straight in the tables, and declarations of the test's own."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from crm.business import Business, Exclusions
from crm.campaigns.planning import plan

KNOWN = datetime.date(2017, 1, 1)
DAY = datetime.date(2017, 11, 20)


class Shop:
    """Adds customers as they were known on 2017-01-01, unless said otherwise. Ids are 1, 2, …"""

    def __init__(self, query) -> None:
        self.query = query
        self.orders = 0
        self.customers = 0

    def customer(
        self,
        *,
        email=None,
        mobile=None,
        consent=("email", "sms"),
        bought=(DAY,),
        known=KNOWN,
        anonymous=False,
        **profile,
    ) -> int:
        self.customers += 1
        customer = self.customers
        self.query(
            "insert into crm.customer values (%s, 'shop', %s, %s, %s)", customer, str(customer), anonymous, known
        )
        self.profile(customer, known, email=email, mobile=mobile, **profile)
        for channel in consent:
            self.query(
                "insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)"
                " values (%s, %s, %s, true, 1)",
                customer, channel, known,
            )  # fmt: skip
        for day in bought:
            self.order(customer, day)
        return customer

    def reachable(self, **profile) -> int:
        """A customer who may be written to at an e-mail address of their own."""
        return self.customer(**{"email": f"{self.customers + 1}@example.com", **profile})

    def profile(self, customer, valid_from, *, email=None, mobile=None, **more) -> None:
        self.query(
            "update crm.customer_profile set valid_to = %s where customer_id = %s and valid_to is null",
            valid_from, customer,
        )  # fmt: skip
        columns = {
            "customer_id": customer,
            "valid_from": valid_from,
            "file_version_id": 1,
            "email": email,
            "mobile": mobile,
            **more,
        }
        self.query(
            f"insert into crm.customer_profile ({', '.join(columns)}, email_key, mobile_key)"
            f" values ({', '.join(['%s'] * len(columns))}, crm.contact_key('email', %s), crm.contact_key('sms', %s))",
            *columns.values(), email, mobile,
        )  # fmt: skip

    def order(self, customer, day, *, product=None, known=None, amount=10, status="paid") -> int:
        self.orders += 1
        key = self.orders
        self.query(
            "insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,"
            " ordered_on, business_date, line_count, quantity, amount, known_on)"
            " values (%s, %s, 1, 'shop', %s, %s, %s, %s, %s, 1, 1, %s, %s)",
            customer, key, str(key), status, day, day, day, amount, known or day,
        )  # fmt: skip
        self.query(
            "insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id,"
            " quantity, amount) values (%s, %s, 1, 1, %s, 1, %s)",
            customer, key, product, amount,
        )  # fmt: skip
        return key

    def refund(self, customer, order, amount, *, day=DAY) -> None:
        """So much of the order was paid back, and known, on ``day``."""
        self.query(
            "insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount,"
            " refunded_at, refunded_on, business_date, known_on)"
            " values (%s, %s, 1, 'shop', %s, %s, %s, %s, %s, %s, %s)",
            customer, order, str(order), order, amount, day, day, day, day,
        )  # fmt: skip

    def three_refunded(self, day, **order) -> list[int]:
        """Three customers with a refunded order of 10 each: 4 paid back, 10 paid back, nobody says how much."""
        customers = []
        for paid_back in (4, 10, None):
            customers.append(self.reachable(bought=[]))
            key = self.order(customers[-1], day, status="refunded", **order)
            if paid_back:
                self.refund(customers[-1], key, paid_back, day=day)
        return customers

    def standing(self, customer, valid_from=KNOWN, *, segment="important_value", tier="base", stage="active") -> None:
        self.query(
            "update crm.customer_history set valid_to = %s where customer_id = %s and valid_to is null",
            valid_from, customer,
        )  # fmt: skip
        self.query(
            "insert into crm.customer_history (customer_id, valid_from, segment, tier, stage)"
            " values (%s, %s, %s, %s, %s)",
            customer, valid_from, segment, tier, stage,
        )  # fmt: skip

    def suppress(self, channel, address, reason="opt_out", known_on=KNOWN, on_channel=None) -> None:
        self.query(
            "insert into crm.suppression values (crm.contact_key(%s, %s), %s, %s, now(), %s, 'test')",
            channel, address, on_channel or channel, reason, known_on,
        )  # fmt: skip

    def say_no(self, customer, channel, *, reason="opt_out", known_on=KNOWN, lifted_on=None) -> None:
        """The customer said no, whatever their address is."""
        lifted = (KNOWN, lifted_on, "olive", "slip", "noted by mistake") if lifted_on else (None,) * 5
        self.query(
            "insert into crm.customer_suppression values (%s, %s, %s, now(), %s, 'test', 1, %s, %s, %s, %s, %s)",
            customer, channel, reason, known_on, *lifted,
        )  # fmt: skip

    def contact(
        self, customer, channel, address, send_date, *, campaign="earlier", ghost=False, released=False, direction=None
    ) -> None:
        self.query(
            "insert into crm.contact_claim (contact_key, send_date, channel, campaign, occasion, customer_id, ghost,"
            " released, direction) values (crm.contact_key(%s, %s), %s, %s, %s, 'then', %s, %s, %s, %s)",
            channel, address, send_date, channel, campaign, customer, ghost, released, direction,
        )  # fmt: skip

    def product(self, product, category) -> None:
        self.query(
            "insert into crm.product (product_id, valid_from, shop, external_id, category, file_version_id)"
            " values (%s, %s, 'shop', %s, %s, 1)",
            product, KNOWN, str(product), category,
        )  # fmt: skip

    def cycle(self, item, days, *, level="category", value=10, calibrated_on=KNOWN, intervals=1000, share=0.9) -> None:
        self.query(
            "insert into crm.repurchase_cycle values (%s, %s, %s, %s, %s, 10, 100, %s, %s)",
            calibrated_on, level, str(item), days, intervals, share, value,
        )  # fmt: skip

    def rhythm(self, customer, item, days, bought_on, *, level="category", valid_from=KNOWN, intervals=4) -> None:
        """The customer's own rhythm as calibrated on ``valid_from``; ends the one before it."""
        key = (customer, level, str(item))
        self.query(
            "update crm.repurchase_rhythm set valid_to = %s"
            " where (customer_id, level, item_key) = (%s, %s, %s) and valid_to is null",
            valid_from, *key,
        )  # fmt: skip
        self.query(
            "insert into crm.repurchase_rhythm (customer_id, level, item_key, valid_from, cycle_days, intervals,"
            " last_bought_on, expected_on) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            *key, valid_from, days, intervals, bought_on, bought_on + datetime.timedelta(days=days),
        )  # fmt: skip


class Planner:
    """Plans the declarations of a folder and reads what was decided."""

    def __init__(self, warehouse, query, folder: Path) -> None:
        self.warehouse, self.query, self.folder = warehouse, query, folder
        self.business = Business(
            name="Test", time_zone="America/New_York", currency="USD", country="US", sources=["x"], global_holdout=0,
            exclusions=Exclusions(full_price_days=0),
        )  # fmt: skip

    def declare(self, campaign: str, text: str = "", **keys) -> None:
        """Declare a holiday campaign of 21 November (send date of DAY), changed by ``keys`` or another text."""
        import yaml

        values = {
            "campaign": campaign, "kind": "holiday", "title": {"en": campaign}, "priority": 1,
            "occasions": [{"name": campaign, "date": "11-21"}], "channels": ["email", "sms"],
            "goal": {"goal": "any_order"}, "primary_window_days": 10, "holdout": 0,
        }  # fmt: skip
        if keys.get("kind", "holiday") != "holiday":
            del values["occasions"]
        body = text or yaml.safe_dump({**values, **keys})
        (self.folder / f"{campaign}.yaml").write_text(body, encoding="utf-8")

    def plan(self, day: datetime.date = DAY, mode: str = "live", **more) -> list[dict]:
        return plan(self.warehouse, self.business, day, mode=mode, **more)

    def decisions(self, columns: str = "customer_id, decision, reason", where: str = "true") -> list[tuple]:
        return self.query(f"select {columns} from crm.decision where {where} order by customer_id, campaign")

    def reasons(self) -> dict[int, str | None]:
        return dict(self.decisions("customer_id, reason"))


@pytest.fixture
def shop(query) -> Shop:
    return Shop(query)


@pytest.fixture
def planner(warehouse, query, tmp_path, monkeypatch) -> Planner:
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path))
    return Planner(warehouse, query, tmp_path)
