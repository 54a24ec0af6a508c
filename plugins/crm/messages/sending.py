"""Send what was decided: nothing twice, nothing lost, whatever dies and however often it is run.

Per batch: claim it and commit; look once more at who may be written to; give it to the provider; record; done. A run
that finds a batch whose owner died gives it again where that is harmless (outbox), and calls it ``unknown`` elsewhere.
"""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from crm.messages import approval, gate, providers
from crm.messages.clock import send_date_of
from crm.messages.composing import Composer
from crm.messages.ledger import BATCH_SIZE, Batch, Ledger, LedgerError

if TYPE_CHECKING:
    import datetime

    from crm.business import Business
    from crm.messages.clock import Clock
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)

#: How long to wait for a batch that another run is sending.
PATIENCE_SECONDS = 900.0
PAUSE_SECONDS = 0.1


def send(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    mode: str,
    clock: Clock,
    run_id: str,
    batch_size: int = BATCH_SIZE,
) -> dict[str, Any]:
    """Send the included decisions of ``campaign`` for ``business_date`` on the day after it.

    Returns counts: planned = accepted + delivered + skipped + failed + unknown + waiting, and the ``reasons`` of
    skipped, failed and unknown. ``outcome`` is ``sent``; ``held`` (call again at ``held_until``); ``dry``, ``rejected``
    or ``timeout`` (nothing left the house: ``note`` says why).

    :raises SendRefused: mode, clock, providers or the plan's mode do not fit together; a needed approval is missing
    :raises TemplateError: a template is missing or broken; nothing was claimed
    :raises LedgerError: the ledger does not add up, or another run keeps a batch for too long
    """
    gate.check(business, mode, clock)
    send_date = send_date_of(business_date)
    owner = f"{run_id}#{secrets.token_hex(4)}"
    ledger = Ledger(warehouse, business, campaign, business_date, send_date, owner)
    verdict = gate.judge(business, mode, clock, send_date)
    if verdict.action == "hold":
        return _report(ledger, mode, "held", verdict.note, gate.opens_at(business, send_date))
    if verdict.action == "dry":
        return _report(ledger, mode, "dry", verdict.note)
    foreign = gate.foreign_plan(mode, ledger.planned_mode())
    if foreign and verdict.action == "past":
        return _report(ledger, mode, "dry", f"{verdict.note}; {foreign}")
    if foreign:
        raise gate.SendRefused(foreign)
    if verdict.action == "send" and (approved := approval.require(warehouse, campaign, business_date)).closed:
        approval.close(warehouse, business, campaign, business_date, approved.state)
        return _report(ledger, mode, approved.state, approved.note)
    needed = ledger.needed_renderings()
    run = _Run(ledger, mode, clock, Composer(business, campaign, {row.declaration_hash: row.body for row in needed}))
    if verdict.action == "send":
        for provider in {business.channels[row.channel].provider for row in needed if row.channel in business.channels}:
            providers.named(provider)
        for row in needed:
            run.composer.check(row)
    ledger.enqueue(batch_size)
    return run.work()


class _Run:
    """One call of ``send`` that may really send."""

    def __init__(self, ledger: Ledger, mode: str, clock: Clock, composer: Composer) -> None:
        self.ledger = ledger
        self.mode = mode
        self.clock = clock
        self.composer = composer
        self._waited = 0.0

    def work(self) -> dict[str, Any]:
        """Every batch that is due, ours and those of dead runs, then the sum."""
        while True:
            # Asked again for every batch: midnight may pass while we send.
            verdict = gate.judge(self.ledger.business, self.mode, self.clock, self.ledger.send_date)
            past = verdict.action == "past"
            if not self._one(past=past):
                break
        return self._settle(verdict, past=past)

    def _one(self, *, past: bool) -> bool:
        """Do one batch, or wait a little for another run; False when nothing is left that is due."""
        due_at = self.ledger.next_planned()
        if due_at and (past or self.clock.reached(due_at)):
            with self.ledger.warehouse.transaction() as keeper:
                batch = self.ledger.claim(keeper, self.clock.now(), past=past)
                if batch:
                    self._deliver(batch, past=past)
                    return True
        other = self.ledger.first_open(None if past else self.clock.now())
        if other is None:
            return False
        if other.status == "claimed":
            with self.ledger.warehouse.transaction() as keeper:
                batch = self.ledger.take_over(keeper, other.batch_id, self.clock.now())
                if batch:
                    self._recover(batch, past=past)
                    return True
        self._wait(other)
        return True

    def _deliver(self, batch: Batch, *, past: bool) -> None:
        now = self.clock.now()
        rows = [] if past else self.ledger.claimed(batch)
        provider = providers.named(batch.provider) if rows else None
        outcomes = provider.deliver([self.composer.envelope(row) for row in rows], now) if provider else []
        self.ledger.close(batch, outcomes, now, no_outcome="no_outcome")
        self._waited = 0.0
        log.info("batch %s of %s: %s messages", batch.batch_id, self.ledger.campaign, len(rows))

    def _recover(self, batch: Batch, *, past: bool) -> None:
        """A batch whose owner died after claiming it: given again only where a second time is harmless."""
        log.warning("batch %s of %s was claimed by a run that died", batch.batch_id, self.ledger.campaign)
        if not past and providers.named(batch.provider).idempotent:
            self.ledger.recheck(batch, self.clock.now())
            self._deliver(batch, past=False)
        else:
            self.ledger.close(batch, [], self.clock.now(), no_outcome="owner_died")

    def _wait(self, other: Any) -> None:
        if self._waited >= PATIENCE_SECONDS:
            raise LedgerError(
                f"batch {other.batch_id} is still being sent by {other.claimed_by or 'another run'}; "
                "run again when that has ended"
            )
        time.sleep(PAUSE_SECONDS)
        self._waited += PAUSE_SECONDS

    def _settle(self, verdict: gate.Verdict, *, past: bool) -> dict[str, Any]:
        """The sum: every included decision has come to an end, or waits for an hour that has not come."""
        counts = self.ledger.counts()
        held_until = self.ledger.next_planned()
        ended = sum(counts[status] for status in ("accepted", "delivered", "skipped", "failed", "unknown"))
        waiting = counts["planned"] if held_until else 0
        if counts["included"] != ended + waiting:
            raise LedgerError(
                f"{self.ledger.campaign} on {self.ledger.send_date}: {counts['included']} decisions to write, but "
                f"{ended} messages ended and {waiting} wait; {counts['claimed']} are claimed, "
                f"{counts['missing']} are not in the ledger"
            )
        if waiting and held_until:
            note = f"{waiting} messages wait for their hour: run again at {held_until.isoformat()}"
            return _report(self.ledger, self.mode, "held", note, held_until)
        return _report(self.ledger, self.mode, "dry" if past else "sent", verdict.note)


def _report(
    ledger: Ledger, mode: str, outcome: str, note: str, held_until: datetime.datetime | None = None
) -> dict[str, Any]:
    counts = ledger.counts()
    ends = ("accepted", "delivered", "skipped", "failed", "unknown")
    log.info("%s on %s: %s. %s", ledger.campaign, ledger.send_date, outcome, note)
    return {
        "campaign": ledger.campaign,
        "business_date": ledger.business_date.isoformat(),
        "send_date": ledger.send_date.isoformat(),
        "mode": mode,
        "outcome": outcome,
        "note": note,
        "held_until": held_until.isoformat() if held_until else None,
        "planned": counts["included"],
        **{status: counts[status] for status in ends},
        "waiting": counts["included"] - sum(counts[status] for status in ends),
        "reasons": ledger.reasons(),
    }
