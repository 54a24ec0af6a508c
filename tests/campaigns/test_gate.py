"""A campaign runs on data that are in and whole; otherwise it waits, says for what, and goes on or ends by itself."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from crm.campaigns.gate import WaiverError, plan_when_open, waive

DAY = datetime.date(2017, 11, 20)
ZONE = ZoneInfo("America/New_York")
MORNING = datetime.datetime(2017, 11, 21, 6, tzinfo=ZONE)


def back(days: int) -> datetime.date:
    return DAY - datetime.timedelta(days)


@pytest.fixture
def gate(planner, shop, query):
    """The gate of the shop, whose dates are in from ten days before DAY; one reachable customer, one greeting."""
    shop.reachable()
    planner.declare("greeting")
    return Gate(planner, query)


class Gate:
    def __init__(self, planner, query) -> None:
        self.planner, self.query = planner, query
        self.deliver(*map(back, range(1, 11)), mode="load")
        self.deliver(DAY)
        self.refresh(DAY)

    def deliver(self, *dates: datetime.date, shop="shop", mode="live") -> None:
        for date in dates:
            self.query("insert into crm.delivery (shop, business_date, mode) values (%s, %s, %s)", shop, date, mode)

    def refresh(self, date: datetime.date) -> None:
        self.query("insert into crm.refresh (as_of, settings) values (%s, '') on conflict do nothing", date)

    def lose(self, *dates: datetime.date) -> None:
        self.query("delete from crm.delivery where business_date = any(%s)", list(dates))

    def ask(self, now=MORNING, mode="live", day=DAY, shops=("shop",), **more) -> dict:
        planner = self.planner
        return plan_when_open(planner.warehouse, planner.business, day, mode=mode, now=now, shops=list(shops), **more)

    def problems(self, **more) -> list[tuple]:
        return [(each["business_date"], each["shop"], each["problem"]) for each in self.ask(**more)["reasons"]]

    def holds(self) -> list[tuple]:
        return self.query("select business_date::text, campaign, outcome from crm.hold order by 1, 2")

    def decisions(self) -> int:
        (found,) = self.query("select count(*) from crm.decision")[0]
        (claims,) = self.query("select count(*) from crm.contact_claim")[0]
        assert found == claims
        return found


def test_a_date_that_is_in_is_planned_at_once_and_no_hold_is_kept(gate):
    found = gate.ask()
    assert (found["outcome"], found["reasons"]) == ("planned", [])
    assert found["planned"][0]["included"] == 1
    assert gate.decisions() == 1
    assert gate.holds() == []


def test_a_missing_earlier_date_holds_says_so_and_goes_on_when_it_arrives(gate):
    gate.lose(back(3))
    found = gate.ask()
    assert found["outcome"] == "held"
    assert found["note"] == "held: 2017-11-17: the orders of shop have not come"
    assert gate.decisions() == 0
    assert gate.holds() == [("2017-11-20", "", None)]
    gate.deliver(back(3))
    assert gate.ask()["outcome"] == "planned"
    assert gate.decisions() == 1
    assert gate.holds() == [("2017-11-20", "", "planned")]
    (reasons,) = gate.query("select reasons from crm.hold")[0]
    assert reasons[0]["business_date"] == "2017-11-17", "why it was held stays to be read"


def test_a_failed_file_is_named_with_its_expectation(gate):
    gate.lose(back(1))
    gate.query(
        "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status, failure)"
        " values ('shop', 'orders', 'shop/19.csv', '', %s, %s, 'failed', 'rejected_share, 1 of 1 rows'),"
        " ('shop', 'customers', 'shop/c19.csv', '', %s, %s, 'failed', null)", *[back(1)] * 4
    )  # fmt: skip
    assert gate.ask()["note"] == "held: 2017-11-19: shop/19.csv failed its validation (rejected_share, 1 of 1 rows)"


def test_its_own_date_must_be_in_for_every_shop_and_refreshed(gate):
    assert gate.problems(shops=("shop", "second")) == [("2017-11-20", "second", "missing")]
    gate.query("delete from crm.refresh")
    assert gate.problems() == [("2017-11-20", None, "not_refreshed")]


@pytest.mark.parametrize(("days_ago", "holds"), [(7, True), (8, False)])
def test_the_last_seven_dates_count(gate, days_ago, holds):
    gate.lose(back(days_ago))
    assert (gate.ask()["outcome"] == "held") is holds


def test_dates_before_a_shops_first_one_do_not_count(gate):
    gate.lose(*map(back, range(3, 11)))
    gate.deliver(DAY, shop="second")
    assert gate.ask(shops=("shop", "second"))["outcome"] == "planned"


def test_a_named_operator_waives_an_earlier_date_but_not_the_date_itself(gate):
    gate.lose(back(3), DAY)
    for date in (back(3), DAY):
        waive(gate.planner.warehouse, date, operator="mei", reason="closed that day", now=MORNING)
    assert gate.problems() == [("2017-11-20", "shop", "missing")]
    gate.deliver(DAY)
    assert gate.ask()["outcome"] == "planned"
    assert gate.query("select operator, reason from crm.waiver where business_date = %s", back(3)) == [
        ("mei", "closed that day")
    ]


@pytest.mark.parametrize(("operator", "reason"), [("", "closed"), ("mei", " ")])
def test_nobody_waives_without_a_name_and_a_reason(gate, operator, reason):
    with pytest.raises(WaiverError, match="name of an operator and a reason"):
        waive(gate.planner.warehouse, DAY, operator=operator, reason=reason, now=MORNING)


@pytest.mark.parametrize("missing", [True, False])
def test_after_its_send_by_it_ends_as_a_dry_run_and_says_so(gate, missing):
    if missing:
        gate.lose(back(3))
    found = gate.ask(now=MORNING.replace(hour=20))
    assert (found["outcome"], found["mode"]) == ("expired", "dry")
    assert "too late to send: greeting: ended as a dry run, nothing is sent" in found["note"]
    assert ("2017-11-17" in found["note"]) is missing
    assert found["planned"][0]["included"] == 1, "it says whom it would have been"
    assert gate.decisions() == 0
    assert gate.holds() == [("2017-11-20", "", "expired")]


def test_a_campaign_whose_time_has_passed_is_left_out_of_a_date_that_opens_late(gate, shop):
    gate.planner.declare("evening", send_by="22:00")
    found = gate.ask(now=MORNING.replace(hour=21))
    assert (found["outcome"], found["note"]) == ("planned", "left out, too late to send: greeting")
    assert gate.query("select distinct campaign from crm.decision") == [("evening",)]


def test_a_past_send_date_is_a_dry_run_whatever_made_it(gate):
    found = gate.ask(now=MORNING + datetime.timedelta(days=1))
    assert (found["outcome"], found["mode"]) == ("past", "dry")
    assert "the send date 2017-11-21 is past (it is 2017-11-22)" in found["note"]
    assert found["planned"][0]["included"] == 1
    assert gate.decisions() == 0
    assert gate.query("select * from crm.plan") == []
    assert gate.ask(now=MORNING + datetime.timedelta(days=9), only="greeting")["outcome"] == "past"
    assert gate.decisions() == 0


def test_a_date_that_was_decided_in_time_is_reported_ever_after(gate):
    planned = gate.ask()["planned"]
    gate.lose(back(2))
    later = gate.ask(now=MORNING + datetime.timedelta(days=5))
    assert (later["outcome"], later["planned"]) == ("planned", planned)
    assert gate.decisions() == 1


def test_simulated_dates_are_decided_in_their_order(gate):
    earlier = back(1)
    gate.query("update crm.delivery set mode = 'simulate' where business_date in (%s, %s)", earlier, DAY)
    assert gate.problems(mode="simulate") == [("2017-11-19", None, "not_planned")]
    assert gate.ask(mode="simulate", day=earlier, now=MORNING - datetime.timedelta(days=1))["outcome"] == "planned"
    assert gate.ask(mode="simulate")["outcome"] == "planned"


def test_live_a_date_waits_for_an_earlier_one_only_while_that_can_still_be_sent(gate):
    gate.query("update crm.delivery set mode = 'live' where business_date = %s", back(1))
    assert gate.ask()["outcome"] == "planned", "yesterday's send date is over"
    early = datetime.datetime(2017, 11, 20, 23, tzinfo=ZONE)
    gate.query("truncate crm.plan, crm.decision, crm.contact_claim")
    gate.planner.declare("eve", occasions=[{"name": "eve", "date": "11-20"}])
    assert gate.problems(now=early) == [("2017-11-19", None, "not_planned")]
    assert gate.ask(day=back(1), now=early)["outcome"] == "expired"
    assert gate.ask(now=early)["outcome"] == "planned"


def test_modes_that_send_nothing_ask_nothing(gate):
    gate.lose(back(3))
    assert gate.ask(mode="load")["planned"] == []
    dry = gate.ask(mode="dry")
    assert (dry["outcome"], dry["planned"][0]["included"]) == ("dry", 1)
    assert gate.ask(mode="dry", rehearse=lambda: [{"included": 7}])["planned"] == [{"included": 7}]
    assert gate.holds() == []
    assert gate.decisions() == 0
