"""A shop that upgrades keeps what it decided, earned and was told: from a dump of an earlier release to today's schema.

The dumps are made by make_warehouse.py at the release that they are of. What a migration is to change on purpose is
named in ``CHANGED``, with its reason; everything else comes out as it went in.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm import business as businesses
from crm.evaluation.evaluating import evaluate
from crm.messages.approval import answer, require, standing
from crm.messages.clock import clock_for
from crm.messages.sending import send
from crm.migrations import upgrade
from crm.rehearsal.dry_run import dry_run
from old_warehouse import DUMPS, Old, restored

HERE = Path(__file__).parent
OPEN, ASKED, SENT = (datetime.date(2017, 11, day) for day in (20, 21, 23))
#: Tables whose old columns a migration may fill otherwise, and why.
CHANGED: dict[str, str] = {}
#: Nothing of the small shop is in them.
NOT_IN_THE_DUMP = {
    *("alert", "hold", "message_failure", "refresh_queue", "report_mail", "response_position", "sending_pace"),
    *("sending_stop", "waiver"),
}
DECIDED = (
    *("customer_id", "campaign", "occasion", "wave", "instance", "decision", "reason", "arm", "variant", "channel"),
    *("segment", "tier", "stage", "locale", "goal", "goal_item", "item_key", "epoch", "declaration_hash"),
)
#: As approvals of revision 0005 and before were asked for: every column of every decision.
HASH_OF_ALL_COLUMNS = """
set local time zone 'UTC';
select encode(sha256(convert_to(coalesce(string_agg(md5(cast(d as text)), ''
    order by d.customer_id, d.occasion, d.instance, d.wave), ''), 'UTF8')), 'hex')
from crm.decision as d where d.campaign = '{campaign}' and d.send_date = '{send_date}'
"""


@pytest.fixture(params=DUMPS, ids=[file.name.removesuffix(".sql.gz") for file in DUMPS])
def old(request: pytest.FixtureRequest, server_url: str, template: str) -> Iterator[Old]:
    """The dump in a database of its own (``template``: by then the server knows the roles that it speaks of)."""
    with restored(server_url, request.param) as found:
        yield found


@pytest.fixture
def business(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> businesses.Business:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_CAMPAIGNS", str(HERE / "campaigns"))
    monkeypatch.delenv("CRM_OUTBOX", raising=False)
    return businesses.load(HERE / "business.yaml")


def test_every_row_comes_out_of_an_upgrade_as_it_went_in(old: Old) -> None:
    before = old.contents()
    empty = {name for name, (_, found) in before.items() if found[0] == 0}
    assert empty <= NOT_IN_THE_DUMP
    upgrade(old.warehouse.url)
    after = old.contents(like=before)
    assert [name for name in before if after[name] != before[name] and name not in CHANGED] == []
    upgrade(old.warehouse.url)
    assert old.contents(like=before) == after


def test_what_people_said_before_holds_for_their_later_addresses(old: Old) -> None:
    upgrade(old.warehouse.url)
    said = old.query(
        "select distinct customer_id, case when event_id like '%/all' then 'all' else channel end, kind"
        " from crm.response where kind in ('opt_out', 'complaint')"
        " union select p.customer_id, s.channel, s.reason from crm.suppression as s join crm.customer_profile as p"
        " on s.contact_key in (p.email_key, p.mobile_key) where s.reason <> 'bounce' and s.source = 'import'"
    )
    assert said
    assert set(said) <= set(old.query("select customer_id, channel, reason from crm.customer_suppression"))
    assert old.query("select distinct nth, lifted_at from crm.suppression") == [(1, None)]


def test_a_past_date_is_decided_again_as_it_was(old: Old, business: businesses.Business) -> None:
    upgrade(old.warehouse.url)
    with dry_run(old.warehouse, business, SENT, None).file.open(newline="") as file:
        again = [tuple(row[column] for column in DECIDED) for row in csv.DictReader(file)]
    columns = ", ".join(f"coalesce({column}::text, '')" for column in DECIDED)
    decided = old.query(f"select {columns} from crm.decision where business_date = '2017-11-23'")
    # Of a customer who was erased since nobody knows what was known then.
    erased = {str(customer_id) for (customer_id,) in old.query("select customer_id from crm.erasure")}
    assert {row for row in again if row[0] not in erased} == {row for row in decided if row[0] not in erased}
    assert len(decided) > 150


def test_an_open_approval_outlives_an_upgrade_and_a_column_that_is_added_to_decisions(
    old: Old, business: businesses.Business
) -> None:
    upgrade(old.warehouse.url)
    old.query("alter table crm.decision add column scratch integer default 5")
    [(asked, outcome)] = old.query("select decisions_hash, outcome from crm.approval")
    found = standing(old.warehouse, business, "winter", ASKED)
    assert (found.state, found.decisions_hash, outcome) == ("needed", asked, None)
    now = datetime.datetime(2017, 11, 22, 12, tzinfo=datetime.UTC)
    stands = answer(
        old.warehouse, business, "winter", ASKED, decisions_hash=asked, outcome="approved", decided_by="mei", now=now
    )
    assert (stands, require(old.warehouse, business, "winter", ASKED).state) == ("approved", "approved")


def test_approvals_that_were_asked_for_by_every_column_are_those_of_the_named_ones(old: Old) -> None:
    for campaign, send_date in (("winter", "2017-11-22"), ("black_friday", "2017-11-24"), ("nothing", "2017-11-24")):
        [(before,)] = old.query(HASH_OF_ALL_COLUMNS.format(campaign=campaign, send_date=send_date))
        with old.warehouse.transaction() as tx:
            named = tx.value("messages/decisions_hash", campaign=campaign, send_date=send_date)
        assert named == before


def test_results_that_were_reported_stay_and_pooled_ones_get_a_version_by_the_method_of_today(
    old: Old, business: businesses.Business
) -> None:
    columns = "campaign, period, goal, window_days, dimension, dimension_value, version, treated, difference, reason"
    before = old.query(f"select {columns} from crm.result")
    upgrade(old.warehouse.url)
    evaluate(old.warehouse, business, everything=True)
    after = old.query(f"select {columns} from crm.result")
    assert set(before) <= set(after)
    methods = "select distinct method from crm.result where period <> '' and version > 1"
    pooled = {row[0] for row in before if row[1]}
    assert old.query(methods) == ([("mantel_haenszel",)] if pooled else [])
    assert old.query("select count(*) from crm.result where period = '' and method <> 'post_stratified'") == [(0,)]


def test_what_was_being_sent_is_sent_on_and_to_nobody_twice(old: Old, business: businesses.Business) -> None:
    statuses = "select status, count(*)::int from crm.message where campaign = 'thanksgiving' group by 1"
    before = dict(old.query(statuses))
    assert {"planned", "claimed", "accepted", "unknown"} <= set(before)
    upgrade(old.warehouse.url)
    clock = clock_for("simulate", OPEN, business)
    send(old.warehouse, business, "thanksgiving", OPEN, mode="simulate", clock=clock, run_id="after")
    after = dict(old.query(statuses))
    # The outbox takes a message twice without harm: what a dead run had handed over is written again.
    expected = before["planned"] + before["claimed"] + before["accepted"]
    assert after == {"accepted": expected - after.get("skipped", 0), "unknown": before["unknown"]} | (
        {"skipped": after["skipped"]} if "skipped" in after else {}
    )
