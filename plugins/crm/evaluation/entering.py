"""Who entered a result: when, by which declaration, and by what shares the arms were drawn."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation import groups
from crm.evaluation.declared import Declared

if TYPE_CHECKING:
    from crm.evaluation.groups import Group
    from crm.evaluation.scope import Scope


class Entries(NamedTuple):
    """Who entered a group.

    Instants of the first and the last entry, declaration and goal of the last, ``holdouts``: share held out (0 to 1) by
    the name of the shares that were drawn by, send dates of the waves that were approved, ``codes`` that their offers
    name, ``variants`` in order of their draw, ``later``: entries of people who had entered the epoch before, of pooled
    results.
    """

    first_at: datetime.datetime
    last_at: datetime.datetime
    declared: Declared
    goal: str
    holdouts: Mapping[str, float]
    send_dates: list[datetime.date]
    codes: list[str]
    variants: tuple[str, ...]
    later: int | None


def enter(scope: Scope, group: Group) -> Entries | None:
    """Make the temporary view ``entry`` of who entered; None where nobody did, because it was no campaign.

    A period in which all had entered before holds nobody, and says so: it is a result all the same. So does a send that
    was evaluated before it turned out that it never left.
    """
    bounds = group.bounds(scope.as_of)
    # The first entry of an epoch may have been before the period.
    rows = scope.tx.rows("evaluation/waves", **bounds | ({"first_send_date": groups.FIRST} if group.period else {}))
    waves = [wave for wave in rows if wave.counts]
    inside = [wave for wave in waves if wave.send_date >= bounds["first_send_date"]]
    shares = {_key(wave): _shares(scope, group, wave) for wave in rows}
    named = inside
    if not inside:
        named = [wave for wave in rows if wave.send_date >= bounds["first_send_date"]]
        if not named or not _evaluated_before(scope, group):
            return None
    entered = _entered(scope, group, inside, waves, shares)
    last = {_key(wave): wave for wave in rows}[_key((entered or named)[-1])]
    return Entries(
        first_at=min(row.first_send_at for row in entered or named),
        last_at=(entered or named)[-1].last_send_at,
        declared=scope.declarations[last.declaration_hash],
        goal=last.goal,
        holdouts={shares[_key(wave)]: _holdout(scope, group, wave) for wave in inside},
        send_dates=sorted({wave.send_date for wave in inside}),
        codes=sorted({code for wave in inside for code in wave.codes}),
        variants=scope.epochs.variants.get((group.campaign, last.epoch), ()),
        later=sum(wave.customers for wave in inside) - sum(row.customers for row in entered) if group.period else None,
    )


def _evaluated_before(scope: Scope, group: Group) -> bool:
    key = {name: value for name, value in group.key().items() if name != "kind"}
    return bool(scope.tx.value("evaluation/evaluated_before", **key))


def _key(row: Any) -> tuple[Any, ...]:
    return row.occasion, row.wave, row.send_date


def _holdout(scope: Scope, group: Group, wave: Any) -> float:
    declared = scope.declarations[wave.declaration_hash].holdout
    return scope.epochs.holdouts.get((group.campaign, wave.epoch), declared)


def _shares(scope: Scope, group: Group, wave: Any) -> str:
    """What a wave's arms were drawn by, as a name: the share held out, and the variants that shared the rest.

    A one-off result has one draw alone, and its cells no name of it.
    """
    if not group.period:
        return ""
    variants = scope.epochs.variants.get((group.campaign, wave.epoch), ())
    return f"{_holdout(scope, group, wave):g} {' '.join(sorted(variants))}".strip()


def _entered(
    scope: Scope,
    group: Group,
    inside: Sequence[Any],
    waves: Sequence[Any],
    shares: Mapping[tuple[Any, ...], str],
) -> Sequence[Any]:
    """Customers, first and last entry by wave, that of the last entry behind."""
    if not group.period:
        once = {"campaign": group.campaign, "occasion": group.occasion, "wave": group.wave}
        scope.tx.run("evaluation/entry_once", **once, send_dates=sorted({wave.send_date for wave in inside}))
        return inside
    epochs = {wave.epoch for wave in inside}
    needed = [wave for wave in waves if wave.epoch in epochs]
    scope.tx.run(
        "evaluation/entry_pooled",
        campaign=group.campaign,
        occasions=[wave.occasion for wave in needed],
        waves=[wave.wave for wave in needed],
        send_dates=[wave.send_date for wave in needed],
        epochs=[wave.epoch for wave in needed],
        shares=[shares[_key(wave)] for wave in needed],
        first_send_date=min((wave.send_date for wave in inside), default=groups.LAST),
        last_send_date=max((wave.send_date for wave in inside), default=groups.FIRST),
    )
    return scope.tx.rows("evaluation/entries")
