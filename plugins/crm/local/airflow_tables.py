"""The REST API whose looks at runs and tasks are read from Airflow's tables.

Who looks twice a second would otherwise keep the API server busier than the tasks do.
"""

from __future__ import annotations

from typing import Any

from crm.local.airflow_api import AirflowApi, Run
from crm.warehouse import Warehouse


class AirflowTables(AirflowApi):
    """``api`` for everything that acts; ``database`` (Airflow's own) for the looks."""

    def __init__(self, api: AirflowApi, database: Warehouse) -> None:
        super().__init__(api.url, api.user, api.password)
        self._database = database

    def runs(self, dag_id: str = "~") -> list[Run]:
        with self._database.transaction() as tx:
            rows = tx.rows("local/airflow_runs")
        found = [Run(r.dag_id, r.run_id, r.partition_key, r.state, r.mode, r.run_after.isoformat()) for r in rows]
        return [run for run in found if dag_id in ("~", run.dag_id)]

    def tasks(self, run: Run) -> dict[str, dict[str, Any]]:
        with self._database.transaction() as tx:
            rows = tx.rows("local/airflow_tasks", dag_id=run.dag_id, run_id=run.run_id)
        return {row.task_id: dict(row._mapping) for row in rows}
