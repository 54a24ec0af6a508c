"""Housekeeping of the warehouse removes what nothing stands on, and that alone; again, it removes nothing."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm import business as businesses
from crm.business import Business
from crm.evaluation.collecting import collect
from crm.evaluation.evaluating import evaluate
from crm.housekeeping import keeping, tables
from crm.messages.approval import standing
from crm.migrations import upgrade
from crm.rehearsal.dry_run import dry_run
from crm.runs import RunError
from old_warehouse import DUMPS, Old, restored

SHOP = Path(__file__).parents[1] / "upgrades"
LATER = datetime.date(2030, 6, 1)
SENT = datetime.date(2017, 11, 23)
#: What may differ after a housekeeping.
TOUCHED = {"decision", "decision_count", "response", "rejected_row", "rehearsal", "alert", "housekeeping"}
LATE_REFUND = """
insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)
values ('complete_journey', 'orders', 'late.csv', 'late', '2017-12-31', '2017-12-31', 'published');
insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount, refunded_at,
    refunded_on, business_date, known_on)
select c.customer_id, 1 - c.order_key, (select max(file_version_id) from crm.file_version), 'complete_journey', 'late',
    c.order_key, c.amount / 3, '2017-12-31 10:00Z', '2017-12-31', '2017-12-31', '2017-12-31'
from crm.conversion as c where c.campaign = 'black_friday' and c.known_until is null order by c.order_key limit 3;
"""
#: An excluded customer of another wave: like one of Black Friday's.
WAVE = """
insert into crm.decision
select w.*
from crm.decision as d
cross join lateral jsonb_populate_record(d, jsonb_build_object('campaign', '{campaign}', 'occasion', '{occasion}',
    'kind', '{kind}', 'instance', 'category:Food:{send_date}', 'business_date', date '{send_date}' - 1,
    'send_date', '{send_date}')) as w
where d.campaign = 'black_friday' and d.occasion = 'black_friday-2017' and d.decision = 'exclude'
order by d.customer_id limit 1;
insert into crm.decision_count (campaign, occasion, wave, business_date, send_date, kind, decision, reason, customers)
values ('{campaign}', '{occasion}', 'main', date '{send_date}' - 1, '{send_date}', '{kind}', 'exclude', 'capped', 1)
"""


@pytest.fixture
def old(server_url: str, template: str) -> Iterator[Old]:
    with restored(server_url, DUMPS[0]) as found:
        upgrade(found.warehouse.url)
        found.query("insert into crm.alert values ('failed', 'daily_orders', 'ingest', '2017-11-20', '2017-11-21')")
        yield found


@pytest.fixture
def business(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Business:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_CAMPAIGNS", str(SHOP / "campaigns"))
    return businesses.load(SHOP / "business.yaml")


def remove(old: Old, business: Business, date: datetime.date = LATER, *, dry_run: bool = False) -> dict[str, int]:
    return keeping.warehouse(old.warehouse, business, date, dry_run=dry_run)


def test_what_results_approvals_caps_and_opt_outs_stand_on_is_there_after_it_and_a_second_time_nothing_goes(
    old: Old, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROWS", 7)  # several batches
    kept = (
        "select * from crm.decision where decision <> 'exclude' or campaign = 'winter' order by campaign, customer_id"
    )
    before, decided = old.contents(), old.query(kept)
    counted = remove(old, business, dry_run=True)
    assert old.contents(like=before) == before, "a dry run removes nothing"
    removed = remove(old, business)
    assert removed == counted
    assert {step for step, count in removed.items() if count == 0} == {"staging"}
    after = old.contents(like=before)
    assert {name for name in before if after[name] != before[name]} == TOUCHED
    assert old.query(kept) == decided
    assert standing(old.warehouse, business, "winter", datetime.date(2017, 11, 21)).decisions_hash == decided_hash(old)
    assert old.query("select count(*) from crm.decision where decision = 'exclude' and campaign <> 'winter'") == [(0,)]
    assert dict(old.query("select step, removed::int from mart.housekeeping")) == removed
    assert set(remove(old, business).values()) == {0}
    assert dict(old.query("select step, removed::int from mart.housekeeping")) == removed


def decided_hash(old: Old) -> str:
    [(found,)] = old.query("select decisions_hash from crm.approval where outcome is null")
    return found


def test_a_late_refund_makes_the_same_version_of_a_result_with_and_without_it(
    server_url: str, old: Old, business: Business
) -> None:
    with restored(server_url, DUMPS[0], "crm_untouched") as untouched:
        upgrade(untouched.warehouse.url)
        remove(old, business)
        results = []
        for each in (old, untouched):
            [(before,)] = each.query("select count(*) from crm.result")
            each.query(LATE_REFUND)
            collect(each.warehouse, business)
            evaluate(each.warehouse, business)
            results.append(
                each.query("select * from crm.result order by campaign, wave, goal, window_days, version, 1")
            )
            assert len(results[-1]) > before
        columns = "campaign, occasion, wave, period, goal, window_days, dimension, dimension_value, version"
        ordered = f"select * from crm.result order by {columns}"
        assert old.query(ordered) == untouched.query(ordered)


@pytest.mark.parametrize("known_on", ["2017-12-01", "2030-01-01"])
def test_the_first_open_and_click_of_a_message_stay_as_of_every_date(
    old: Old, business: Business, known_on: str
) -> None:
    heard = (
        "select message_id, min(occurred_at) filter (where kind = 'delivered'), "
        "min(occurred_at) filter (where kind = 'opened' and machine is null), "
        "min(occurred_at) filter (where kind = 'clicked' and machine is null), bool_or(kind = 'opt_out') "
        f"from crm.response where known_on <= '{known_on}' and kind <> 'processed' group by 1 order by 1"
    )
    before = old.query(heard)
    assert remove(old, business)["repeated_responses"] > 100
    assert old.query(heard) == before != []


@pytest.fixture
def waves(old: Old) -> dict[str, str]:
    """Waves of earlier years, and what becomes of them in June 2018 (kept from 1 January 2017 on)."""
    old.query(
        "insert into crm.repurchase_cycle (calibrated_on, level, item_key, cycle_days, intervals, open_intervals, "
        "customers, repeat_share) values ('2016-01-01', 'category', 'Food', 100, 50, 1, 50, 0.9)"
    )
    given = [
        ("black_friday", "black_friday-2016", "holiday", "2016-11-25", "goes"),
        ("new_year", "new_year-2017", "holiday", "2016-12-28", "goes on"),
        ("new_year", "new_year-2017", "holiday", "2017-01-03", "of the year"),
        ("repurchase", "2016", "repurchase", "2016-12-20", "may come due"),
        ("repurchase", "2016", "repurchase", "2016-06-20", "goes too"),
    ]
    for campaign, occasion, kind, send_date, _ in given:
        values = {"campaign": campaign, "occasion": occasion, "kind": kind, "send_date": send_date}
        old.query(WAVE.format(**values))
    return {send_date: fate for *_, send_date, fate in given}


def test_of_earlier_years_those_stay_whose_occasion_goes_on_or_whose_purchase_may_come_due_again(
    old: Old, business: Business, waves: dict[str, str]
) -> None:
    assert remove(old, business, datetime.date(2018, 6, 1))["excluded_decisions"] == 2
    there = old.query("select distinct send_date::text from crm.decision where send_date < '2017-11-01'")
    assert sorted(waves[send_date] for (send_date,) in there) == ["goes on", "may come due", "of the year"]
    marked = old.query("select send_date::text from crm.decision_count where rows_removed_on is not null order by 1")
    assert [waves[send_date] for (send_date,) in marked] == ["goes too", "goes"]


@pytest.mark.usefixtures("waves")
def test_a_date_within_the_period_is_decided_again_as_before(old: Old, business: Business) -> None:
    def again() -> list[dict[str, str]]:
        with dry_run(old.warehouse, business, SENT, None).file.open(newline="") as file:
            return list(csv.DictReader(file))

    before = again()
    assert remove(old, business, datetime.date(2018, 6, 1))["excluded_decisions"] == 2
    assert again() == before != []


def test_staged_rows_go_once_their_delivery_is_over(old: Old, business: Business) -> None:
    def emptied(status: str, arrived: str) -> tuple[int, int]:
        """What is counted, and what is removed, of a delivery of one file."""
        old.query(
            f"update crm.file_version set status = '{status}', arrived_at = '{arrived}' where file_version_id = 1;"
            "truncate staging.file, staging.delivery;"
            "insert into staging.delivery (delivery_id) values (gen_random_uuid());"
            "insert into staging.file (file_version_id, shop, kind, source_file, by_row, has_earlier, business_date, "
            "ends_at) values (1, 'tea', 'orders', 'f', false, false, '2030-05-01', '2030-05-02')"
        )
        counted = remove(old, business, dry_run=True)["staging"]
        assert old.query("select count(*) from staging.file") == [(1,)]
        removed = remove(old, business)["staging"]
        for table in ("file", "delivery"):
            assert old.query(f"select count(*) from staging.{table}") == [(1 - removed,)]
        return counted, removed

    assert emptied("staged", "2030-05-01") == (0, 0)
    assert emptied("published", "2030-05-31") == (0, 0)
    assert emptied("failed", "2030-05-01") == (1, 1)
    assert emptied("published", "2030-05-01") == (1, 1)


def test_periods_are_counted_from_a_date_that_is_over(business: Business) -> None:
    now = datetime.datetime(2017, 11, 21, 3, tzinfo=datetime.UTC)  # still the 20th in New York
    assert keeping.as_of(business, None, now) == datetime.date(2017, 11, 19)
    assert keeping.as_of(business, "2017-11-01", now) == datetime.date(2017, 11, 1)
    with pytest.raises(RunError, match=r"2017-11-20, which is not over: give one up to 2017-11-19"):
        keeping.as_of(business, "2017-11-20", now)


def test_what_is_kept_for_ever_has_no_period(business: Business) -> None:
    for_ever = business.model_copy(update={"retention": business.retention.model_copy(update={"alerts": None})})
    assert [each.step for each in keeping.periods(for_ever, LATER, ["alerts", "staging", "deliveries"])] == ["staging"]
