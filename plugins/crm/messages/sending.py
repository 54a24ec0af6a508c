"""Send what was decided: nothing twice, nothing lost, whatever dies and however often it is run.

Per batch: claim it and commit; write its messages; look once more at who may be written to, and commit that it is
handed over; give it to the provider; keep that it took all of it; record each message; done. A run that finds a batch
whose owner died goes by that answer where it was kept; it sends the batch where no provider has seen it or a second
time is harmless (outbox), and calls it ``unknown`` elsewhere.
"""

from __future__ import annotations

import datetime
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from crm.messages import approval, failures, gate, providers, public_site
from crm.messages.clock import send_date_of
from crm.messages.lanes import Lanes
from crm.messages.ledger import Ledger, LedgerError
from crm.messages.writing import Writing

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.clock import Clock
    from crm.messages.composing import Composer
    from crm.messages.providers import Provider
    from crm.messages.words_version import Words
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)

#: How a message ends.
ENDS = ("accepted", "delivered", "skipped", "failed", "unknown")
#: How long to wait for a batch that another run is sending.
PATIENCE_SECONDS = 900.0
PAUSE_SECONDS = 0.1
#: A campaign that was stopped is looked at again so often.
STOPPED_SECONDS = 300


def send(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    mode: str,
    clock: Clock,
    run_id: str,
    batch_size: int | None = None,
) -> dict[str, Any]:
    """Send the included decisions of ``campaign`` for ``business_date`` on the day after it.

    Returns counts: planned = accepted + delivered + skipped + failed + unknown + waiting, and the ``reasons`` of
    skipped, failed and unknown. ``outcome`` is ``sent``; ``held`` or ``stopped`` (call again at ``held_until``);
    ``dry``, ``rejected`` or ``timeout`` (nothing left the house: ``note`` says why).

    :param batch_size: messages of a batch; by default what suits their provider
    :raises SendRefused: mode, clock, providers or the plan's mode do not fit together; a needed approval is missing;
        links of messages would be dead
    :raises ConnectionMissing: a provider has no credentials; nothing was claimed
    :raises ProviderError: a provider refuses everything, or does not answer; run again when that is mended
    :raises TemplateError: a template is missing or broken; nothing was claimed
    :raises LedgerError: the ledger does not add up, or another run keeps a batch for too long
    """
    gate.check(business, mode, clock)
    with warehouse.keeping() as kept:
        ledger = Ledger(
            kept, business, campaign, business_date, send_date_of(business_date), f"{run_id}#{secrets.token_hex(4)}"
        )
        return _send(ledger, mode, clock, batch_size)


def _send(ledger: Ledger, mode: str, clock: Clock, batch_size: int | None) -> dict[str, Any]:
    business, campaign, business_date = ledger.business, ledger.campaign, ledger.business_date
    verdict = gate.judge(business, mode, clock, ledger.send_date)
    if verdict.action == "hold":
        return _report(ledger, mode, "held", verdict.note, gate.opens_at(business, ledger.send_date))
    if verdict.action == "dry":
        return _report(ledger, mode, "dry", verdict.note)
    foreign = gate.foreign_plan(mode, ledger.planned_mode())
    if foreign and verdict.action == "past":
        return _report(ledger, mode, "dry", f"{verdict.note}; {foreign}")
    if foreign:
        raise gate.SendRefused(foreign)
    run = _Run(ledger, mode, clock)
    if verdict.action == "send":
        approved = approval.require(ledger.warehouse, business, campaign, business_date)
        if approved.closed:
            approval.close(ledger.warehouse, business, campaign, business_date, approved.state)
            return _report(ledger, mode, approved.state, approved.note)
        run.prepare(approved.words or ledger.words())
    ledger.enqueue(batch_size)
    try:
        return run.work()
    finally:  # a provider that takes no more has refused some already
        failures.count_of_campaign(ledger.warehouse, campaign, ledger.send_date)


class _Run:
    """One call of ``send`` that may really send."""

    def __init__(self, ledger: Ledger, mode: str, clock: Clock) -> None:
        self.ledger = ledger
        self.mode = mode
        self.clock = clock
        self._writing: Writing | None = None
        self._providers: dict[str, Provider] = {}
        self._waited = 0.0

    def prepare(self, words: Words) -> None:
        """Try the words and the providers that the messages need, before anything is claimed.

        :raises TemplateError: a template is missing or broken
        :raises ConnectionMissing: a provider has no credentials
        :raises SiteAway: links of the messages would lead nowhere
        """
        needed = self.ledger.needed_renderings()
        self._writing = Writing(self.ledger, self.clock, words, needed)
        if needed and self.mode != "simulate":
            public_site.check(self.ledger.business)
        for provider in {self.ledger.business.channels[row.channel].provider for row in needed}:
            self.provider(provider)

    def provider(self, name: str) -> Provider:
        """The provider of that name, made once.

        :raises ConnectionMissing: it has no credentials
        """
        if name not in self._providers:
            self._providers[name] = providers.named(name, self.ledger.business)
        return self._providers[name]

    def work(self) -> dict[str, Any]:
        """Every batch that is due, ours and those of dead runs, then the sum."""
        lanes = Lanes(self.ledger, self._composer, self.clock, lambda: not self._is_past())
        while True:
            past = self._is_past()
            self._recover(past=past)
            if past:
                self.ledger.close_past()
            else:
                self.ledger.release_unknown(self.clock.now())
                if lanes.run([self.provider(name) for name in self.ledger.next_due()]):
                    self._waited = 0.0
            if not self._wait_for_others(past=past):
                return self._settle()

    def _composer(self) -> Composer:
        if self._writing is None:
            raise LedgerError(f"{self.ledger.campaign}: nothing was prepared to be sent")
        return self._writing.composer()

    def _is_past(self) -> bool:
        """Asked again for every batch: midnight may pass while we send."""
        return gate.judge(self.ledger.business, self.mode, self.clock, self.ledger.send_date).action == "past"

    def _recover(self, *, past: bool) -> None:
        """Batches whose owner died after claiming them: sent only where no provider saw them or it is harmless."""
        for found in self.ledger.claimed_batches():
            with self.ledger.warehouse.transaction() as keeper:
                batch = self.ledger.take_over(keeper, found.batch_id, self.clock.now())
                if batch is None:
                    continue
                log.warning("batch %s of %s was claimed by a run that died", batch.batch_id, self.ledger.campaign)
                if batch.accepted_at:
                    self.ledger.close(batch, [], batch.accepted_at, given=0, rest=("accepted", None))
                elif not batch.handed_over or (not past and self.provider(batch.provider).idempotent):
                    self.ledger.put_back(batch)
                else:
                    self.ledger.close(batch, [], self.clock.now(), given=0, rest=("unknown", "owner_died"))

    def _wait_for_others(self, *, past: bool) -> bool:
        """Wait a little where another run is still at it; False when nothing is left that is due."""
        if not past and self._is_past():
            return True
        others = self.ledger.claimed_batches()
        due = [at for at in self.ledger.next_due().values() if self.clock.reached(at)]
        if not others and (not due or self.ledger.stopped_by()):
            return False
        if self._waited >= PATIENCE_SECONDS:
            batch, owner = (others[0].batch_id, others[0].claimed_by) if others else ("?", None)
            raise LedgerError(
                f"batch {batch} is still being sent by {owner or 'another run'}; run again when that has ended"
            )
        time.sleep(PAUSE_SECONDS)
        self._waited += PAUSE_SECONDS
        return True

    def _settle(self) -> dict[str, Any]:
        """The sum: every included decision has come to an end, or waits for an hour that has not come."""
        ledger, counts, due = self.ledger, self.ledger.counts(), self.ledger.next_due()
        ended = sum(counts[status] for status in ENDS)
        waiting = counts["planned"] if due else 0
        if counts["included"] != ended + waiting:
            raise LedgerError(
                f"{ledger.campaign} on {ledger.send_date}: {counts['included']} decisions to write, but "
                f"{ended} messages ended and {waiting} wait; {counts['claimed']} are claimed, "
                f"{counts['missing']} are not in the ledger"
            )
        verdict = gate.judge(ledger.business, self.mode, self.clock, ledger.send_date)
        if verdict.action == "past":
            return _report(ledger, self.mode, "dry", verdict.note, counts=counts)
        if waiting and (who := ledger.stopped_by()):
            again = self.clock.now() + datetime.timedelta(seconds=STOPPED_SECONDS)
            note = f"stopped by {who}: {waiting} messages wait until it is taken back"
            return _report(ledger, self.mode, "stopped", note, again, counts=counts)
        if waiting:
            note = f"{waiting} messages wait for their hour: run again at {min(due.values()).isoformat()}"
            return _report(ledger, self.mode, "held", note, min(due.values()), counts=counts)
        if again_at := ledger.release_unknown(self.clock.now()):
            note = f"{counts['unknown']} messages are unknown: they are tried again from {again_at.isoformat()} on"
            return _report(ledger, self.mode, "held", note, again_at, counts=counts)
        return _report(ledger, self.mode, "sent", verdict.note, counts=counts)


def _report(
    ledger: Ledger,
    mode: str,
    outcome: str,
    note: str,
    held_until: datetime.datetime | None = None,
    *,
    counts: dict[str, int] | None = None,
) -> dict[str, Any]:
    counts = counts or ledger.counts()
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
        **{status: counts[status] for status in ENDS},
        "waiting": counts["included"] - sum(counts[status] for status in ENDS),
        "reasons": ledger.reasons(),
    }
