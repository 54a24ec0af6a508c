"""Decide once a day, for all campaigns that are due: who is written to, who is held out, who is left out and why.

One set-based pass in one transaction under a lock: candidates of every kind -> exclusions -> global holdout ->
arbitration by priority -> arms. The order is what makes a lift true; docs/campaigns.md explains it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from crm.campaigns import candidates, declarations
from crm.campaigns.almanac import Almanac
from crm.campaigns.declarations import Declaration
from crm.campaigns.occasions import Occasion, due, epoch

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

MODES = ("live", "dry", "load", "simulate")
Standing = Callable[[], Iterable[Any]]


class PlanningError(Exception):
    """A date cannot be planned; the message says what to give."""


def plan(
    warehouse: Warehouse,
    business: Business,
    business_date: datetime.date,
    *,
    mode: str,
    only: str | None = None,
    standing: Standing | None = None,
) -> list[dict[str, Any]]:
    """Decide for the send date after ``business_date`` (the business's time zone), once; a planned date is reported.

    ``live`` and ``simulate`` write decisions and claims; ``dry`` writes nothing and decides any date as it was known
    then, planned or not; ``load`` plans nothing. ``only`` names one campaign, enabled or not: started by hand, it goes
    through the same pass and reaches nobody whom another campaign has taken that day. ``standing`` (dry alone) yields
    rows with customer_id, segment, tier and stage as known on a date for which no history was kept.

    :return: per campaign, occasion and wave that has candidates: campaign, kind, occasion, wave, send_date (ISO),
        candidates, included, held_out, excluded {reason: n}; counts of customers
    :raises PlanningError: an unknown mode
    :raises DeclarationError: a declaration cannot be used, or there is no campaign ``only``
    """
    if mode not in MODES:
        raise PlanningError(f"mode is {mode!r}: give one of {', '.join(MODES)}")
    if mode == "load":
        return []
    with warehouse.transaction() as transaction:
        day = _Day(transaction, business, business_date, dry=mode == "dry")
        if mode == "dry":
            day.decide(_in_force(transaction, business_date, only), standing)
            return day.summary(only)
        transaction.run("campaigns/lock")
        pending = _pending(transaction, business_date, only)
        if pending is not None:
            day.decide(pending)
            day.keep(pending, mode, whole=only is None)
        transaction.run("campaigns/stored", business_date=business_date)
        return day.summary(only)


def _planned(transaction: Transaction, business_date: datetime.date) -> tuple[bool, dict[str, Declaration]]:
    """Whether the day's own pass was made, and the declarations that were in force for what was decided."""
    rows = transaction.rows("campaigns/planned", business_date=business_date)
    if not rows:
        return False, {}
    kept = {
        name: declarations.parse(
            each["body"], f"crm.declaration {each['hash'][:12]}", Almanac.model_validate(each["calendar"] or {})
        )
        for name, each in rows[0].declarations.items()
    }
    return rows[0].whole, kept


def _pending(transaction: Transaction, business_date: datetime.date, only: str | None) -> list[Declaration] | None:
    """Declarations that this pass decides by; None where everything asked for was decided before."""
    whole, kept = _planned(transaction, business_date)
    if only is not None:
        return None if only in kept else [declarations.load(only)]
    if whole:
        return None
    return [each for each in declarations.load_all() if each.enabled and each.campaign not in kept]


def _in_force(transaction: Transaction, business_date: datetime.date, only: str | None) -> list[Declaration]:
    """Declarations of a dry run: of a planned date those of then, else today's; always with ``only``."""
    whole, kept = _planned(transaction, business_date)
    if not whole:
        kept = {**{each.campaign: each for each in declarations.load_all() if each.enabled}, **kept}
    if only is not None and only not in kept:
        kept[only] = declarations.load(only)
    return list(kept.values())


class _Day:
    """The steps of one pass over one business date, in one transaction."""

    def __init__(
        self, transaction: Transaction, business: Business, business_date: datetime.date, *, dry: bool
    ) -> None:
        self.transaction, self.business, self.business_date, self.dry = transaction, business, business_date, dry
        self.send_date = business_date + datetime.timedelta(days=1)

    def decide(self, declared: list[Declaration], standing: Standing | None = None) -> None:
        """Fill the temporary table ``decided``: every candidate, in or out, with its reasons."""
        self.transaction.run("campaigns/tables")
        occasions = [
            (each, occasion) for each in declared for occasion in due(each, self.send_date, self.business.country)
        ]
        for due_id, (each, occasion) in enumerate(occasions, start=1):
            self._candidates(due_id, each, occasion)
        self._run("skip_decided", dry=self.dry)
        self._run("standing")
        if standing is not None:
            self._replace_standing(standing)
        for due_id, (each, _) in enumerate(occasions, start=1):
            if (asked := candidates.audience(each.audience)) is not None:
                self._run("audience", due_id=due_id, **asked)
        self._verdicts()

    def _candidates(self, due_id: int, declared: Declaration, occasion: Occasion) -> None:
        goal, offer = declared.goal, declared.offer
        self.transaction.run(
            "campaigns/due",
            due_id=due_id,
            campaign=declared.campaign,
            kind=declared.kind,
            occasion=occasion.name,
            wave=occasion.wave,
            occasion_date=occasion.date,
            priority=declared.priority,
            epoch=epoch(declared, occasion),
            salt=declared.salt,
            holdout=declared.holdout,
            variants=declared.variants,
            channels=declared.channels,
            goal=goal.goal,
            goal_item=None if goal.item is None else str(goal.item),
            offer=None if offer is None else offer.model_dump_json(),
            coupon_cost=0 if offer is None else offer.coupon_cost,
            send_at=declared.send_at,
            send_by=declared.send_by,
            gap_days=declared.gap_days,
            active_within_days=declared.active_within_days,
            declaration_hash=declared.hash,
        )
        own = candidates.values(declared, occasion, self.send_date, self.business.country)
        self._run(f"candidates_{declared.kind}", due_id=due_id, **own)

    def _replace_standing(self, standing: Standing) -> None:
        """Take the caller's rows for the history that was not kept."""
        self.transaction.run("campaigns/clear_standing")
        columns = ["customer_id", "segment", "tier", "stage"]
        rows = (",".join(_quoted(getattr(row, column)) for column in columns) + "\n" for row in standing())
        self.transaction.copy_in("standing", columns, (row.encode() for row in rows))

    def _verdicts(self) -> None:
        business = self.business
        zone = {"send_date": self.send_date, "time_zone": business.time_zone}
        costs = json.dumps({channel: settings.cost for channel, settings in business.channels.items()})
        self._run("people")
        self._run("contacts", send_date=self.send_date, gap_days=business.caps.gap_days, dry=self.dry)
        self._run("exclusions", locale=business.locale, costs=costs, **zone)
        self._run("draw", **zone, **self._programme())

    def keep(self, declared: list[Declaration], mode: str, *, whole: bool) -> None:
        """Write decisions, claims, epochs, declarations and the plan."""
        for each in declared:
            own = {"declaration_hash": each.hash, "campaign": each.campaign, "kind": each.kind, "body": each.body}
            self._run("declare", calendar=each.almanac.kept(), **own)
        hashes = [each.hash for each in declared]
        self._run("decide", send_date=self.send_date, mode=mode, whole=whole, declarations=hashes, **self._programme())

    def summary(self, only: str | None) -> list[dict[str, Any]]:
        """Counts of the temporary table ``decided``."""
        return [dict(row._mapping) for row in self.transaction.rows("campaigns/summary", named=only)]

    def _programme(self) -> dict[str, Any]:
        return {
            "year": str(self.send_date.year),
            "global_salt": self.business.global_holdout_salt,
            "global_holdout": self.business.global_holdout,
        }

    def _run(self, step: str, **values: Any) -> None:
        self.transaction.run(f"campaigns/{step}", business_date=self.business_date, **values)


def _quoted(value: object) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'
