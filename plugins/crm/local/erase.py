"""``make erase``: a customer is erased by request, as by the DAG ``erase_customer``."""

from __future__ import annotations

import getpass

from crm import business as businesses
from crm.customers import erasing
from crm.local import stack
from crm.local.home import Home
from crm.messages.clock import RealClock
from crm.messages.forgetting import remove_files
from crm.orders.mapping import composed_ids, id_columns


def erase(home: Home, customer_id: str) -> None:
    """Erase the customer with the key ``customer_id`` and say what went.

    :raises ErasureError: that is no customer's key
    :raises UnderWay: a message to the customer is being sent; all but its file is done
    """
    key, now = erasing.customer_key(customer_id), RealClock().now()
    with stack.open_warehouse(home) as warehouse:
        sources, shop = businesses.load().sources, erasing.shop_of(warehouse, key)
        erased = erasing.erase(
            warehouse,
            key,
            id_columns=id_columns(sources, shop),
            composed_ids=composed_ids(sources, shop),
            requested_by=getpass.getuser(),
            now=now,
        )
        files = remove_files(warehouse, key, now)
    print(f"customer {key} is erased: {', '.join(f'{count} {what}' for what, count in erased.items())}, {files} files")
    print("The shop's own files in the landing folder, and backups, still hold them: see docs/privacy.md")
