"""The few keys of a declaration that measuring needs, read from the text that decisions refer to by hash.

What a campaign promised is what it was decided by, not what its file says today.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm import yaml_files

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction


@dataclass(frozen=True)
class Declared:
    """``holdout``: share of controls, 0–1; windows in days of 24 h."""

    primary_window_days: int
    holdout: float
    windows_days: tuple[int, ...]


def parse(body: str, windows_days: Iterable[int]) -> Declared:
    """Read the YAML ``body``; ``windows_days`` are the business's, for a declaration that names none."""
    values = yaml_files.frozen(body)
    primary = int(values["primary_window_days"])
    windows = set(values.get("windows_days") or windows_days) | {primary}
    return Declared(primary, float(values["holdout"]), tuple(sorted(windows)))


def by_hash(tx: Transaction, business: Business) -> dict[str, Declared]:
    """Every declaration that a decision was made by, by its hash."""
    rows = tx.rows("evaluation/declarations")
    return {row.declaration_hash: parse(row.body, business.evaluation.windows_days) for row in rows}


def longest_window(declared: Iterable[Declared], business: Business) -> int:
    """The longest window that any result may ask for, days."""
    return max([*business.evaluation.windows_days, *(max(each.windows_days) for each in declared)])
