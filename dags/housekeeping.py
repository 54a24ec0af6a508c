"""
### Housekeeping

Keeps a running shop small: every day what is older than its period (`retention` in `business.yaml`) is removed, in
batches. `warehouse`: rows of customers whom a campaign left out, repeated opens and clicks, rows that were set aside,
dry runs, staged rows, alerts. `files`: the outbox, dry runs, Data Docs, task logs. `airflow_runs`: old runs in Airflow's
own database, by `airflow db clean` (counted first, then removed; the last run of each DAG stays).

`never_left` lets go of what was decided for a past send date and will never be sent, because its campaign's file was removed
or its run failed and nobody cleared it: its messages are skipped, and nobody counts as contacted who was not. The task's log
and result name each campaign and date with its messages and contacts.

Nothing goes that a result, an approval, a cap, an opt-out or the plan of a date within the period stands on:
`docs/operations.md` says what stays and why. Counts of decisions stay for ever. What was removed is in each task's result
and in `mart.housekeeping`.

| parameter | meaning |
| --- | --- |
| `business_date` | date as of which periods are counted; empty = the last that is over |
| `dry_run` | count what would go, and remove nothing: the default of a run that is started by hand |

`airflow_runs` is skipped where no connection `crm_airflow_database` names Airflow's database, which tasks do not reach by
themselves.

**Dangers.** What is removed comes back from a backup alone. Again, it removes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, task

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED

business = businesses.load()


def asked(params, dag_run):
    """The date as of which periods are counted, and whether nothing is to be removed."""
    from crm.housekeeping.keeping import as_of
    from crm.messages.clock import RealClock

    dry_run = dag_run.run_type == "manual" and params["dry_run"]
    return as_of(business, params["business_date"], RealClock().now()), dry_run


@dag(
    schedule=None if business.is_closed else CronTriggerTimetable("30 3 * * *", timezone=business.time_zone),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "operations"],
    default_args={
        "owner": "data-engineering",
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
    params={
        "business_date": Param(
            None, type=["null", "string"], format="date", description="As of which periods are counted"
        ),
        "dry_run": Param(True, type="boolean", description="Count what would go, remove nothing"),
    },
)
def housekeeping():
    @task
    def warehouse(params, dag_run):
        from crm.housekeeping import keeping
        from crm.warehouse import Warehouse

        day, dry_run = asked(params, dag_run)
        return keeping.warehouse(Warehouse.from_connection(), business, day, dry_run=dry_run)

    @task
    def files(params, dag_run):
        from pathlib import Path

        from airflow.sdk.configuration import conf

        from crm.housekeeping import keeping
        from crm.warehouse import Warehouse

        day, dry_run = asked(params, dag_run)
        logs = Path(conf.get("logging", "base_log_folder"))
        return keeping.run_time_files(Warehouse.from_connection(), business, day, logs, dry_run=dry_run)

    @task
    def airflow_runs(params, dag_run):
        from airflow.sdk.exceptions import AirflowSkipException

        from crm.housekeeping import airflow_runs, keeping

        day, dry_run = asked(params, dag_run)
        url = airflow_runs.address()
        for period in keeping.periods(business, day, ["airflow_runs"]):
            if url is None:
                raise AirflowSkipException("no connection crm_airflow_database: docs/operations.md, Housekeeping")
            return airflow_runs.clean(url, period.before, dry_run=dry_run)
        raise AirflowSkipException("retention.airflow_runs is empty: runs are kept for ever")

    @task
    def never_left(params, dag_run):
        from crm.campaigns.sweeping import sweep
        from crm.messages.clock import RealClock
        from crm.warehouse import Warehouse

        _, dry_run = asked(params, dag_run)
        return sweep(Warehouse.from_connection(), business, RealClock().now(), dry_run=dry_run)

    # Side by side: none waits for another's mending.
    never_left()
    warehouse()
    files()
    airflow_runs()


housekeeping()
