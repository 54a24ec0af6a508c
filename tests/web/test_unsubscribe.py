"""The link in every message: looking changes nothing, confirming counts at once, nobody learns an address."""

from __future__ import annotations

import datetime

import pytest
from fastapi.testclient import TestClient

from crm.customers.erasing import erase
from crm.warehouse import Warehouse
from crm.web import open_app, parts

NOW = datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)
EMAIL, SMS = "00000000000000e1", "00000000000000f1"
SUPPRESSED = """
    select case contact_key when crm.contact_key('email', 'ann@example.com') then 'email'
        when crm.contact_key('sms', '+12025550101') then 'sms' end, channel, reason, source
    from crm.suppression order by 1"""


@pytest.mark.parametrize(("message", "words"), [(EMAIL, ('lang="en"', "E-mails")), (SMS, ('lang="zh-CN"', "营销短信"))])
def test_looking_asks_in_the_language_of_the_message_and_changes_nothing(site, token, query, message, words):
    for _ in range(3):
        page = site.http.get("/unsubscribe", params={"m": token(message)})
    assert page.status_code == 200
    assert all(word in page.text for word in words)
    assert "Bär &amp; &lt;Söhne&gt;" in page.text
    assert not [word for word in ("ann@", "example.com", "5550101") if word in page.text]
    assert query(SUPPRESSED) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},  # RFC 8058, as a form
        {"files": {"List-Unsubscribe": (None, "One-Click")}},  # RFC 8058, as multipart/form-data
        {"data": {"scope": "channel"}},  # our own form
        {},
    ],
)
def test_confirming_stops_the_channel_of_the_message(site, token, query, sent):
    for _ in range(2):
        page = site.http.post("/unsubscribe", params={"m": token(EMAIL)}, **sent)
        assert (page.status_code, "You are unsubscribed" in page.text) == (200, True)
    assert query(SUPPRESSED) == [("email", "email", "opt_out", "unsubscribe page")]
    assert query("select provider, kind, message_id, channel from crm.response") == [
        ("page", "opt_out", EMAIL, "email")
    ]


def test_stopping_everything_stops_every_address_of_the_customer(site, token, query):
    page = site.http.post("/unsubscribe", params={"m": token(SMS)}, data={"scope": "all"})
    assert "退订成功" in page.text
    assert query(SUPPRESSED) == [
        ("email", "all", "opt_out", "unsubscribe page"),
        ("sms", "all", "opt_out", "unsubscribe page"),
    ]


def test_an_opt_out_is_known_to_no_decision_that_was_made_before_it(site, token, query):
    query("insert into crm.shop values ('s', 'x', 'UTC')")
    query("insert into crm.delivery (shop, business_date) values ('s', '2017-11-20'), ('s', '2017-11-21')")
    site.http.post("/unsubscribe", params={"m": token(EMAIL)})
    query("insert into crm.plan values ('2017-11-21', '2017-11-22', 'live', true, '{}', 1, 1, 0, 0)")
    site.http.post("/unsubscribe", params={"m": token(SMS)})
    assert query("select channel, known_on::text from crm.suppression order by channel") == [
        ("email", "2017-11-21"),
        ("sms", "2017-11-22"),
    ]


@pytest.mark.parametrize(
    "made", [lambda t: "", lambda t: t[:-1] + "x", lambda t: t.split(".", 1)[0], lambda t: "<b>.é"]
)
def test_a_link_that_is_not_ours_leads_to_a_page_that_says_so(site, token, query, made):
    for answer in (
        site.http.get("/unsubscribe", params={"m": made(token(EMAIL))}, headers={"accept-language": "zh-CN,en"}),
        site.http.post("/unsubscribe", params={"m": made(token(EMAIL))}, headers={"accept-language": "zh-CN,en"}),
    ):
        assert answer.status_code == 404
        assert "链接无效" in answer.text
        assert "<b>" not in answer.text
    assert query(SUPPRESSED) == []


def test_a_genuine_link_of_a_message_that_is_gone_looks_the_same(site, token):
    gone = site.http.get("/unsubscribe", params={"m": token("ffffffffffffffff")})
    forged = site.http.get("/unsubscribe", params={"m": "ffffffffffffffff.forged"})
    assert (gone.status_code, gone.text) == (404, forged.text)


def test_a_page_says_so_when_the_warehouse_is_away(site, token, monkeypatch):
    nowhere = Warehouse("postgresql+psycopg://crm:secret@127.0.0.1:1/none")
    monkeypatch.setitem(open_app.app.dependency_overrides, parts.warehouse, lambda: nowhere)
    page = site.http.post("/unsubscribe", params={"m": token(EMAIL)})
    assert (page.status_code, "Nothing was changed" in page.text) == (503, True)


def test_a_long_body_is_refused_unread(site, token, query):
    assert site.http.post("/unsubscribe", params={"m": token(EMAIL)}, content=b"a" * 5000).status_code == 413
    assert query(SUPPRESSED) == []


@pytest.mark.parametrize("path", ["/unsubscribe", "/health", "/sendgrid/events", "/nothing"])
def test_every_answer_forbids_scripts_frames_caches_and_referrers(site, path):
    headers = site.http.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_nothing_else_is_open(site):
    open_routes = {(route.path, *sorted(route.methods)) for route in open_app.app.routes}
    assert open_routes == {
        ("/sendgrid/events", "POST"),
        ("/unsubscribe", "GET"),
        ("/unsubscribe", "POST"),
        ("/health", "GET"),
    }


def test_no_server_finds_a_token_to_write_into_its_log(site, token):
    seen = {}

    async def server(scope, receive, send):
        await open_app.app(scope, receive, send)
        seen.update(scope)

    assert TestClient(server).get("/unsubscribe", params={"m": token(EMAIL)}).status_code == 200
    assert (seen["path"], seen["query_string"]) == ("/unsubscribe", b"")


def test_a_language_that_we_do_not_speak_gets_an_english_page(site, token, query):
    query("update crm.message set locale = 'fr'")
    assert '<html lang="en">' in site.http.get("/unsubscribe", params={"m": token(EMAIL)}).text


WILL = "select customer_id, channel, reason, source from crm.customer_suppression"


@pytest.mark.parametrize("kept", ["email", "mobile", "none", "no profile", "erased"])
def test_stopping_everything_works_for_who_has_one_address_or_none_any_more(site, token, query, warehouse, kept):
    if kept == "erased":
        query("insert into crm.customer values (1, 's', 'ann', false, '2017-01-01')")
        erase(warehouse, 1, id_columns=[], requested_by="olive", now=NOW)
    elif kept == "no profile":
        query("delete from crm.customer_profile")
    else:
        for other in {"email", "mobile"} - {kept}:
            query(f"update crm.customer_profile set {other} = null, {other}_key = null")
    page = site.http.post("/unsubscribe", params={"m": token(EMAIL)}, data={"scope": "all"})
    assert (page.status_code, "You are unsubscribed" in page.text) == (200, True)
    assert query(WILL) == [(1, "all", "opt_out", "unsubscribe page")]
    assert query("select count(*) from crm.response") == [(1,)]
    known = {"email", "sms"} if kept == "mobile" else {"email"}
    assert {row[0] for row in query(SUPPRESSED) if row[3] == "unsubscribe page"} == known


@pytest.mark.parametrize(("scope", "channel"), [("channel", "email"), ("all", "all")])
def test_an_opt_out_by_link_is_the_persons_whatever_their_address_becomes(site, token, query, scope, channel):
    for _ in range(2):
        site.http.post("/unsubscribe", params={"m": token(EMAIL)}, data={"scope": scope})
    assert query(WILL) == [(1, channel, "opt_out", "unsubscribe page")]


def test_the_check_before_a_send_is_answered_with_the_shops_own_signature(site, token):
    page = site.http.get("/unsubscribe", params={"m": token("link-check")})
    assert (page.status_code, page.text) == (200, token("link-checked"))
    assert site.http.get("/unsubscribe", params={"m": "link-check.forged"}).status_code == 404
