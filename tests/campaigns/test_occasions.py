"""Which occasions are due on a send date."""

from __future__ import annotations

import datetime
from collections import Counter
from datetime import date

import pytest

from crm import settings
from crm.campaigns import calendars, declarations
from crm.campaigns.occasions import Occasion, due, epoch

BASE = """
campaign: feast
kind: holiday
title: {en: Feast}
priority: 1
channels: [email]
goal: {goal: any_order}
primary_window_days: 10
holdout: 0.2
occasions:
"""


def feast(*occasions: str) -> declarations.Declaration:
    return declarations.parse(BASE + "".join(f"  - {{{occasion}}}\n" for occasion in occasions), "feast.yaml")


def sent(declared, country="US", start=date(2017, 1, 1), days=365) -> dict[str, date]:
    """Name of the occasion -> the send date on which it is due."""
    dates = [start + datetime.timedelta(days=n) for n in range(days)]
    return {occasion.name: day for day in dates for occasion in due(declared, day, country)}


@pytest.mark.parametrize(
    ("campaign", "name", "wave", "send_date", "occasion_date"),
    [
        ("thanksgiving", "thanksgiving-2017", "main", date(2017, 11, 21), date(2017, 11, 23)),
        ("black_friday", "black_friday-2017", "main", date(2017, 11, 24), date(2017, 11, 24)),
        ("winter", "winter-2017", "image", date(2017, 11, 24), date(2017, 12, 1)),
    ],
)
def test_the_declared_occasions_of_2017_go_out_on_their_dates(campaign, name, wave, send_date, occasion_date):
    declared = declarations.load(campaign, settings.CAMPAIGNS)
    found = [
        (day, each) for day in (date(2017, 11, 1) + datetime.timedelta(days=n) for n in range(30))
        for each in due(declared, day, "US")
    ]  # fmt: skip
    assert [(day, each.name, each.wave, each.date) for day, each in found] == [(send_date, name, wave, occasion_date)]


def test_the_south_begins_winter_later_in_the_same_occasion():
    declared = declarations.load("winter", settings.CAMPAIGNS)
    north, south = due(declared, date(2017, 11, 24), "US"), due(declared, date(2017, 12, 8), "US")
    assert [(each.name, each.groups) for each in north + south] == [
        ("winter-2017", ("north",)),
        ("winter-2017", ("south",)),
    ]


def test_a_holiday_is_looked_up_in_the_businesss_country():
    declared = feast("name: moon, holiday: Mid-Autumn Festival, lead_days: 5")
    assert sent(declared, "CN") == {"moon-2017": date(2017, 9, 29)}


def test_a_misspelt_holiday_is_told_with_those_that_the_country_keeps():
    with pytest.raises(
        declarations.DeclarationError, match=r"feast.yaml: occasions.0.holiday: 'Thanksgivin' .* Thanksgiving Day"
    ):
        due(feast("name: x, holiday: Thanksgivin"), date(2017, 11, 1), "US")


def test_a_holiday_that_is_not_kept_every_year_is_no_mistake():
    declared = feast("name: juneteenth, holiday: Juneteenth National Independence Day")
    assert sent(declared) == {}
    assert sent(declared, start=date(2022, 1, 1)) == {"juneteenth-2022": date(2022, 6, 19)}


def test_the_day_after_a_holiday_can_be_declared():
    assert sent(feast("name: x, holiday: Thanksgiving Day, days_after: 1")) == {"x-2017": date(2017, 11, 24)}


@pytest.mark.parametrize(
    ("rule", "day"),
    [("black_friday", date(2018, 11, 23)), ("cyber_monday", date(2018, 11, 26)), ("mothers_day", date(2018, 5, 13)),
     ("fathers_day", date(2018, 6, 17))],
)  # fmt: skip
def test_shopping_days_follow_their_rule(rule, day):
    assert sent(feast(f"name: x, rule: {rule}"), start=date(2018, 1, 1)) == {"x-2018": day}


def test_a_lead_reaches_back_over_the_turn_of_the_year():
    declared = feast('name: new_year, date: "01-01", lead_days: 3')
    assert sent(declared, start=date(2017, 12, 1), days=60) == {"new_year-2018": date(2017, 12, 29)}


def test_the_twenty_ninth_of_february_is_the_28th_in_common_years():
    declared = feast('name: leap, date: "02-29"')
    assert sent(declared)["leap-2017"] == date(2017, 2, 28)
    assert sent(declared, start=date(2020, 1, 1))["leap-2020"] == date(2020, 2, 29)


def test_a_lunar_day_that_comes_twice_in_a_solar_year_is_two_occasions():
    assert sent(feast('name: laba, lunar: "12-08"'), start=date(2022, 1, 1)) == {
        "laba-2021": date(2022, 1, 10),
        "laba-2022": date(2022, 12, 30),
    }


def test_lunar_new_year_and_its_eve_are_found():
    declared = feast('name: eve, lunar: "12-30"', 'name: new_year, lunar: "01-01"')
    assert sent(declared, start=date(2018, 1, 1)) == {"eve-2017": date(2018, 2, 15), "new_year-2018": date(2018, 2, 16)}


def test_a_one_off_occasion_has_its_own_epoch_and_a_continuous_campaign_the_year():
    one_off = declarations.load("thanksgiving", settings.CAMPAIGNS)
    assert epoch(one_off, Occasion("thanksgiving-2017", date(2017, 11, 23))) == "thanksgiving:thanksgiving-2017"
    yearly = declarations.load("birthday", settings.CAMPAIGNS)
    assert epoch(yearly, due(yearly, date(2017, 11, 21), "US")[0]) == "2017"


def test_birthdays_on_29_february_are_kept_once_every_year():
    assert calendars.solar_birthdays(date(2017, 2, 28)) == ["02-28", "02-29"]
    assert calendars.solar_birthdays(date(2016, 2, 28)) == ["02-28"]
    assert calendars.solar_birthdays(date(2016, 2, 29)) == ["02-29"]
    assert calendars.solar_birthdays(date(2017, 3, 1)) == ["03-01"]


def test_lunar_birthdays_keep_out_of_leap_months_and_end_with_short_ones():
    assert calendars.lunar_birthdays(date(2017, 10, 4)) == (["08-15"], 2017)
    assert calendars.lunar_birthdays(date(2017, 8, 1)) == ([], 2017)  # in the leap sixth month
    assert calendars.lunar_birthdays(date(2017, 2, 25)) == (["01-29", "01-30"], 2017)  # a month of 29 days


@pytest.mark.parametrize("year", [2016, 2017, 2020, 2023, 2033])  # 2017, 2020, 2023 and 2033 have a leap month
def test_every_lunar_birthday_is_kept_exactly_once_in_every_lunar_year(year):
    first, next_first = calendars.lunar("01-01", year), calendars.lunar("01-01", year + 1)
    days = [first + datetime.timedelta(days=n) for n in range((next_first - first).days)]
    kept = Counter(birthday for day in days for birthday in calendars.lunar_birthdays(day)[0])
    assert kept == {f"{month:02}-{day:02}": 1 for month in range(1, 13) for day in range(1, 31)}
