"""Fixtures of the messages room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from message_facts import Planner, make_business

from crm.business import Business
from crm.warehouse import Warehouse
from databases import OwnSql


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "outbox"
    monkeypatch.setenv("CRM_OUTBOX", str(folder))
    return folder


@pytest.fixture
def business() -> Business:
    return make_business()


@pytest.fixture
def plan(warehouse: Warehouse) -> Iterator[Planner]:
    with OwnSql(warehouse.url.replace("+psycopg", ""), cursor_factory=psycopg.ClientCursor) as own:
        yield Planner(own)
