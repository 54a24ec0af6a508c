"""Facts for the evaluation room, written straight into the tables that the other rooms fill."""

from __future__ import annotations

import datetime
import hashlib
import itertools
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

ZONE = ZoneInfo("America/New_York")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def instant(text: str) -> datetime.datetime:
    """An instant from New York's wall clock."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


class Facts:
    """Writes what other rooms would: deliveries, orders, refunds, products, declarations, plans, decisions."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._refunds = itertools.count(1)

    def run(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(statement.encode(), list(rows))

    def select(self, statement: str, *values: Any) -> list[Any]:
        return self.connection.execute(statement.encode(), values or None).fetchall()

    def shop(self, name: str = "shop") -> None:
        self.run("insert into crm.shop values (%s, 'test', 'America/New_York') on conflict do nothing", [(name,)])

    def delivered(self, through: str, *, first: str = "2017-11-01", shop: str = "shop") -> None:
        """All business dates from ``first`` on are complete."""
        self.shop(shop)
        self.connection.execute(
            "insert into crm.delivery (shop, business_date)"
            " select %s, d from generate_series(%s::date, %s::date, '1 day') as d on conflict do nothing",
            (shop, first, through),
        )

    def file(self, business_date: str, *, known_on: str | None = None, status: str = "published") -> int:
        row = self.connection.execute(
            "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)"
            " values ('shop', 'orders', %s, 'x', %s, %s, %s) returning file_version_id",
            (f"{business_date}.csv", business_date, known_on or business_date, status),
        ).fetchone()
        assert row
        return int(row[0])

    def orders(self, rows: Iterable[tuple[int, str, str, float]], *, file: int, **more: Any) -> None:
        """(customer, order id, wall clock in New York, amount); one line each, of product 1."""
        status, known_on = more.get("status", "paid"), more.get("known_on")
        product = more.get("product", 1)
        business_date, known = self.select(
            "select business_date, known_on from crm.file_version where file_version_id = %s", file
        )[0]
        known = known_on or known
        rows = list(rows)
        self.run(
            "insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,"
            " ordered_on, business_date, line_count, quantity, amount, known_on)"
            " values (%s, crm.key64('shop', %s), %s, 'shop', %s, %s, %s, %s, %s, 1, 1, %s, %s)",
            (
                (customer, order, file, order, status, instant(at), instant(at).date(), business_date, amount, known)
                for customer, order, at, amount in rows
            ),
        )
        self.run(
            "insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity,"
            " amount) values (%s, crm.key64('shop', %s), 1, %s, %s, 1, %s)",
            ((customer, order, file, product, amount) for customer, order, _, amount in rows),
        )

    def refund(self, customer: int, order: str, amount: float, *, known_on: str, line: int | None = None) -> None:
        number, file = next(self._refunds), self.file(known_on)
        self.run(
            "insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, line_number,"
            " amount, refunded_at, refunded_on, business_date, known_on)"
            " values (%s, %s, %s, 'shop', %s, crm.key64('shop', %s), %s, %s, %s, %s, %s, %s)",
            [
                (
                    customer,
                    number,
                    file,
                    str(number),
                    order,
                    line,
                    amount,
                    instant(known_on),
                    known_on,
                    known_on,
                    known_on,
                )
            ],
        )

    def product(self, product: int, category: str, *, external_id: str = "x", valid_from: str = "2017-01-01") -> None:
        self.run(
            "insert into crm.product (product_id, valid_from, shop, external_id, category, file_version_id)"
            " values (%s, %s, 'shop', %s, %s, 1)",
            [(product, valid_from, external_id, category)],
        )

    def declared(
        self, campaign: str, kind: str, *, goal: str = "any_order", window: int = 10, holdout: float = 0.2
    ) -> str:
        body = f"campaign: {campaign}\ngoal: {{goal: {goal}}}\nprimary_window_days: {window}\nholdout: {holdout}\n"
        digest = hashlib.sha256(body.encode()).hexdigest()
        self.run(
            "insert into crm.declaration values (%s, %s, %s, %s, '2017-11-01') on conflict do nothing",
            [(digest, campaign, kind, body)],
        )
        return digest

    def epoch(self, campaign: str, epoch: str, holdout: float, *variants: str) -> None:
        """What an epoch was begun with."""
        self.run(
            "insert into crm.epoch values (%s, %s, 's', %s, %s, '2017-11-01')",
            [(campaign, epoch, holdout, list(variants or ("a",)))],
        )

    def decisions(
        self, entries: Iterable[tuple[int, str, str | None]], *, declaration: str, send_at: str, **more: Any
    ) -> None:
        """(customer, treatment / control / reason of an exclusion, segment), planned the day before ``send_at``."""
        campaign, kind = self.select(
            "select campaign, kind from crm.declaration where declaration_hash = %s", declaration
        )[0]
        at = instant(send_at)
        business_date = at.date() - datetime.timedelta(days=1)
        decided = {"treatment": "include", "control": "hold_out"}
        rows = [
            (
                customer,
                campaign,
                more.get("occasion", "2017"),
                more.get("instance", ""),
                more.get("wave", "main"),
                kind,
                business_date,
                at.date(),
                at.date(),
                decided.get(arm, "exclude"),
                None if arm in decided else arm,
                arm if arm in decided else None,
                segment,
                more.get("goal", "any_order"),
                more.get("goal_item"),
                at,
                at,
                at,
                declaration,
                more.get("variant", "a"),
                more.get("epoch", "2017"),
            )
            for customer, arm, segment in entries
        ]
        self.run(
            "insert into crm.decision (customer_id, campaign, occasion, instance, wave, kind, business_date, send_date,"
            " occasion_date, decision, reason, arm, segment, goal, goal_item, planned_send_at, send_by, cut_off_at,"
            " declaration_hash, variant, epoch, priority, salt, channel, contact_key)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, 's',"
            " 'email', gen_random_uuid())",
            rows,
        )
        self.run(
            "insert into crm.plan as p (business_date, send_date, mode, whole, declarations, candidates, included,"
            " held_out, excluded) values (%s, %s, 'live', true, '{}', 0, %s, 0, 0)"
            " on conflict (business_date) do update set included = p.included + excluded.included",
            [(business_date, at.date(), len(rows))],
        )

    def messages(self, campaign: str, *, accepted_at: str, provider: str = "sendgrid", cost: float = 0.01) -> None:
        """One message per included decision of the campaign that has none yet, taken by the provider."""
        self.run(
            "insert into crm.message (customer_id, campaign, occasion, instance, wave, channel, message_id, batch_id,"
            " contact_key, send_date, planned_send_at, send_by, locale, variant, status, provider, sending_cost,"
            " accepted_at)"
            " select customer_id, campaign, occasion, instance, wave, channel, campaign || wave || instance ||"
            " customer_id, 1, contact_key, send_date, planned_send_at, send_by, 'en', variant, 'accepted', %s, %s, %s"
            " from crm.decision where campaign = %s and decision = 'include' on conflict do nothing",
            [(provider, cost, instant(accepted_at), campaign)],
        )

    def respond(self, campaign: str, customers: Iterable[int], kind: str, at: str, **more: Any) -> None:
        """One event for each message of the campaign to the customers; known on the date of ``at`` by default."""
        self.run(
            "insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel,"
            " message_id, contact_key, kind, occurred_at, known_on, machine)"
            " select customer_id, provider, gen_random_uuid(), campaign, occasion, instance, wave, channel, message_id,"
            " contact_key, %s, %s, %s, %s from crm.message where campaign = %s and customer_id = %s",
            (
                (kind, instant(at), more.get("known_on", at[:10]), more.get("machine"), campaign, customer)
                for customer in customers
            ),
        )

    def variant_results(self) -> list[Any]:
        """Versions of comparisons of variants as dictionaries, oldest first."""
        with self.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            cursor.execute("select * from crm.variant_result order by campaign, period, window_days, variant, version")
            return cursor.fetchall()

    def results(self, **where: Any) -> list[Any]:
        """Versions of results as dictionaries, oldest first; of whole audiences, unless told otherwise."""
        where = {"dimension": "all"} | where
        with self.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            cursor.execute(
                "select * from crm.result order by campaign, occasion, period, goal, window_days, dimension,"
                " dimension_value, version"
            )
            return [row for row in cursor.fetchall() if all(row[name] == value for name, value in where.items())]
