"""The stop switch of a campaign: nothing more is taken up while it is on; what was claimed is finished.

The run ends with outcome ``stopped`` and looks again every few minutes; what is still waiting when the send date ends
is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

    from crm.warehouse import Warehouse


def stop(warehouse: Warehouse, campaign: str, send_date: datetime.date, *, by: str, at: datetime.datetime) -> None:
    """Stop the sending of a campaign on a send date. Again, it changes nothing."""
    with warehouse.transaction() as t:
        t.run("messages/stop", campaign=campaign, send_date=send_date, stopped_at=at, stopped_by=by)


def resume(warehouse: Warehouse, campaign: str, send_date: datetime.date) -> bool:
    """Take the switch back; False where it was not on."""
    with warehouse.transaction() as t:
        return t.run("messages/resume", campaign=campaign, send_date=send_date) == 1
