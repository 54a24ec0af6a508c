"""An experiment's file becomes rows of the warehouse: everything of it, or nothing.

Rows are copied as they are, judged in SQL and kept as a new version of each campaign; the same file again changes
nothing. No name and no address is read: of a person the mapping names an id at most, and only a hash of that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation.experiments.reading import ExperimentFileError
from crm.evaluation.experiments.staging import stage

if TYPE_CHECKING:
    from crm.evaluation.experiments.mapping import Mapping
    from crm.evaluation.experiments.reading import File
    from crm.warehouse import Transaction

ADVICE = {
    "blank": "is blank: fill it in",
    "no_date": "is no date: write 2017-03-01, or give its form in dates of the mapping",
    "unknown_arm": "has a value that the mapping does not know; it knows {arms}: correct the file, or add it to arm",
    "no_number": "is no number: write 12.34 (at most 13 digits before the point), or set amounts in the mapping",
    "no_count": "is no whole number: write how many there were",
    "negative": "is negative: an outcome is 0 or more; what was paid back belongs into a column of refunds",
    "no_truth": "is neither true nor false: write true, false, 1, 0, yes or no",
    "twice": "has a person for the second time in this campaign: keep one row per person and campaign",
    "no_window": "is no number of days: write a whole number from 1 to 366",
    "window_differs": "differs within one campaign: every customer of a campaign is measured over the same time",
    "window_twice": "is the window of another outcome too: leave one of them out",
    "end_differs": "differs within one campaign: give one date until when its outcomes are complete",
    "above_revenue": "is more than the revenue: map the revenue before refunds",
}


class Imported(NamedTuple):
    """What an import did: rows read, and (campaign, occasion) of new versions; nothing where the file was known."""

    rows: int
    new: frozenset[tuple[str, str]]


def take_in(tx: Transaction, file: File) -> Imported:
    """Keep what ``file`` says, as the next version of each of its campaigns.

    :raises ExperimentFileError: names the file, the row, the column and what to do; then nothing is kept
    """
    hashes = {"content_hash": file.content_hash, "mapping_hash": file.mapping.hash}
    if tx.value("evaluation/experiments/known", **hashes):
        return Imported(0, frozenset())
    rows = stage(tx, file)
    if not rows:
        raise file.error("has no rows", "give one row per person and campaign, below a header")
    _judge(tx, file)
    return Imported(rows, _keep(tx, file, hashes))


def _judge(tx: Transaction, file: File) -> None:
    mapping = file.mapping
    problems = tx.rows(
        "evaluation/experiments/problems",
        arms=[*map(_folded, mapping.arm.treated), *map(_folded, mapping.arm.control)],
        measures=_told_by_file(mapping),
        has_spent=mapping.spent_before is not None,
        blank_is_zero=mapping.blank_is_zero,
    ) or tx.rows("evaluation/experiments/refunds")
    if problems:
        told = "\n".join(f"  {_told(mapping, each)}" for each in problems)
        raise ExperimentFileError(f"{file.name} cannot be used; nothing of it was stored\n{told}")
    taken = [row.campaign for row in tx.rows("evaluation/experiments/names_taken")]
    if taken:
        problem = f"the campaign {', '.join(taken)} is one of this installation"
        raise file.error(problem, "give it another name (campaign in the mapping), or their results would mix")


def _told(mapping: Mapping, problem: Any) -> str:
    """Row, column, problem and advice; never the value."""
    column = dict(mapping.columns()).get(problem.key)
    where = f"column {column!r} ({problem.key})" if column else problem.key
    arms = ", ".join([*mapping.arm.treated, *mapping.arm.control])
    advice = ADVICE[problem.problem].format(arms=arms)
    if problem.problem == "blank" and problem.key.startswith("outcomes."):
        advice += ", or set blank_is_zero in the mapping where a blank means nothing"
    more = f" ({problem.problems - 1:,} more)" if problem.problems > 1 else ""
    return f"row {problem.row_number}{more}: {where} {advice}"


def _keep(tx: Transaction, file: File, hashes: dict[str, str]) -> frozenset[tuple[str, str]]:
    mapping = file.mapping
    new = tx.rows(
        "evaluation/experiments/versions",
        **hashes,
        mapping=mapping.name,
        mapping_body=mapping.body,
        file_name=file.name,
        assignment=mapping.assignment,
        has_outcomes=bool(mapping.outcomes),
        order_windows=mapping.from_orders.window_days if mapping.from_orders else None,
        time_zone=file.time_zone,
    )
    key_space = mapping.shop or f"experiment:{mapping.name}"
    tx.run(
        "evaluation/experiments/assignments",
        key_space=key_space,
        is_shop=mapping.shop is not None,
        has_segment=mapping.stratum is not None,
        has_tier=mapping.tier is not None,
        treated=[_folded(value) for value in mapping.arm.treated],
        variants=list(mapping.arm.treated.values()),
        time_zone=file.time_zone,
    )
    if mapping.outcomes:
        tx.run("evaluation/experiments/outcomes", key_space=key_space, measures=_told_by_file(mapping))
    return frozenset((row.campaign, row.occasion) for row in new)


def _told_by_file(mapping: Mapping) -> list[str]:
    return list(mapping.outcomes[0].told()) if mapping.outcomes else []


def _folded(value: str) -> str:
    return value.strip().lower()
