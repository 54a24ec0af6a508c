"""A warehouse to write facts into, and a business to evaluate."""

from __future__ import annotations

import pytest
from evaluation_facts import Facts

from crm.business import Business
from crm.warehouse import Warehouse


@pytest.fixture
def facts(warehouse: Warehouse):
    written = Facts(warehouse.url)
    yield written
    written.connection.close()


@pytest.fixture
def business() -> Business:
    return Business(name="Test", time_zone="America/New_York", currency="USD", country="US", sources=["test"])
