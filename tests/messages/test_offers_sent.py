"""A fitted coupon on its way out: terms and code are personal, the body is the group's."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, PLANNED, Planner, StoppedClock

from crm.business import Business
from crm.messages.preview import preview
from crm.messages.rendering import Templates
from crm.messages.sending import send
from crm.warehouse import Warehouse


def terms(threshold: int, value: int) -> dict[str, object]:
    return {"threshold": threshold, "value": value, "currency": "USD", "text": {}, "expires_on": "2017-11-21", "aov": 9}


@pytest.fixture
def coupons(plan: Planner) -> Planner:
    """Customers 1 to 3 have coupons of their own; 4 would have had one and is held out."""
    plan.declare("black_friday")
    for customer, (threshold, value) in enumerate([(70, 5), (150, 10), (500, 35)], start=1):
        plan.decide(1, first=customer, offer=terms(threshold, value))
    plan.decide(1, first=4, decision="hold_out", offer=terms(150, 10))
    plan.query(
        "insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency,"
        " starts_on, expires_on) select customer_id, campaign, occasion, business_date, 'CODE' || customer_id, 1, 1,"
        " 'USD', send_date, send_date from crm.decision where decision = 'include'"
    )
    return plan


def test_everybody_gets_the_own_terms_and_code_from_one_rendering(
    warehouse: Warehouse, business: Business, coupons: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = []
    render = Templates._render
    monkeypatch.setattr(Templates, "_render", lambda self, asked: rendered.append(asked) or render(self, asked))
    send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=StoppedClock(PLANNED), run_id="run-1")
    whole = [asked for asked in rendered if "threshold" in asked.present]
    assert len(whole) == 2, "tried from the files, written from the kept words; never once per customer"
    letters = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in outbox.rglob("*.eml")
    ]
    assert len(letters) == 3
    for customer, offer in ((1, "$5 off orders of $70"), (2, "$10 off orders of $150"), (3, "$35 off orders of $500")):
        (letter,) = [each for each in letters if f"c{customer}@" in each["To"]]
        assert letter["Subject"] == f"Black Friday starts now: {offer} or more"
        for part in ("plain", "html"):
            content = letter.get_body((part,)).get_content()
            assert f"CODE{customer}" in content
            assert "Valid until Nov 21, 2017" in content


def test_a_preview_shows_the_most_frequent_offer_with_a_code_that_nobody_has(
    warehouse: Warehouse, business: Business, coupons: Planner
) -> None:
    coupons.decide(1, first=5, offer=terms(150, 10) | {"aov": 7})
    (sample,) = preview(warehouse, business, CAMPAIGN, BUSINESS_DATE)["samples"]
    assert "$10 off orders of $150 or more" in sample["text"]
    assert "Code: SAMPLE234567" in sample["text"]
