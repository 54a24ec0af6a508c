"""The whole way over HTTP: messages go to SendGrid's stand-in, its events and one click come back, the ledger knows."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from message_facts import BUSINESS_DATE, CAMPAIGN, RunningClock, make_business

from crm.business import Channel
from crm.local.postgres import free_port
from crm.messages.clock import RealClock
from crm.messages.responses import collecting
from crm.messages.sending import send
from crm.web import open_app, parts
from sendgrid_stand_in.emitting import emit, life_of
from sendgrid_stand_in.events import Signer
from sendgrid_stand_in.server import StandIn

BUSINESS = make_business(channels={"email": Channel(provider="sendgrid", sender="hello@shop.example")})


@pytest.fixture
def site(warehouse, monkeypatch) -> Iterator[str]:
    """Address of the open app, served by Uvicorn."""
    given = {parts.warehouse: lambda: warehouse, parts.business: lambda: BUSINESS}
    monkeypatch.setattr(open_app.app, "dependency_overrides", given)
    server = uvicorn.Server(uvicorn.Config(open_app.app, port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.config.port}"
    server.should_exit = True
    thread.join()


def test_what_was_taken_is_known_to_be_taken_whatever_the_answer_was(plan, warehouse, query, site, monkeypatch):
    heard: list[dict] = []
    sendgrid = StandIn(heard=heard.append).start()
    sendgrid.script.extend(["202", "reset_taken", "reset"])
    signer = Signer()
    connection = sendgrid.connection(webhook_public_key=signer.public_key)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", connection)
    plan.decide(30)
    sent = send(
        warehouse, BUSINESS, CAMPAIGN, BUSINESS_DATE, mode="live", clock=RunningClock(), run_id="run-1", batch_size=10
    )
    sendgrid.stop()
    assert (sent["accepted"], sent["unknown"], len(heard)) == (10, 20, 20)

    chance, at = random.Random(4), int(time.time())
    taken = {each["custom_args"]["crm_message"]: each["to"][0]["email"] for each in heard}
    events = [event for message, email in taken.items() for event in life_of(message, email, at, chance)]
    assert emit(f"{site}/sendgrid/events", signer, events, chance, size=7) > 0
    clicked = heard[0]["headers"]["List-Unsubscribe"].strip("<>")
    token = parse_qs(urlsplit(clicked).query)["m"][0]
    one_click = {"List-Unsubscribe": "One-Click"}
    assert httpx.post(f"{site}/unsubscribe", params={"m": token}, data=one_click).status_code == 200

    counts = collecting.run(warehouse, BUSINESS, RealClock().now())
    assert (counts["events"], counts["responses"], counts["unknown"]) == (len(events), len(events), 0)
    assert query("select count(*) from crm.message where status = 'unknown'") == [(10,)]
    assert query("select count(*) from crm.message where status in ('accepted', 'delivered', 'failed')"
                 " and message_id = any(%s)", list(taken)) == [(20,)]  # fmt: skip
    stopped = {event["crm_message"] for event in events if event["event"] in ("spamreport", "unsubscribe", "dropped")}
    stopped |= {event["crm_message"] for event in events if event.get("type") == "bounce"} | {token.partition(".")[0]}
    assert query("select count(distinct contact_key) from crm.suppression") == [(len(stopped),)]
    assert "@" not in json.dumps(query("select * from crm.response"), default=str)
