"""Nothing is sent twice, nothing is lost: side by side, and killed (-9) at every seam."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, PLANNED, Planner, StoppedClock
from sqlalchemy.exc import DBAPIError

import patience
from crm import settings
from crm.business import Business
from crm.messages import providers, sending
from crm.messages.composing import Composer
from crm.messages.ledger import Ledger
from crm.messages.providers import Envelope, Outcome
from crm.messages.providers.outbox import Outbox
from crm.warehouse import Warehouse, WarehouseError

NOON = StoppedClock(PLANNED + datetime.timedelta(hours=2))


class Counting(Outbox):
    """Counts how often each message was given to the provider."""

    def __init__(self) -> None:
        super().__init__()
        self.given: Counter[str] = Counter()
        self._lock = threading.Lock()

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        with self._lock:
            self.given.update(envelope.message_id for envelope in batch)
        return super().deliver(batch, at)


class Postman(Counting):
    """A provider to which a message given twice is a message sent twice."""

    idempotent = False


def run(warehouse: Warehouse, business: Business, name: str = "run-1", batch_size: int = 4) -> dict[str, object]:
    return sending.send(
        warehouse, business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=NOON, run_id=name, batch_size=batch_size
    )


def files(outbox: Path) -> list[str]:
    return sorted(p.stem for p in outbox.rglob("*.eml"))


def ledger(plan: Planner) -> list[str]:
    return [each for (each,) in plan.query("select message_id from crm.message order by 1")]


def test_runs_side_by_side_give_each_message_once(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(60)
    provider = Counting()
    monkeypatch.setattr(providers, "named", lambda name, business: provider)
    with ThreadPoolExecutor(6) as pool:
        reports = list(pool.map(lambda n: run(warehouse, business, f"run-{n}"), range(6)))
    assert [report["accepted"] for report in reports] == [60] * 6
    assert set(provider.given.values()) == {1}
    assert sorted(provider.given) == files(outbox) == ledger(plan)
    assert plan.query("select sum(messages), bool_and(status = 'done') from crm.message_batch") == [(60, True)]


#: Where the run is killed: after which product call, and how often that call has happened before.
SEAMS = {
    "before the claim is committed": ("crm.warehouse.Transaction.run:messages/claim_messages", 1),
    "after the claim is committed": ("crm.messages.providers.outbox.Outbox.prepare", 1),
    "once the request is made": ("crm.messages.ledger.Ledger.hand_over", 1),
    "before the hand-over is committed": ("crm.warehouse.Transaction.rows:messages/last_look", 1),
    "after the hand-over": ("crm.messages.providers.outbox.Outbox.deliver", 1),
    "between a file's temporary name and its own": ("os.replace", 6),
    "in the middle of the outbox": ("crm.messages.providers.outbox.write", 7),
    "before anything is recorded": ("crm.messages.ledger.Ledger.close", 2),
    "before the batch is done": ("crm.warehouse.Transaction.run:messages/finish_batch", 2),
    "before the sum": ("crm.messages.ledger.Ledger.counts", 1),
}

DIES = """
    import datetime, importlib, os, signal, sys
    sys.path[:0] = {paths!r}
    from message_facts import BUSINESS_DATE, CAMPAIGN, StoppedClock, make_business
    import crm.messages.providers.outbox
    from crm.messages import public_site, sending
    from crm.warehouse import Warehouse

    public_site.check = lambda business: None
    name, _, step = {seam!r}.partition(":")
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            owner = importlib.import_module(".".join(parts[:cut]))
            break
        except ImportError:
            continue
    for attribute in parts[cut:-1]:
        owner = getattr(owner, attribute)
    original, calls = getattr(owner, parts[-1]), []

    def dying(*arguments, **values):
        if not step or step in arguments:
            calls.append(1)
            if len(calls) == {calls}:
                os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **values)

    setattr(owner, parts[-1], dying)
    clock = StoppedClock(datetime.datetime.fromisoformat({now!r}))
    sending.send(Warehouse({url!r}), make_business(), CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock, run_id="dying",
                 batch_size=4)
"""


def die(warehouse: Warehouse, seam: str, calls: int) -> None:
    """A run in a process of its own that is killed the moment it calls ``seam`` for the ``calls``-th time."""
    paths = [str(settings.PROJECT / "plugins"), str(Path(__file__).parent)]
    script = textwrap.dedent(DIES).format(
        paths=paths, seam=seam, calls=calls, now=NOON.now().isoformat(), url=warehouse.url
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("seam", SEAMS)
def test_after_a_run_is_killed_the_next_one_loses_nothing_and_doubles_nothing(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, seam: str
) -> None:
    plan.decide(10)
    die(warehouse, *SEAMS[seam])
    report = run(warehouse, business)
    assert (report["outcome"], report["planned"], report["accepted"]) == ("sent", 10, 10)
    assert files(outbox) == ledger(plan)
    assert len(files(outbox)) == 10
    assert not [p for p in outbox.rglob(".*") if p.is_file()]


def test_whoever_is_killed_a_provider_that_cannot_be_asked_twice_never_is(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(10)
    die(warehouse, *SEAMS["in the middle of the outbox"])
    gone_out = files(outbox)
    postman = Postman()
    monkeypatch.setattr(providers, "named", lambda name, business: postman)
    report = run(warehouse, business)
    assert (report["accepted"], report["unknown"]) == (6, 4)
    assert report["reasons"] == {"unknown": {"owner_died": 4}}
    unknown = plan.query("select message_id from crm.message where status = 'unknown'")
    assert not {each for (each,) in unknown} & set(postman.given)
    assert len(gone_out) == 6
    assert plan.released() == 0


class Taking(Postman):
    """Takes a batch as a whole, as SendGrid does, but for ``refuses`` of it."""

    refuses = 0

    def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        self.given.update(envelope.message_id for envelope in batch)
        refused = [Outcome(e.message_id, "failed", "rejected_by_provider") for e in batch[: self.refuses]]
        return [*refused, *(Outcome(e.message_id, "accepted") for e in batch[self.refuses :])]


@pytest.mark.parametrize("refuses", [0, 1])
def test_what_a_provider_took_as_a_whole_is_known_though_the_run_died_before_it_recorded_each_message(
    warehouse: Warehouse, business: Business, plan: Planner, monkeypatch: pytest.MonkeyPatch, refuses: int
) -> None:
    plan.decide(4)
    provider, status = Taking(), "unknown" if refuses else "accepted"
    provider.refuses = refuses
    monkeypatch.setattr(providers, "named", lambda name, business: provider)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "close", lambda *arguments, **values: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(warehouse, business)
    assert plan.statuses() == {"claimed": 4}
    run(warehouse, business, "run-2")
    assert plan.statuses() == {status: 4}
    assert set(provider.given.values()) == {1}
    assert plan.query("select count(accepted_at) from crm.message") == [(0 if refuses else 4,)]


def test_a_batch_whose_answer_could_not_be_kept_at_once_is_recorded_all_the_same(
    warehouse: Warehouse, business: Business, plan: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)
    monkeypatch.setattr(providers, "named", lambda name, business: Taking())

    def away(*arguments: Any, **values: Any) -> int:
        raise WarehouseError("the warehouse is away")

    monkeypatch.setattr(Warehouse, "at_once", away)
    assert run(warehouse, business)["accepted"] == 4


def test_an_answer_to_an_earlier_attempt_says_nothing_of_the_next_one(
    warehouse: Warehouse, business: Business, plan: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)
    monkeypatch.setattr(providers, "named", lambda name, business: Taking())
    run(warehouse, business)
    plan.query("update crm.message set status = 'planned', claimed_at = null, accepted_at = null")
    plan.query("update crm.message_batch set status = 'planned'")
    with monkeypatch.context() as patch:
        patch.setattr(Taking, "deliver", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(warehouse, business, "run-2")
    run(warehouse, business, "run-3")
    assert plan.statuses() == {"unknown": 4}


OPT_OUT = (
    "insert into crm.suppression values (crm.contact_key('email', 'c1@example.com'), 'email', 'opt_out',"
    " '2017-11-21', '2017-11-21', 'test')"
)


@pytest.mark.parametrize(
    "died", [("after the claim is committed", "skipped"), ("after the hand-over", "unknown")], ids=lambda each: each[0]
)
def test_who_opts_out_after_a_run_died_is_not_written_to_and_may_have_been_only_if_it_was_handed_over(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, died: tuple[str, str]
) -> None:
    seam, status = died
    plan.decide(4)
    die(warehouse, *SEAMS[seam])
    plan.query(OPT_OUT)
    report = run(warehouse, business)
    assert (report["accepted"], report["reasons"]) == (3, {status: {"opt_out": 1}})
    assert len(files(outbox)) == 3


def test_an_opt_out_after_the_claim_and_before_the_provider_wins(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)
    honest = Composer.envelope

    def envelope(self: Composer, row: Any) -> Envelope:
        if plan.statuses() == {"claimed": 4}:
            plan.query(f"{OPT_OUT} on conflict do nothing")
        return honest(self, row)

    monkeypatch.setattr(Composer, "envelope", envelope)
    report = run(warehouse, business)
    assert (report["accepted"], report["reasons"]) == (3, {"skipped": {"opt_out": 1}})
    assert len(files(outbox)) == 3
    assert plan.released() == 1


def test_a_batch_that_another_run_is_sending_is_waited_for_not_taken(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)
    entered, leave = threading.Event(), threading.Event()

    class Slow(Counting):
        def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
            entered.set()
            assert leave.wait(patience.SECONDS)
            return super().deliver(batch, at)

    slow = Slow()
    monkeypatch.setattr(providers, "named", lambda name, business: slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(run, warehouse, business, "first")
        assert entered.wait(patience.SECONDS)
        second = pool.submit(run, warehouse, business, "second")
        with pytest.raises(TimeoutError):
            second.result(timeout=1)
        leave.set()
        assert first.result(patience.SECONDS)["accepted"] == second.result(patience.SECONDS)["accepted"] == 4
    assert set(slow.given.values()) == {1}


def test_a_run_that_waits_too_long_for_another_says_for_whom(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.3)

    class Inside(Outbox):
        def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
            with pytest.raises(sending.LedgerError, match=r"still being sent by first#"):
                run(warehouse, business, "second")
            return super().deliver(batch, at)

    monkeypatch.setattr(providers, "named", lambda name, business: Inside())
    assert run(warehouse, business, "first")["accepted"] == 4


def test_a_run_whose_batch_was_taken_over_records_nothing(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)

    class Usurped(Outbox):
        def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
            plan.query("update crm.message_batch set claimed_by = 'somebody else'")
            return super().deliver(batch, at)

    monkeypatch.setattr(providers, "named", lambda name, business: Usurped())
    with pytest.raises(sending.LedgerError, match="taken over"):
        run(warehouse, business)
    assert plan.statuses() == {"claimed": 4}


def test_what_the_provider_said_is_kept_while_the_warehouse_is_away(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)
    postman = Postman()
    honest, cut = postman.deliver, []

    def deliver(batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        outcomes = honest(batch, at)
        cut.append(
            plan.query(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
        return outcomes

    monkeypatch.setattr(postman, "deliver", deliver)
    monkeypatch.setattr(providers, "named", lambda name, business: postman)
    with pytest.raises((WarehouseError, DBAPIError)):
        run(warehouse, business)
    assert cut
    assert plan.statuses() == {"accepted": 4}
    assert run(warehouse, business)["accepted"] == 4
    assert set(postman.given.values()) == {1}


def test_a_provider_that_breaks_leaves_its_batch_to_the_next_run(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(10)
    broken = Counting()

    def deliver(batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(broken, "deliver", deliver)
        patch.setattr(providers, "named", lambda name, business: broken)
        with pytest.raises(OSError, match="no space"):
            run(warehouse, business)
    assert run(warehouse, business)["accepted"] == 10


def test_a_message_of_which_the_provider_says_nothing_is_unknown(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(4)

    class Silent(Outbox):
        def deliver(self, batch: Sequence[Envelope], at: datetime.datetime) -> list[Outcome]:
            return super().deliver(batch, at)[1:]

    monkeypatch.setattr(providers, "named", lambda name, business: Silent())
    assert run(warehouse, business)["reasons"] == {"unknown": {"no_outcome": 1}}
