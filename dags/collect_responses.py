"""
### Collect responses

What happened after the messages: orders of treated and held-out customers within the campaigns' windows. On a clock of
its own, as of the latest published business date; changes nothing where nothing changed.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from crm import business as businesses

business = businesses.load()


@dag(
    schedule=None if business.is_closed else CronTriggerTimetable("20 * * * *", timezone=business.time_zone),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "evaluation"],
    default_args={"owner": "data-engineering", "execution_timeout": timedelta(hours=1)},
)
def collect_responses():
    @task
    def collect():
        from crm.evaluation.collecting import collect
        from crm.warehouse import Warehouse

        return collect(Warehouse.from_connection(), business)

    collect()


collect_responses()
