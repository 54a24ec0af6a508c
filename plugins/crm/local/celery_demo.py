"""``make celery-demo``: days around Thanksgiving of the sample shop, as a deployment of several machines runs them.

Redis, two Celery workers, scheduler, DAG processor, triggerer and API server are started by hand over the embedded
PostgreSQL; all of them are stopped at the end. The course is that of ``make demo``, shortened. The summary says which
worker ran what.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm import printing
from crm.local import figures, summary
from crm.local.demo import Course, Demo, DemoError
from crm.local.postgres import Server
from crm.local.workers import redis_server

if TYPE_CHECKING:
    from sqlalchemy.engine import Row

SHORT = Course(
    datetime.date(2017, 10, 1),  # too late to learn when somebody buys again: no repurchases
    [datetime.date(2017, 11, 20), datetime.date(2017, 11, 21), datetime.date(2017, 11, 22)],
    datetime.date(2017, 12, 10),
)


class CeleryDemo(Demo):
    """The short course on two Celery workers, in a home of its own."""

    course, workers = SHORT, 2

    def _check(self) -> None:
        redis_server()
        super()._check()
        if self.home.demo_file.exists():
            raise DemoError(
                f"{self.home.folder} holds the whole demo: give another home, e.g. CRM_HOME=/tmp/crm-celery"
            )

    def _past_campaigns(self, server: Server) -> bool:
        return False

    def _show(self, server: Server, fresh: bool) -> None:
        found = figures.collect(self._warehouse(server), self._airflow(server), self.seconds)
        with self._airflow(server).transaction() as tx:
            ran = tx.rows("local/workers")
        out = printing.console()
        summary.show(found, out)
        out.print()
        workers = sorted({row.worker for row in ran})
        columns = "|".join(["DAG", "task", *(f">{worker}" for worker in workers), ">seconds"])
        out.print(printing.table("Which worker ran how many tasks", columns, _by_task(ran, workers)))
        for worker in workers:
            mine = [row for row in ran if row.worker == worker]
            out.print(f"{worker}: {sum(row.tasks for row in mine)} tasks in {sum(row.seconds for row in mine):,.0f} s")
        out.print()
        self.say(f"done in {self.seconds:.0f} seconds" if fresh else "nothing to do: this demo was finished before")


def _by_task(ran: list[Row[Any]], workers: list[str]) -> Iterator[tuple[object, ...]]:
    for task in sorted({(row.dag_id, row.task_id) for row in ran}):
        mine = {row.worker: row for row in ran if (row.dag_id, row.task_id) == task}
        counts = [mine[worker].tasks if worker in mine else "" for worker in workers]
        yield (*task, *counts, f"{sum(row.seconds for row in mine.values()):,.1f}")
