"""Campaigns are on or off: what is shipped is off until somebody of the shop switches it on."""

from __future__ import annotations

import datetime

import pytest

from crm import business as businesses
from crm import settings
from crm.business import Business
from crm.campaigns import declarations, switches, usable

NOW = datetime.datetime(2026, 12, 1, 9, tzinfo=datetime.UTC)
NEW_SHOP = Business(name="New", time_zone="Europe/Berlin", currency="EUR", country="US", sources=["generic_orders"])


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.delenv("CRM_CAMPAIGNS", raising=False)
    return tmp_path


def on(business: Business) -> list[str]:
    return [each.campaign for each in usable.enabled(business)]


def test_no_shipped_campaign_writes_to_anybody_of_a_new_shop():
    assert len(usable.read(NEW_SHOP).usable) == 5
    assert on(NEW_SHOP) == []


def test_the_sample_shops_own_settings_switch_its_campaigns_on():
    sample = businesses.load(settings.INCLUDE / "business.yaml")
    assert sorted(on(sample)) == ["birthday", "black_friday", "repurchase", "thanksgiving", "winter"]


def test_an_operators_last_word_counts_above_settings_and_declaration():
    business = NEW_SHOP.model_copy(update={"campaigns_on": ["birthday"]})
    switches.turn("winter", enabled=True, by="mei", at=NOW)
    switches.turn("birthday", enabled=False, by="mei", at=NOW)
    assert on(business) == ["winter"]
    switches.turn("winter", enabled=False, by="li", at=NOW)
    assert on(business) == []
    assert switches.read("winter") == switches.Switch(False, "li", NOW.isoformat())
    assert not usable.named(business, "winter").enabled
    assert declarations.read().usable, "a switch is no declaration"


def test_a_switch_that_cannot_be_read_is_off_and_names_its_file(home):
    switches.turn("winter", enabled=True, by="mei", at=NOW)
    switches.path("winter").write_text("{", encoding="utf-8")
    assert on(NEW_SHOP) == []
    with pytest.raises(switches.SwitchError, match=r"winter\.switch: cannot be read; delete it"):
        switches.read("winter")


def test_a_switch_changes_no_declaration():
    before = usable.named(NEW_SHOP, "winter").hash
    switches.turn("winter", enabled=True, by="mei", at=NOW)
    assert usable.named(NEW_SHOP, "winter").hash == before
