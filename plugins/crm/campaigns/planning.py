"""Decide once a day, for all campaigns that are due: who is written to, who is held out, who is left out and why.

One set-based pass in one transaction under a lock: candidates of every kind -> exclusions -> global holdout ->
arbitration by priority -> arms. The order is what makes a lift true; docs/campaigns.md explains it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crm.campaigns import asking, candidates, declarations, detectable, fields, offers, usable
from crm.campaigns.almanac import Almanac
from crm.campaigns.declarations import Declaration
from crm.campaigns.occasions import Occasion, due, epoch
from crm.runs import MODES

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

Standing = Callable[[], Iterable[Any]]
Report = Callable[["Transaction"], None]
#: A price is held against the customer's average order of so many days, so that a day's cost follows a window.
PRICE_DAYS = 365


class PlanningError(Exception):
    """A date cannot be planned; the message says what to give."""


def plan(
    warehouse: Warehouse,
    business: Business,
    business_date: datetime.date,
    *,
    mode: str,
    only: str | None = None,
    without: Collection[str] = (),
    standing: Standing | None = None,
    calibrate: Callable[[Transaction], None] | None = None,
    report: Report | None = None,
) -> list[dict[str, Any]]:
    """Decide for the send date after ``business_date`` (the business's time zone), once; a planned date is reported.

    ``live`` and ``simulate`` write decisions and claims; ``dry`` writes nothing and decides any date as it was known
    then, planned or not; ``load`` plans nothing. ``only`` names one campaign, enabled or not: started by hand, it goes
    through the same pass and reaches nobody whom another campaign has taken that day. A declaration that cannot be used
    is logged and left out; the other campaigns go on.

    :param without: campaigns that the gate leaves out, because their ``send_by`` has passed
    :param standing: dry alone, asked where no history was kept on the date: yields rows with customer_id, segment, tier
        and stage as known then
    :param calibrate: dry alone, asked where no history was kept on the date: makes the calibrations of then, which are
        rolled back with all else
    :param report: dry alone: reads the temporary ``decided`` (the columns of crm.decision) and ``in_force``
        (declaration_hash, campaign, body) before they are gone

    :return: per campaign, occasion and wave that has candidates: campaign, kind, occasion, wave, send_date (ISO),
        candidates, included, held_out, excluded {reason: n}; counts of customers; ``detectable``: what the occasion
        can show (columns of crm.detectable_effect)
    :raises PlanningError: an unknown mode
    :raises DeclarationError: the declaration of ``only`` cannot be used, or there is none
    """
    if mode not in MODES:
        raise PlanningError(f"mode is {mode!r}: give one of {', '.join(MODES)}")
    if mode == "load":
        return []
    with warehouse.transaction(discard=mode == "dry") as transaction:
        transaction.run("campaigns/begin")
        day = _Day(transaction, business, business_date, dry=mode == "dry")
        if mode == "dry":
            declared = _in_force(transaction, business, business_date, only)
            if calibrate is not None and not day.history_kept():
                calibrate(transaction)
            day.decide(declared, standing)
            if report is not None:
                day.show(declared, report)
            return day.summary(only, day.detectable(declared))
        transaction.run("campaigns/lock")
        pending = undecided(transaction, business, business_date, only)
        if pending is not None:
            pending = [each for each in pending if each.campaign not in without]
            day.decide(pending)
            day.keep(pending, mode, whole=only is None)
        transaction.run("campaigns/stored", business_date=business_date)
        return day.summary(only, day.kept_detectable())


def by_campaign(planned: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of what ``plan`` returns, the customers of each campaign over all its occasions and waves."""
    found: dict[str, dict[str, Any]] = {}
    for each in planned:
        total = found.setdefault(each["campaign"], {"candidates": 0, "included": 0, "held_out": 0, "excluded": {}})
        for name in ("candidates", "included", "held_out"):
            total[name] += each[name]
        for reason, count in each["excluded"].items():
            total["excluded"][reason] = total["excluded"].get(reason, 0) + count
    return dict(sorted(found.items()))


def _planned(transaction: Transaction, business_date: datetime.date) -> tuple[bool, dict[str, Any]]:
    """Whether the day's own pass was made, and the declarations in force for what was decided: body and calendar."""
    rows = transaction.rows("campaigns/planned", business_date=business_date)
    return (rows[0].whole, rows[0].declarations) if rows else (False, {})


def undecided(
    transaction: Transaction, business: Business, business_date: datetime.date, only: str | None
) -> list[Declaration] | None:
    """Declarations that a pass would decide by; None where everything asked for was decided before."""
    whole, kept = _planned(transaction, business_date)
    if only is not None:
        return None if only in kept else [usable.named(business, only)]
    if whole:
        return None
    return [each for each in usable.enabled(business) if each.campaign not in kept]


def _in_force(
    transaction: Transaction, business: Business, business_date: datetime.date, only: str | None
) -> list[Declaration]:
    """Declarations of a dry run: of a planned date those of then, else today's; always with ``only``."""
    whole, kept = _planned(transaction, business_date)
    found = {
        name: declarations.parse(
            each["body"], f"crm.declaration, {name}", Almanac.model_validate(each["calendar"] or {})
        )
        for name, each in kept.items()
    }
    if not whole:
        found = {**{each.campaign: each for each in usable.enabled(business)}, **found}
    if only is not None and only not in found:
        found[only] = usable.named(business, only)
    return list(found.values())


class _Day:
    """The steps of one pass over one business date, in one transaction."""

    def __init__(
        self, transaction: Transaction, business: Business, business_date: datetime.date, *, dry: bool
    ) -> None:
        self.transaction, self.business, self.business_date, self.dry = transaction, business, business_date, dry
        self.send_date = business_date + datetime.timedelta(days=1)

    def decide(self, declared: list[Declaration], standing: Standing | None = None) -> None:
        """Make the temporary view ``decided``: every candidate, in or out, with its reasons."""
        self.transaction.run("campaigns/tables")
        occasions = [
            (each, occasion) for each in declared for occasion in due(each, self.send_date, self.business.country)
        ]
        for due_id, (each, occasion) in enumerate(occasions, start=1):
            self._candidates(due_id, each, occasion)
        self._run("skip_decided", send_date=self.send_date, dry=self.dry)
        self._run("standing")
        if standing is not None and not self.history_kept():
            self._replace_standing(standing)
        for due_id, (each, _) in enumerate(occasions, start=1):
            if each.audience is not None:
                asking.keep(self.transaction, due_id, each.audience, self.business_date)
        offered = [
            {"campaign": declared.campaign, "occasion": occasion.name, "wave": occasion.wave, **rule}
            for declared, occasion in occasions
            for rule in offers.rules(declared.offer)
        ]
        self._purchases(occasions, offered)
        self._verdicts()
        self._offers(offered)
        self._run("decided", send_date=self.send_date, time_zone=self.business.time_zone)

    def history_kept(self) -> bool:
        """Was it kept where customers stood on the date? Not within a loaded range."""
        return bool(self.transaction.value("campaigns/history_kept", business_date=self.business_date))

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
            offer=offers.fixed(offer),
            coupon_cost=0 if offer is None else offer.coupon_cost,
            send_at=declared.send_at,
            send_by=declared.send_by,
            gap_days=declared.gap_days,
            direction=declared.direction_of(occasion.wave),
            full_price_days=self._full_price_days(declared, occasion),
            price=declared.price,
            window_days=declared.primary_window_days,
            business_date=self.business_date,
            active_within_days=declared.active_within_days,
            prospects=declared.prospects,
            declaration_hash=declared.hash,
        )
        own = candidates.values(declared, occasion, self.send_date, self.business.country)
        self._run(f"candidates_{declared.kind}", due_id=due_id, **own)

    def _full_price_days(self, declared: Declaration, occasion: Occasion) -> int:
        """Only a promotion hurts who has just paid the full price."""
        if declared.direction_of(occasion.wave) != "promotion":
            return 0
        own = declared.full_price_days
        return self.business.exclusions.full_price_days if own is None else own

    def _replace_standing(self, standing: Standing) -> None:
        """Take the caller's rows for the history that was not kept."""
        self.transaction.run("campaigns/clear_standing")
        columns = ["customer_id", "segment", "tier", "stage"]
        rows = (",".join(_quoted(getattr(row, column)) for column in columns) + "\n" for row in standing())
        self.transaction.copy_in("standing", columns, (row.encode() for row in rows))

    def _purchases(self, occasions: list[tuple[Declaration, Occasion]], offered: list[dict[str, Any]]) -> None:
        """What is known of the candidates as persons, and what they bought in the days that anybody asks for."""
        active_within_days = max((each.active_within_days for each, _ in occasions), default=0)
        asked = {active_within_days, PRICE_DAYS, *(rule["aov_days"] for rule in offered if "aov_days" in rule)}
        most = self.transaction.value("campaigns/people")
        self._run("purchased", days=sorted(asked), longest=max(asked), most=most)
        self._run("person", active_within_days=active_within_days)

    def _verdicts(self) -> None:
        business = self.business
        zone = {"send_date": self.send_date, "time_zone": business.time_zone}
        costs = json.dumps({channel: settings.cost for channel, settings in business.channels.items()})
        caps = json.dumps([cap.model_dump() for cap in business.caps.periods])
        within = {"gap_days": business.caps.gap_days, "caps": caps, "longest_lead_days": fields.LONGEST_LEAD_DAYS}
        self._run("contacts", send_date=self.send_date, dry=self.dry, **within)
        self._run("purchases", same_product_days=business.exclusions.same_product_days)
        dear = {"price_to_aov": business.exclusions.price_to_aov, "price_days": PRICE_DAYS}
        self._run("exclusions", locale=business.locale, costs=costs, **dear, **zone)
        self.transaction.run("campaigns/draw", **self._programme())

    def _offers(self, offered: list[dict[str, Any]]) -> None:
        """Fit the offers that differ between customers; most days have none."""
        if offered:
            margins = [{"category": name, "share": share} for name, share in self.business.margins.items()]
            self._run(
                "offers",
                send_date=self.send_date,
                currency=self.business.currency,
                rules=json.dumps([{"rule": number, **rule} for number, rule in enumerate(offered)]),
                margins=json.dumps(margins),
                margin_days=self.business.margin_days,
            )

    def keep(self, declared: list[Declaration], mode: str, *, whole: bool) -> None:
        """Write decisions, claims, epochs, declarations and the plan."""
        for each in declared:
            own = {"declaration_hash": each.hash, "campaign": each.campaign, "kind": each.kind, "body": each.body}
            self._run("declare", calendar=each.almanac.kept(), **own)
        hashes = [each.hash for each in declared]
        self._run("decide", send_date=self.send_date, mode=mode, whole=whole, declarations=hashes, **self._programme())
        self.transaction.run("campaigns/count_decided")
        self._run("issue_coupons", send_date=self.send_date)
        self._run("keep_detectable", send_date=self.send_date, found=json.dumps(self.detectable(declared)))

    def detectable(self, declared: list[Declaration]) -> list[dict[str, Any]]:
        """What each due campaign can show, by the eligible of the temporary ``decided``."""
        lifts = {each.campaign: each.worthwhile_lift for each in declared}
        rows = self.transaction.rows("campaigns/baseline", business_date=self.business_date)
        return [detectable.told(row, lifts[row.campaign]) for row in rows]

    def kept_detectable(self) -> list[dict[str, Any]]:
        """What was told when the date was decided."""
        rows = self.transaction.rows("campaigns/kept_detectable", business_date=self.business_date)
        return [dict(row._mapping) for row in rows]

    def show(self, declared: list[Declaration], report: Report) -> None:
        """Let the caller read what was decided, with the declarations that were in force."""
        self.transaction.run("campaigns/in_force")
        for each in declared:
            own = {"declaration_hash": each.hash, "campaign": each.campaign, "body": each.body}
            self.transaction.run("campaigns/in_force_add", **own)
        report(self.transaction)

    def summary(self, only: str | None, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Counts of the temporary ``decided``, each with what of ``found`` is about it."""
        told = {_occasion(each): each for each in found}
        rows = [dict(row._mapping) for row in self.transaction.rows("campaigns/summary", named=only)]
        return [{**row, "detectable": told.get(_occasion(row))} for row in rows]

    def _programme(self) -> dict[str, Any]:
        return {
            "year": str(self.send_date.year),
            "global_salt": self.business.global_holdout_salt,
            "global_holdout": self.business.global_holdout,
        }

    def _run(self, step: str, **values: Any) -> None:
        self.transaction.run(f"campaigns/{step}", business_date=self.business_date, **values)


def _occasion(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["campaign"], row["occasion"], row["wave"]


def _quoted(value: object) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'
