"""Imported campaigns become results, by the very code that evaluates live ones: only where the cells come from differs.

What was not drawn by lot is observational, and every figure of it says so (``assignment``).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.evaluation import cells as of_cells
from crm.evaluation import results, variants
from crm.evaluation.experiments import importing, keeping, mapping, reading
from crm.evaluation.experiments.mapping import ANY_ORDER

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.cells import Cell
    from crm.evaluation.experiments.mapping import Mapping
    from crm.evaluation.experiments.reading import File
    from crm.warehouse import Transaction, Warehouse

KIND, WAVE, PERIOD = "imported", "main", ""
#: Figures that nothing is known of where the file does not tell the measure: not told is not nothing.
UNTOLD = {
    "orders": ("treated_orders", "control_orders", "incremental_orders", "orders_low", "orders_high"),
    "refunds": ("treated_refunds", "control_refunds"),
    "revenue": (
        *("naive_revenue", "control_revenue", "revenue_cap", "incremental_revenue", "revenue_low", "revenue_high"),
        *("revenue_unadjusted", "revenue_unadjusted_low", "revenue_unadjusted_high", "variance_explained"),
        *("revenue_uncapped", "uncapped_reliable", "margin", "profit", "profit_low", "profit_high", "roi"),
        *("goods_cost", "cost_known", "profit_basis"),
        *("revenue_difference", "revenue_p", "revenue_p_adjusted"),
    ),
}


class ExperimentError(Exception):
    """An experiment cannot be evaluated; the message says what to do."""


@dataclass
class Evaluated:
    """What came of a file.

    :param rows: rows that were read; 0 where the file was known already
    :param strangers: of ``customers``, those whom the warehouse does not know (where the ids are a shop's)
    :param new_versions: results, of whole and parts and of variants, of which there is a new version
    :param results: every result, as columns of ``crm.result``; ``variants``: of ``crm.variant_result``
    """

    mapping: Mapping
    file_name: str
    rows: int
    customers: int
    strangers: int
    new_versions: int = 0
    results: list[dict[str, Any]] = field(default_factory=list)
    variants: list[dict[str, Any]] = field(default_factory=list)


def evaluate_file(warehouse: Warehouse, business: Business, mapping_name: str | Path, path: Path) -> Evaluated:
    """Import the file at ``path`` by a mapping, evaluate its campaigns and keep what differs as new versions.

    :param mapping_name: name of a mapping in ``include/experiments``, or path of a YAML file
    :raises ExperimentMappingError: the mapping cannot be used
    :raises ExperimentFileError: the file cannot be used; nothing of it is kept
    :raises ExperimentError: outcomes are to be read from orders that are not there
    """
    found = mapping.load(mapping_name)
    file = reading.open_file(path, found, business.time_zone)
    with warehouse.transaction() as tx:
        tx.run("evaluation/experiments/lock")
        imported = importing.take_in(tx, file)
        hashes = {"content_hash": file.content_hash, "mapping_hash": found.hash}
        known = tx.row("evaluation/experiments/strangers", **hashes)
        strangers = known.strangers if found.shop else 0
        evaluated = Evaluated(found, file.name, imported.rows, known.customers, strangers)
        changed: dict[tuple[str, str], str] = {}
        as_of = _orders_until(tx, file, evaluated) if found.from_orders else None
        for campaign in tx.rows("evaluation/experiments/campaigns", **hashes):
            scope = _Scope(tx, business, found, campaign, as_of or campaign.complete_until)
            for of_window, compared in scope.figures():
                evaluated.results += of_window
                evaluated.variants += compared
            if (campaign.campaign, campaign.occasion) in imported.new:
                reason = "changed file" if campaign.is_another_file else "changed mapping"
                changed[campaign.campaign, campaign.occasion] = reason
        # Of the same file by the same mapping only our own rules can make something else; orders may come in late.
        otherwise = None if found.from_orders else "settings"
        evaluated.new_versions = keeping.keep(tx, evaluated.results, evaluated.variants, changed, otherwise)
        return evaluated


def _orders_until(tx: Transaction, file: File, evaluated: Evaluated) -> datetime.date:
    as_of: datetime.date | None = tx.value("evaluation/latest_date")
    if as_of is None:
        raise ExperimentError("from_orders: no business date is complete in the warehouse; load the orders (make load)")
    if evaluated.strangers == evaluated.customers:
        raise ExperimentError(
            f"{file.name}: none of its customers is known as a customer of the shop {file.mapping.shop!r}; "
            "correct shop or customer in the mapping, or load that shop's orders first (make load)"
        )
    return as_of


@dataclass(frozen=True)
class _Scope:
    """One campaign of a file; ``as_of``: the date at whose end it is looked at."""

    tx: Transaction
    business: Business
    mapping: Mapping
    campaign: Any
    as_of: datetime.date

    def figures(self) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
        """Per window and goal: its results, and its variants against each other."""
        declared = self.mapping.declared_goal
        rules = self.business.evaluation
        order = list(dict.fromkeys(self.mapping.arm.treated.values()))
        for days, cells, closed in self._windows():
            for goal, column in self._goals():
                question = results.Question(column, closed, self.mapping.holdout, self.campaign.assignment)
                is_main = goal == declared
                key = self._key(goal, days) | {"is_primary": is_main and days == self.campaign.windows_days[0]}
                found = results.of_window(cells, question, rules, divided=is_main)
                compared = variants.of_window(cells, question, rules, order) if is_main else []
                whole, *parts = [key | self._told(each) for each in found]
                yield (
                    [whole, *(each | {"is_primary": False} for each in parts)],
                    [key | self._told(each) for each in compared],
                )

    def _goals(self) -> list[tuple[str, str]]:
        """The declared goal, and any order beside it where the file tells orders; with the column that counts it."""
        declared = self.mapping.declared_goal
        beside = {"converted", "orders"} <= set(self.mapping.measures) and declared != ANY_ORDER
        return [(declared, "met_goal"), *([(ANY_ORDER, "bought")] if beside else [])]

    def _windows(self) -> Iterator[tuple[int, list[Cell], bool]]:
        """Window, its cells, and whether it is over for everybody."""
        self._gather()
        midnight = datetime.datetime.combine(
            self.as_of + datetime.timedelta(days=1), datetime.time(), ZoneInfo(self.business.time_zone)
        )
        rows = self.tx.rows(
            "evaluation/experiments/cells",
            windows=list(self.campaign.windows_days),
            cap_quantile=self.business.evaluation.revenue_cap_quantile,
            per_contact=self.mapping.costs.per_contact,
            per_redemption=self.mapping.costs.per_redemption,
            tells_redemptions="redeemed" in self.mapping.measures,
        )
        for days in self.campaign.windows_days:
            closed = results.closed(self.campaign.last_start_at, days, midnight.astimezone(datetime.UTC))
            yield days, of_cells.of(row for row in rows if row.days == days), closed

    def _gather(self) -> None:
        """Who entered, and what came of them, each in a table that the cells are summed from."""
        version = {key: getattr(self.campaign, key) for key in ("campaign", "occasion", "version")}
        reads_orders = self.mapping.from_orders is not None and not self.mapping.spent_before
        self.tx.run(
            "evaluation/experiments/entries",
            **version,
            covariate_days=self.business.evaluation.covariate_days if reads_orders else None,
            time_zone=self.business.time_zone,
        )
        if self.mapping.from_orders:
            windows = list(self.campaign.windows_days)
            self.tx.run("evaluation/experiments/outcomes_ordered", windows=windows, as_of=self.as_of)
        else:
            self.tx.run("evaluation/experiments/outcomes_told", **version)

    def _key(self, goal: str, days: int) -> dict[str, Any]:
        return {
            "campaign": self.campaign.campaign,
            "kind": KIND,
            "occasion": self.campaign.occasion,
            "wave": WAVE,
            "period": PERIOD,
            "goal": goal,
            "window_days": days,
            "as_of": self.as_of,
        }

    def _told(self, figures: dict[str, Any]) -> dict[str, Any]:
        """The figures without those that the file says nothing of."""
        told = self.mapping.measures
        untold = {name for measure, names in UNTOLD.items() if measure not in told for name in names}
        if not self.mapping.spent_before and not self.mapping.from_orders:
            untold.add("variance_explained")
        if figures.get("dimension") == "variant":  # nobody was held out of a variant: the file draws them all at once
            figures = figures | {"sample_ratio_p": None, "sample_ratio_mismatch": False}
        return {name: None if name in untold else value for name, value in figures.items()}
