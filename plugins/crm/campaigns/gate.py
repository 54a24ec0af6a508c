"""May the campaigns of a business date run now? They wait for what is missing, go on by themselves, or end unsent.

The gate is open when the date's orders are published, its customers refreshed, and no earlier date of the last
``gate.days`` is missing, failed or unplanned, unless an operator waived that one. Rules: docs/campaigns.md.
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.campaigns.declarations import Declaration
from crm.campaigns.occasions import due
from crm.campaigns.planning import plan, undecided

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

TEXTS = {
    "missing": "{business_date}: the orders of {shop} have not come",
    "failed": "{business_date}: {source_file} failed its validation ({failure})",
    "not_refreshed": "{business_date}: the customers are not refreshed",
    "not_planned": "{business_date}: its campaigns are not decided yet, and dates are decided in their order",
}


log = logging.getLogger(__name__)


class WaiverError(ValueError):
    """A waiver without a name or a reason; the message says what to give."""


def plan_when_open(
    warehouse: Warehouse,
    business: Business,
    business_date: datetime.date,
    *,
    mode: str,
    now: datetime.datetime,
    shops: Sequence[str],
    only: str | None = None,
    rehearse: Callable[[], list[dict[str, Any]]] | None = None,
) -> dict[str, Any]:
    """Plan ``business_date`` if its gate is open at ``now``; hold it if not; never really plan for a past send date.

    :param now: the run's clock (aware): in ``simulate`` one that stands on the send date
    :param shops: shops of the business, each of which must have delivered
    :param only: the one campaign of a run that was started by hand
    :param rehearse: makes the dry run of mode ``dry`` and returns what ``plan`` does (default: ``plan`` itself)
    :return: ``outcome`` (``planned``; ``held``: call again; ``expired`` or ``past``: every ``send_by``, or the whole
        send date, has passed, so this was a dry run; ``dry``, ``load``: as the mode), ``mode`` of what was planned,
        ``note`` (why, in words), ``reasons`` (of a hold), ``planned`` (as crm.campaigns.planning.plan returns it)
    """
    if mode == "dry" and rehearse is not None:
        return _report(mode, mode, "", planned=rehearse())
    if mode in ("dry", "load"):
        note = "history was loaded: nothing is planned" if mode == "load" else ""
        return _report(mode, mode, note, planned=plan(warehouse, business, business_date, mode=mode, only=only))
    gate = _Gate(warehouse, business, business_date, mode, now, only)
    with warehouse.transaction() as t:
        pending = undecided(t, business, business_date, only)
        reasons = [] if pending is None else _reasons(t, gate, shops)
    late = gate.too_late(pending or [])
    if pending is not None and gate.send_date < gate.today:
        return gate.end("past", f"the send date {gate.send_date} is past (it is {gate.today})", reasons)
    if pending is not None and late and not gate.due_later(pending):
        return gate.end("expired", f"too late to send: {', '.join(late)}", reasons)
    if reasons:
        gate.keep(reasons)
        return _report("held", mode, "held: " + "; ".join(each["text"] for each in reasons), reasons=reasons)
    planned = plan(warehouse, business, business_date, mode=mode, only=only, without=late)
    gate.release()
    return _report("planned", mode, f"left out, too late to send: {', '.join(late)}" if late else "", planned=planned)


def waive(
    warehouse: Warehouse, business_date: datetime.date, *, operator: str, reason: str, now: datetime.datetime
) -> None:
    """Let the campaigns of later dates run without ``business_date``; the first waiver of a date stands.

    :raises WaiverError: nobody is named, or no reason is given
    """
    if not operator.strip() or not reason.strip():
        raise WaiverError("a waiver needs the name of an operator and a reason: start the DAG from its form, signed in")
    with warehouse.transaction() as t:
        t.run("campaigns/waive", business_date=business_date, operator=operator, reason=reason.strip(), now=now)


@dataclass(frozen=True)
class _Gate:
    """One look at one date."""

    warehouse: Warehouse
    business: Business
    business_date: datetime.date
    mode: str
    now: datetime.datetime
    only: str | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.business.time_zone)

    @property
    def today(self) -> datetime.date:
        return self.now.astimezone(self.zone).date()

    @property
    def send_date(self) -> datetime.date:
        return self.business_date + datetime.timedelta(days=1)

    def too_late(self, declared: Collection[Declaration]) -> list[str]:
        """Campaigns due on the send date whose ``send_by`` has passed in the business's time zone."""
        return [each.campaign for each in declared if self._is_due(each) and self._send_by(each) <= self.now]

    def due_later(self, declared: Collection[Declaration]) -> bool:
        """Whether a campaign that is due can still be sent."""
        return any(self._is_due(each) and self._send_by(each) > self.now for each in declared)

    def keep(self, reasons: list[dict[str, Any]], outcome: str | None = None) -> None:
        """Write the hold, or with an ``outcome`` its end, for people to read."""
        with self.warehouse.transaction() as t:
            t.run(
                "campaigns/hold",
                **self._which,
                mode=self.mode,
                now=self.now,
                reasons=json.dumps(reasons),
                outcome=outcome,
            )

    def release(self) -> None:
        with self.warehouse.transaction() as t:
            t.run("campaigns/end_hold", **self._which, now=self.now)

    def end(self, outcome: str, why: str, reasons: list[dict[str, Any]]) -> dict[str, Any]:
        """End unsent: show whom it would have been, write no decision."""
        self.keep(reasons, outcome)
        planned = plan(self.warehouse, self.business, self.business_date, mode="dry", only=self.only)
        held = "".join(f"; {each['text']}" for each in reasons)
        return _report(outcome, "dry", f"{why}: ended as a dry run, nothing is sent{held}", reasons, planned)

    @property
    def _which(self) -> dict[str, Any]:
        return {"business_date": self.business_date, "campaign": self.only or ""}

    def _is_due(self, declared: Declaration) -> bool:
        return bool(due(declared, self.send_date, self.business.country))

    def _send_by(self, declared: Declaration) -> datetime.datetime:
        return datetime.datetime.combine(self.send_date, declared.send_by, self.zone)


def _reasons(t: Transaction, gate: _Gate, shops: Sequence[str]) -> list[dict[str, Any]]:
    """What is missing (campaigns/gate.sql), JSON-able, each with a sentence for people."""
    rows = t.rows(
        "campaigns/gate",
        business_date=gate.business_date,
        days=gate.business.gate.days,
        shops=list(shops),
        mode=gate.mode,
        today=gate.today,
    )
    found = [{**row._mapping, "business_date": row.business_date.isoformat()} for row in rows]
    return [{**each, "text": TEXTS[each["problem"]].format(**each)} for each in found]


def _report(
    outcome: str,
    mode: str,
    note: str,
    reasons: Sequence[dict[str, Any]] = (),
    planned: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    log.info("%s. %s", outcome, note)
    return {"outcome": outcome, "mode": mode, "note": note, "reasons": list(reasons), "planned": list(planned)}
