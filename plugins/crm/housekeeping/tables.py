"""Rows of the warehouse that nothing stands on any more, removed batch by batch: no lock is long.

A dry run does the same in transactions that are rolled back.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.business import Business
    from crm.housekeeping.keeping import Period
    from crm.warehouse import Warehouse

#: Keys of ``retention`` whose rows are removed.
STEPS = ("excluded_decisions", "repeated_responses", "rejected_rows", "dry_runs", "staging", "alerts")
#: Rows of a batch, about; files whose rows go at once.
ROWS, FILES = 20_000, 500


class Remover:
    """Removes what is older than a period, as of ``business_date``."""

    def __init__(
        self, warehouse: Warehouse, business: Business, business_date: datetime.date, *, dry_run: bool
    ) -> None:
        self.warehouse, self.business, self.business_date = warehouse, business, business_date
        self.dry_run = dry_run

    def remove(self, period: Period) -> int:
        """The number of rows that were removed, or of a dry run: that would be."""
        count: int = getattr(self, f"_{period.step}")(period)
        return count

    def _excluded_decisions(self, period: Period) -> int:
        cutoff = period.kept_from.replace(month=1, day=1)
        with self.warehouse.transaction() as tx:
            waves = tx.rows("housekeeping/old_waves", cutoff=cutoff)
        count = 0
        for wave in waves:
            name = {"campaign": wave.campaign, "occasion": wave.occasion, "wave": wave.wave}
            parts = 1 + wave.customers // ROWS
            for part in range(parts):
                count += self._run("excluded_decisions", **name, send_date=wave.send_date, parts=parts, part=part)
            self._run("wave_removed", **name, business_date=wave.business_date, removed_on=self.business_date)
        return count

    def _repeated_responses(self, period: Period) -> int:
        with self.warehouse.transaction() as tx:
            dates = [row.known_on for row in tx.rows("housekeeping/response_dates", cutoff=period.kept_from)]
        return sum(self._run("repeated_responses", known_on=date) for date in dates)

    def _rejected_rows(self, period: Period) -> int:
        with self.warehouse.transaction() as tx:
            ids = [row.file_version_id for row in tx.rows("housekeeping/rejected_files", before=period.before)]
        some = [ids[first : first + FILES] for first in range(0, len(ids), FILES)]
        return sum(self._run("rejected_rows", file_version_ids=each) for each in some)

    def _dry_runs(self, period: Period) -> int:
        return self._run("dry_runs", before=period.before)

    def _alerts(self, period: Period) -> int:
        quiet = datetime.timedelta(hours=self.business.alerts.repeat_after_hours)
        now = datetime.datetime.combine(self.business_date, datetime.time(), period.before.tzinfo)
        return self._run("alerts", before=min(period.before, now - quiet))

    def _staging(self, period: Period) -> int:
        """The number of files whose rows were staged."""
        with self.warehouse.transaction(discard=self.dry_run) as tx:
            files: int = tx.value("housekeeping/staging_over", before=period.before)
            if files:
                tx.run("orders/empty_staging")
        return files

    def _run(self, step: str, **values: object) -> int:
        with self.warehouse.transaction(discard=self.dry_run) as tx:
            return tx.run(f"housekeeping/{step}", **values)
