"""Makes the dump of a small warehouse from which every later migration is tested (test_upgrades.py).

A dump belongs to the commit that it was made at, and is never made anew: a later commit writes another schema. Before a
release whose schema differs, make one more, beside the others::

    PYTHONPATH=plugins .venv/bin/python tests/upgrades/make_warehouse.py      # writes warehouse_<revision>.sql.gz

What is in it, all of it invented: the last months of a year of a shop of 160 customers; a campaign that was sent,
answered and evaluated, with fitted coupons that were redeemed, a late correction and refunds; one whose batches are
planned, claimed, handed over and unknown; one that waits for an approval; a dry run; opt-outs, complaints and bounces
from a file and from events; an event of a message that nobody knows; a row that was set aside; an uploaded list in two
versions; a customer who was erased; an experiment from a file.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CUSTOMERS, PRODUCTS = 160, 20
FIRST, LOADED, LAST = (datetime.date(2017, *day) for day in ((9, 1), (11, 19), (12, 31)))
OPEN, ASKED, SENT = (datetime.date(2017, 11, day) for day in (20, 21, 23))
NOW = datetime.datetime(2017, 12, 31, 20, tzinfo=datetime.UTC)
Row = dict[str, Any]


def days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + datetime.timedelta(n) for n in range((last - first).days + 1)]


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def orders_of(day: datetime.date) -> list[Row]:
    chance = random.Random(day.toordinal())
    return [
        {
            "order_id": f"{day:%Y%m%d}-{customer}", "line": line, "customer_id": customer,
            "product_id": chance.randrange(PRODUCTS), "quantity": 1,
            "sales_value": chance.randrange(100, 5000) / 100, "retail_disc": 0, "coupon_disc": 0,
            "ordered_at": f"{day}T{chance.randrange(14, 23)}:{chance.randrange(10, 60)}:00Z",
        }
        for customer in chance.sample(range(CUSTOMERS), 10)
        for line in range(1, chance.randrange(2, 4))
    ]  # fmt: skip


def person(n: int) -> Row:
    return {
        "customer_id": n, "name": f"Customer {n}", "email": f"c{n}@example.com", "mobile": "", "region": "New York",
        "birthday": f"1980-{n % 12 + 1:02}-{n % 28 + 1:02}", "invented": "true",
        "consent_email": "true" if n % 4 else "false", "consent_sms": "false", "consent_source": "checkout",
        "consent_at": "2017-08-01T00:00:00Z",
    }  # fmt: skip


def deliver(landing: Path) -> None:
    """The shop's files, a bad row among them."""
    for day in days(FIRST, LAST):
        write(landing / "orders" / f"{day}.csv", orders_of(day))
    people = [person(n) for n in range(CUSTOMERS)]
    write(landing / "customers" / f"{FIRST}.csv", [*people, {**person(999), "customer_id": ""}])
    products = [{"product_id": n, "name": f"Product {n}", "category": f"Food > Kind {n % 3}"} for n in range(PRODUCTS)]
    write(landing / "products" / f"{FIRST}.csv", products)
    opted_out = [
        {"channel": "email", "address": f"c{n}@example.com", "reason": reason, "occurred_at": "2017-08-15T00:00:00Z",
         "source": "former tool"}
        for n, reason in ((1, "opt_out"), (2, "complaint"), (3, "bounce"))
    ]  # fmt: skip
    write(landing / "suppressions" / f"{FIRST}.csv", opted_out)


class Shop:
    """The steps that Airflow would run, one after the other."""

    def __init__(self, url: str) -> None:
        from crm import business as businesses
        from crm.warehouse import Warehouse

        self.warehouse, self.business = Warehouse(url), businesses.load(HERE / "business.yaml")

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.warehouse.url.replace("+psycopg", "")) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def orders(self, last: datetime.date, mode: str, first: datetime.date | None = None) -> None:
        from crm.customers.refreshing import refresh
        from crm.orders.delivery import ingest
        from crm.orders.publishing import publish
        from crm.orders.validation import validate

        delivery = ingest(self.warehouse, self.business, last, mode=mode, from_date=first)
        validate(self.warehouse, delivery)
        publish(self.warehouse, self.business, delivery)
        refresh(self.warehouse, self.business, last)

    def lists(self, *ids: int) -> None:
        from crm.campaigns.customer_lists import keep, read

        given = read("\n".join(map(str, ("customer_id", *ids))).encode())
        keep(self.warehouse, "quiet", "complete_journey", given, "olive", replace=True)

    def decide(self) -> None:
        """Four dates as they come, the first list before them and another after the first of them."""
        from crm.campaigns.planning import plan

        self.lists(11, 13, 17)
        for day in days(OPEN, SENT):
            self.orders(day, "simulate")
            plan(self.warehouse, self.business, day, mode="simulate")
            if day == OPEN:
                self.lists(11, 19)

    def leave_open(self) -> None:
        """Of a campaign's batches one claimed, one handed over, one without an answer, one done, the rest planned."""
        from crm.messages.clock import clock_for
        from crm.messages.ledger import Ledger
        from crm.messages.providers import Outcome

        now = datetime.datetime(2017, 11, 21, 20, tzinfo=datetime.UTC)
        ledger = Ledger(self.warehouse, self.business, "thanksgiving", OPEN, OPEN + datetime.timedelta(1), "dead#1")
        ledger.enqueue(batch_size=15)
        clock_for("simulate", OPEN, self.business)
        for number in range(4):
            with self.warehouse.transaction() as keeper:
                batch, rows, _ = ledger.claim(keeper, "outbox", now)
                assert batch
                if number > 0:
                    ledger.hand_over(batch, now)
                if number > 1:
                    taken = [Outcome(row.message_id, "accepted") for row in rows] if number == 3 else []
                    ledger.close(batch, taken, now, given=len(rows), no_outcome="no answer")

    def ask(self) -> None:
        from crm.messages.approval import question
        from crm.messages.clock import clock_for

        clock = clock_for("simulate", ASKED, self.business)
        assert question(self.warehouse, self.business, "winter", ASKED, mode="simulate", clock=clock, title="Winter")

    def send(self) -> None:
        from crm.messages.clock import clock_for
        from crm.messages.responses.collecting import collect
        from crm.messages.responses.inbox import keep
        from crm.messages.sending import send

        clock = clock_for("simulate", SENT, self.business)
        send(self.warehouse, self.business, "black_friday", SENT, mode="simulate", clock=clock, run_id="made")
        keep(self.warehouse, self.events())
        collect(self.warehouse, self.business, NOW)

    def events(self) -> list[Any]:
        from crm.messages.responses.inbox import Event

        sent = self.query("select message_id from crm.message where campaign = 'black_friday' order by message_id")
        at = datetime.datetime(2017, 11, 24, 16, tzinfo=datetime.UTC)
        found = []
        for number, (message_id,) in enumerate(sent):
            kinds = ["processed", "delivered", *["opened"] * (number % 3), *["clicked"] * (number % 4)]
            kinds += ["opt_out"] * (number == 5) + ["complaint"] * (number == 9)
            found += [
                Event("sendgrid", f"{message_id}-{place}", kind, at + datetime.timedelta(minutes=7 * place), message_id,
                      suppresses=kind if kind in ("opt_out", "complaint") else None)
                for place, kind in enumerate(kinds)
            ]  # fmt: skip
        return [*found, Event("sendgrid", "stray", "opened", at, "0123456789abcdef")]

    def evaluate(self) -> None:
        """Results, then a late correction that makes new versions of them."""
        from crm.customers.standings import count
        from crm.evaluation.collecting import collect
        from crm.evaluation.evaluating import evaluate
        from crm.evaluation.indicators import refresh

        self.orders(LAST, "load", SENT + datetime.timedelta(1))
        # The sample's files name no coupons: three customers of the campaign used theirs.
        self.query(
            """update crm.orders as o set coupon_codes = array[k.code]
            from crm.coupon as k
            where o.customer_id = k.customer_id and o.ordered_on between k.starts_on and k.expires_on"""
        )
        for changed in (False, True):
            if changed:
                self.correct()
            collect(self.warehouse, self.business)
            evaluate(self.warehouse, self.business)
            refresh(self.warehouse, self.business)
        count(self.warehouse)

    def correct(self) -> None:
        from crm import settings

        day = datetime.date(2017, 11, 25)
        rows = [{**row, "sales_value": 0.5} for row in orders_of(day)[::2]]
        write(settings.landing() / "complete_journey" / "orders" / f"{day}.csv", rows)
        self.orders(day, "simulate")
        # The sample's files tell no refunds either.
        self.query(
            """insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount,
                refunded_at, refunded_on, business_date, known_on)
            select o.customer_id, o.order_key, (select max(f.file_version_id) from crm.file_version as f), o.shop,
                'r-' || o.order_id, o.order_key, o.amount / 2, o.ordered_at + interval '4 days', o.ordered_on + 4,
                '2017-12-31', '2017-12-31'
            from crm.conversion as c
            inner join crm.orders as o using (customer_id, order_key, file_version_id)
            where c.campaign = 'black_friday' and o.known_until is null order by c.order_key limit 6"""
        )

    def rest(self) -> None:
        """A dry run for its page, an experiment from a file, a customer who asked to be erased."""
        from crm.customers.erasing import erase
        from crm.evaluation.experiments.evaluating import evaluate_file
        from crm.rehearsal.dry_run import rehearse

        rehearse(self.warehouse, self.business, SENT, "black_friday", run_id="manual__1")
        folder = Path(os.environ["CRM_HOME"])
        (folder / "letters.yaml").write_text(
            "assignment: randomised\ncampaign: {value: letters}\n"
            "date: {value: 2017-03-01}\nas_of: {value: 2017-06-30}\n"
            "arm: {column: arm, treated: [letter], control: [none]}\noutcomes: [{window_days: 14, converted: bought}]\n"
        )
        rows = [{"arm": "none" if n % 3 else "letter", "bought": str(n % 5 == 0).lower()} for n in range(60)]
        write(folder / "letters.csv", rows)
        evaluate_file(self.warehouse, self.business, folder / "letters.yaml", folder / "letters.csv")
        [(customer_id,)] = self.query("select customer_id from crm.customer where external_id = '7'")
        erase(self.warehouse, customer_id, id_columns=["customer_id"], requested_by="olive", now=NOW)


def dumped(text: str) -> str:
    """Plain SQL that any PostgreSQL from 15 on takes, without what belongs to psql or to one version."""
    return re.sub(r"^(\\(un)?restrict .*|SET transaction_timeout .*)\n", "", text, flags=re.MULTILINE)


def main() -> None:
    from crm import settings
    from crm.local.postgres import Server, free_port
    from crm.migrations import upgrade

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "CRM_HOME": folder, "CRM_CAMPAIGNS": str(HERE / "campaigns"), "AIRFLOW_CONN_CRM_LINKS": '{"password": "t"}',
        }  # fmt: skip
        server = Server(Path(folder) / "postgres", free_port(), durable=False)
        server.start()
        try:
            server.create_database("small")
            upgrade(server.url("small", "postgresql+psycopg"))
            deliver(settings.landing() / "complete_journey")
            shop = Shop(server.url("small", "postgresql+psycopg"))
            shop.orders(LOADED, "load", FIRST)
            for step in (shop.decide, shop.leave_open, shop.ask, shop.send, shop.evaluate, shop.rest):
                step()
            [(revision,)] = shop.query("select version_num from crm_schema_version")
            shop.warehouse.engine.dispose()
            made = subprocess.run(
                [server.program("pg_dump"), "--no-owner", "--inserts", "--rows-per-insert=200",
                 "--exclude-table-data=staging.*", server.url("small")],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
        finally:
            server.remove()
    file = HERE / f"warehouse_{revision}.sql.gz"
    file.write_bytes(gzip.compress(dumped(made.stdout).encode(), mtime=0))
    sys.stdout.write(f"{file}: {file.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    sys.exit(main())
