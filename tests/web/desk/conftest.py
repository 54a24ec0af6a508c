"""The desk over HTTP with a person of the test's own, on a real warehouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk_people import OPERATOR, Clock, Somebody
from fastapi import HTTPException
from fastapi.testclient import TestClient

from crm.business import Business
from crm.customers import standings
from crm.messages import failures
from crm.warehouse import Warehouse
from crm.web import parts
from crm.web.desk import access
from crm.web.desk.app import app


@pytest.fixture
def business() -> Business:
    return Business(
        name="Bär & <Söhne>", time_zone="America/New_York", currency="USD", country="US", sources=["complete_journey"],
        campaigns_on=["birthday", "black_friday", "repurchase", "thanksgiving", "winter"],
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(business: Business, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TestClient]:
    """``desk(person, warehouse)``: the browser of somebody; None is signed out. Redirects are not followed."""

    def browser(person: Somebody | None = OPERATOR, warehouse: object = None) -> TestClient:
        given = {parts.clock: lambda: clock, parts.warehouse: lambda: warehouse, parts.business: lambda: business}
        given[access.person] = (lambda: person) if person else _signed_out
        monkeypatch.setattr(app, "dependency_overrides", given)
        return TestClient(app, follow_redirects=False, raise_server_exceptions=False)

    return browser


def _signed_out() -> None:
    raise HTTPException(401)


@pytest.fixture
def seeded(warehouse: Warehouse, query: Callable[..., list[tuple]], business: Business, clock: Clock) -> Warehouse:
    """A shop two days before Thanksgiving 2017 (seed.sql), with its segments, tiers and failures counted."""
    query((Path(__file__).parent / "seed.sql").read_text(encoding="utf-8"))
    standings.count(warehouse)
    failures.count_latest(warehouse, business, clock.now())
    return warehouse
