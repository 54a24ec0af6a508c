"""``make test-send``: one message of a campaign to somebody of the staff."""

from __future__ import annotations

import contextlib
import os

from crm import business as businesses
from crm.local import stack
from crm.local.home import Home
from crm.messages import links
from crm.messages.clock import RealClock
from crm.messages.staff import StaffError
from crm.rehearsal.test_send import send_to_staff


def test_send(home: Home, campaign: str, to: str, **given: str) -> None:
    """Send it and say what went out; the key of links is the home's where the environment has none.

    :param given: customer, date, channel, locale, variant, wave; "" = not given
    :raises StaffError: campaign or name are missing, or as ``send_to_staff``
    """
    if not campaign or not to:
        raise StaffError("give both: make test-send CAMPAIGN=<campaign> TO=<name in staff of business.yaml>")
    os.environ.setdefault("AIRFLOW_CONN_CRM_LINKS", home.links_connection())
    os.environ.setdefault(links.AIRFLOW, stack.Stack(home).url)
    opened = stack.open_warehouse(home) if given["customer"] else contextlib.nullcontext()
    with opened as warehouse:
        sent = send_to_staff(businesses.load(), campaign, to, at=RealClock().now(), warehouse=warehouse, **given)
    about = f"{sent['channel']}, {sent['locale']}, variant {sent['variant']}, wave {sent['wave']}"
    print(f"a test of {campaign} ({about}) went to {to} by {sent['provider']}: {sent['provider_message_id']}")
