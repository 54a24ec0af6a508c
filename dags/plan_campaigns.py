"""
### Plan campaigns

Decides for every campaign that is due on the send date, the day after the **business date** (the partition key), and
starts the DAG of each. Runs when `daily_orders` has refreshed the customers of a date, in the same mode.

**The gate.** The orders of the date must be published, its customers refreshed, and none of the 7 dates before it
missing, failed or undecided. Until then the run waits and looks again every five minutes; its log and `crm.hold` say for
which file, expectation or date. It goes on by itself

- when what is missing arrives: mend the file, clear `ingest` of `daily_orders` for that date;
- when an operator waives an earlier date: start `waive`.

Once every due campaign's `send_by` has passed it ends without sending and says so; so does a run for a send date that is
over, whatever made it: both end as dry runs, which count in no cap.

Started by hand it is a **dry run** for all campaigns ("whom would we have written to on that date?") unless `dry_run` is
switched off. A date is decided once; decided again it is only reported.

| parameter | meaning |
| --- | --- |
| `business_date` | the business date where no partition key is given: `airflow dags trigger` and `dags test` know none. With `dry_run` off a partition key is needed, because Airflow starts the campaigns by it |
| `dry_run` | show what would be decided, write nothing |

**Example.** Whom would the shop have written to on November 23, 2017? Partition key `2017-11-22`; or, in a shell,
`airflow dags test plan_campaigns --conf '{"business_date": "2017-11-22"}'`.

**Dangers.** None by rerunning. A waiting run blocks no other.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from airflow.sdk import Asset, AssetAlias, Param, PartitionedAssetTimetable, dag, task

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED, late
from crm.runs import BUSINESS_DATE

business = businesses.load()


@dag(
    schedule=PartitionedAssetTimetable(assets=Asset("customers")),
    catchup=False,
    max_active_runs=32,
    doc_md=__doc__,
    tags=["crm", "campaigns"],
    default_args={
        "owner": "marketing",
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
    deadline=late(business),
    params={
        "business_date": Param(**BUSINESS_DATE),
        "dry_run": Param(True, type="boolean", description="Show what would be decided, write nothing"),
    },
)
def plan_campaigns():
    @task(outlets=[AssetAlias("decisions")])
    def plan(params, dag_run, triggering_asset_events, outlet_events, partition_key=None):
        from airflow.sdk.exceptions import AirflowRescheduleException

        from crm import metrics, runs
        from crm.campaigns.gate import plan_when_open
        from crm.campaigns.planning import by_campaign
        from crm.messages.clock import clock_for, look_again
        from crm.orders.mapping import shops
        from crm.rehearsal.dry_run import rehearse
        from crm.warehouse import Warehouse

        warehouse, day = Warehouse.from_connection(), runs.business_date(partition_key, params)
        mode = runs.campaign_mode(dag_run.run_type, params, triggering_asset_events)
        runs.can_hand_on(partition_key, mode)
        found = plan_when_open(
            warehouse,
            business,
            day,
            mode=mode,
            now=clock_for(mode, day, business).now(),
            shops=shops(business.sources),
            rehearse=partial(rehearse, warehouse, business, day, None),
        )
        if found["outcome"] == "held":
            # Airflow frees the worker and runs this task again then.
            raise AirflowRescheduleException(look_again(mode))
        if found["outcome"] == "planned":
            for campaign, counts in by_campaign(found["planned"]).items():
                metrics.emit("plan", counts, campaign=campaign)
                told = {"mode": mode, **counts}
                outlet_events[AssetAlias("decisions")].add(Asset(f"decisions/{campaign}"), extra=told)
        return found

    plan()


plan_campaigns()
