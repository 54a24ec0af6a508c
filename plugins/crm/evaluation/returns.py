"""What came back to each campaign in its primary window: baskets, entry paths, the steps from assignment to purchase.

Of treated and held-out customers side by side, by assignment; one-off campaigns by occasion and wave, continuous ones
pooled by month and to date, exactly as their results are (``groups``).
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from crm.evaluation import declared, groups, results, scope

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.groups import Group
    from crm.warehouse import Transaction


def refresh(
    tx: Transaction, business: Business, as_of: datetime.date, last: datetime.date | None, file_version_ids: list[int]
) -> int:
    """Compute the groups that may have moved; return how many.

    :param last: business date of the refresh before; None computes every group
    :param file_version_ids: files of orders that came in since
    """
    windows = {digest: each.primary_window_days for digest, each in declared.by_hash(tx, business).items()}
    since = groups.FIRST
    if last is not None:
        since = last - datetime.timedelta(days=max(windows.values(), default=0) + 3)
    rows = tx.rows("evaluation/returns/due", since=since, as_of=as_of, file_version_ids=file_version_ids)
    return sum(_group(tx, group, windows, as_of, scope.end_of(as_of, business)) for group in groups.of(rows))


def _group(
    tx: Transaction, group: Group, windows: dict[str, int], as_of: datetime.date, end: datetime.datetime
) -> bool:
    """Whether anybody entered it, by a declaration that names a primary window."""
    tx.run("evaluation/returns/entered", **group.bounds(as_of))
    span = tx.row("evaluation/returns/span")
    if span.declaration_hash not in windows:
        return False
    window_days, to_date = windows[span.declaration_hash], group.period == groups.TO_DATE
    is_open = not results.closed(span.first_at if to_date else span.last_at, window_days, end)
    closed_by = end if to_date and not is_open else None
    window = {"campaign": group.campaign, "window_days": window_days, "as_of": as_of}
    tx.run("evaluation/returns/bought", **window, closed_by=closed_by)
    tx.run("evaluation/returns/steps", **group.key(), window_days=window_days, is_open=is_open, as_of=as_of)
    for step in ("baskets", "doors"):
        tx.run(f"evaluation/returns/{step}", **group.key(), as_of=as_of)
    return True
