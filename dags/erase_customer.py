"""
### Erase a customer

Erasure by request (PIPL, GDPR), started from the page *Customer* of the desk. Personal data go from the warehouse in one
transaction, then from the files of the outbox; orders, decisions and results stay without a person, so no figure
changes. Addresses stay suppressed as keys and are never written to again; a later delivery does not bring the customer
back. What is erased, what stays and what only the shop can erase: `docs/privacy.md`.

| parameter | meaning |
| --- | --- |
| `customer_id` | the customer's key, as the page *Customer* shows it. Airflow keeps it with the run: never give an address, a name, or the shop's own id |

Who asked and what was erased, in counts, is kept in `crm.erasure`. While a message to the customer is being sent, the
last task tries again every minute. Starting it again is harmless, and repeats the files.

**Example.** On the page *Customer* of the desk; or here with the key that it shows: `customer_id` `48210`.

**Dangers.** It cannot be taken back. Another customer who shares an address is not written to at that address either.
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
    # A request has a deadline by law: it does not wait for somebody to switch the DAG on.
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["crm", "customers"],
    default_args={
        "owner": "marketing",
        "execution_timeout": timedelta(minutes=30),
        "on_failure_callback": FAILED,
        **retries.growing(business),
    },
    params={
        "customer_id": Param(
            None,
            type=["null", "string"],
            pattern=r"^-?[0-9]{1,19}$",
            description="The key that the page Customer shows; no address, no name",
        )
    },
)
def erase_customer():
    @task
    def erase(params, dag_run):
        from crm.customers import erasing
        from crm.messages.clock import RealClock
        from crm.orders.mapping import composed_ids, id_columns
        from crm.warehouse import Warehouse

        warehouse, customer_id = Warehouse.from_connection(), erasing.customer_key(params["customer_id"] or "")
        shop = erasing.shop_of(warehouse, customer_id)
        return erasing.erase(
            warehouse,
            customer_id,
            id_columns=id_columns(business.sources, shop),
            composed_ids=composed_ids(business.sources, shop),
            requested_by=dag_run.triggering_user_name or "",
            now=RealClock().now(),
        )

    @task(**retries.waiting(retries.UNDER_WAY, 15, timedelta(minutes=1)))
    def remove_files(params):
        from crm.customers.erasing import customer_key
        from crm.messages.clock import RealClock
        from crm.messages.forgetting import remove_files
        from crm.warehouse import Warehouse

        return remove_files(Warehouse.from_connection(), customer_key(params["customer_id"] or ""), RealClock().now())

    erase() >> remove_files()


erase_customer()
