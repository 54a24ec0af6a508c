"""The open app over HTTP, on a real warehouse with two messages in its ledger."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from crm.business import Business, Footer
from crm.messages.tokens import Signer
from crm.warehouse import Warehouse
from crm.web import open_app, parts
from sendgrid_stand_in import events as stand_in

NOW = datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)
EMAIL, SMS = "00000000000000e1", "00000000000000f1"

LEDGER = f"""
insert into crm.customer_profile (customer_id, valid_from, email, mobile, email_key, mobile_key, file_version_id)
values (1, '2017-01-01', 'ann@example.com', '+12025550101', crm.contact_key('email', 'ann@example.com'),
    crm.contact_key('sms', '+12025550101'), 1);
insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date,
    planned_send_at, send_by, locale, provider, status)
values
(1, 'thanksgiving', '2017', 'email', '{EMAIL}', 1, crm.contact_key('email', 'ann@example.com'), '2017-11-21',
    '2017-11-21 15:00Z', '2017-11-22 01:00Z', 'en', 'sendgrid', 'accepted'),
(1, 'birthday', '2017', 'sms', '{SMS}', 1, crm.contact_key('sms', '+12025550101'), '2017-11-22',
    '2017-11-22 15:00Z', '2017-11-23 01:00Z', 'zh-CN', 'sns', 'claimed')
"""


class Clock:
    """Stands at ``NOW``."""

    def now(self) -> datetime.datetime:
        return NOW


@dataclass
class Site:
    """A browser, SendGrid's key, and the warehouse behind the app."""

    http: TestClient
    sendgrid: stand_in.Signer

    def post(self, events: list[dict] | bytes, *, at: datetime.datetime = NOW, **headers: str):
        """Events, signed as SendGrid signs them."""
        body = events if isinstance(events, bytes) else stand_in.body(events)
        signed = self.sendgrid.headers(body, at=int(at.timestamp())) | headers
        return self.http.post("/sendgrid/events", content=body, headers=signed)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch):
    """Signs a message id as the links of messages do."""
    monkeypatch.setenv("AIRFLOW_CONN_CRM_LINKS", '{"password": "test"}')
    return Signer.from_connection().token


@pytest.fixture
def site(warehouse: Warehouse, query, token, monkeypatch: pytest.MonkeyPatch):
    query(LEDGER)
    signer = stand_in.Signer()
    connection = {"password": "api key", "extra": {"webhook_public_key": signer.public_key}}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", json.dumps(connection))
    business = Business(
        name="Shop", time_zone="America/New_York", currency="USD", country="US", sources=["x"],
        footer=Footer(company="Bär & <Söhne>", postal_address="1 Street"), responses={"body_kilobytes": 64},
    )  # fmt: skip
    given = {parts.warehouse: lambda: warehouse, parts.business: lambda: business, parts.clock: Clock}
    monkeypatch.setattr(open_app.app, "dependency_overrides", given)
    with TestClient(open_app.app) as http:
        yield Site(http, signer)
