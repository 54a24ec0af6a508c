"""Business dates that stopped in Airflow: the latest run of a date failed, so a person has to press something."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from crm import runs
from crm.web.desk import airflow_calls

if TYPE_CHECKING:
    from fastapi import Request

DAILY, PLANNING, CAMPAIGN = "daily_orders", "plan_campaigns", "campaign_"
#: Where to begin again: a file that was mended has to be read again, and changed decisions need a new question.
BEGIN = {"validate": "ingest", "publish": "ingest", "approve": "preview", "send": "preview"}
#: DAGs whose last run should have gone well, whatever its date.
OTHERS = ("evaluate_campaigns", "collect_responses", "housekeeping", "erase_customer", "waive")
#: Failed runs, and runs of one of their DAGs, that are looked at.
MOST = 50


async def failed_dates(request: Request, since: datetime.datetime) -> list[dict[str, Any]]:
    """Dates whose latest run since ``since`` failed, the earliest first; nothing where Airflow shows no runs.

    :return: ``dag``, ``run_id``, ``date`` (None: of no date), ``campaign`` ("" = all), ``task`` that failed,
        ``begin``: task to clear, ``is_dry``: nothing waits for it but who started it
    """
    if airflow_calls.AIRFLOW not in request.scope:
        return []
    try:
        failed = _latest(await airflow_calls.runs(request, "~", MOST, state="failed", run_after_gte=since.isoformat()))
        all_runs = await asyncio.gather(*(airflow_calls.runs(request, key.dag, MOST) for key in failed))
        still = [
            (key, run)
            for (key, run), found in zip(failed.items(), all_runs, strict=True)
            if _latest(found).get(key, run)["state"] == "failed"
        ]
        states = await asyncio.gather(
            *(airflow_calls.task_states(request, run["dag_id"], run["dag_run_id"]) for _, run in still)
        )
    except airflow_calls.Refused:
        return []
    listed = [_entry(key, run, tasks) for (key, run), tasks in zip(still, states, strict=True)]
    return sorted(listed, key=lambda each: (each["date"] or datetime.date.max, each["dag"]))


class _Key(NamedTuple):
    """What a later run makes good: the same date, or any where ``date`` is None."""

    dag: str
    date: datetime.date | None = None
    is_dry: bool = False


def _latest(found: list[dict[str, Any]]) -> dict[_Key, dict[str, Any]]:
    """The first run of each key in ``found`` (newest first)."""
    latest: dict[_Key, dict[str, Any]] = {}
    for run in found:
        if key := _key(run):
            latest.setdefault(key, run)
    return latest


def _key(run: dict[str, Any]) -> _Key | None:
    """None of a run that nobody waits for. Of dry runs the latest of a campaign counts, whatever its date."""
    dag = run["dag_id"]
    if dag in OTHERS:
        return _Key(dag)
    if not dag.startswith((DAILY, PLANNING, CAMPAIGN)) or not (date := date_of(run)):
        return None
    if _is_rehearsal(run):
        return _Key(dag, is_dry=True) if dag.startswith(CAMPAIGN) else None
    return _Key(dag, date)


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


def _entry(key: _Key, run: dict[str, Any], states: dict[str, str | None]) -> dict[str, Any]:
    dag = run["dag_id"]
    task = next((name for name, state in states.items() if state == "failed"), "")
    return {
        "dag": dag,
        "run_id": run["dag_run_id"],
        "date": date_of(run) if key.is_dry else key.date,
        "is_dry": key.is_dry,
        "campaign": dag.removeprefix(CAMPAIGN) if dag.startswith(CAMPAIGN) else "",
        "task": task,
        "begin": BEGIN.get(task, task),
    }
