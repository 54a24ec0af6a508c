"""The ledger: every included decision is one row of crm.message, and a batch is claimed before a provider sees it.

A claim is committed while its owner holds the batch's advisory lock in another open transaction (the *keeper*). The
lock goes with the owner's connection. So a claimed batch whose lock is free has lost its owner, and nobody else's has.
Right before the provider is called that is written down too (*handed over*): a batch whose owner died before was seen
by nobody and is sent by the next run, one whose owner died after may have gone out.
"""

from __future__ import annotations

import datetime
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.messages import providers, settling, words_version

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.providers import Outcome
    from crm.messages.words_version import Words
    from crm.warehouse import Transaction, Warehouse

#: A batch is at most what a provider's rate lets out in so many seconds, so that a stop takes effect soon.
SECONDS_OF_A_BATCH = 2


class LedgerError(Exception):
    """The ledger does not add up, or a batch was taken from under us; nothing was recorded."""


@dataclass(frozen=True)
class Batch:
    """A claimed batch. ``taken``: messages of it that count for the warm-up, those of this claim not among them;
    ``handed_over``: its owner died after that; ``accepted_at``: and after its provider had taken all of it."""

    batch_id: int
    provider: str
    messages: int
    taken: int
    handed_over: bool = False
    accepted_at: datetime.datetime | None = None


@dataclass(frozen=True)
class Ledger:
    """The messages of one campaign and send date. ``owner`` is written into each claim and is never used twice."""

    warehouse: Warehouse
    business: Business
    campaign: str
    business_date: datetime.date
    send_date: datetime.date
    owner: str

    @property
    def _which(self) -> dict[str, Any]:
        return {"campaign": self.campaign, "send_date": self.send_date}

    def needed_renderings(self) -> list[Any]:
        """What templates the included decisions need (messages/needed_renderings.sql)."""
        with self.warehouse.transaction() as t:
            t.run("messages/shown", **self._which)
            return t.rows("messages/needed_renderings", locale=self.business.locale)

    def words(self) -> Words:
        """The words of the messages: the frozen ones, else those of the files (``crm.messages.words_version``)."""
        with self.warehouse.transaction() as t:
            return words_version.current(t, self.business, self.campaign, self.send_date)

    def freeze(self, words: Words, now: datetime.datetime) -> Words:
        """Every message is written in ``words`` from now on, or in those of the run that was first."""
        with self.warehouse.transaction() as t:
            return words_version.freeze(t, words, self.campaign, self.send_date, now)

    def planned_mode(self) -> str | None:
        """The mode in which the business date was planned."""
        with self.warehouse.transaction() as t:
            mode: str | None = t.value("messages/planned_mode", business_date=self.business_date)
            return mode

    def enqueue(self, batch_size: int | None = None) -> None:
        """Write the included decisions that are not in the ledger yet, cut into batches, and tell the planner.

        :param batch_size: messages of a batch; by default what their provider takes at once and its rate lets out soon
        """
        channels = self.business.channels
        sizes = {name: batch_size or self._batch_size(channel.provider) for name, channel in channels.items()}
        with self.warehouse.transaction() as t:
            again = t.value("messages/enqueue_begin", **self._which)
            for channel, hours in self.business.sending_hours.items():
                t.run(
                    "messages/enqueue_hours",
                    **self._which,
                    channel=channel,
                    opens=hours.opens,
                    closes=hours.closes,
                    business_date=self.business_date,
                    time_zone=self.business.time_zone,
                )
            written = t.run(
                "messages/enqueue",
                **self._which,
                locale=self.business.locale,
                providers=json.dumps({name: channel.provider for name, channel in channels.items()}),
                batch_sizes=json.dumps({"email": 1, "sms": 1, **sizes}),
                again=bool(again),
            )
        if written:
            with self.warehouse.transaction() as t:
                t.run("messages/analyze")

    def _batch_size(self, provider: str) -> int:
        pace = self.business.pace(provider)
        most = providers.BATCH_SIZES[provider]
        return min(most, max(1, math.ceil(pace.per_second * SECONDS_OF_A_BATCH))) if pace.per_second else most

    def next_due(self) -> dict[str, datetime.datetime]:
        """When the next unclaimed batch is due, by provider."""
        with self.warehouse.transaction() as t:
            return {row.provider: row.due_at for row in t.rows("messages/next_due", **self._which)}

    def stopped_by(self) -> str | None:
        """Who has stopped the sending."""
        with self.warehouse.transaction() as t:
            who: str | None = t.value("messages/stopped", **self._which)
            return who

    def free_at(self, t: Transaction, provider: str, now: datetime.datetime) -> datetime.datetime:
        """When ``provider`` may be given its next batch. Until ``t`` ends no other run takes one."""
        if self.business.pace(provider).per_second is None:
            return now
        free_at: datetime.datetime = t.value("messages/pace_free", provider=provider, now=now)
        return free_at

    def claim(
        self, keeper: Transaction, provider: str, now: datetime.datetime
    ) -> tuple[Batch | None, list[Any], datetime.datetime | None]:
        """Claim the next batch of ``provider`` that is due at ``now``: the batch, what is needed to write its messages
        (messages/claimed_messages.sql; personal data), and, where the provider's rate is used up, when it is free.

        Committed on return; the lock stays with ``keeper``.
        """
        with self.warehouse.transaction() as t:
            free_at = self.free_at(t, provider, now)
            if free_at > now:
                return None, [], free_at
            found = t.rows("messages/claim_next_batch", **self._which, provider=provider, owner=self.owner, now=now)
            if not found:
                return None, [], None
            batch = Batch(found[0].batch_id, provider, found[0].messages, found[0].taken)
            if not keeper.value("messages/lock_batch", batch_id=batch.batch_id):
                raise LedgerError(f"batch {batch.batch_id} is planned, yet locked")
            claimed = t.run("messages/claim_messages", batch_id=batch.batch_id, now=now)
            claimed = self._keep_pace(t, batch, claimed, now)
            rows = t.rows("messages/claimed_messages", batch_id=batch.batch_id, business_date=self.business_date)
            if len(rows) != claimed:
                raise LedgerError(
                    f"batch {batch.batch_id}: {claimed} messages, but {len(rows)} of them have a decision"
                )
        return batch, rows, None

    def _keep_pace(self, t: Transaction, batch: Batch, claimed: int, now: datetime.datetime) -> int:
        """Count a claim for the provider's rate and warm-up; returns how many of its messages may go out."""
        pace = self.business.pace(batch.provider)
        if pace.per_second:
            t.run("messages/pace_take", provider=batch.provider, now=now, seconds=claimed / pace.per_second)
        most = pace.warm_up.most(self.send_date) if pace.warm_up else None
        if most is not None:
            taken = t.value("messages/warm_up_taken", provider=batch.provider, send_date=self.send_date)
            claimed = max(0, min(claimed, most - int(taken)))
            t.run("messages/skip_over_warm_up", batch_id=batch.batch_id, room=claimed)
        t.run("messages/count_taken", batch_id=batch.batch_id, messages=claimed)
        return claimed

    def hand_over(self, batch: Batch, now: datetime.datetime) -> set[str]:
        """The last look at each message of the batch; written down before its provider is called.

        :return: message ids that are not to be sent
        :raises LedgerError: the batch is not ours any more
        """
        with self.warehouse.transaction() as t:
            if t.run("messages/hand_over", batch_id=batch.batch_id, owner=self.owner, now=now) != 1:
                raise self._taken_over(batch)
            refused = t.rows("messages/last_look", batch_id=batch.batch_id, business_date=self.business_date, now=now)
            return {row.message_id for row in refused}

    def keep_accepted(self, batch: Batch) -> None:
        """The provider took all of the batch: from now on whoever finds it knows that (``close`` must follow)."""
        self.warehouse.at_once("messages/keep_accepted", batch_id=batch.batch_id, owner=self.owner)

    def claimed_batches(self) -> list[Any]:
        """Batches that a run has taken up and not finished (batch_id, claimed_by)."""
        with self.warehouse.transaction() as t:
            return t.rows("messages/claimed_batches", **self._which)

    def take_over(self, keeper: Transaction, batch_id: int, now: datetime.datetime) -> Batch | None:
        """Make a claimed batch ours if its owner is dead; None while the owner lives or when it is done by now."""
        if not keeper.value("messages/lock_batch", batch_id=batch_id):
            return None
        with self.warehouse.transaction() as t:
            found = t.rows("messages/take_over_batch", batch_id=batch_id, owner=self.owner, now=now)
        if not found:
            return None
        row = found[0]
        return Batch(batch_id, row.provider, row.messages, row.taken, row.handed_over, row.accepted_at)

    def put_back(self, batch: Batch) -> None:
        """A dead run's batch is to be sent by the next claim: nobody saw it, or a second time is harmless."""
        with self.warehouse.transaction() as t:
            back = t.run("messages/put_back", batch_id=batch.batch_id, unanswered=int(batch.handed_over))
            self._finish(t, batch, "planned", batch.taken - back)

    def close(
        self,
        batch: Batch,
        outcomes: Sequence[Outcome],
        at: datetime.datetime,
        *,
        given: int,
        rest: tuple[str, str | None],
    ) -> Counter[str]:
        """Record what became of a batch and release the contacts that did not happen: all or nothing.

        Deferred messages are planned again.

        :param given: messages that the provider was called with
        :param rest: status and reason of messages without an outcome
        :return: messages by status
        :raises LedgerError: the batch is not ours any more
        """
        counts: Counter[str] = Counter()
        with self.warehouse.transaction() as t:
            alike, rest = _grouped(outcomes, given, rest)
            for (status, reason), some in alike.items():
                counts[status] += t.run(
                    "messages/record_outcome",
                    batch_id=batch.batch_id,
                    message_ids=[outcome.message_id for outcome in some],
                    provider_message_ids=json.dumps({o.message_id: o.provider_message_id for o in some}),
                    **_recorded(status, reason, at),
                )
            counts[rest[0]] += t.run("messages/record_rest", batch_id=batch.batch_id, **_recorded(*rest, at))
            if counts["accepted"] < batch.messages:
                t.run("messages/release_contacts", batch_ids=[batch.batch_id])
            taken = batch.taken + given - sum(outcome.status in ("failed", "deferred") for outcome in outcomes)
            self._finish(t, batch, "planned" if counts["deferred"] else "done", None if batch.handed_over else taken)
        return counts

    def _finish(self, t: Transaction, batch: Batch, status: str, taken: int | None) -> None:
        if t.run("messages/finish_batch", batch_id=batch.batch_id, owner=self.owner, status=status, taken=taken) != 1:
            raise self._taken_over(batch)

    @staticmethod
    def _taken_over(batch: Batch) -> LedgerError:
        return LedgerError(
            f"batch {batch.batch_id} was taken over by another run while this one sent it (its connection to "
            "the warehouse was lost); look at its messages in crm.message before running again"
        )

    def wait_until(self, provider: str, until: datetime.datetime) -> None:
        """No open batch of ``provider`` is tried before."""
        with self.warehouse.transaction() as t:
            t.run("messages/wait_until", **self._which, provider=provider, until=until)

    def close_past(self) -> None:
        """The send date is over: skip what nobody has taken up, and let its contacts go."""
        with self.warehouse.transaction() as t:
            batch_ids = [row.batch_id for row in t.rows("messages/close_batches", **self._which)]
            t.run("messages/skip_batches", batch_ids=batch_ids, reason="past_send_date")
            t.run("messages/release_contacts", batch_ids=batch_ids)

    def release_unknown(self, now: datetime.datetime) -> datetime.datetime | None:
        """Plan messages again that, by all evidence, never left, where the settings say so (``crm.messages.settling``).

        :return: when to look again, because their quiet time is over or evidence may have come; None = never
        """
        minutes = self.business.release_unknown_after_minutes
        if minutes is None:
            return None
        settling.release(self.warehouse, self.business, self.campaign, self.send_date, now=now)
        with self.warehouse.transaction() as t:
            due_at: datetime.datetime | None = t.value(
                "messages/releasable",
                **self._which,
                minutes=minutes,
                again_minutes=settling.AGAIN_MINUTES,
                now=now,
            )
            return due_at

    def ended(self) -> tuple[int, int]:
        """Messages in all batches, and in those that are done."""
        with self.warehouse.transaction() as t:
            row = t.row("messages/ended", **self._which)
            return int(row.messages), int(row.ended)

    def counts(self) -> dict[str, int]:
        """Included decisions by status of their message (messages/counts.sql)."""
        with self.warehouse.transaction() as t:
            return {key: int(value) for key, value in t.row("messages/counts", **self._which)._mapping.items()}

    def reasons(self) -> dict[str, dict[str, int]]:
        """Why messages were skipped, failed or are unknown: status -> reason -> messages."""
        found: dict[str, dict[str, int]] = {}
        with self.warehouse.transaction() as t:
            for row in t.rows("messages/skipped_reasons", **self._which):
                found.setdefault(row.status, {})[row.reason] = row.messages
        return found


def _grouped(
    outcomes: Sequence[Outcome], given: int, rest: tuple[str, str | None]
) -> tuple[dict[tuple[str, str | None], list[Outcome]], tuple[str, str | None]]:
    """Outcomes that are recorded together, message by message; and what is recorded of all the rest of a batch."""
    alike: dict[tuple[str, str | None], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        alike[outcome.status, outcome.reason if outcome.status != "deferred" else None].append(outcome)
    if given and len({outcome.message_id for outcome in outcomes}) == given:
        most = max(alike, key=lambda each: len(alike[each]))
        if not any(outcome.provider_message_id for outcome in alike[most]):
            del alike[most]
            rest = most
    return alike, rest


def _recorded(status: str, reason: str | None, at: datetime.datetime) -> dict[str, Any]:
    return {
        "status": "planned" if status == "deferred" else status,
        "reason": reason,
        "accepted_at": at if status == "accepted" else None,
    }
