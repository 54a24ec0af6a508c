"""Links of messages: into the shop with campaign and message, and out of the list with a signature."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, Planner, StoppedClock, make_business
from pydantic import ValidationError

from crm.business import Business, Footer
from crm.connections import ConnectionMissing
from crm.messages import links
from crm.messages.composing import Composer
from crm.messages.preview import preview
from crm.messages.sending import send
from crm.messages.tokens import Signer
from crm.warehouse import Warehouse

MESSAGE_ID = "0123456789abcdef"


def envelope(business: Business, declared: str = "", **changes: Any) -> Any:
    row = {
        "declaration_hash": "h", "channel": "email", "locale": "en", "variant": "a", "occasion": "winter-2017",
        "wave": "image", "message_id": MESSAGE_ID, "name": "Anna", "product": None, "offer": None,
        "send_date": BUSINESS_DATE, "address": "anna@example.com",
    }  # fmt: skip
    return Composer(business, "winter", {"h": declared}).envelope(SimpleNamespace(**{**row, **changes}))


def link_of(business: Business, declared: str = "", **changes: Any) -> str:
    return str(envelope(business, declared, **changes).values["@@link.text@@"])


def test_a_link_says_campaign_channel_variant_and_message_and_not_who_got_it() -> None:
    assert link_of(make_business(), channel="sms", variant="b") == (
        "https://shop.example/?utm_source=crm&utm_medium=sms&utm_campaign=winter-2017-image&utm_content=b"
        f"&crm_message={MESSAGE_ID}"
    )
    assert links.utm_campaign("birthday", "2017", "main") == "birthday-2017"


def test_a_link_leads_to_the_shop_of_the_settings_or_to_the_page_that_the_campaign_names() -> None:
    business = make_business(shop_url="https://www.shop.example/en/?ref=mail")
    assert link_of(business).startswith("https://www.shop.example/en/?ref=mail&utm_source=crm&")
    page = "link: https://shop.example/winter?a=%E4%BD%A0#/top"
    link = link_of(business, page)
    assert link.startswith("https://shop.example/winter?a=%E4%BD%A0&utm_source=crm&")
    assert link.endswith(f"&crm_message={MESSAGE_ID}#/top")


@pytest.mark.parametrize(
    "address",
    ["shop.example", "javascript:alert(1)", "https://", "https://a b", "https://a/\r\nBcc:", 'https://a/"x', "https://ü.de",
     "https://a/<b>"],
)  # fmt: skip
def test_an_address_that_could_leave_its_place_is_refused(address: str) -> None:
    for settings in ({"shop_url": address}, {"footer": {"unsubscribe_url": address}}):
        with pytest.raises(ValidationError, match="is no web address"):
            make_business(**settings)


def test_the_link_that_opts_out_is_signed_and_the_same_in_header_and_footer() -> None:
    footer = Footer(unsubscribe_url="https://u.example/unsubscribe?shop=1")
    found = envelope(make_business(footer=footer))
    link = f"https://u.example/unsubscribe?shop=1&m={Signer.from_connection().token(MESSAGE_ID)}"
    assert found.headers == {
        "List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    assert found.values["@@unsubscribe.text@@"] == link
    assert found.values["@@unsubscribe.html@@"] == link.replace("&", "&amp;")
    token = link.rpartition("m=")[2]
    assert Signer.from_connection().message_id(token) == MESSAGE_ID


def test_without_the_key_nothing_is_claimed_and_the_connection_is_named(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CRM_LINKS", "generic://")
    plan.decide(2)
    clock = StoppedClock(datetime.datetime(2017, 11, 21, 16, tzinfo=datetime.UTC))
    with pytest.raises(ConnectionMissing, match="crm_links has no password"):
        send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock, run_id="r")
    assert plan.statuses() == {}
    assert preview(warehouse, business, CAMPAIGN, BUSINESS_DATE)["samples"], "a preview needs no key"
