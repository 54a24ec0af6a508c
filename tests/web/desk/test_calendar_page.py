"""*Calendar* shows every occasion of the next 90 days, when it is sent, and how many it reached before."""

from __future__ import annotations

import datetime
import re

from crm import settings
from crm.business import Business
from crm.campaigns.occasions import due
from crm.rehearsal import calendar

BUSINESS = Business(
    name="Shop", time_zone="America/New_York", currency="USD", country="US", sources=["x"], campaigns_on=["winter"]
)
SPRING = datetime.date(2018, 5, 15)


def _rows(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    dated = answer.text[answer.text.index('id="dated"') : answer.text.index('id="daily"')]
    rows = [row for row in re.findall(r"<tr.*?</tr>", dated, re.DOTALL) if "data-label" in row]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]


def test_an_occasion_expects_what_its_campaign_reached_the_last_time(desk, seeded):
    found = [row for row in _rows(desk(warehouse=seeded).get("/calendar")) if "Black Friday" in row]
    assert len(found) == 1
    assert re.search(r"15,000 of 20,000 candidates as in black-friday 2016 \(Nov 25, 2016\)", found[0])


def test_an_occasion_without_a_past_is_not_yet_known(desk, warehouse):
    rows = _rows(desk(warehouse=warehouse).get("/calendar"))
    assert rows
    assert all("not yet known" in row for row in rows)


def test_every_day_campaigns_expect_the_mean_of_the_days_that_were_decided(desk, seeded):
    text = desk(warehouse=seeded).get("/calendar").text
    # 812 + 888 written to in 27 decided dates of the last 28
    daily = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index('id="daily"') :]))
    assert re.search(r"repurchase · .*? 63 of 70 candidates", daily)


def test_the_calendar_holds_what_the_rule_of_occasions_says_and_nothing_of_disabled_campaigns(business):
    first = datetime.date(2017, 11, 22)
    found = calendar.ahead(business, first, 90)
    assert found.dated
    for each in found.dated:
        assert each.occasion in due(each.campaign, each.send_date, "US")
        assert each.lead_days == (each.occasion.date - each.send_date).days
        assert first <= each.send_date < first + datetime.timedelta(days=90)
    assert all(each.campaign.enabled for each in found.dated)
    assert {each.kind for each in found.daily} == {"birthday", "repurchase"}


def test_a_holiday_without_a_date_in_a_year_ahead_is_told_on_the_page(desk, warehouse, tmp_path, monkeypatch):
    body = (settings.CAMPAIGNS / "thanksgiving.yaml").read_text(encoding="utf-8")
    body = body.replace("Thanksgiving Day", "Juneteenth National Independence Day")
    (tmp_path / "thanksgiving.yaml").write_text(body, encoding="utf-8")
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path))
    text = desk(warehouse=warehouse).get("/calendar").text
    assert "Thanksgiving greeting: no date is known for Juneteenth National Independence Day in 2017, 2018" in text


def test_seasons_of_countries_without_customers_are_no_occasions():
    everywhere = calendar.ahead(BUSINESS, SPRING, 300).dated
    at_home = calendar.ahead(BUSINESS, SPRING, 300, set()).dated
    assert {country for each in at_home for country, _ in each.occasion.groups} == {"US"}
    assert len(at_home) < len(everywhere)
    with_australia = calendar.ahead(BUSINESS, SPRING, 300, {"AU"}).dated
    assert {country for each in with_australia for country, _ in each.occasion.groups} == {"US", "AU"}
