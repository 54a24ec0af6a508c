"""Lanes: each provider takes batches at its own pace, several side by side.

Composing one batch goes on while others wait for the provider or the warehouse.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm.messages.providers import Envelope, Outcome, Provider, ProviderError
from crm.messages.wire import Wire
from crm.warehouse import WarehouseError

if TYPE_CHECKING:
    from crm.messages.clock import Clock
    from crm.messages.composing import Composer
    from crm.messages.ledger import Batch, Ledger

log = logging.getLogger(__name__)

#: A pause up to so long is waited for; before a longer one the run ends, to be called again.
SHORT_PAUSE_SECONDS = 60.0
#: All pauses of a run together.
PATIENCE_SECONDS = 900.0
#: How often, a second apart, an outcome is tried to be written down.
RECORD_TRIES = 60
#: Batches of a provider that are made ready beside those that are on the wire.
MADE_READY = 2
#: After so many batches in a row without any answer the run fails, before the whole campaign is unknown.
SILENT_BATCHES = 3


class Lanes:
    """Sends what is due. ``may_go_on`` is asked before each batch; ``composer`` is who writes what was claimed."""

    def __init__(
        self, ledger: Ledger, composer: Callable[[], Composer], clock: Clock, may_go_on: Callable[[], bool]
    ) -> None:
        self._ledger = ledger
        self._composer = composer
        self._clock = clock
        self._may_go_on = may_go_on
        self._halt = threading.Event()
        self._progress = _Progress(ledger)

    def run(self, providers: Sequence[Provider]) -> int:
        """Take every batch that is due, and return how many. The first error ends all lanes, each after its batch.

        :raises ProviderError: a provider refuses everything, or does not answer
        """
        lanes = [lane for lane in map(_Lane, providers) for _ in range(lane.threads)]
        with ThreadPoolExecutor(max(1, len(lanes))) as pool:
            futures = [pool.submit(self._work, lane) for lane in lanes]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                # An error, or the run was told to end: nothing new is claimed, what is claimed is finished.
                if any(not future.done() or future.exception() for future in futures):
                    self._halt.set()
        return sum(future.result() for future in futures)

    def _work(self, lane: _Lane) -> int:
        batches = 0
        while not self._halt.is_set() and not lane.is_dead and self._may_go_on():
            now = self._clock.now()
            with self._ledger.warehouse.transaction() as keeper:
                batch, rows, free_at = self._ledger.claim(keeper, lane.provider.name, now)
                if batch:
                    self._deliver(lane, batch, rows)
                    batches += 1
                    continue
            due_at = free_at or self._ledger.next_due().get(lane.provider.name)
            # What was due and could not be claimed is another run's, or stopped.
            if due_at is None or due_at <= now:
                break
            if not self._clock.reached(due_at) and not self._pause(lane, due_at):
                break
        return batches

    def _deliver(self, lane: _Lane, batch: Batch, rows: Sequence[Any]) -> None:
        composer = self._composer()
        parcel = lane.provider.prepare([composer.envelope(row) for row in rows])
        # What is handed over when a run is killed is unknown: so it is as little as the network needs.
        with lane.wire:
            if self._halt.is_set() or lane.is_dead:
                self._ledger.put_back(replace(batch, taken=batch.taken + len(rows)))
                return
            now = self._clock.now()
            refused = self._ledger.hand_over(batch, now)
            given = [e for e in parcel if e.message_id not in refused] if refused else parcel
            outcomes = lane.provider.deliver(given, now) if given else []
            if _all_taken(given, outcomes):
                self._keep_accepted(batch)
            lane.listen(outcomes)
        deferred = [outcome for outcome in outcomes if outcome.status == "deferred"]
        first = next(
            (outcome for outcome in deferred if outcome.retry_after is None), deferred[0] if deferred else None
        )
        # Before the batch is planned again: another lane would take it up at once.
        if first and first.retry_after is not None:
            self._heed(lane, first, first.retry_after, max(row.send_by for row in rows))
        counts = self._record(batch, outcomes, now, len(given))
        self._progress.add(lane.provider.name, batch.messages - counts["deferred"])
        if first and first.retry_after is None:
            raise ProviderError(f"{lane.provider.name} takes no more: {first.advice}; then run again")
        if lane.is_dead:
            raise ProviderError(
                f"{lane.provider.name} gave no answer to {lane.silent} batches in a row: their messages are unknown "
                "(docs/messages.md); run again when it answers"
            )

    def _keep_accepted(self, batch: Batch) -> None:
        """Ahead of the record, which takes longer; where it cannot be kept, the record alone says it."""
        from sqlalchemy.exc import DBAPIError

        with suppress(WarehouseError, DBAPIError):
            self._ledger.keep_accepted(batch)

    def _record(self, batch: Batch, outcomes: Sequence[Outcome], at: datetime.datetime, given: int) -> Counter[str]:
        """What the provider said is known here alone: while the warehouse is away it is kept and written down later.

        Not where a part is planned again: had the first attempt come through, another lane might have claimed it.
        """
        from sqlalchemy.exc import DBAPIError

        tries = 1 if any(outcome.status == "deferred" for outcome in outcomes) else RECORD_TRIES
        while True:
            try:
                return self._ledger.close(batch, outcomes, at, given=given, rest=("unknown", "no_outcome"))
            except (WarehouseError, DBAPIError):
                tries -= 1
                if tries == 0:
                    raise
                log.warning("batch %s: the warehouse is away; what became of it is kept", batch.batch_id)
                time.sleep(1)

    def _heed(self, lane: _Lane, deferred: Outcome, seconds: float, send_by: datetime.datetime) -> None:
        """The provider took nothing: no batch of its is tried before it says so."""
        until = min(self._clock.now() + datetime.timedelta(seconds=seconds), send_by)
        log.warning("%s takes nothing (%s): next try at %s", lane.provider.name, deferred.reason, until.isoformat())
        self._ledger.wait_until(lane.provider.name, until)

    def _pause(self, lane: _Lane, until: datetime.datetime) -> bool:
        """Wait for a time that is near; False where it is not worth it, or the run is to end."""
        seconds = (until - self._clock.now()).total_seconds()
        if seconds > SHORT_PAUSE_SECONDS or lane.paused + seconds > PATIENCE_SECONDS:
            return False
        lane.paused += seconds
        return not self._halt.wait(max(0.0, seconds))


def _all_taken(given: Sequence[Envelope], outcomes: Sequence[Outcome]) -> bool:
    """Whether nothing else is to be recorded of a batch than that its provider took it, with no id for each message."""
    taken = sum(o.status == "accepted" and o.provider_message_id is None for o in outcomes)
    return bool(given) and taken == len(outcomes) == len(given)


class _Lane:
    """What the threads of one provider share."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.wire = Wire(provider.in_flight)
        # While those are on the wire, some more are made ready.
        self.threads = provider.in_flight + MADE_READY if provider.in_flight > 1 else 1
        self.silent = 0
        self.paused = 0.0

    @property
    def is_dead(self) -> bool:
        """Whether the provider gave no answer for so long that nothing more is handed over."""
        return self.silent >= SILENT_BATCHES

    def listen(self, outcomes: Sequence[Outcome]) -> None:
        """Counts batches without any answer, while they are on the wire: the next one knows of it."""
        said = {outcome.status for outcome in outcomes}
        self.silent = self.silent + 1 if "unknown" in said and "accepted" not in said else 0


class _Progress:
    """One line of the log per batch."""

    def __init__(self, ledger: Ledger) -> None:
        self._what = f"{ledger.campaign} on {ledger.send_date}"
        self._messages, self._ended = ledger.ended()
        self._before = self._ended
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def add(self, provider: str, messages: int) -> None:
        with self._lock:
            self._ended += messages
            rate = (self._ended - self._before) / max(time.monotonic() - self._began, 1e-3)
            done = f"{self._ended:,} of {self._messages:,}"
            log.info("%s: %s messages ended, %.0f/s; last by %s", self._what, done, rate, provider)
