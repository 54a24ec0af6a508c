"""
### Test send

Sends **one message of a campaign to somebody of the staff**, written as for a chosen customer, or for an invented person.
It goes through the channel's own provider, whatever the mode of the installation; the form says whose data and whose
mailbox.

| parameter | meaning |
| --- | --- |
| `campaign` | any declared campaign, enabled or not |
| `to` | a name in `staff` of `business.yaml`; nobody else can be written to |
| `customer` | `<shop>:<customer id>` whose name, product and offer the message shows; empty = an invented person |
| `date` | business date as of which the customer is read; empty = yesterday |
| `channel`, `locale`, `variant`, `wave` | empty = the customer's own, else the campaign's first |

**Example.** The Thanksgiving e-mail in Chinese, written to an invented person, to the member of the staff `marketing`: `campaign`
`thanksgiving`, `to` `marketing`, `locale` `zh-CN`, all else empty; or
`airflow dags trigger test_send --conf '{"campaign": "thanksgiving", "to": "marketing", "locale": "zh-CN"}'`.

The subject begins with `[Test]` (`【测试】`), an SMS ends with it, and an e-mail has the header `X-CRM-Test`. The test is not in
the ledger: nobody counts as contacted, no cap is used up. Its links name a message that does not exist, so *unsubscribe*
opts nobody out. A customer's coupon code is not shown: `SAMPLE234567` stands for it.

**Dangers.** With a customer chosen, somebody of the staff reads what is known of that customer. A provider bills it.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param, dag, task

from crm import business as businesses
from crm.alerts.notifier import FAILED
from crm.campaigns import declarations

business = businesses.load()
CAMPAIGNS = [declaration.campaign for declaration in declarations.load_all()] or [None]
STAFF = sorted(business.staff) or [None]
TEXT = ["null", "string"]


@dag(
    schedule=None,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["crm", "messages"],
    default_args={
        "owner": "marketing",
        "execution_timeout": timedelta(minutes=10),
        "on_failure_callback": FAILED,
    },
    params={
        "campaign": Param(CAMPAIGNS[0], type=TEXT, enum=CAMPAIGNS, description="Whose message"),
        "to": Param(STAFF[0], type=TEXT, enum=STAFF, description="Who of the staff reads it"),
        "customer": Param(
            None, type=TEXT, description="<shop>:<customer id> to write it for; empty = an invented person"
        ),
        "date": Param(
            None, type=TEXT, format="date", description="Business date of the customer's data; empty = yesterday"
        ),
        "channel": Param(None, type=TEXT, enum=[None, "email", "sms"], description="Empty = the first that fits"),
        "locale": Param(None, type=TEXT, enum=[None, "en", "zh-CN"], description="Empty = the customer's"),
        "variant": Param(None, type=TEXT, description="Empty = the customer's, else the first"),
        "wave": Param(None, type=TEXT, description="Empty = the customer's, else the first"),
    },
)
def test_send():
    @task(retries=0)  # a repetition would write, and be billed, twice
    def send(params):
        from crm.messages.clock import RealClock
        from crm.rehearsal.test_send import send_to_staff
        from crm.warehouse import Warehouse

        given = {name: value or "" for name, value in params.items()}
        warehouse = Warehouse.from_connection() if given["customer"] else None
        return send_to_staff(business, **given, warehouse=warehouse, at=RealClock().now())

    send()


test_send()
