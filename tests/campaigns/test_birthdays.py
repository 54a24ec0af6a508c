"""Whose birthday is kept on the occasion's date."""

from __future__ import annotations

import datetime
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from examples import examples


def born(shop, text: str, calendar: str = "solar", **more) -> int:
    return shop.reachable(birthday=text, birthday_calendar=calendar, bought=[date(2017, 1, 10)], **more)


@pytest.mark.parametrize(
    ("sent", "greeted"),
    [("2017-02-28", [1, 2]), ("2017-03-01", [3]), ("2016-02-29", [2]), ("2016-02-28", [1])],
)
def test_the_29th_of_february_is_kept_on_the_28th_in_common_years(shop, planner, sent, greeted):
    for text in ("1980-02-28", "1980-02-29", "1980-03-01"):
        born(shop, text, known=date(2015, 1, 1))
    planner.declare("wish", kind="birthday", active_within_days=1000)
    planner.plan(date.fromisoformat(sent) - datetime.timedelta(days=1))
    assert [customer for (customer,) in planner.decisions("customer_id")] == greeted


def test_lunar_and_solar_birthdays_are_each_kept_in_their_calendar(shop, planner):
    born(shop, "1980-08-15", "lunar")
    born(shop, "1980-10-04")
    born(shop, "1980-08-15")
    born(shop, "1980-10-04", "lunar")
    planner.declare("wish", kind="birthday")
    planner.plan(date(2017, 10, 3))
    assert planner.decisions("customer_id, occasion, instance, occasion_date") == [
        (1, "2017", "lunar-2017", date(2017, 10, 4)),
        (2, "2017", "", date(2017, 10, 4)),
    ]


def test_no_lunar_birthday_is_kept_again_in_a_leap_month(shop, planner):
    born(shop, "1980-06-10", "lunar")
    planner.declare("wish", kind="birthday")
    planner.plan(date(2017, 7, 2))  # 3 July is 06-10
    planner.plan(date(2017, 7, 31))  # 1 August is the tenth of the leap sixth month
    assert planner.decisions("customer_id, send_date") == [(1, date(2017, 7, 3))]


def test_a_greeting_can_go_out_days_before_and_over_the_turn_of_the_year(shop, planner):
    born(shop, "1980-01-01")
    planner.declare("wish", kind="birthday", lead_days=3)
    planner.plan(date(2017, 12, 28))
    assert planner.decisions("occasion, send_date, occasion_date") == [("2018", date(2017, 12, 29), date(2018, 1, 1))]


def test_a_birthday_that_is_corrected_is_not_kept_twice_a_year(shop, planner):
    customer = born(shop, "1980-03-10", email="a@example.com")
    planner.declare("wish", kind="birthday")
    planner.plan(date(2017, 3, 9))
    shop.profile(customer, date(2017, 3, 11), email="a@example.com", birthday="1980-03-15", birthday_calendar="solar")
    assert planner.plan(date(2017, 3, 14)) == []


def test_a_birthday_is_the_one_that_was_known_then(shop, planner):
    customer = born(shop, "1980-03-10", email="a@example.com")
    shop.profile(customer, date(2017, 3, 9), email="a@example.com", birthday="1980-05-05", birthday_calendar="solar")
    planner.declare("wish", kind="birthday")
    assert planner.plan(date(2017, 3, 9), mode="dry") == []
    assert planner.plan(date(2017, 5, 4), mode="dry")[0]["included"] == 1


ZONES = ["Pacific/Kiritimati", "Pacific/Auckland", "Asia/Shanghai", "Asia/Kathmandu", "Europe/London",
         "America/New_York", "America/Sao_Paulo", "America/Los_Angeles", "Pacific/Pago_Pago"]  # fmt: skip


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(date(2017, 3, 12), datetime.time(2, 30))  # no such time in New York and Los Angeles
@example(date(2017, 11, 5), datetime.time(1, 30))  # twice there
@example(date(2017, 10, 15), datetime.time(0, 0))  # São Paulo's day began at 01:00
@given(st.dates(date(1990, 1, 1), date(2035, 12, 31)), st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_greeting_is_planned_on_the_customers_own_date(query, day, at):
    """The formula of campaigns/exclusions.sql: the send date at the customer's own local time."""
    rows = query(
        "select z, (((%s::date + %s::time) at time zone z) at time zone z)::date from unnest(%s::text[]) as z",
        day, at, ZONES,
    )  # fmt: skip
    assert dict(rows) == dict.fromkeys(ZONES, day)


@pytest.mark.parametrize("sent", [date(2017, 3, 12), date(2017, 6, 1), date(2017, 11, 5)])  # clocks change on two
def test_a_birthday_is_kept_on_the_customers_local_date(shop, planner, query, sent):
    for zone in [*ZONES, None]:
        born(shop, f"1980-{sent:%m-%d}", time_zone=zone, known=date(2016, 1, 1))
    planner.declare("wish", kind="birthday", send_at="09:00", active_within_days=1000)
    planner.plan(sent - datetime.timedelta(days=1))
    local = query(
        "select (d.planned_send_at at time zone coalesce(p.time_zone, 'America/New_York'))::text, d.occasion_date"
        " from crm.decision as d inner join crm.customer_profile as p using (customer_id)"
    )
    assert local == [(f"{sent} 09:00:00", sent)] * (len(ZONES) + 1)


@pytest.mark.parametrize(("send_by", "reason"), [("18:01", None), ("18:00", "send_by_passed")])
def test_there_is_no_greeting_where_send_by_is_past_before_the_business_begins_the_date(shop, planner, send_by, reason):
    born(shop, "1980-06-01", time_zone="Pacific/Kiritimati")  # 18 hours before New York
    planner.declare("wish", kind="birthday", send_by=send_by)
    planner.plan(date(2017, 5, 31))
    assert planner.reasons() == {1: reason}
