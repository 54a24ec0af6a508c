"""Who entered a result: when, by which declaration, and by what share the arms were drawn."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation.declared import Declared

if TYPE_CHECKING:
    from crm.evaluation.groups import Group
    from crm.evaluation.scope import Scope


class Entries(NamedTuple):
    """Who entered a group.

    Instants of the first and the last entry, declaration and goal of the last, ``holdout`` share (0 to 1) over all,
    send dates of the waves that were approved, ``codes`` that their offers name, ``variants`` in order of their draw.
    """

    first_at: datetime.datetime
    last_at: datetime.datetime
    declared: Declared
    goal: str
    holdout: float
    send_dates: list[datetime.date]
    codes: list[str]
    variants: tuple[str, ...]


def enter(scope: Scope, group: Group) -> Entries | None:
    """Make the temporary view ``entry`` of who entered; None where nobody did, because nobody approved it."""
    waves = scope.tx.rows("evaluation/waves", **group.bounds(scope.as_of))
    if not waves:
        return None
    send_dates = sorted({wave.send_date for wave in waves})
    entered = _entered(scope, group, send_dates, waves)
    by_key = {_key(wave): wave for wave in waves}
    last = by_key[_key(entered[-1])]
    drawn = sum(row.customers * _holdout(scope, group, by_key[_key(row)]) for row in entered)
    return Entries(
        first_at=min(row.first_send_at for row in entered),
        last_at=entered[-1].last_send_at,
        declared=scope.declarations[last.declaration_hash],
        goal=last.goal,
        holdout=drawn / sum(row.customers for row in entered),
        send_dates=send_dates,
        codes=sorted({code for wave in waves for code in wave.codes}),
        variants=scope.epochs.variants.get((group.campaign, last.epoch), ()),
    )


def _key(row: Any) -> tuple[Any, ...]:
    return row.occasion, row.wave, row.send_date


def _holdout(scope: Scope, group: Group, wave: Any) -> float:
    declared = scope.declarations[wave.declaration_hash].holdout
    return scope.epochs.holdouts.get((group.campaign, wave.epoch), declared)


def _entered(scope: Scope, group: Group, send_dates: Sequence[datetime.date], waves: Sequence[Any]) -> Sequence[Any]:
    """Customers, first and last entry by wave, that of the last entry behind."""
    if group.period:
        scope.tx.run("evaluation/entry_pooled", campaign=group.campaign, send_dates=send_dates)
        return scope.tx.rows("evaluation/entries")
    bounds = {"campaign": group.campaign, "occasion": group.occasion, "wave": group.wave}
    scope.tx.run("evaluation/entry_once", **bounds, send_dates=send_dates)
    return waves
