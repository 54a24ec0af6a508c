"""What one evaluation is about."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from crm.evaluation import declared

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.declared import Declared
    from crm.warehouse import Transaction


class Epochs(NamedTuple):
    """What epochs were begun with, by campaign and epoch: share held out (0 to 1), variants in order."""

    holdouts: Mapping[tuple[str, str], float]
    variants: Mapping[tuple[str, str], tuple[str, ...]]


class Scope(NamedTuple):
    """The business date, the instant at which that date ended, and what decisions were made by."""

    tx: Transaction
    business: Business
    as_of: datetime.date
    end: datetime.datetime
    declarations: Mapping[str, Declared]
    epochs: Epochs


def end_of(as_of: datetime.date, business: Business) -> datetime.datetime:
    """The instant at which a business date ended: its midnight, local."""
    day_after, zone = as_of + datetime.timedelta(days=1), ZoneInfo(business.time_zone)
    return datetime.datetime.combine(day_after, datetime.time(), zone).astimezone(datetime.UTC)


def read(tx: Transaction, business: Business, as_of: datetime.date) -> Scope:
    """Everything that an evaluation as of ``as_of`` goes by."""
    rows = tx.rows("evaluation/epochs")
    epochs = Epochs(
        {(row.campaign, row.epoch): float(row.holdout) for row in rows},
        {(row.campaign, row.epoch): tuple(row.variants) for row in rows},
    )
    return Scope(tx, business, as_of, end_of(as_of, business), declared.by_hash(tx, business), epochs)
