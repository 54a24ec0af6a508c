"""A message to somebody who is erased meanwhile does not go out, whatever its sender knew before."""

from __future__ import annotations

import datetime
from pathlib import Path

from message_facts import BUSINESS_DATE, CAMPAIGN, PLANNED, SEND_DATE, Planner, StoppedClock

from crm.business import Business
from crm.customers.erasing import erase
from crm.messages.forgetting import remove_files
from crm.messages.ledger import Ledger
from crm.messages.sending import send
from crm.warehouse import Warehouse

HOUR = datetime.timedelta(hours=1)


def erased(warehouse: Warehouse, plan: Planner, customer_id: int) -> None:
    plan.query("insert into crm.customer values (%s, 'main', 'c', false, '2017-01-01')", customer_id)
    erase(warehouse, customer_id, id_columns=["id"], requested_by="olive", now=PLANNED)


def test_a_message_that_is_planned_is_held_back_by_the_last_look(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(3)
    early = StoppedClock(PLANNED - HOUR)
    send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=early, run_id="run-1")
    assert plan.statuses() == {"planned": 3}
    erased(warehouse, plan, 2)
    late = StoppedClock(PLANNED + HOUR)
    send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=late, run_id="run-1")
    assert plan.query("select customer_id, status, status_reason from crm.message order by 1") == [
        (1, "accepted", None),
        (2, "skipped", "opt_out"),
        (3, "accepted", None),
    ]
    assert len([file for file in outbox.rglob("*") if file.is_file()]) == 2
    assert remove_files(warehouse, 2, PLANNED) == 0


def test_a_message_that_a_sender_has_in_hand_is_refused_at_the_hand_over(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    early, now = StoppedClock(PLANNED - HOUR), PLANNED + HOUR
    send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=early, run_id="run-1")
    ledger = Ledger(warehouse, business, CAMPAIGN, BUSINESS_DATE, SEND_DATE, owner="run-1/1")
    with warehouse.transaction() as keeper:
        batch, rows, _ = ledger.claim(keeper, "outbox", now)
        assert batch is not None
        assert {row.address for row in rows} == {"c1@example.com", "c2@example.com"}
        erased(warehouse, plan, 2)
        refused = ledger.hand_over(batch, now)
    (message_id,) = refused
    assert plan.query("select customer_id from crm.message where message_id = %s", message_id) == [(2,)]
