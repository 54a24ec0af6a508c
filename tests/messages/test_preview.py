from __future__ import annotations

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, Planner

from crm.business import Business
from crm.messages.preview import preview
from crm.messages.sources import TemplateError
from crm.warehouse import Warehouse


def test_a_preview_shows_who_who_not_and_why_and_the_words(
    warehouse: Warehouse, business: Business, plan: Planner
) -> None:
    plan.decide(5, tier="gold", offer={"text": {"en": "10 off"}, "code": "TEN"})
    plan.decide(3, first=10, channel="sms", locale="zh-CN")
    plan.decide(2, first=20, decision="hold_out")
    plan.decide(4, first=30, decision="exclude", reason="no_consent")
    found = preview(warehouse, business, CAMPAIGN, BUSINESS_DATE)
    assert (found["candidates"], found["decisions"]) == (14, {"include": 8, "exclude": 4, "hold_out": 2})
    assert found["reasons"] == {"no_consent": 4}
    assert found["channels"] == {"email": 5, "sms": 3}
    assert found["tiers"] == {"gold": 5, "base": 3}
    assert found["sending_cost"] == pytest.approx(0.008)
    assert [(each["channel"], each["locale"], each["messages"]) for each in found["samples"]] == [
        ("email", "en", 5),
        ("sms", "zh-CN", 3),
    ]
    assert "10 off" in found["samples"][0]["text"]
    sms = found["samples"][1]
    assert 1 < sms["parts"] < sms["most_parts"]
    assert f"3 messages of {sms['parts']} SMS parts each, at most {sms['most_parts']}" in found["markdown"]
    for part in ("| written to | 8 |", "| no consent is known | 4 |", "Dear Alex Sample,", "亲爱的李样例", "$0.01"):
        assert part in found["markdown"]


def test_a_preview_holds_no_personal_data_and_writes_nothing(
    warehouse: Warehouse, business: Business, plan: Planner
) -> None:
    plan.decide(2, name="Wilhelmina")
    said = str(preview(warehouse, business, CAMPAIGN, BUSINESS_DATE))
    assert "Wilhelmina" not in said
    assert "c1@example.com" not in said
    assert plan.statuses() == {}


def test_a_preview_of_nobody_says_so(warehouse: Warehouse, business: Business) -> None:
    found = preview(warehouse, business, CAMPAIGN, BUSINESS_DATE)
    assert (found["candidates"], found["samples"]) == (0, [])
    assert "Nobody" in found["markdown"]


def test_a_preview_fails_on_a_broken_template(warehouse: Warehouse, business: Business, plan: Planner) -> None:
    plan.declare(template="gone")
    plan.decide(1)
    with pytest.raises(TemplateError, match="gone"):
        preview(warehouse, business, CAMPAIGN, BUSINESS_DATE)
