"""Business dates that stopped in Airflow: the latest run of a date failed, so a person has to press something."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any

from crm import runs
from crm.web.desk import airflow_calls

if TYPE_CHECKING:
    from fastapi import Request

DAILY, PLANNING, CAMPAIGN = "daily_orders", "plan_campaigns", "campaign_"
#: Where to begin again: a file that was mended has to be read again, and changed decisions need a new question.
BEGIN = {"validate": "ingest", "publish": "ingest", "approve": "preview", "send": "preview"}
#: Failed runs, and runs of one of their DAGs, that are looked at.
MOST = 50


async def failed_dates(request: Request, since: datetime.datetime) -> list[dict[str, Any]]:
    """Dates whose latest run since ``since`` failed, the earliest first; nothing where Airflow shows no runs.

    :return: ``dag``, ``run_id``, ``date``, ``campaign`` ("" = all), ``task`` that failed, ``begin``: task to clear
    """
    if airflow_calls.AIRFLOW not in request.scope:
        return []
    try:
        failed = _latest(await airflow_calls.runs(request, "~", MOST, state="failed", run_after_gte=since.isoformat()))
        all_runs = await asyncio.gather(*(airflow_calls.runs(request, dag, MOST) for dag, _ in failed))
        still = [
            (date, run)
            for ((dag, date), run), found in zip(failed.items(), all_runs, strict=True)
            if _latest(found).get((dag, date), run)["state"] == "failed"
        ]
        states = await asyncio.gather(
            *(airflow_calls.task_states(request, run["dag_id"], run["dag_run_id"]) for _, run in still)
        )
    except airflow_calls.Refused:
        return []
    listed = [_entry(date, run, tasks) for (date, run), tasks in zip(still, states, strict=True)]
    return sorted(listed, key=lambda each: (each["date"], each["dag"]))


def _latest(found: list[dict[str, Any]]) -> dict[tuple[str, datetime.date], dict[str, Any]]:
    """The first run of each DAG and date in ``found`` (newest first), without those that nobody waits for."""
    latest: dict[tuple[str, datetime.date], dict[str, Any]] = {}
    for run in found:
        date = date_of(run)
        if date and run["dag_id"].startswith((DAILY, PLANNING, CAMPAIGN)) and not _is_rehearsal(run):
            latest.setdefault((run["dag_id"], date), run)
    return latest


def date_of(run: dict[str, Any]) -> datetime.date | None:
    """Business date of a run, as Airflow's API gives it; None: it has none."""
    try:
        return runs.business_date(run["partition_key"], run["conf"] or {})
    except runs.RunError:
        return None


def _is_rehearsal(run: dict[str, Any]) -> bool:
    conf = run["conf"] or {}
    if run["dag_id"] == DAILY:
        return conf.get("mode") == "dry"
    return run["run_type"] == "manual" and bool(conf.get("dry_run", True))


def _entry(date: datetime.date, run: dict[str, Any], states: dict[str, str | None]) -> dict[str, Any]:
    dag = run["dag_id"]
    task = next((name for name, state in states.items() if state == "failed"), "")
    return {
        "dag": dag,
        "run_id": run["dag_run_id"],
        "date": date,
        "campaign": dag.removeprefix(CAMPAIGN) if dag.startswith(CAMPAIGN) else "",
        "task": task,
        "begin": BEGIN.get(task, task),
    }
