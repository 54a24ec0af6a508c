"""Airflow's side: a notifier for tasks that fail, a deadline for runs that are late."""

from __future__ import annotations

import itertools
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

if TYPE_CHECKING:
    from crm.alerts.telling import Alert
    from crm.business import Business


class AlertNotifier(BaseNotifier):
    """Tells of a task after its last retry (``on_failure_callback``), or of a deadline that was missed."""

    def __init__(self, about: str = "failed", minutes: int = 0, context: Any = None) -> None:
        super().__init__(context=context)
        self.about, self.minutes = about, minutes

    def notify(self, context: Any) -> None:
        """Tell it. What goes wrong here is logged by Airflow and changes no task's state."""
        from crm import business as businesses
        from crm.alerts import telling
        from crm.messages.clock import RealClock
        from crm.warehouse import Warehouse

        business = businesses.load()
        alert = self._alert(context)
        telling.tell(alert, Warehouse.from_connection(), business.alerts, business.locale, RealClock().now())

    def _alert(self, context: Any) -> Alert:
        from crm.alerts.telling import Alert

        run, task = context["dag_run"], context.get("ti")
        if isinstance(run, dict):  # a deadline is given the answer of the REST API, no object
            found = {"dag_id": run["dag_id"], "run_id": run["dag_run_id"], "partition_key": run.get("partition_key")}
            conf = run.get("conf")
        else:
            found = {"dag_id": run.dag_id, "run_id": run.run_id, "partition_key": run.partition_key}
            conf = getattr(run, "conf", None)
        error = context.get("exception")
        return Alert(
            about="late" if self.about == "late" else "failed",
            dag_id=found["dag_id"],
            run_id=found["run_id"],
            task_id=task.task_id if task else "",
            partition_key=found["partition_key"] or (conf or {}).get("business_date") or "",
            error=type(error).__name__ if isinstance(error, BaseException) else "",
            minutes=self.minutes,
            url=_page(found["dag_id"], found["run_id"], task.task_id if task else ""),
        )


def _page(dag_id: str, run_id: str, task_id: str) -> str:
    """Where Airflow's UI shows it."""
    from airflow.sdk.configuration import conf

    base = conf.get("api", "base_url", fallback="").rstrip("/")
    run = f"{base}/dags/{dag_id}/runs/{quote(run_id, safe='')}" if base else ""
    return f"{run}/tasks/{task_id}" if run and task_id else run


#: For ``default_args``: told once, after the last retry.
FAILED = AlertNotifier("failed")


def late(business: Business) -> list[DeadlineAlert] | None:
    """Deadlines of a DAG by which the day's data must be in; a closed shop has none, nor has ``airflow dags test``."""
    minutes = business.alerts.late_after_minutes
    if business.is_closed or minutes is None or _is_test():
        return None
    told = SyncCallback(AlertNotifier, kwargs={"about": "late", "minutes": minutes})
    return [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(minutes=minutes), told)]


def _is_test() -> bool:
    """Is this ``airflow dags test``? Nobody waits for its run, and Airflow 3.3 ends in an error over its deadline."""
    return ("dags", "test") in itertools.pairwise(sys.argv)
