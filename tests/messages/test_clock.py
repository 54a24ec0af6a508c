from __future__ import annotations

import datetime

from message_facts import make_business

from crm.messages.clock import FixedClock, RealClock, clock_for, look_again

DATE = datetime.date(2017, 11, 5)  # in New York this day has 25 hours


def test_the_real_clock_is_aware_and_goes_on() -> None:
    clock = RealClock()
    now = clock.now()
    assert now.tzinfo is datetime.UTC
    assert clock.reached(now)
    assert not clock.reached(now + datetime.timedelta(hours=1))


def test_a_fixed_clock_jumps_within_its_date_and_never_leaves_it_nor_goes_back() -> None:
    clock = FixedClock(DATE, "America/New_York")
    assert clock.now() == datetime.datetime(2017, 11, 5, 4, tzinfo=datetime.UTC)
    evening = datetime.datetime(2017, 11, 6, 4, 59, tzinfo=datetime.UTC)
    assert clock.reached(evening)
    assert clock.reached(evening - datetime.timedelta(hours=3))
    assert clock.now() == evening
    assert not clock.reached(evening + datetime.timedelta(minutes=1))
    assert clock.now() == evening


def test_a_simulation_has_a_clock_on_its_send_date_and_every_other_mode_the_real_one() -> None:
    business = make_business()
    clock = clock_for("simulate", DATE, business)
    assert isinstance(clock, FixedClock)
    assert clock.send_date == datetime.date(2017, 11, 6)
    assert all(isinstance(clock_for(mode, DATE, business), RealClock) for mode in ("live", "dry", "load"))


def test_a_run_that_waits_never_comes_back_before_its_last_worker_has_ended() -> None:
    now = RealClock().now()
    assert look_again("live") >= now + datetime.timedelta(minutes=5)
    assert look_again("simulate") >= now + datetime.timedelta(seconds=30)
