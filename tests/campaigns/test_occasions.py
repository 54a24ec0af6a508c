"""Which occasions are due on a send date."""

from __future__ import annotations

import datetime
from calendar import isleap
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from crm import settings
from crm.campaigns import almanac, calendars, declarations
from crm.campaigns.occasions import Occasion, due, epoch, missing
from examples import examples

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
        (day, each) for day in (date(2017, 11, 20) + datetime.timedelta(days=n) for n in range(7))
        for each in due(declared, day, "US") if not each.groups or ("US", "north") in each.groups
    ]  # fmt: skip
    assert [(day, each.name, each.wave, each.date) for day, each in found] == [(send_date, name, wave, occasion_date)]


def winter(country: str, year: int = 2017) -> list[tuple[str, str, str]]:
    """Send date (MM-DD), wave and group of a country in the shipped winter campaign."""
    declared = declarations.load("winter", settings.CAMPAIGNS)
    days = [date(year, 1, 1) + datetime.timedelta(days=n) for n in range(365)]
    return [
        (f"{day:%m-%d}", occasion.wave, group) for day in days for occasion in due(declared, day, country)
        for of, group in occasion.groups if of == country
    ]  # fmt: skip


def test_winter_comes_in_two_waves_and_to_the_north_first():
    assert winter("US") == [
        ("11-24", "image", "north"), ("12-08", "image", "south"),
        ("12-08", "promotion", "north"), ("12-22", "promotion", "south"),
    ]  # fmt: skip
    assert [(day, group) for day, wave, group in winter("CN") if wave == "image"] == [
        ("10-25", "north"), ("11-24", "south"),
    ]  # fmt: skip


@pytest.mark.parametrize("country", ["AU", "NZ", "AR", "BR", "CL", "ZA"])
def test_the_southern_hemisphere_has_its_seasons_reversed(country):
    assert {day[:2] for day, _, _ in winter(country)} <= {"05", "06"}
    reversed_ = {"spring": "autumn", "summer": "winter", "autumn": "spring", "winter": "summer"}
    own, northern = almanac.seasons()[country], almanac.seasons()["GB"]
    for season, first_days in own.seasons.items():
        here = int(first_days[own.default_group][:2])
        assert here == int(northern.seasons[reversed_[season]]["all"][:2])


def test_every_country_has_its_four_seasons_in_their_order():
    for country, table in almanac.seasons().items():
        for group in {table.default_group, *table.region_groups}:
            days = [table.seasons[season][group] for season in almanac.SEASONS]
            first = days.index(min(days))
            assert sorted(days) == days[first:] + days[:first], country


def test_a_business_in_a_country_without_a_table_is_told():
    declared = declarations.load("winter", settings.CAMPAIGNS)
    with pytest.raises(declarations.DeclarationError, match=r"winter.yaml: seasons: .* no table for SG: .* AR, "):
        due(declared, date(2017, 7, 1), "SG")


def test_a_holiday_is_looked_up_in_the_businesss_country():
    declared = feast("name: moon, holiday: Mid-Autumn Festival, lead_days: 5")
    assert sent(declared, "CN") == {"moon-2017": date(2017, 9, 29)}


def test_a_misspelt_holiday_is_told_with_those_that_the_country_keeps():
    with pytest.raises(
        declarations.DeclarationError, match=r"feast.yaml: occasions.0.holiday: 'Thanksgivin' .* Thanksgiving Day"
    ):
        due(feast("name: x, holiday: Thanksgivin"), date(2017, 11, 1), "US")


def test_a_festival_of_other_countries_is_told_whatever_the_date():
    with pytest.raises(declarations.DeclarationError, match=r"occasions.0.festival: fathers_day .* US, .* not in AU"):
        due(feast("name: x, festival: fathers_day"), date(2017, 1, 1), "AU")


def test_a_holiday_that_is_not_kept_every_year_is_no_mistake():
    declared = feast("name: juneteenth, holiday: Juneteenth National Independence Day")
    assert sent(declared) == {}
    assert sent(declared, start=date(2022, 1, 1)) == {"juneteenth-2022": date(2022, 6, 19)}


def test_the_day_after_a_holiday_can_be_declared():
    assert sent(feast("name: x, holiday: Thanksgiving Day, days_after: 1")) == {"x-2017": date(2017, 11, 24)}


@pytest.mark.parametrize(
    ("festival", "days"),
    [
        ("black_friday", ["2016-11-25", "2017-11-24", "2018-11-23", "2019-11-29"]),
        ("cyber_monday", ["2016-11-28", "2017-11-27", "2018-11-26", "2019-12-02"]),
        ("mothers_day", ["2018-05-13", "2022-05-08"]), ("fathers_day", ["2018-06-17", "2025-06-15"]),
        ("six_eighteen", ["2018-06-18"]), ("double_eleven", ["2017-11-11"]), ("double_twelve", ["2017-12-12"]),
        ("spring_festival", ["2017-01-28", "2033-01-31", "2034-02-19"]), ("new_years_eve", ["2018-02-15"]),
        ("qixi", ["2017-08-28", "2020-08-25"]), ("mid_autumn", ["2017-10-04", "2020-10-01", "2033-09-08"]),
        ("qingming", ["2016-04-04", "2017-04-04", "2018-04-05"]), ("dongzhi", ["2016-12-21", "2017-12-22"]),
    ],
)  # fmt: skip
def test_festivals_fall_on_their_days(festival, days):
    on = almanac.festivals()[festival].on
    # new_years_eve of 2018 ends the lunar year 2017
    assert [on(int(day[:4]) - (festival == "new_years_eve")).isoformat() for day in days] == days
    last = date.fromisoformat(days[-1])
    declared = feast(f"name: x, festival: {festival}, lead_days: 4")
    assert list(sent(declared, start=last - datetime.timedelta(days=40), days=60).values()) == [
        last - datetime.timedelta(days=4)
    ]


def test_an_occasion_may_have_a_rule_or_a_solar_term_of_its_own():
    last_monday = "rule: {nth: -1, weekday: monday, month: 5}"
    last_sunday = "rule: {nth: -1, weekday: sunday, month: 12}"
    declared = feast(f"name: memorial, {last_monday}", f"name: end, {last_sunday}", "name: autumn, solar_term: liqiu")
    assert sent(declared) == {
        "memorial-2017": date(2017, 5, 29), "end-2017": date(2017, 12, 31), "autumn-2017": date(2017, 8, 7),
    }  # fmt: skip


@settings_(max_examples=examples(20))
@given(st.integers(1950, 2099))
def test_lunar_days_and_qingming_agree_with_another_librarys(year):
    from holidays.calendars.chinese import _ChineseLunisolar

    other = _ChineseLunisolar()
    for day, name in (("01-01", "lunar_new_year"), ("05-05", "dragon_boat"), ("08-15", "mid_autumn"),
                      ("09-09", "double_ninth")):  # fmt: skip
        assert calendars.lunar(day, year) == getattr(other, f"{name}_date")(year)[0], day
    assert calendars.solar_term("qingming", year) == other.qingming_date(year)[0]


@settings_(max_examples=examples(20))
@given(st.integers(1950, 2100))
def test_the_solar_terms_of_a_year_follow_one_another(year):
    days = [calendars.solar_term(name, year) for name in calendars.TERMS]
    assert {day.year for day in days} == {year}
    assert all(14 <= (after - day).days <= 17 for day, after in pairwise(days))


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


def test_one_date_is_sent_once_and_never_again():
    declared = feast("name: gala, once: 2017-12-05, lead_days: 3")
    assert sent(declared, days=3 * 365) == {"gala-2017": date(2017, 12, 2)}
    turn = feast("name: gala, once: 2018-01-02, lead_days: 5")
    assert sent(turn, days=3 * 365) == {"gala-2018": date(2017, 12, 28)}


@pytest.mark.parametrize("year", [2017, 2033])  # both have a leap month
def test_every_lunar_birthday_is_kept_exactly_once_in_every_lunar_year(year):
    first, next_first = calendars.lunar("01-01", year), calendars.lunar("01-01", year + 1)
    days = [first + datetime.timedelta(days=n) for n in range((next_first - first).days)]
    kept = Counter(birthday for day in days for birthday in calendars.lunar_birthdays(day)[0])
    assert kept == {f"{month:02}-{day:02}": 1 for month in range(1, 13) for day in range(1, 31)}
    assert {calendars.lunar_birthdays(day)[1] for day in days} == {year}


LUNAR_DAYS = st.tuples(st.integers(1, 12), st.integers(1, 30)).map(lambda day: f"{day[0]:02}-{day[1]:02}")


@given(st.integers(1950, 2100), LUNAR_DAYS)
def test_a_lunar_birthday_is_kept_on_its_day_of_the_lunar_year(year, birthday):
    days, of = calendars.lunar_birthdays(calendars.lunar(birthday, year))
    assert (birthday in days, of) == (True, year)


@given(st.dates(date(1950, 2, 17), date(2100, 12, 31)))
def test_a_lunar_birthday_is_kept_on_no_other_day(day):
    days, year = calendars.lunar_birthdays(day)
    assert {calendars.lunar(birthday, year) for birthday in days} <= {day}


@given(st.integers(1950, 2100))
def test_every_solar_birthday_is_kept_exactly_once_in_every_year(year):
    days = [date(year, 1, 1) + datetime.timedelta(days=n) for n in range(365 + isleap(year))]
    kept = Counter(birthday for day in days for birthday in calendars.solar_birthdays(day))
    assert kept == dict.fromkeys((f"{date(2000, 1, 1) + datetime.timedelta(days=n):%m-%d}" for n in range(366)), 1)


@pytest.mark.parametrize(
    ("country", "holiday", "year", "days"),
    [
        ("AE", "Eid al-Fitr", 2027, ["2027-03-09"]),  # "(estimated)" from here on
        ("ID", "Eid al-Fitr", 2027, ["2027-03-10"]),
        ("AE", "Eid al-Fitr", 2033, ["2033-01-02", "2033-12-23"]),
        ("SG", "Chinese New Year", 2028, ["2028-01-26"]),
        ("IL", "Independence Day", 2027, ["2027-05-12"]),
        ("IL", "Independence Day", 2028, ["2028-05-02"]),  # "(observed)" alone
        ("US", "Christmas Day", 2021, ["2021-12-25"]),  # observed on the 24th
        ("US", "New Year's Day", 2021, ["2021-01-01"]),  # that of 2022 was observed on 31 December
        ("AE", "Eid al-Fitr (estimated)", 2026, ["2026-03-20"]),
    ],
)
def test_a_holiday_is_known_whatever_the_library_adds_to_its_name(country, holiday, year, days):
    declared = feast(f"name: x, holiday: {holiday}")
    names = [f"x-{year}", f"x-{year}-2"][: len(days)]
    assert sent(declared, country, date(year, 1, 1)) == dict(zip(names, map(date.fromisoformat, days), strict=True))


def test_a_year_in_which_a_declared_holiday_is_not_kept_is_told_years_ahead():
    declared = feast("name: a, holiday: Juneteenth National Independence Day", "name: b, holiday: Christmas Day")
    [found] = missing(declared, "US", date(2018, 5, 1))
    assert (found.key, found.years) == ("occasions.0.holiday", [2018, 2019, 2020])
    assert "no date in 2018, 2019, 2020" in found.what
    assert missing(declared, "US", date(2021, 5, 1)) == []
