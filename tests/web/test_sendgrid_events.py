"""SendGrid's webhook: what is answered 2xx is kept, once; nothing that SendGrid did not sign is."""

from __future__ import annotations

import datetime
import logging
import random

import pytest

from crm.warehouse import Warehouse
from crm.web import open_app, parts
from sendgrid_stand_in import events as stand_in

NOW = datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)
AT = int(NOW.timestamp())
KEPT = "select count(*) from crm.response_inbox"


def _event(kind: str = "delivered", message_id: str = "00000000000000e1", **more: object) -> dict:
    return stand_in.event(kind, message_id, email="ann.lee@example.com", at=AT, **more)


def test_events_are_kept_once_however_often_and_in_whatever_order_they_come(site, query):
    events = [_event(kind, f"{number:016x}") for number in range(30) for kind in stand_in.KINDS]
    for post in stand_in.disordered(events, random.Random(7), repeats=0.8, size=40):
        assert site.post(post).status_code == 204
    assert query(KEPT) == [(len(events),)]


def test_an_event_is_kept_in_our_words_without_anything_personal(site, query):
    reason = (
        "550 <ann.lee@example.com>: no mailbox Ann.Lee here, asked by 203.0.113.7 and 2001:db8::1 of +1 202-555-0101"
    )
    url = "https://u:p@shop.example/sale?email=ann.lee@example.com#ann"
    site.post([_event("bounce", reason=reason), _event("click", url=url), _event("open", sg_machine_open=True)])
    assert query(
        "select kind, suppresses, message_id, occurred_at = %s from crm.response_inbox order by kind", NOW
    ) == [
        ("bounce", "bounce", "00000000000000e1", True),
        ("clicked", None, "00000000000000e1", True),
        ("opened", None, "00000000000000e1", True),
    ]
    assert query("select reason from crm.response_inbox where kind = 'bounce'") == [
        ("550 <…>: no mailbox … here, asked by … and … of …",)
    ]
    assert query("select url from crm.response_inbox where kind = 'clicked'") == [("https://shop.example/sale",)]
    assert query("select machine from crm.response_inbox where kind = 'opened'") == [("prefetch",)]


@pytest.mark.parametrize(
    ("event", "kind", "suppresses"),
    [
        (_event("blocked"), "soft_bounce", None),
        (_event("dropped", reason="Bounced Address"), "dropped", "bounce"),
        (_event("dropped", reason="Unsubscribed Address"), "dropped", "opt_out"),
        (_event("dropped", reason="Spam Reporting Address"), "dropped", "complaint"),
        # A name that SendGrid cannot read is dropped as "Invalid": our fault, never the customer's.
        (_event("dropped", reason="Invalid"), "dropped", None),
        (_event("bounce", bounce_classification="Content"), "undelivered", None),
        (_event("blocked", bounce_classification="Reputation"), "undelivered", None),
        (_event("bounce", bounce_classification="Invalid Address"), "bounce", "bounce"),
        (_event("dropped", reason="Invalid SMTPAPI header"), "dropped", None),
        (_event("spamreport"), "complaint", "complaint"),
        (_event("group_unsubscribe"), "opt_out", "opt_out"),
        (_event("deferred"), "deferred", None),
        (_event("delivered", event="something_new"), "other", None),
    ],
)
def test_every_kind_of_event_has_a_word_of_ours(site, query, event, kind, suppresses):
    site.post([event])
    assert query("select kind, suppresses from crm.response_inbox") == [(kind, suppresses)]


class TestRefused:
    def test_what_another_key_signed(self, site, query):
        body = stand_in.body([_event()])
        forged = stand_in.Signer().headers(body, at=AT)
        assert site.http.post("/sendgrid/events", content=body, headers=forged).status_code == 403
        assert site.http.post("/sendgrid/events", content=body).status_code == 403
        assert query(KEPT) == [(0,)]

    def test_a_body_or_a_time_that_was_changed_after_signing(self, site, query):
        signed = site.sendgrid.headers(stand_in.body([_event()]), at=AT)
        changed = site.http.post("/sendgrid/events", content=stand_in.body([_event("bounce")]), headers=signed)
        assert changed.status_code == 403
        later = site.post([_event()], **{stand_in.TIMESTAMP: str(AT + 1)})
        assert later.status_code == 403
        assert query(KEPT) == [(0,)]

    @pytest.mark.parametrize("header", [{stand_in.SIGNATURE: "é".encode()}, {stand_in.SIGNATURE: "abc"},
                                        {stand_in.TIMESTAMP: "9" * 30}, {stand_in.TIMESTAMP: "soon"}])  # fmt: skip
    def test_headers_of_any_kind(self, site, header):
        assert site.post([_event()], **header).status_code == 403

    @pytest.mark.parametrize("hours", [-26, 26])
    def test_what_was_signed_too_long_ago_or_in_the_future(self, site, hours):
        assert site.post([_event()], at=NOW + datetime.timedelta(hours=hours)).status_code == 403
        assert site.post([_event()], at=NOW + datetime.timedelta(hours=hours * 24 / 26)).status_code == 204

    def test_a_body_that_is_too_large_is_not_read(self, site):
        large = b"[" + b" " * (64 * 1024) + b"]"
        assert site.post(large).status_code == 413

        in_blocks = (b" " * 1024 for _ in range(100))  # nothing says how long it is
        assert site.http.post("/sendgrid/events", content=in_blocks).status_code == 413

    @pytest.mark.parametrize("body", [b"no json", b'{"event": "open"}', b"[" * 20_000, b"\xff"])
    def test_what_is_no_list_of_events(self, site, body):
        assert site.post(body).status_code == (403 if body == b"\xff" else 400)


def test_one_broken_event_does_not_cost_the_others(site, query, caplog):
    caplog.set_level(logging.INFO)
    odd = [None, 7, {}, _event(timestamp="x"), _event(timestamp=1e40), _event(sg_event_id="")]
    nasty = _event("bounce", reason="nul \0 and half \ud800 a letter", crm_message="x" * 999)
    assert site.post([*odd, nasty, _event()]).status_code == 204
    assert query(KEPT) == [(2,)]
    assert query("select reason from crm.response_inbox where kind = 'bounce'") == [("nul   and half ? a letter",)]
    assert "2 events, 2 of them new, 6 malformed" in caplog.text
    assert "ann" not in caplog.text.lower()


def test_sendgrid_is_asked_to_repeat_while_the_warehouse_is_away(site, monkeypatch, caplog):
    nowhere = Warehouse("postgresql+psycopg://crm:secret@127.0.0.1:1/none")
    monkeypatch.setitem(open_app.app.dependency_overrides, parts.warehouse, lambda: nowhere)
    assert site.post([_event()]).status_code == 503
    assert "OperationalError" in caplog.text
    assert "secret" not in caplog.text


def test_sendgrid_is_asked_to_repeat_until_its_key_is_set(site, query, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", '{"password": "api key"}')
    assert site.post([_event()]).status_code == 503
    assert query(KEPT) == [(0,)]
