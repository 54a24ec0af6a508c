"""Test sends: the campaign's own message, marked, to the staff alone, and no trace of it in the ledger."""

from __future__ import annotations

import datetime
import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, Planner, make_business
from pydantic import ValidationError

from crm.business import Business, Channel, Staff
from crm.messages.staff import StaffError
from crm.messages.tokens import Signer
from crm.rehearsal.test_send import send_to_staff
from crm.warehouse import Warehouse
from sendgrid_stand_in.server import StandIn

NOON = datetime.datetime(2017, 11, 21, 17, tzinfo=datetime.UTC)
STAFF = {"ann": Staff(email="ann@shop.example", mobile="+12025550142"), "bob": Staff(mobile="+12025550143")}


@pytest.fixture
def business() -> Business:
    return make_business(staff=STAFF)


def letter(outbox: Path) -> Any:
    (file,) = outbox.rglob("*.eml")
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def test_a_test_is_the_campaigns_message_marked_and_its_links_touch_nobody(business: Business, outbox: Path) -> None:
    sent = send_to_staff(business, CAMPAIGN, "ann", at=NOON)
    found = letter(outbox)
    assert found["To"] == "ann <ann@shop.example>"
    assert found["Subject"] == "[Test] Thank you, from all of us"
    assert found["X-CRM-Test"] == CAMPAIGN
    assert outbox / sent["provider_message_id"] == next(outbox.rglob("*.eml"))
    text = found.get_body(("plain",)).get_content()
    assert "Dear Alex Sample," in text
    assert f"utm_campaign=thanksgiving-2017&utm_content=a&crm_message={sent['message_id']}" in text
    token = found["List-Unsubscribe"].strip("<>").rpartition("m=")[2]
    assert Signer.from_connection().message_id(token) == sent["message_id"]
    with pytest.raises(ValueError, match="invalid literal"):
        int(sent["message_id"], 16)  # those of the ledger are hexadecimal


def test_an_sms_keeps_its_signature_in_front(business: Business, outbox: Path) -> None:
    sent = send_to_staff(business, CAMPAIGN, "bob", at=NOON, locale="zh-CN")
    assert sent["channel"] == "sms"
    (file,) = outbox.rglob("*.txt")
    to, _, text = file.read_text(encoding="utf-8").strip().split("\n")
    assert to == "To: +12025550143"
    assert text.startswith("【Test Shop】亲爱的李样例，")
    assert text.endswith("拒收请回复R 【测试】")


@pytest.fixture
def anna(plan: Planner) -> None:
    """Customer 7 of the shop s, with a decision that holds her out and a coupon of her own."""
    coupon = {"value": 7, "threshold": 50, "currency": "USD", "text": {}, "expires_on": "2017-12-01"}
    plan.decide(1, decision="hold_out", name="Wilhelmina", locale="zh-CN", offer=coupon)
    for table in ("customer_profile", "decision", "consent", "contact_claim"):
        plan.query(f"update crm.{table} set customer_id = crm.key64('s', '7') where customer_id = 1")
    plan.query("update crm.customer_profile set locale = 'zh-CN'")


@pytest.mark.usefixtures("anna")
def test_it_is_written_with_the_data_of_the_chosen_customer_and_leaves_no_trace(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    before = plan.query("select count(*) from crm.contact_claim")
    sent = send_to_staff(
        business, CAMPAIGN, "ann", at=NOON, warehouse=warehouse, customer="s:7", date=str(BUSINESS_DATE)
    )
    found = letter(outbox)
    assert found["Subject"] == "【测试】 感恩节，想对您说声谢谢"
    text = found.get_body(("plain",)).get_content()
    for part in ("亲爱的Wilhelmina：", "满US$50减US$7", "SAMPLE234567", "2017年12月1日"):
        assert part in text
    told = json.dumps(sent) + caplog.text
    for personal in ("Wilhelmina", "ann@", "c1@example.com", "s:7"):
        assert personal not in told
    assert plan.statuses() == {}
    assert plan.query("select count(*) from crm.message_batch") == [(0,)]
    assert plan.query("select count(*) from crm.contact_claim") == before


@pytest.mark.usefixtures("anna")
def test_a_product_key_of_nineteen_digits_is_named(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    product = -9_123_456_789_012_345_678
    plan.query(
        "insert into crm.product (product_id, valid_from, shop, external_id, name, file_version_id)"
        " values (%s, '2017-01-01', 's', 'x', 'olive oil', 1)", product,
    )  # fmt: skip
    plan.query("update crm.decision set campaign = 'repurchase', item_key = %s", str(product))
    send_to_staff(business, "repurchase", "ann", at=NOON, warehouse=warehouse, customer="s:7", locale="en")
    assert letter(outbox)["Subject"] == "[Test] Running low on olive oil?"


@pytest.mark.usefixtures("anna")
def test_what_was_bought_last_stands_in_for_a_decision(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    for number, (name, day) in enumerate([("olive oil", "2017-11-02"), ("GROUND COFFEE", "2017-11-19")], 1):
        plan.query(
            "insert into crm.product (product_id, valid_from, shop, external_id, name, file_version_id)"
            " values (%s, '2017-01-01', 's', %s, %s, 1)",
            number, str(number), name,
        )  # fmt: skip
        plan.query(
            """
            insert into crm.orders (
                customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on, business_date,
                line_count, quantity, amount, known_on
            ) values (crm.key64('s', '7'), %(n)s, 1, 's', %(n)s, 'paid', %(day)s, %(day)s, %(day)s, 1, 1, 5, %(day)s)
            """,
            named={"n": number, "day": day},
        )
        plan.query(
            "insert into crm.order_line values (crm.key64('s', '7'), %s, 1, 1, %s, 1, 5, 5)", number, number
        )  # fmt: skip
    given = {"customer": "s:7", "locale": "en"}
    send_to_staff(business, "repurchase", "ann", at=NOON, warehouse=warehouse, **given)
    assert letter(outbox)["Subject"] == "[Test] Running low on ground coffee?"


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"to": "eve"}, "to: no such name in staff of business.yaml"),
        ({"to": "ann@shop.example"}, "to: no such name in staff of business.yaml"),
        ({"to": "bob", "channel": "email"}, "staff.bob has no address for email"),
        ({"customer": "s:8"}, "no such customer of the shop"),
        ({"customer": "7"}, "give it as <shop>:<customer id>"),
        ({"variant": "z"}, "variant: the campaign has no 'z'; give one of a"),
        ({"locale": "de"}, "locale: the campaign has no 'de'; give one of en, zh-CN"),
        ({"customer": "s:7", "date": "2016-01-01"}, "has a profile on 2016-01-01"),
    ],
)
def test_who_is_not_staff_and_what_there_is_not_is_refused(
    warehouse: Warehouse, business: Business, outbox: Path, given: dict[str, str], says: str
) -> None:
    asked = {"to": "ann", "date": str(BUSINESS_DATE), **given}
    with pytest.raises(StaffError) as error:
        send_to_staff(business, CAMPAIGN, asked.pop("to"), at=NOON, warehouse=warehouse, **asked)
    assert says in str(error.value)
    assert "@" not in str(error.value)
    assert not outbox.exists()


@pytest.fixture
def sendgrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn().start()
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", stand_in.connection())
    yield stand_in
    stand_in.stop()


def test_it_goes_by_the_provider_of_the_channel_apart_from_the_campaigns_own_figures(sendgrid: StandIn) -> None:
    email = Channel(provider="sendgrid", sender="hello@shop.example")
    business = make_business(staff=STAFF, channels={"email": email, "sms": Channel()})
    sent = send_to_staff(business, CAMPAIGN, "ann", at=NOON)
    assert sent["provider"] == "sendgrid"
    (request,) = sendgrid.requests
    (personalization,) = request["personalizations"]
    assert personalization["to"] == [{"email": "ann@shop.example", "name": "ann"}]
    assert personalization["headers"]["X-CRM-Test"] == CAMPAIGN
    assert personalization["custom_args"] == {"crm_message": sent["message_id"]}
    assert request["subject"].startswith("[Test] ")
    assert all(category.startswith("test-") for category in request["categories"])

    sendgrid.script.append("403")
    with pytest.raises(StaffError, match="sendgrid did not take the test to ann: "):
        send_to_staff(business, CAMPAIGN, "ann", at=NOON)


@pytest.mark.parametrize("staff", [{"email": "ann"}, {"email": "a@b\r\nBcc: x@y"}, {"mobile": "202 555 0142"}])
def test_addresses_of_the_staff_are_checked(staff: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        make_business(staff={"ann": staff})
