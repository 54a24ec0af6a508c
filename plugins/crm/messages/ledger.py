"""The ledger: every included decision is one row of crm.message, and a batch is claimed before a provider sees it.

A claim is committed while its owner holds the batch's advisory lock in another open transaction (the *keeper*). The
lock goes with the owner's connection. So a claimed batch whose lock is free has lost its owner, and nobody else's has.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.messages.providers import Outcome

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

#: Messages that are claimed together; SendGrid takes up to 1,000 in a request.
BATCH_SIZE = 500


class LedgerError(Exception):
    """The ledger does not add up, or a batch was taken from under us; nothing was recorded."""


@dataclass(frozen=True)
class Batch:
    """A claimed batch. ``taken_over``: its owner died after claiming it."""

    batch_id: int
    provider: str
    taken_over: bool


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

    def planned_mode(self) -> str | None:
        """The mode in which the business date was planned."""
        with self.warehouse.transaction() as t:
            mode: str | None = t.value("messages/planned_mode", business_date=self.business_date)
            return mode

    def enqueue(self, batch_size: int = BATCH_SIZE) -> None:
        """Write the included decisions that are not in the ledger yet, cut into batches, and tell the planner."""
        providers = {name: channel.provider for name, channel in self.business.channels.items()}
        with self.warehouse.transaction() as t:
            t.run(
                "messages/enqueue",
                **self._which,
                locale=self.business.locale,
                providers=json.dumps(providers),
                batch_size=batch_size,
            )
        if self.next_planned():
            with self.warehouse.transaction() as t:
                t.run("messages/analyze")

    def next_planned(self) -> datetime.datetime | None:
        """When the next unclaimed batch is due."""
        with self.warehouse.transaction() as t:
            due_at: datetime.datetime | None = t.value("messages/next_planned", **self._which)
            return due_at

    def claim(self, keeper: Transaction, now: datetime.datetime, *, past: bool) -> Batch | None:
        """Claim the next batch that is due at ``now`` (``past``: any) and check each of its messages once more.

        Committed on return; the lock stays with ``keeper``.
        """
        with self.warehouse.transaction() as t:
            due_by = None if past else now
            found = t.rows("messages/claim_next_batch", **self._which, owner=self.owner, now=now, due_by=due_by)
            if not found:
                return None
            batch = Batch(found[0].batch_id, found[0].provider, taken_over=False)
            if not keeper.value("messages/lock_batch", batch_id=batch.batch_id):
                raise LedgerError(f"batch {batch.batch_id} is planned, yet locked")
            self._check(t, batch, now, past=past, from_status="planned", refused_status="skipped")
        return batch

    def first_open(self, due_by: datetime.datetime | None) -> Any | None:
        """The first due batch that is not done (batch_id, status, claimed_by), claimed or not."""
        with self.warehouse.transaction() as t:
            found = t.rows("messages/first_open_batch", **self._which, due_by=due_by)
            return found[0] if found else None

    def take_over(self, keeper: Transaction, batch_id: int, now: datetime.datetime) -> Batch | None:
        """Make a claimed batch ours if its owner is dead; None while the owner lives or when it is done by now."""
        if not keeper.value("messages/lock_batch", batch_id=batch_id):
            return None
        with self.warehouse.transaction() as t:
            found = t.rows("messages/take_over_batch", batch_id=batch_id, owner=self.owner, now=now)
            return Batch(found[0].batch_id, found[0].provider, taken_over=True) if found else None

    def recheck(self, batch: Batch, now: datetime.datetime) -> None:
        """Before a dead run's batch is given again: who has said no meanwhile is not written to, and is ``unknown``."""
        with self.warehouse.transaction() as t:
            self._check(t, batch, now, past=False, from_status="claimed", refused_status="unknown")

    def claimed(self, batch: Batch) -> list[Any]:
        """What is needed to write the batch's messages (messages/claimed_messages.sql); personal data."""
        with self.warehouse.transaction() as t:
            return list(
                t.stream("messages/claimed_messages", batch_id=batch.batch_id, business_date=self.business_date)
            )

    def close(self, batch: Batch, outcomes: Iterable[Outcome], at: datetime.datetime, no_outcome: str) -> None:
        """Record what became of a batch, release the contacts that did not happen, and call it done: all or nothing.

        Claimed messages without an outcome become ``unknown`` for the reason ``no_outcome``.

        :raises LedgerError: the batch is not ours any more
        """
        grouped: dict[tuple[str, str | None], list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            grouped[outcome.status, outcome.reason].append(outcome)
        with self.warehouse.transaction() as t:
            for (status, reason), alike in grouped.items():
                t.run(
                    "messages/record_outcome",
                    batch_id=batch.batch_id,
                    message_ids=[outcome.message_id for outcome in alike],
                    status=status,
                    reason=reason,
                    accepted_at=at if status == "accepted" else None,
                    provider_message_ids=json.dumps({o.message_id: o.provider_message_id for o in alike}),
                )
            t.run("messages/give_up_claimed", batch_id=batch.batch_id, reason=no_outcome)
            t.run("messages/release_contacts", batch_id=batch.batch_id)
            if t.run("messages/finish_batch", batch_id=batch.batch_id, owner=self.owner) != 1:
                raise LedgerError(
                    f"batch {batch.batch_id} was taken over by another run while this one sent it (its connection to "
                    "the warehouse was lost); look at its messages in crm.message before running again"
                )

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

    def _check(
        self, t: Transaction, batch: Batch, now: datetime.datetime, *, past: bool, from_status: str, refused_status: str
    ) -> None:
        t.run(
            "messages/claim_messages",
            batch_id=batch.batch_id,
            business_date=self.business_date,
            now=now,
            past=past,
            from_status=from_status,
            refused_status=refused_status,
        )
