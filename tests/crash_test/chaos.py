"""One run: a campaign is sent while things break at random, until an attempt comes to its end; then the accounts."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
from message_facts import Planner

from crash_test import sender
from crm.local.postgres import Server
from crm.messages.responses import collecting
from crm.warehouse import Warehouse

MESSAGES = 200
BATCH_SIZE = 20
#: An attempt without a crash takes about so long; crashes fall within it.
SECONDS = 0.8
ATTEMPTS = 40
PATIENCE = 1200


class Failure(Exception):
    """Somebody was written to twice, or is not accounted for."""


@dataclass
class Account:
    """What became of one run. ``never_sent``: of the unknown, those that the provider never took. After what is unknown
    was settled by the provider's events: ``never_settled`` had not ended yet; ``barred`` stay unknown, as they should,
    because the provider took others of their attempt and answered for none of these."""

    provider: str
    senders: int
    attempts: int = 0
    kills: int = 0
    restarts: int = 0
    twice: int = 0
    unaccounted: int = 0
    unknown: int = 0
    never_sent: int = 0
    never_settled: int = 0
    barred: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass
class Stage:
    """Where runs take place. ``accepted``: message id -> how often the provider took it; ``sound``: the connection of a
    provider that does not fail."""

    server: Server
    folder: Path
    accepted: Callable[[], Counter[str]]
    sound: str = ""

    @property
    def url(self) -> str:
        return self.server.url("crash", driver="postgresql+psycopg")

    def query(self, statement: str, *values: object, named: dict[str, object] | None = None) -> list[tuple]:
        with psycopg.connect(self.server.url("crash"), cursor_factory=psycopg.ClientCursor) as connection:
            cursor = connection.execute(statement.encode(), named or values or None)
            return cursor.fetchall() if cursor.description else []


def run(stage: Stage, number: int, provider: str, chance: random.Random) -> Account:
    """Send ``MESSAGES`` to customers of their own through ``provider``, with one or two crashes.

    :raises Failure: an attempt broke in a way that no retry mends, or they never come to an end
    """
    account = Account(provider, senders=chance.choice([1, 2]))
    stage.query(
        "truncate crm.message, crm.message_batch, crm.decision, crm.contact_claim, crm.customer_profile, crm.consent,"
        " crm.response, crm.response_inbox, crm.sending_words"
    )
    Planner(stage.query).decide(MESSAGES, first=1 + number * MESSAGES)
    crashes = chance.randint(1, 2)
    while account.attempts < ATTEMPTS:
        account.attempts += 1
        running = [
            sender.start(stage.url, provider, BATCH_SIZE, stage.folder / "broken.log") for _ in range(account.senders)
        ]
        if crashes > 0:
            crashes -= 1
            _break(stage, running, account, chance)
        ended = [_exit_status(process) for process in running]
        if sender.BROKEN in ended:
            raise Failure(f"run {number}: an attempt broke: {(stage.folder / 'broken.log').read_text()[-2000:]}")
        if ended == [sender.SENT] * account.senders:
            break
    else:
        raise Failure(f"run {number}: no end after {ATTEMPTS} attempts: {_statuses(stage)}")
    _count(stage, account)
    if provider == "sendgrid" and account.unknown:
        _settle(stage, provider, account)
    return account


def _break(stage: Stage, running: list[BaseProcess], account: Account, chance: random.Random) -> None:
    time.sleep(chance.uniform(0.0, SECONDS))
    what = chance.choice(["kill", "kill", "kill", "kill", "restart", "crash"])
    if what == "kill":
        victim = chance.choice(running)
        if victim.is_alive() and victim.pid:
            os.kill(victim.pid, signal.SIGKILL)
            account.kills += 1
        return
    if what == "crash":
        postmaster = int((stage.server.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGQUIT)  # PostgreSQL's immediate shutdown: no checkpoint, recovery at the start
        while stage.server.running():
            time.sleep(0.02)
    stage.server.stop()
    stage.server.start()
    account.restarts += 1


def _exit_status(process: BaseProcess) -> int | None:
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
        raise Failure(f"an attempt did not end within {PATIENCE} s")
    return process.exitcode


def _statuses(stage: Stage) -> dict[str, int]:
    return dict(stage.query("select status, count(*) from crm.message group by status"))


def _settle(stage: Stage, provider: str, account: Account) -> None:
    """The provider's events come of all that it took, and it fails no more; then the campaign's task runs once more."""
    os.environ["AIRFLOW_CONN_CRM_SENDGRID"] = stage.sound
    before = dict(stage.query("select message_id, status from crm.message"))
    taken = [message_id for message_id in before if stage.accepted()[message_id]]
    stage.query(
        "insert into crm.response_inbox (provider, event_id, message_id, kind, occurred_at)"
        " select 'sendgrid', id, id, 'processed', timestamptz '2017-11-21' from unnest(%(ids)s::text[]) as id",
        named={"ids": taken},
    )
    collecting.collect(Warehouse(stage.url), sender.business_of(provider), sender.RunningClock().now())
    ended = _exit_status(sender.start(stage.url, provider, BATCH_SIZE, stage.folder / "broken.log", settles=True))
    if ended == sender.BROKEN:
        raise Failure(f"settling broke: {(stage.folder / 'broken.log').read_text()[-2000:]}")
    accepted = stage.accepted()
    account.twice = sum(1 for message_id in before if accepted[message_id] > 1)
    rows = stage.query("select message_id, status, (batch_id, claimed_at)::text from crm.message")
    split = {attempt for message_id, _, attempt in rows if message_id in taken and before[message_id] == "unknown"}
    for message_id, status, attempt in rows:
        if status in ("unknown", "planned", "claimed"):
            is_barred = status == "unknown" and not accepted[message_id] and attempt in split
            account.barred += is_barred
            account.never_settled += not is_barred


def _count(stage: Stage, account: Account) -> None:
    """Taken at most once; taken means accepted or unknown, not taken: failed, skipped or unknown; all are there."""
    taken, statuses = stage.accepted(), dict(stage.query("select message_id, status from crm.message"))
    account.statuses = Counter(statuses.values())
    account.twice = sum(1 for message_id in statuses if taken[message_id] > 1)
    wrong = [
        message_id
        for message_id, status in statuses.items()
        if status not in (("accepted", "unknown") if taken[message_id] else ("unknown", "failed", "skipped"))
    ]
    unknown = [message_id for message_id, status in statuses.items() if status == "unknown"]
    account.unknown, account.never_sent = len(unknown), sum(1 for message_id in unknown if not taken[message_id])
    account.unaccounted = len(wrong) + MESSAGES - len(statuses)
