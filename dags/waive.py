"""
### Waive a date

A business date is missing or failed for good, or for longer than its successors can wait: let the campaigns of later
dates run without it. The name of the operator is that of the user who starts the run; with the reason it is kept in
`crm.waiver`. Waiting runs of `plan_campaigns` go on within five minutes.

| parameter | meaning |
| --- | --- |
| `date` | business date to go on without |
| `reason` | why, for whoever reads it later |

**Example.** The shop was closed for stocktaking: `date` `2017-11-23`, `reason` `stocktaking, no sales`. By a form or by REST; from the
command line `airflow dags trigger waive --conf '{"date": "2017-11-23", "reason": "stocktaking"}'`.

**Dangers.** Later campaigns decide without that date's orders: a buyer of that day may be reminded of what they have just
bought. The date's own campaigns are not sent. When its orders come after all, they are published as usual and count
from then on.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param, dag, task

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED

business = businesses.load()


@dag(
    schedule=None,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "campaigns"],
    default_args={
        "owner": "marketing",
        "execution_timeout": timedelta(minutes=10),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
    params={
        "date": Param(None, type=["null", "string"], format="date", description="Business date to go on without"),
        "reason": Param("", type="string", description="Why"),
    },
)
def waive():
    @task
    def waive(params, dag_run):
        from crm import runs
        from crm.campaigns.gate import waive
        from crm.messages.clock import RealClock
        from crm.warehouse import Warehouse

        date, operator = runs.day(params["date"], "date"), dag_run.triggering_user_name or ""
        waive(Warehouse.from_connection(), date, operator=operator, reason=params["reason"], now=RealClock().now())
        return date.isoformat()

    waive()


waive()
