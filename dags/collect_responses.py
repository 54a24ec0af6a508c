"""
### Collect responses

What happened after the messages. `messages`: what providers say of them (delivered, opened, clicked, bounced, complained,
opted out) becomes responses, message states and suppressions; SMS logs are fetched where a channel is sent by SNS.
`collect`: orders of treated and held-out customers within the campaigns' windows, as of the latest published business
date. On a clock of its own; changes nothing where nothing changed.

**Example.** It takes no parameters: `airflow dags trigger collect_responses` looks at once.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED

business = businesses.load()


@dag(
    schedule=None if business.is_closed else CronTriggerTimetable("*/10 * * * *", timezone=business.time_zone),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "evaluation"],
    default_args={
        "owner": "data-engineering",
        "execution_timeout": timedelta(hours=1),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
)
def collect_responses():
    @task
    def messages():
        from crm import metrics
        from crm.messages.clock import RealClock
        from crm.messages.responses import collecting
        from crm.warehouse import Warehouse

        warehouse, now = Warehouse.from_connection(), RealClock().now()
        counts = collecting.run(warehouse, business, now)
        if business.providers.sendgrid.activity:
            from crm.messages import settling
            from crm.messages.providers.sendgrid_activity import Activity

            counts |= {"asked": settling.ask(warehouse, business, Activity.from_connection(), now)}
        metrics.emit("responses", counts)
        return counts

    @task
    def collect():
        from crm.evaluation.collecting import collect
        from crm.warehouse import Warehouse

        return collect(Warehouse.from_connection(), business)

    # Side by side: neither waits for the other's mending.
    messages()
    collect()


collect_responses()
