"""Erasure by request: nothing of the person is left anywhere, no figure changes, and no file brings them back."""

from __future__ import annotations

import csv
import datetime
import email
import email.policy
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

import patience
from crm.business import Business
from crm.customers import erasing, refreshing
from crm.messages import forgetting
from crm.messages.providers import Envelope
from crm.messages.providers.outbox import Outbox
from crm.messages.rendering import Body
from crm.messages.responses import collecting, inbox
from crm.messages.responses.inbox import Event
from crm.orders.delivery import ingest
from crm.orders.mapping import composed_ids, id_columns
from crm.orders.publishing import publish
from crm.warehouse import Warehouse

NOW = datetime.datetime(2017, 3, 4, 9, tzinfo=datetime.UTC)
MAPPING = """
shop: tea
time_zone: America/New_York
currency: USD
country: US
orders:
  files: "{shop}/orders_{date}.csv"
  columns: {order_id: order, customer: buyer, product: item, quantity: pieces, amount: paid, ordered_at: at,
    refund_amount: refunded, refunded_at: refunded_at}
  optional: [refund_amount, refunded_at]
customers:
  files: "{shop}/customers_{date}.csv"
  columns: {customer: buyer, name: name, email: email, mobile: mobile, birthday: born, region: state, tags: tags,
    consent_email: mail_ok, consent_source: where, fake_orders: fake}
suppressions:
  files: "{shop}/suppressions_{date}.csv"
  columns: {channel: channel, address: address, reason: reason}
contacts:
  files: "{shop}/contacts_{date}.csv"
  columns: {channel: channel, address: address, sent_at: at}
"""
#: The shop calls its customers by their e-mail, as Shopify's export does.
ANN = {
    "buyer": "wilhelmina@quux.example.com", "name": "Wilhelmina Quux", "email": "Wilhelmina@quux.example.com",
    "mobile": "(212) 555-0147", "born": "1981-07-19", "state": "Quuxland", "tags": '["likes-oolong"]',
    "mail_ok": "yes", "where": "Quux fair", "fake": "",
}  # fmt: skip
BOB = ANN | {
    "buyer": "bob", "name": "Bob Baker", "email": "bob@example.org", "mobile": "", "born": "1970-01-02", "state": "NY",
    "tags": "", "where": "web",
}  # fmt: skip
#: What must be found nowhere, however it is written.
TRACES = ("wilhelmina", "quux", "5550147", "555-0147", "1981-07-19", "likes-oolong")


class Tea:
    """The shop, and the warehouse that it is read into."""

    def __init__(self, warehouse: Warehouse, query: Any, folder: Path) -> None:
        mapping = folder / "tea.yaml"
        mapping.write_text(MAPPING, encoding="utf-8")
        self.warehouse, self.query, self.folder = warehouse, query, folder
        self.business = Business(
            name="Tea", time_zone="America/New_York", currency="USD", country="US", sources=[str(mapping)]
        )
        self.id_columns = id_columns(self.business.sources, "tea")
        self.ann = int(query("select crm.key64('tea', %s)", ANN["buyer"])[0][0])

    def write(self, on: str, **kinds: list[dict[str, str]]) -> None:
        for kind, rows in kinds.items():
            path = self.folder / "landing" / "tea" / f"{kind}_{on}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)

    def stage(self, on: str, **kinds: list[dict[str, str]]) -> Any:
        self.write(on, **kinds)
        return ingest(self.warehouse, self.business, datetime.date.fromisoformat(on), allow_empty=True)

    def take(self, on: str, **kinds: list[dict[str, str]]) -> dict[str, Any]:
        return publish(self.warehouse, self.business, self.stage(on, **kinds))

    def erase(self, by: str = "olive", now: datetime.datetime = NOW) -> dict[str, int]:
        return erasing.erase(self.warehouse, self.ann, id_columns=self.id_columns, requested_by=by, now=now)

    def remove_files(self, now: datetime.datetime = NOW) -> int:
        return forgetting.remove_files(self.warehouse, self.ann, now)


def line(order: str, buyer: str, at: str, paid: str = "10.50", **more: str) -> dict[str, str]:
    row = {"order": order, "buyer": buyer, "item": "green", "pieces": "2", "paid": paid, "at": f"{at}T12:00:00-05:00"}
    return row | {"refunded": "", "refunded_at": ""} | more


@pytest.fixture
def tea(warehouse: Warehouse, query: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tea:
    """Three days of a shop with Ann in everything that it can deliver, wrong rows included, and in what followed."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CRM_LANDING", str(tmp_path / "landing"))
    shop = Tea(warehouse, query, tmp_path)
    ann = ANN["buyer"]
    first = [line("1", ann, "2017-03-01"), line("2", "bob", "2017-03-01", "99.99"), line("9", "bob", "2017-03-01", "x")]
    shop.take("2017-03-01", orders=first, customers=[ANN, BOB])
    refund = line("3", ann, "2017-03-02", "40.00", refunded="15.25", refunded_at="2017-03-02T13:00:00-05:00")
    unreadable = [line("4", ann, "2017-03-02", "much"), line("5", "bob", "2017-03-02", "dear")]
    moved = ANN | {"name": "Wilhelmina Quux-Baker", "email": "mina@quux.example.com", "where": "letter"}
    # Rows without an id of the customer, whom their content names all the same.
    nameless = [moved | {"buyer": "", "name": "", "mobile": ""}, moved | {"buyer": "", "email": "", "mobile": ""},
                BOB | {"buyer": ""},
                ANN | {"buyer": "", "name": "", "email": "no", "where": "x", "state": "x", "tags": ""}]  # fmt: skip
    shop.take("2017-03-02", orders=[refund, *unreadable], customers=[moved, BOB, *nameless])
    shop.take(
        "2017-03-03",
        customers=[moved, BOB],
        suppressions=[{"channel": "sms", "address": ANN["mobile"], "reason": "opt_out"}],
        contacts=[{"channel": "email", "address": moved["email"], "at": "2017-02-20"}],
    )
    refreshing.refresh(warehouse, shop.business, datetime.date(2017, 3, 3))
    query((Path(__file__).parent / "erasing.sql").read_text(encoding="utf-8").format(customer_id=shop.ann))
    Outbox().deliver([envelope("0badcafe"), envelope("test0badcafe", campaign="test-spring")], NOW)
    return shop


def envelope(message_id: str, campaign: str = "spring") -> Envelope:
    return Envelope(
        message_id=message_id, campaign=campaign, channel="email", send_date=datetime.date(2017, 3, 3),
        address="mina@quux.example.com", name="Wilhelmina Quux", body=Body("Hi", "Hello Wilhelmina", "<p>Wilhelmina"),
        values={}, sender="shop@example.com", sender_name="Tea", headers={},
    )  # fmt: skip


def traces(query: Any, folder: Path | None = None) -> list[str]:
    """Where the person is still found: every value of every column of crm and staging, every file of the outbox."""
    columns = query("""
        select format('%I.%I', table_schema, table_name), column_name from information_schema.columns
        inner join pg_class on relname = table_name and relnamespace = table_schema::regnamespace and relkind = 'r'
        where table_schema in ('crm', 'staging')""")
    assert len(columns) > 400
    found = []
    for table, column in columns:
        for (value,) in query(f'select "{column}"::text from {table} where "{column}" is not null'):
            found += [f"{table}.{column}: {trace}" for trace in TRACES if trace in value.lower()]
    for file in folder.rglob("*") if folder else ():
        if file.is_file():
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            parts = [str(part.get_content()) for part in message.walk() if not part.is_multipart()]
            text = " ".join([str(file), *map(str, message.values()), *parts]).lower()
            found += [f"{file}: {trace}" for trace in TRACES if trace in text]
    return found


FIGURES = {
    "lines": "select shop, ordered_on, sum(amount), sum(quantity) from mart.order_lines group by 1, 2 order by 2",
    "orders": "select * from mart.orders order by order_key",
    "customers": "select customer_id, tier, order_count, net_revenue, fake_orders from mart.customers order by 1",
    "history": "select * from crm.customer_history order by customer_id, valid_from",
    "decisions": "select * from crm.decision order by customer_id",
    "messages": "select * from crm.message order by customer_id",
    "responses": "select customer_id, event_id, kind, occurred_at from crm.response order by 1, 2",
    "rejected": "select file_version_id, row_number, reason, column_name from crm.rejected_row order by 1, 2",
    "files": "select * from crm.file_version order by 1",
}


def figures(query: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {name: query(statement) for name, statement in FIGURES.items()}


def test_nothing_of_the_person_is_left_in_any_column_or_file(tea: Tea, query: Any) -> None:
    outbox = tea.folder / "home" / "outbox"
    before = traces(query, outbox)
    assert {where.split(":")[0] for where in before} >= {
        "crm.customer.external_id", "crm.customer_profile.name", "crm.customer_profile.email",
        "crm.customer_profile.mobile", "crm.customer_profile.birthday", "crm.consent.source", "crm.rejected_row.raw",
        "crm.response.reason", "crm.response.url", "crm.response_inbox.reason", "staging.customer.name",
        "staging.suppression.address", "staging.contact.address",
    }  # fmt: skip
    assert any(str(outbox) in where for where in before)
    tea.erase()
    assert tea.remove_files() == 2
    assert traces(query, outbox) == []


def test_every_figure_stays_as_it_was(tea: Tea, query: Any) -> None:
    before = figures(query)
    assert len(before["lines"]) > 1
    tea.erase()
    assert figures(query) == before


def test_what_belongs_to_others_stays(tea: Tea, query: Any) -> None:
    others = """select p.name, p.email, p.birthday, c.external_id, s.granted, s.source
        from crm.customer_profile as p join crm.customer as c using (customer_id)
        join crm.consent as s using (customer_id) where c.external_id = 'bob'"""
    rejected = (
        "select raw ->> 'buyer', raw ->> 'name', raw ->> 'order' from crm.rejected_row where raw <> '{}' order by 3, 1"
    )
    before = query(others)
    tea.erase()
    assert query(others) == before
    assert len(before) == 1
    assert query(rejected) == [("bob", None, "5"), ("bob", None, "9"), ("", "Bob Baker", None)]


def test_the_addresses_are_never_written_to_again_whoever_comes_with_them(tea: Tea, query: Any) -> None:
    keys = """select email_key from crm.customer_profile
        union select mobile_key from crm.customer_profile where mobile is not null"""
    known = {key for (key,) in query(f"{keys} except select crm.contact_key('email', 'bob@example.org')")}
    assert len(known) == 3
    tea.erase()
    assert known <= {key for (key,) in query("select contact_key from crm.suppression where channel = 'all'")}
    assert not query("select from crm.consent where customer_id = %s", tea.ann)


@pytest.mark.parametrize("row", [ANN, ANN | {"name": "Wilhelmina Newname", "where": "again", "born": "1981-07-20"}])
def test_a_later_file_brings_nobody_back(tea: Tea, query: Any, row: dict[str, str]) -> None:
    tea.erase()
    tea.remove_files()
    count = tea.take(
        "2017-03-04",
        orders=[line("7", ANN["buyer"], "2017-03-04", "33.33"), line("8", ANN["buyer"], "2017-03-04", "odd")],
        customers=[row, BOB, row | {"buyer": ""}],
        suppressions=[
            {"channel": channel, "address": ANN["email"], "reason": "opt_out"} for channel in ("email", "pigeon")
        ],
        contacts=[{"channel": "email", "address": ANN["email"], "at": at} for at in ("2017-02-21", "")],
    )
    assert [query("select count(*) from crm.rejected_row where reason = %s", reason) for reason in (
        "unknown_channel", "missing_time"
    )] == [[(1,)], [(1,)]]  # fmt: skip
    assert (count["lines_published"], sum(count["rejected"].values())) == (1, 1)
    assert traces(query) == []
    bought = query("select sum(amount) from crm.orders where customer_id = %s and known_until is null", tea.ann)
    assert [str(value) for (value,) in bought] == ["83.8300"]
    assert not query("select from crm.consent where customer_id = %s", tea.ann)


def test_what_providers_say_later_is_counted_without_their_words(tea: Tea, query: Any) -> None:
    tea.erase()
    later = Event(
        provider="sendgrid", event_id="e9", kind="clicked", occurred_at=NOW, message_id="0badcafe",
        reason="mailbox of Quux", url="https://shop.example/quux",
    )  # fmt: skip
    inbox.keep(tea.warehouse, [later])
    collecting.collect(tea.warehouse, tea.business, NOW)
    assert query("select kind, reason, url from crm.response where event_id = 'e9'") == [("clicked", None, None)]
    assert traces(query) == []


def test_an_erasure_waits_for_a_collection_that_has_not_ended(tea: Tea) -> None:
    with ThreadPoolExecutor(1) as pool:
        with tea.warehouse.transaction() as collection:
            collection.run("responses/lock")
            erased = pool.submit(tea.erase)
            with pytest.raises(TimeoutError):
                erased.result(timeout=1)
        assert erased.result(timeout=patience.SECONDS)["responses"] == 1


def test_a_reload_of_the_first_files_brings_nobody_back(tea: Tea, query: Any) -> None:
    tea.erase()
    tea.take("2017-03-01", customers=[ANN | {"state": "Quuxburg"}, BOB])
    assert traces(query) == []


def test_a_delivery_that_was_staged_before_the_erasure_is_published_without_the_person(tea: Tea, query: Any) -> None:
    moved = ANN | {"state": "Quuxburg"}
    orders = [line("7", ANN["buyer"], "2017-03-04", "33.33")]
    delivery = tea.stage("2017-03-04", orders=orders, customers=[moved, BOB])
    tea.erase()
    publish(tea.warehouse, tea.business, delivery)
    assert traces(query) == []
    assert query("select amount::text from crm.orders where order_id = '7' and customer_id = %s", tea.ann) == [
        ("33.3300",)
    ]


def test_an_account_that_places_fake_orders_goes_on_to_count_nowhere(tea: Tea, query: Any) -> None:
    tea.take("2017-03-04", customers=[ANN | {"fake": "yes"}, BOB])
    tea.erase()
    assert query("select fake_orders from mart.customers where customer_id = %s", tea.ann) == [(True,)]
    tea.take("2017-03-05", customers=[ANN | {"fake": "yes", "name": "Wilhelmina Quux-Newton"}, BOB])
    assert query("select fake_orders from mart.customers where customer_id = %s", tea.ann) == [(True,)]
    assert traces(query) == []


def test_erasing_again_changes_nothing_and_the_first_request_stands_in_the_log(tea: Tea, query: Any) -> None:
    erased = tea.erase()
    assert erased == {
        "addresses": 3, "events": 1, "rejected_rows": 4, "profiles": 2, "consents": 2, "responses": 1,
        "lists": 1, "replies": 1,
    }  # fmt: skip
    tea.remove_files()
    log = query("select * from crm.erasure")
    again = tea.erase(by="ada", now=NOW + datetime.timedelta(days=1))
    assert set(again.values()) == {0}
    assert query("select * from crm.erasure") == log
    assert log[0][1] == "olive"
    assert log[0][3] == erased
    assert tea.remove_files() == 0
    assert query("select files_removed from crm.erasure") == [(2,)]


def test_an_erasure_that_dies_in_the_middle_erases_nothing(
    tea: Tea, query: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = traces(query)
    with monkeypatch.context() as broken:
        broken.setattr(erasing.json, "dumps", lambda _: "no json")
        with pytest.raises(Exception, match="json"):
            tea.erase()
    assert traces(query) == before
    assert not query("select from crm.erasure")
    assert not query("select from crm.suppression where source = 'erasure'")


def test_files_are_removed_only_after_the_warehouse_forgot_and_no_message_is_in_hand(tea: Tea, query: Any) -> None:
    outbox = tea.folder / "home"
    with pytest.raises(forgetting.NotErased):
        tea.remove_files()
    assert any(str(outbox) in trace for trace in traces(query, outbox)), "nothing goes before the warehouse forgot"
    tea.erase()
    query("update crm.message set status = 'claimed'")
    with pytest.raises(forgetting.UnderWay):
        tea.remove_files()
    assert query("select files_removed_at from crm.erasure") == [(None,)]
    assert traces(query, outbox) == [], "what is there goes at once"


def test_the_log_and_the_errors_name_nobody(tea: Tea, query: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        tea.erase()
        tea.remove_files()
    assert str(tea.ann) in caplog.text
    assert not [trace for trace in TRACES if trace in caplog.text.lower()]
    with pytest.raises(erasing.ErasureError) as refused:
        erasing.customer_key(ANN["buyer"])
    assert ANN["buyer"] not in str(refused.value)


def test_whoever_does_not_exist_or_stands_for_nobody_is_not_erased(tea: Tea, query: Any) -> None:
    anonymous = int(query("select crm.key64('tea', '')")[0][0])
    tea.take("2017-03-04", orders=[line("6", "", "2017-03-04")])
    for customer_id in (1, anonymous):
        with pytest.raises(erasing.ErasureError):
            erasing.erase(tea.warehouse, customer_id, id_columns=[], requested_by="olive", now=NOW)


def test_a_delivery_that_is_being_read_waits_for_the_erasure_and_then_sees_it(tea: Tea, query: Any) -> None:
    """The lock is taken first: what is staged in the meantime is staged after it."""
    with tea.warehouse.transaction() as erasure:
        erasure.run("customers/erase_wait")
        with psycopg.connect(tea.warehouse.url.replace("+psycopg", "")) as other:
            other.execute("set lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("truncate staging.delivery")


def test_rejected_rows_that_spell_the_id_as_a_spreadsheet_does_are_emptied_too(tea: Tea, query: Any) -> None:
    spelt = ["'{}", '="{}"', "{}.0", "{},0", "\u00a0{} "]
    for row, form in enumerate(spelt, 900):
        query(
            "insert into crm.rejected_row (file_version_id, row_number, reason, raw)"
            " select min(file_version_id), %s, 'bad_amount', jsonb_build_object('buyer', %s::text)"
            " from crm.file_version",
            row,
            form.format(ANN["buyer"]),
        )
    tea.erase()
    assert query("select count(*) from crm.rejected_row where row_number >= 900 and raw = '{}'") == [(len(spelt),)]


SHOP = "shop: tea\ntime_zone: America/New_York\ncurrency: USD\ncountry: US\norders:\n  files: '{shop}/o_{date}.csv'\n"
#: How a mapping makes customer ids -> the id of the person, her rejected row, and one of somebody else.
COMPOSED = {
    "columns joined by a sign": (
        "  columns: {order_id: o, customer: {join: [web, no], separator: '-'}, ordered_at: at, amount: paid}\n",
        "us-17", {"web": "us", "no": "17.0"}, {"web": "us", "no": "171"},
    ),
    "columns joined, of a record that cannot be split": (
        "  columns: {order_id: o, customer: {join: [web, no], separator: '-'}, ordered_at: at, amount: paid}\n",
        "us-17", {"record": "1,us,17,2017,5,x,"}, {"record": "1,us,171,2017,5,x,"},
    ),
    "a part of a text": (
        "  columns: {order_id: o, customer: {names: [who], extract: '#(?P<value>.*)'}, ordered_at: at, amount: paid}\n",
        "a17", {"who": "Buyer #A17"}, {"who": "Buyer #A170"},
    ),
    "the key of a joined file": (
        "  join:\n    people: {files: '{shop}/p_{date}.csv', key: {by: id}}\n"
        "  columns: {order_id: o, customer: people.id, ordered_at: at, amount: paid}\n",
        "a17", {"by": "a17", "people.id": ""}, {"by": "a18", "people.id": ""},
    ),
    "a column of a joined file": (
        "  join:\n    people: {files: '{shop}/p_{date}.csv', key: {by: id}}\n"
        "  columns: {order_id: o, customer: people.mail, ordered_at: at, amount: paid}\n",
        "a17", {"by": "1", "people.mail": "A17"}, {"by": "2", "people.mail": "a18"},
    ),
}  # fmt: skip


def test_rejected_rows_are_emptied_however_the_mapping_makes_the_customers_ids(tea: Tea, query: Any) -> None:
    put = (
        "insert into crm.rejected_row (file_version_id, row_number, reason, raw)"
        " select min(file_version_id), %s, 'bad_amount', %s::jsonb from crm.file_version"
    )
    for case, (form, external_id, theirs, other) in COMPOSED.items():
        path = tea.folder / "made.yaml"
        path.write_text(SHOP + form, encoding="utf-8")
        query("delete from crm.rejected_row where row_number >= 900")
        query("update crm.customer set external_id = %s where customer_id = %s", external_id, tea.ann)
        query(put, 900, json.dumps(theirs))
        query(put, 901, json.dumps(other))
        made = {"id_columns": id_columns([str(path)], "tea"), "composed_ids": composed_ids([str(path)], "tea")}
        erasing.erase(tea.warehouse, tea.ann, **made, requested_by="olive", now=NOW)
        left = query("select row_number, raw from crm.rejected_row where row_number >= 900 order by 1")
        assert left == [(900, {}), (901, other)], case
