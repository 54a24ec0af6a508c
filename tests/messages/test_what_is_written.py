"""Samples and messages are the campaign's own: no invented product, no footer that nobody set."""

from __future__ import annotations

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, RunningClock, make_business

from crm.business import Channel, Footer
from crm.messages.preview import preview
from crm.messages.rendering import TemplateError
from crm.messages.sending import send

ADDRESS = "https://shop.example/crm/unsubscribe"
FOOTER = {"company": "Test Shop", "postal_address": "1 Street", "unsubscribe_url": ADDRESS}


def test_a_template_about_a_product_is_refused_where_the_campaign_chooses_none(warehouse, plan, query, outbox):
    plan.declare(template="repurchase")
    plan.decide(1)
    for act in (
        lambda: preview(warehouse, make_business(), CAMPAIGN, BUSINESS_DATE),
        lambda: send(
            warehouse, make_business(), CAMPAIGN, BUSINESS_DATE, mode="live", clock=RunningClock(), run_id="r"
        ),
    ):
        with pytest.raises(TemplateError, match="not of kind repurchase, so its customers have none"):
            act()
    assert query("select count(*) from crm.message") == [(0,)]


def test_a_repurchase_campaign_shows_a_product_in_its_samples(warehouse, plan):
    plan.declare(template="repurchase", kind="repurchase")
    plan.decide(1, item_key="COFFEE")
    (sample,) = preview(warehouse, make_business(), CAMPAIGN, BUSINESS_DATE)["samples"]
    assert "ground coffee" in sample["subject"]


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"footer": Footer(**{**FOOTER, "company": ""})}, r"footer\.company"),
        ({"footer": Footer(**{**FOOTER, "postal_address": " "})}, r"footer\.postal_address"),
        ({"footer": Footer()}, r"footer\.company"),
        ({"channels": {"email": Channel(), "sms": Channel()}}, r"channels\.email\.sender"),
    ],
)
def test_what_was_never_set_is_refused_and_not_invented(warehouse, plan, changed, missing):
    plan.decide(1)
    with pytest.raises(TemplateError, match=missing):
        preview(warehouse, make_business(**changed), CAMPAIGN, BUSINESS_DATE)
