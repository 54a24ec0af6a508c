"""`make check`: every problem of settings, campaigns, mappings and templates at once, without a database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crm import settings
from crm.local import check as checks


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A copy of the shipped campaigns, and a home without settings of its own."""
    campaigns = tmp_path / "campaigns"
    shutil.copytree(settings.CAMPAIGNS, campaigns)
    monkeypatch.setenv("CRM_CAMPAIGNS", str(campaigns))
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CRM_BUSINESS", raising=False)
    return campaigns


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def told(problems: list[checks.Problem]) -> set[tuple[str, str]]:
    return {(Path(each.file).name, each.key) for each in problems}


def test_what_is_shipped_can_be_used_and_the_length_of_each_sms_is_shown(folder, capsys):
    assert checks.check() == 0
    _, lengths = checks.examine()
    assert {(each.campaign, each.locale) for each in lengths} == {
        (file.stem, locale) for file in settings.CAMPAIGNS.glob("*.yaml") for locale in ("en", "zh-CN")
    }
    for each in lengths:
        limit, several = {"gsm7": (160, 153), "ucs2": (70, 67)}[each.encoding]
        assert each.parts == (1 if each.units <= limit else -(-each.units // several))
        assert each.most_parts >= each.parts
    shown = capsys.readouterr().out
    assert "birthday" in shown
    assert f"{len(lengths)} of {len(lengths)} are billed as more than one message" in shown


def test_every_problem_is_told_with_file_and_key_and_ends_in_an_error(folder, tmp_path, monkeypatch, capsys):
    sources = tmp_path / "sources"
    shutil.copytree(settings.SOURCES, sources)
    monkeypatch.setattr(settings, "SOURCES", sources)
    change(sources / "shopify_orders.yaml", "currency: ", "currency: much ")
    (folder / "new.yaml").write_text("campaign: new\nkind: holiday\nprio: 1\n")
    change(folder / "black_friday.yaml", "audience:\n", "audience:\n  tier: [emerald]\n")
    change(folder / "birthday.yaml", "gold:", "golden:")
    change(folder / "thanksgiving.yaml", "Thanksgiving Day", "Bastille Day")
    change(folder / "winter.yaml", "kind: seasonal", "kind: seasonal\ntemplate: gone")
    assert checks.check() == 1
    problems, _ = checks.examine()
    assert told(problems) == {
        ("shopify_orders.yaml", "currency"), ("new.yaml", "prio"), ("black_friday.yaml", "audience.tier"),
        ("birthday.yaml", "offer.coupon.by_tier"),
        ("thanksgiving.yaml", "occasions.0.holiday"), *((f"{channel}.{locale}{ending}", "")
        for channel, ending in (("email", ".subject.txt"), ("sms", ".txt")) for locale in ("en", "zh-CN")),
    }  # fmt: skip
    assert "9 to mend" in capsys.readouterr().out
    assert any(
        each.what == "the business has no tier emerald; there are base, silver, gold, platinum" for each in problems
    )


def test_a_mistake_in_a_calendar_is_told_once(folder, tmp_path, monkeypatch):
    calendars = tmp_path / "calendars"
    shutil.copytree(settings.CALENDARS, calendars)
    monkeypatch.setenv("CRM_CALENDARS", str(calendars))
    (calendars / "festivals.yaml").write_text('half_year: {title: {en: Half a year}, date: "06-31"}\n')
    (problem,) = checks.examine()[0]
    assert (Path(problem.file).name, problem.key) == ("festivals.yaml", "festivals.half_year.date")
    assert "no day of the year" in problem.what


def test_wrong_settings_and_an_unknown_source_are_told(folder, tmp_path, monkeypatch):
    settings_file = tmp_path / "business.yaml"
    monkeypatch.setenv("CRM_BUSINESS", str(settings_file))
    good = (settings.INCLUDE / "business.yaml").read_text(encoding="utf-8")
    settings_file.write_text(good.replace("currency: USD", "currency: dollars\ncaps: {gap_days: -1}"))
    assert told(checks.examine()[0]) == {("business.yaml", "currency"), ("business.yaml", "caps.gap_days")}
    settings_file.write_text(good.replace("[complete_journey]", "[nowhere]"))
    ((problem),) = checks.examine()[0]
    assert (problem.key, "no mapping" in problem.what) == ("sources", True)


def test_a_real_provider_needs_an_unsubscribe_page_that_mailboxes_accept(folder, tmp_path, monkeypatch):
    file = tmp_path / "business.yaml"
    file.write_text((settings.INCLUDE / "business.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    change(file, "email: {provider: outbox", "email: {provider: sendgrid")
    monkeypatch.setenv("CRM_BUSINESS", str(file))
    assert told(checks.examine()[0]) == {("business.yaml", "footer.unsubscribe_url")}
    change(file, "footer:\n", "footer:\n  unsubscribe_url: https://shop.example/unsubscribe\n")
    assert checks.examine()[0] == []


WRITTEN = "{name: Tea, time_zone: America/New_York, currency: USD, country: US, locale: en, sources: [shopify_orders]}"


def test_the_settings_of_a_first_load_are_accepted_and_what_they_lack_is_named_with_its_time(
    folder, tmp_path, monkeypatch, capsys
):
    file = tmp_path / "business.yaml"
    file.write_text(WRITTEN)
    monkeypatch.setenv("CRM_BUSINESS", str(file))
    assert checks.check() == 0
    shown = " ".join(capsys.readouterr().out.split())
    for key in ("channels.email.sender", "footer.company", "footer.postal_address", "footer.unsubscribe_url"):
        assert key in shown
    assert "before the first live send" in shown
    file.write_text(WRITTEN.replace("}", ", channels: {email: {provider: sendgrid}, sms: {}}}"))
    assert told(checks.examine()[0]) == {
        ("business.yaml", key)
        for key in ("channels.email.sender", "footer.company", "footer.postal_address", "footer.unsubscribe_url")
    }, "a live channel lacks nothing"


def test_a_campaign_that_is_switched_off_is_no_problem_where_its_holiday_is_not_kept(folder, tmp_path, monkeypatch):
    file = tmp_path / "business.yaml"
    shop = WRITTEN.replace("country: US", "country: CN")
    file.write_text(shop.replace("country: CN", "country: CN, campaigns_on: [thanksgiving]"))
    monkeypatch.setenv("CRM_BUSINESS", str(file))
    (problem,) = checks.examine()[0]
    assert "enabled: false" in problem.what
    assert "substituted" not in problem.what
    file.write_text(shop)
    assert checks.examine()[0] == []


def test_a_holiday_without_a_date_in_a_year_ahead_is_shown_and_is_no_mistake(folder, tmp_path, capsys):
    change(folder / "thanksgiving.yaml", "Thanksgiving Day", "Juneteenth National Independence Day")
    assert checks.check() == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Holidays without a date" in shown
    assert "occasions.0.holiday" in shown


def test_what_is_switched_off_is_said_and_a_switch_of_no_campaign_is_told(folder, tmp_path, capsys):
    home = tmp_path / "home"
    home.mkdir()
    shop = (settings.INCLUDE / "business.yaml").read_text(encoding="utf-8")
    names = "[birthday, black_friday, repurchase, thanksgiving, winter]"
    assert names in shop
    (home / "business.yaml").write_text(shop.replace(names, "[birthday, easter]"), encoding="utf-8")
    assert checks.check() == 1
    assert ("business.yaml", "campaigns_on") in told(checks.examine()[0])
    shown = " ".join(capsys.readouterr().out.split())
    assert "Switched off: black_friday, thanksgiving, winter, repurchase; switch one on" in shown
