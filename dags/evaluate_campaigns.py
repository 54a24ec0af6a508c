"""
### Evaluate campaigns

What each campaign really earned: treated against held-out customers, in every window, as of the latest published business
date. Results are append-only; a late order or refund makes a new version with its reason. Then how the shop is doing
(indicators by day, cohorts by month) and what came back to each campaign. On a clock of its own; changes nothing where
nothing changed. A load of history triggers it once. Beside it, segments and tiers are counted for the CRM pages.

The last task writes the report of the date into `$CRM_HOME/reports/<business date>` and mails it to those whom `report.to` of
`business.yaml` names: once for the same figures, whatever runs again. A mail that the provider did not take fails the task and
is sent again by a person alone: `make report DATE=<business date> MAIL=again`.

| parameter | meaning |
| --- | --- |
| `everything` | evaluate every result once more, also what cannot have changed: after `evaluation` or `margins` of `business.yaml` did |

**Example.** `airflow dags trigger evaluate_campaigns` evaluates as of the latest published date; with
`--conf '{"everything": true}'` all results, however old.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, task

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED

business = businesses.load()


@dag(
    schedule=None if business.is_closed else CronTriggerTimetable("0 9 * * *", timezone=business.time_zone),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "evaluation"],
    params={
        "everything": Param(
            False,
            type="boolean",
            description="evaluate all results once more: after evaluation or margins of business.yaml changed",
        ),
    },
    default_args={
        "owner": "data-engineering",
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
)
def evaluate_campaigns():
    @task
    def collect():
        from crm.evaluation.collecting import collect
        from crm.warehouse import Warehouse

        return collect(Warehouse.from_connection(), business)

    @task(outlets=[Asset("results")])
    def evaluate(params, outlet_events):
        from crm import metrics
        from crm.evaluation.evaluating import evaluate
        from crm.warehouse import Warehouse

        counts = evaluate(Warehouse.from_connection(), business, everything=params["everything"])
        metrics.emit("evaluate", counts)
        outlet_events[Asset("results")].extra = counts
        return counts

    @task
    def indicators():
        from crm.evaluation.indicators import refresh
        from crm.warehouse import Warehouse

        return refresh(Warehouse.from_connection(), business)

    @task
    def standings():
        from crm.customers.standings import count
        from crm.warehouse import Warehouse

        return count(Warehouse.from_connection())

    @task
    def report(ti):
        from crm.messages.clock import RealClock
        from crm.rehearsal.daily_report import report_if_evaluated
        from crm.warehouse import Warehouse

        return report_if_evaluated(Warehouse.from_connection(), business, RealClock().now(), repeated=ti.try_number > 1)

    standings()
    collect() >> evaluate() >> indicators() >> report()


evaluate_campaigns()
