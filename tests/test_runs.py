"""What a DAG run is told."""

import datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import runs


@given(st.dates(datetime.date(1900, 1, 1)))
def test_every_date_is_a_partition_key(day):
    assert runs.business_date(day.isoformat(), {}) == day


@pytest.mark.parametrize(
    "key", [None, "", "today", "2017-13-01", "2017-02-29", "20171120", "2017-11-20T00:00:00", " 2017-11-20"]
)
def test_a_partition_key_that_is_no_date_says_what_to_give(key):
    with pytest.raises(runs.RunError, match="YYYY-MM-DD"):
        runs.business_date(key, {})


def test_the_parameter_stands_in_for_the_partition_key_that_the_command_line_does_not_know():
    assert runs.business_date(None, {"business_date": "2017-11-20"}) == datetime.date(2017, 11, 20)
    assert runs.business_date("2017-11-20", {"business_date": None}) == datetime.date(2017, 11, 20)
    assert runs.business_date("2017-11-20", {"business_date": "2017-11-20"}) == datetime.date(2017, 11, 20)


def test_a_run_without_a_date_says_both_ways_to_give_one():
    with pytest.raises(runs.RunError, match=r"partition key .* or the parameter business_date"):
        runs.business_date(None, {"business_date": None})


def test_two_dates_of_one_run_are_refused():
    with pytest.raises(runs.RunError, match="says 2017-11-20, business_date says 2017-11-21"):
        runs.business_date("2017-11-20", {"business_date": "2017-11-21"})


def test_a_parameter_that_is_no_date_is_refused_even_beside_a_key():
    with pytest.raises(runs.RunError, match="YYYY-MM-DD"):
        runs.business_date("2017-11-20", {"business_date": "20.11.2017"})


def test_planning_in_earnest_without_a_key_is_refused_because_no_campaign_would_start():
    runs.can_hand_on(None, "dry")
    runs.can_hand_on("2017-11-20", "live")
    with pytest.raises(runs.RunError, match="start daily_orders with business_date"):
        runs.can_hand_on(None, "live")


def test_a_load_needs_its_dates():
    with pytest.raises(runs.RunError, match="from_date"):
        runs.load_range("2017-11-19", {"mode": "load", "from_date": None})


def test_a_load_refuses_reversed_dates():
    with pytest.raises(runs.RunError, match="after the business date"):
        runs.load_range("2017-11-19", {"mode": "load", "from_date": "2017-11-20"})


def test_a_range_outside_a_load_is_refused():
    with pytest.raises(runs.RunError, match="mode 'load'"):
        runs.load_range("2017-11-19", {"mode": "live", "from_date": "2017-11-01"})


def test_an_unknown_mode_is_refused():
    with pytest.raises(runs.RunError, match="live, dry, load, simulate"):
        runs.load_range("2017-11-19", {"mode": "test"})


def test_a_load_ends_at_its_partition_key():
    first, last = runs.load_range("2017-11-19", {"mode": "load", "from_date": "2017-01-01"})
    assert (first, last) == (datetime.date(2017, 1, 1), datetime.date(2017, 11, 19))


def test_a_persons_run_is_a_dry_run_unless_the_form_says_otherwise():
    assert runs.campaign_mode("manual", {}, {}) == "dry"
    assert runs.campaign_mode("manual", {"dry_run": True}, {}) == "dry"
    assert runs.campaign_mode("manual", {"dry_run": False}, {}) == "live"


def test_a_scheduled_run_takes_the_mode_of_the_planning_run_whatever_the_form_defaults_to():
    events = {"decisions/birthday": [SimpleNamespace(extra={"mode": "simulate"})]}
    assert runs.campaign_mode("asset_triggered", {"dry_run": True}, events) == "simulate"


def test_a_run_that_nobody_planned_is_refused():
    with pytest.raises(runs.RunError, match="trigger it from the form"):
        runs.campaign_mode("asset_triggered", {"dry_run": True}, {})
