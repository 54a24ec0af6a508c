"""
### Campaigns

One DAG for each campaign declared in `include/campaigns`, built in one loop. It runs **only when the campaign is due**:
`daily_orders` decides for all campaigns at once and emits `decisions/<campaign>`. The partition key is the business date
that was decided on; messages go out the day after.

Started by hand it is a **dry run** unless `dry_run` is switched off: whom would it write to, and why not the others? With
`dry_run` off the campaign goes through the same pass as every other, so it cannot write to a customer whom another
campaign has taken.

Messages wait for their hour (`send_at` in the customer's time zone): the task `send` is rescheduled until then.

**Dangers.** None by rerunning: the ledger's key makes a second message impossible, and a run for a send date that has
passed never sends, whatever made it.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, Param, PartitionedAssetTimetable, dag, task

from crm import business as businesses
from crm.campaigns import declarations

business = businesses.load()


def build(campaign: str, title: str) -> None:
    @dag(
        dag_id=f"campaign_{campaign}",
        dag_display_name=title,
        schedule=PartitionedAssetTimetable(assets=Asset(f"decisions/{campaign}")),
        catchup=False,
        max_active_runs=8,
        doc_md=__doc__,
        tags=["crm", "campaigns", "messages"],
        default_args={"owner": "marketing", "execution_timeout": timedelta(hours=6)},
        params={"dry_run": Param(True, type="boolean", description="Show what would be sent, send nothing")},
    )
    def run():
        @task
        def preview(params, dag_run, triggering_asset_events, partition_key=None):
            from crm import runs
            from crm.campaigns.planning import plan
            from crm.messages.preview import preview
            from crm.warehouse import Warehouse

            warehouse, day = Warehouse.from_connection(), runs.business_date(partition_key)
            mode = runs.campaign_mode(dag_run.run_type, params, triggering_asset_events)
            if dag_run.run_type == "manual":
                return {"mode": mode, "planned": plan(warehouse, business, day, mode=mode, only=campaign)}
            return {"mode": mode, "preview": preview(warehouse, business, campaign, day)}

        @task(retries=2, retry_delay=timedelta(minutes=5))
        def send(previewed, run_id, partition_key=None):
            from datetime import datetime

            from airflow.sdk.exceptions import AirflowRescheduleException

            from crm import runs
            from crm.messages.clock import clock_for
            from crm.messages.sending import send
            from crm.warehouse import Warehouse

            day, mode = runs.business_date(partition_key), previewed["mode"]
            clock = clock_for(mode, day, business)
            sent = send(Warehouse.from_connection(), business, campaign, day, mode=mode, clock=clock, run_id=run_id)
            if sent["held_until"]:
                # The hour has not come: Airflow frees the worker and runs this task again then.
                raise AirflowRescheduleException(datetime.fromisoformat(sent["held_until"]))
            return sent

        send(preview())

    run()


for declaration in declarations.load_all():
    build(declaration.campaign, declaration.title["en"])
