"""Two Celery workers, of which one is killed in the middle of a task: the date still ends, nobody has two messages."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import psutil
import psycopg
import pytest

from airflow_machine import Machine, running, write_daily_shop
from crm.local import processes

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

FIRST, DAY = datetime.date(2017, 11, 10), datetime.date(2017, 11, 20)
CUSTOMERS = 30
BUSINESS = {
    "name": "A shop whose machines die", "time_zone": "America/New_York", "currency": "USD", "country": "US",
    "sources": ["complete_journey"], "last_business_date": "2017-12-31", "global_holdout": 0, "caps": {"gap_days": 0},
    "channels": {"email": {"provider": "outbox", "sender": "hello@example.com"}},
    "footer": {"company": "Shop", "postal_address": "1 Street, New York"},
}  # fmt: skip
CAMPAIGN = {
    "kind": "holiday", "title": {"en": "greeting", "zh-CN": "问候"}, "priority": 1, "template": "thanksgiving",
    "occasions": [{"name": "day", "date": "11-21"}], "channels": ["email"], "goal": {"goal": "any_order"},
    "primary_window_days": 10, "holdout": 0, "send_at": "00:00", "send_by": "23:59",
}  # fmt: skip
#: Airflow's own 300 seconds until it gives a silent worker up; here they need not be waited for.
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
}
#: In the middle of each task: a statement on this table (``when`` = of these rows), before which the task is not done.
MIDDLE = {
    "publish": ("daily_orders", "insert", "crm.order_line", "true"),
    "plan": ("plan_campaigns", "insert", "crm.decision", "true"),
    # Every message is in the outbox, and the ledger does not know it yet.
    "send": ("campaign_greeting", "update", "crm.message", "new.accepted_at is not null"),
}
LOCK = 4711


def write_shop(folder: Path) -> None:
    write_daily_shop(folder, FIRST, DAY, CUSTOMERS)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    pytest.importorskip("redis")
    folder = tmp_path_factory.mktemp("killed")
    with running(folder, BUSINESS, {"greeting": CAMPAIGN}, write_shop, environment=SOON, workers=2) as made:
        made.day(str(DAY - datetime.timedelta(days=1)), mode="load", from_date=str(FIRST))
        yield made


@contextmanager
def waiting_in_the_middle(machine: Machine) -> Iterator[psycopg.Connection]:
    """Every task of ``MIDDLE`` waits in the middle of its transaction until its lock is let go."""
    with psycopg.connect(machine.url, autocommit=True) as connection:
        for lock, (task, (_, event, table, rows)) in enumerate(MIDDLE.items()):
            connection.execute(f"select pg_advisory_lock({LOCK}, {lock})")
            connection.execute(
                f"create function public.wait_{task}() returns trigger language plpgsql as"
                f" 'begin perform pg_advisory_xact_lock_shared({LOCK}, {lock}); return new; end'"
            )
            connection.execute(
                f"create trigger wait_{task} before {event} on {table} for each row when ({rows})"
                f" execute function public.wait_{task}()"
            )
        yield connection


def kill(worker: str, machine: Machine) -> None:
    """End a worker and all its processes at once, as a machine that dies does."""
    number = processes.number(machine.stack.logs, worker)
    assert number
    whole = psutil.Process(number)
    dying = [whole, *whole.children(recursive=True)]
    for process in dying:
        process.suspend()  # none of them may say goodbye for another
    for process in dying:
        process.kill()
    psutil.wait_procs(dying, timeout=20)


def restart(worker: str, machine: Machine) -> None:
    """What Docker or systemd does with a worker that has died."""
    workers, stack = machine.stack.workers, machine.stack
    assert workers
    environment = stack.environment(machine.home.server()) | workers.environment(worker)
    processes.start(worker, workers.commands(stack.logs)[worker], environment, stack.logs)
    machine.until(f"{worker} again", workers.ready)


def kill_in_the_middle_of(task: str, machine: Machine) -> None:
    """Wait until ``task`` is in its middle, kill the worker that runs it, and start that worker anew."""
    dag_id, lock = MIDDLE[task][0], list(MIDDLE).index(task)
    waits = f"select from pg_locks where classid = {LOCK} and objid = {lock} and not granted"
    machine.until(f"{task} in its middle", lambda: machine.ask(waits))
    run = machine.latest(dag_id, str(DAY))
    assert run
    worker = machine.api.tasks(run)[task]["hostname"]
    kill(worker, machine)
    restart(worker, machine)


def test_a_date_ends_by_itself_whatever_worker_is_killed_and_nobody_is_written_to_twice(machine: Machine) -> None:
    with waiting_in_the_middle(machine) as connection:
        machine.api.trigger("daily_orders", {"mode": "simulate"}, str(DAY))
        for lock, (task, (dag_id, *_)) in enumerate(MIDDLE.items()):
            kill_in_the_middle_of(task, machine)
            connection.execute(f"select pg_advisory_unlock({LOCK}, {lock})")
            assert set(machine.ended(dag_id, str(DAY)).values()) <= {"success", "skipped"}
            run = machine.latest(dag_id, str(DAY))
            assert run
            assert machine.api.tasks(run)[task]["try_number"] == 2, f"{task} was killed once and repeated once"
    days = (DAY - FIRST).days + 1
    assert machine.ask("select count(*), count(distinct order_key) from crm.order_line") == [(days * CUSTOMERS,) * 2]
    assert machine.ledger("greeting") == [("2017-11-21", "accepted", "", CUSTOMERS)]
    written = [
        message_from_bytes(file.read_bytes(), policy=default)["To"].addresses[0].addr_spec
        for file in (machine.home.folder / "outbox").rglob("*.eml")
    ]
    assert sorted(written) == sorted(f"c{n}@example.com" for n in range(1, CUSTOMERS + 1))
