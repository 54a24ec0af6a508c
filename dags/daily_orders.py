"""
### Daily orders

One **business date**: read the shops' deliveries, validate every row, publish, refresh the customers that the day
touched. The partition key is the business date (command line: the parameter `business_date`). The refreshed `customers`
start `plan_campaigns` for the same date, in the same mode.

| parameter | meaning |
| --- | --- |
| `business_date` | the business date where no partition key is given: `airflow dags trigger` and `dags test` know none |
| `mode` | `live`; `dry` (decide in a report only); `load` (a range of history: nothing planned, nothing sent); `simulate` (outbox alone, on a clock fixed to the send date) |
| `from_date` | first business date of a `load`; the business date is its last |
| `source` | one mapping of `include/sources` instead of all of the business's |
| `files` | a file or folder to read instead of the landing folder, also `s3://bucket/prefix` |
| `known_on` | business date from which a corrected file counts as known (default: the latest published one) |
| `allow_empty` | a missing file declares an empty day |

**Example.** The year 2025 from the landing folder: partition key `2025-12-31`, `mode` `load`, `from_date` `2025-01-01`; or
`airflow dags trigger daily_orders --conf '{"business_date": "2025-12-31", "mode": "load", "from_date": "2025-01-01"}'`.
A day on which the shop was closed: its date, and `allow_empty`.

**Dangers.** One run at a time, so that dates cannot overtake each other: a run that hangs holds all later dates. A failed
or late delivery stops here, and the campaigns of its date and of the next seven wait for it (`plan_campaigns` says so);
mend the file and clear `ingest`, or waive the date (`waive`). Rerunning a date gives the same rows and never a
second message.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import (
    Asset,
    CronPartitionTimetable,
    Param,
    PartitionedAtRuntime,
    dag,
    task,
)

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED, late
from crm.runs import BUSINESS_DATE, MODES

business = businesses.load()

# 06:00 is an hour that no change to or from summer time touches: every business date comes exactly once.
schedule = (
    PartitionedAtRuntime()
    if business.is_closed
    else CronPartitionTimetable("0 6 * * *", run_offset=-1, key_format="%Y-%m-%d", timezone=business.time_zone)
)


@dag(
    schedule=schedule,
    start_date=business.first_run,
    catchup=business.schedule_from is not None,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "orders", "customers"],
    default_args={
        "owner": "data-engineering",
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
    deadline=late(business),
    params={
        "business_date": Param(**BUSINESS_DATE),
        "mode": Param("live", enum=list(MODES), description="What this run may do"),
        "from_date": Param(None, type=["null", "string"], format="date", description="First date of a load"),
        "source": Param(None, type=["null", "string"], description="One mapping instead of all"),
        "files": Param(None, type=["null", "string"], description="File or folder instead of the landing folder"),
        "known_on": Param(
            None, type=["null", "string"], format="date", description="Date from which it counts as known"
        ),
        "allow_empty": Param(False, type="boolean", description="A missing file declares an empty day"),
    },
)
def daily_orders():
    # A late delivery is looked for again through the working day; the sample shop's files never come late.
    @task(**({} if business.is_closed else retries.waiting(retries.LATE, 16, timedelta(minutes=30))))
    def ingest(params, partition_key=None):
        from crm import runs
        from crm.orders.delivery import ingest
        from crm.warehouse import Warehouse

        first, last = runs.load_range(partition_key, params)
        return ingest(
            Warehouse.from_connection(),
            business,
            last,
            mode=params["mode"],
            from_date=first,
            source=params["source"],
            files=params["files"] or None,
            known_on=runs.day(params["known_on"], "known_on") if params["known_on"] else None,
            allow_empty=params["allow_empty"],
            progress=print,
        ).to_dict()

    @task
    def validate(delivery):
        from crm.orders.delivery import Delivery
        from crm.orders.validation import validate
        from crm.warehouse import Warehouse

        return validate(Warehouse.from_connection(), Delivery.from_dict(delivery))

    @task(outlets=[Asset("orders")])
    def publish(params, delivery, outlet_events, partition_key=None):
        from crm import metrics, runs
        from crm.orders.delivery import Delivery
        from crm.orders.publishing import publish
        from crm.warehouse import Warehouse

        counts = publish(Warehouse.from_connection(), business, Delivery.from_dict(delivery))
        metrics.emit("publish", counts)
        outlet_events[Asset("orders")].extra = counts
        outlet_events[Asset("orders")].add_partitions(runs.business_date(partition_key, params).isoformat())
        return counts

    @task(outlets=[Asset("customers")])
    def refresh(params, outlet_events, partition_key=None):
        from crm import metrics, runs
        from crm.customers.refreshing import refresh
        from crm.warehouse import Warehouse

        date = runs.business_date(partition_key, params)
        counts = refresh(Warehouse.from_connection(), business, date)
        metrics.emit("refresh", counts)
        outlet_events[Asset("customers")].extra = {**counts, "mode": params["mode"]}
        # A run that was started without a partition key hands its date on all the same.
        outlet_events[Asset("customers")].add_partitions(date.isoformat())
        return counts

    @task.short_circuit
    def history_loaded(params):
        return params["mode"] == "load"

    evaluate = TriggerDagRunOperator(task_id="evaluate", trigger_dag_id="evaluate_campaigns")

    delivery = ingest()
    validate(delivery) >> publish(delivery=delivery) >> refresh() >> history_loaded() >> evaluate


daily_orders()
