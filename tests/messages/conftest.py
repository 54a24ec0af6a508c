"""Fixtures of the messages room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from message_facts import Planner, make_business

from crm.business import Business
from crm.warehouse import Warehouse


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "outbox"
    monkeypatch.setenv("CRM_OUTBOX", str(folder))
    return folder


@pytest.fixture
def business() -> Business:
    return make_business()


@pytest.fixture
def plan(warehouse: Warehouse) -> Planner:
    def run(statement: str, *values: object, named: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(warehouse.url.replace("+psycopg", ""), cursor_factory=psycopg.ClientCursor) as connection:
            cursor = connection.execute(statement.encode(), named or values or None)
            return cursor.fetchall() if cursor.description else []

    return Planner(run)
