"""Events become responses, message states and suppressions. Cost follows the new events; again changes nothing."""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from crm.messages import failures
from crm.messages.responses import replies, sns
from crm.messages.responses.opt_outs import known_on
from crm.warehouse import WarehouseError

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

#: Events of one transaction.
AT_ONCE = 20_000
TRIES = 5
PAUSE_SECONDS = 1.0


def run(warehouse: Warehouse, business: Business, now: datetime.datetime) -> dict[str, int]:
    """Fetch what has to be fetched (SMS, where a channel is sent by SNS), then take in what the inbox holds.

    :return: how many events were ``fetched``, and what ``collect`` returns
    """
    by_sns = any(channel.provider == sns.PROVIDER for channel in business.channels.values())
    fetched = 0
    try:
        fetched = sns.fetch(warehouse, now) if by_sns else 0
    finally:  # whatever AWS answers
        counts = collect(warehouse, business, now)
    return {"fetched": fetched, **counts}


def collect(warehouse: Warehouse, business: Business, now: datetime.datetime, at_once: int = AT_ONCE) -> dict[str, int]:
    """Take in what the inbox holds.

    :return: how many new ``events`` there were and how many of them are of an ``unknown`` message; how many gave a row
        in ``responses``, ``moved`` a message to another status, ``released`` a contact or ``suppressed`` an address
    """
    rules = business.responses
    total: Counter[str] = Counter()

    def unknown_ones(t: Transaction) -> dict[str, int]:
        t.run("responses/forget_replies", before=now - datetime.timedelta(days=replies.KEPT_DAYS))
        t.run("responses/forget_unknown", before=now - datetime.timedelta(days=rules.keep_unknown_days))
        t.run("responses/take_unknown", since=now - datetime.timedelta(days=rules.look_again_days))
        return _take_in(t, business, now)

    def new_ones(t: Transaction) -> dict[str, int]:
        events = t.value("responses/take_new", events=at_once)
        return {**_take_in(t, business, now), "events": events, "unknown": t.run("responses/keep_aside")}

    total.update(_alone(warehouse, unknown_ones))
    while True:
        counts = _alone(warehouse, new_ones)
        total.update(counts)
        if counts["events"] < at_once:
            break
    failures.count_latest(warehouse, business, now)
    return dict(total)


def _alone(warehouse: Warehouse, step: Callable[[Transaction], dict[str, int]]) -> dict[str, int]:
    """``step`` in a transaction, one collection at a time; once more where it gave way to a sender."""
    tried = 0
    while True:
        try:
            with warehouse.transaction() as t:
                t.run("responses/lock")
                return step(t)
        except WarehouseError:
            tried += 1
            if tried == TRIES:
                raise
            time.sleep(PAUSE_SECONDS)


def _take_in(t: Transaction, business: Business, now: datetime.datetime) -> dict[str, int]:
    """The events that were taken, as far as their messages are known."""
    rules, on = business.responses, known_on(t, business, now)
    soft = rules.soft_bounces
    t.run("responses/match")
    t.run("responses/forget_erased")
    t.run("responses/give_way")
    counts = {
        "responses": t.run("responses/record", known_on=on),
        "moved": t.run("responses/move_messages"),
        "released": t.run("responses/release_contacts"),
    }
    t.run("responses/said")
    t.run("responses/suppress", known_on=on)
    t.run("responses/suppress_soft_bounces", messages=soft.messages, days=soft.days, known_on=on)
    counts["suppressed"] = t.run("responses/say_no")
    t.run("responses/judge_machines", seconds=rules.machine_seconds)
    t.run("responses/finish")
    return counts
