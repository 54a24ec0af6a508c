"""What the routes are given; made at the first request, so that importing the app costs nothing and needs nothing."""

from __future__ import annotations

import functools

from crm import business as businesses
from crm.business import Business
from crm.messages.clock import Clock, RealClock
from crm.warehouse import Warehouse


@functools.cache
def business() -> Business:
    """The business settings; read once: a change needs a restart."""
    return businesses.load()


@functools.cache
def warehouse() -> Warehouse:
    """The warehouse, from ``AIRFLOW_CONN_CRM_WAREHOUSE`` or ``CRM_WAREHOUSE_URL`` where Airflow is not installed."""
    return Warehouse.from_connection()


def clock() -> Clock:
    """The time of day."""
    return RealClock()
