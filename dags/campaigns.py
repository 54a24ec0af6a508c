"""
### Campaigns

One DAG for each campaign declared in `include/campaigns`, built in one loop. It runs **only when the campaign is due**:
`plan_campaigns` decides for all campaigns at once and emits `decisions/<campaign>`. The partition key is the business
date that was decided on (command line: the parameter `business_date`); messages go out the day after.

**Approval.** Above the size or cost that the declaration sets (`approval`), the task `approve` waits for a person
(Airflow: *Required actions*) until `send_by`. Approved, exactly the decisions that were shown are sent, in the words that
were shown; an opt-out that comes later still counts, and a change of decisions or words asks again. Rejected or not answered, nothing is sent and nobody counts as contacted. Smaller campaigns skip
the task.

Started by hand it is a **dry run** unless `dry_run` is switched off: whom would it write to, and why not the others? The
log shows it with samples, and names the file that holds every decision; it is what `make plan` does. The campaign's page
of the CRM desk shows its counts. With `dry_run` off the campaign passes the gate of its date and goes through the same
pass as every other, so it cannot write to a customer whom another campaign has taken.

| parameter | meaning |
| --- | --- |
| `business_date` | the business date where no partition key is given: `airflow dags trigger` and `dags test` know none |
| `dry_run` | show what would be sent, send nothing |

**Example.** Thanksgiving 2017, decided on the data of the day before, as a dry run: start `campaign_thanksgiving` with partition key
`2017-11-22`; or `airflow dags trigger campaign_thanksgiving --conf '{"business_date": "2017-11-22"}'`.

Messages wait for their hour (`send_at` in the customer's time zone): the task `send` is rescheduled until then.

**Dangers.** None by rerunning: the ledger's key makes a second message impossible, and a run for a send date that has
passed never sends, whatever made it. An answer is final: what was rejected is closed.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Asset, Param, PartitionedAssetTimetable, dag, task

from crm import business as businesses
from crm import retries
from crm.alerts.notifier import FAILED
from crm.campaigns import declarations
from crm.runs import BUSINESS_DATE

business = businesses.load()
ASKED = "ti.xcom_pull(task_ids='preview', key='previewed')['approval']"


class Approval(ApprovalOperator):
    """Airflow's approval, open until ``send_by``; its answer is kept in the warehouse before anything follows from it."""

    def execute(self, context):
        from datetime import datetime

        from crm.messages.approval import standing

        warehouse, campaign, day, clock, asked = self._facts(context)
        if standing(warehouse, business, campaign, day).state != "needed":
            return  # answered before: the task was cleared
        left = datetime.fromisoformat(asked["send_by"]) - clock.now()
        self.response_timeout = max(left, timedelta(seconds=1))
        super().execute(context)

    def execute_complete(self, context, event):
        from crm.messages.approval import answer

        warehouse, campaign, day, clock, asked = self._facts(context)
        user = event["responded_by_user"]
        said = "approved" if event["chosen_options"] == [self.APPROVE] else "rejected"
        stands = answer(
            warehouse,
            business,
            campaign,
            day,
            decisions_hash=asked["decisions_hash"],
            words_hash=asked.get("words_hash", ""),  # "" = asked before an upgrade, when words were not kept
            outcome=said if user else "timeout",
            decided_by=user["name"] if user else None,
            now=clock.now(),
        )
        # Of two runs that asked about the same decisions the first answer stands, whatever the second was told.
        chosen = self.APPROVE if stands == "approved" else self.REJECT
        return super().execute_complete(context, {**event, "chosen_options": [chosen]})

    @staticmethod
    def _facts(context):
        from crm import runs
        from crm.messages.clock import clock_for
        from crm.warehouse import Warehouse

        previewed = context["ti"].xcom_pull(task_ids="preview", key="previewed")
        day = runs.business_date(context["dag_run"].partition_key, context["params"])
        clock = clock_for(previewed["mode"], day, business)
        return Warehouse.from_connection(), previewed["campaign"], day, clock, previewed["approval"]


def build(campaign: str, title: str, paused: bool | None) -> None:
    @dag(
        dag_id=f"campaign_{campaign}",
        dag_display_name=title,
        is_paused_upon_creation=paused,
        schedule=PartitionedAssetTimetable(assets=Asset(f"decisions/{campaign}")),
        catchup=False,
        max_active_runs=32,
        doc_md=__doc__,
        tags=["crm", "campaigns", "messages"],
        default_args={
            "owner": "marketing",
            "execution_timeout": timedelta(hours=6),
            "on_failure_callback": FAILED,
            **retries.growing(business),
        },
        params={
            "business_date": Param(**BUSINESS_DATE),
            "dry_run": Param(True, type="boolean", description="Show what would be sent, send nothing"),
        },
    )
    def run():
        @task.branch
        def preview(params, dag_run, triggering_asset_events, ti, partition_key=None):
            from airflow.sdk.exceptions import AirflowRescheduleException

            from crm import runs
            from crm.campaigns.gate import plan_when_open
            from crm.messages.approval import question
            from crm.messages.clock import clock_for, look_again
            from crm.messages.preview import preview
            from crm.orders.mapping import shops
            from crm.rehearsal.dry_run import rehearse
            from crm.warehouse import Warehouse

            warehouse, day = Warehouse.from_connection(), runs.business_date(partition_key, params)
            mode = runs.campaign_mode(dag_run.run_type, params, triggering_asset_events)
            clock = clock_for(mode, day, business)
            found = {"campaign": campaign, "mode": mode, "approval": None}
            if dag_run.run_type == "manual":
                planned = plan_when_open(
                    warehouse,
                    business,
                    day,
                    mode=mode,
                    now=clock.now(),
                    shops=shops(business.sources),
                    only=campaign,
                    rehearse=partial(rehearse, warehouse, business, day, campaign, run_id=dag_run.run_id),
                )
                if planned["outcome"] == "held":
                    raise AirflowRescheduleException(look_again(mode))
                found |= {"planned": planned, "mode": planned["mode"]}
            if found["mode"] != "dry":
                found["preview"] = preview(warehouse, business, campaign, day)
                found["approval"] = question(warehouse, business, campaign, day, mode=mode, clock=clock, title=title)
            ti.xcom_push(key="previewed", value=found)
            return "approve" if found["approval"] else "send"

        approve = Approval(
            task_id="approve",
            subject=f"{{{{ {ASKED}['subject'] }}}}",
            body=f"{{{{ {ASKED}['page'] }}}}",
            defaults=Approval.REJECT,
            response_timeout=timedelta(days=1),
            ignore_downstream_trigger_rules=True,
            retries=0,  # a repetition would ask again
        )

        @task(
            trigger_rule="none_failed_min_one_success",
            outlets=[Asset("messages")],
        )
        def send(params, previewed, run_id, outlet_events, partition_key=None):
            from datetime import datetime

            from airflow.sdk.exceptions import AirflowRescheduleException

            from crm import metrics, runs
            from crm.messages.clock import clock_for
            from crm.messages.sending import send
            from crm.warehouse import Warehouse

            day, mode = runs.business_date(partition_key, params), previewed["mode"]
            clock = clock_for(mode, day, business)
            sent = send(Warehouse.from_connection(), business, campaign, day, mode=mode, clock=clock, run_id=run_id)
            if sent["held_until"]:
                # The hour has not come: Airflow frees the worker and runs this task again then.
                raise AirflowRescheduleException(datetime.fromisoformat(sent["held_until"]))
            metrics.emit("send", sent, campaign=campaign)
            outlet_events[Asset("messages")].extra = sent
            return sent

        previewed = preview()
        sent = send(previewed=previewed["previewed"])
        previewed >> approve >> sent

    run()


for declaration in declarations.load_all():
    # Where a person approves every send, nobody need unpause it first; else it is as Airflow is set.
    build(declaration.campaign, declaration.title["en"], paused=False if declaration.is_always_approved else None)
