"""*Customer*: found without a trace, told in words, opted out at once, erased through Airflow; for operators alone."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from desk_people import NOW, OPERATOR, ORIGIN, STRANGER, VIEWER
from fastapi import FastAPI, Request

from crm.customers.erasing import erase
from crm.web.desk import airflow_calls
from crm.web.desk.app import app

FORM = {"Origin": ORIGIN}
PERSONAL = ("ottilie", "zorn", "2025550147", "C-1001")


@pytest.fixture
def shop(seeded, query):
    query((Path(__file__).parent / "customer.sql").read_text(encoding="utf-8"))
    return seeded


@pytest.fixture
def key(shop, query):
    return query("select crm.key64('main', 'C-1001')")[0][0]


@pytest.fixture
def page(desk, shop, key):
    return lambda path="", person=OPERATOR: desk(person, shop).get(f"/customer/{key}{path}")


@pytest.fixture
def form(desk, shop, key):
    """Posts a form about the customer, as ``person`` and from a page of ``origin``."""

    def post(path, data, person=OPERATOR, origin=ORIGIN):
        return desk(person, shop).post(f"/customer{path.format(key=key)}", data=data, headers={"Origin": origin})

    return post


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "id", "shop": "main", "text": "C-1001"},
        {"by": "address", "text": " (202) 555-0147 "},
        {"by": "address", "text": "+1 202 555 0147"},
        {"by": "message", "text": "5eedfeedbeef0001"},
        {"by": "message", "text": "5eedfeedbeef0001.eml"},
    ],
)
def test_a_customer_is_found_and_the_address_of_the_page_names_only_the_key(form, key, asked):
    answer = form("", asked)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customer/{key}")


def test_customers_who_share_an_address_are_listed(form, query):
    answer = form("", {"by": "address", "text": "Ottilie@Zorn.example.com"})
    assert answer.status_code == 200
    assert "Ottilie &lt;Zorn&gt;" in answer.text
    assert "Emil Zorn" in answer.text
    for (customer_id,) in query("select customer_id from crm.customer_profile where valid_to is null"):
        assert f'href="/customer/{customer_id}"' in answer.text


def test_ids_that_differ_in_case_alone_find_who_is_spelled_so(form, query):
    ids = [f"{spelled}{n}" for n in range(8) for spelled in ("AbC", "abc")]
    query("insert into crm.customer select crm.key64('main', id), 'main', id, false, '2017-01-01'"
          " from unnest(cast(%s as text[])) as id", ids)  # fmt: skip
    for spelled in ids:
        [(key,)] = query("select crm.key64('main', %s)", spelled)
        answer = form("", {"by": "id", "shop": "main", "text": spelled})
        assert answer.headers["location"] == f"/customer/{key}", spelled


def test_a_product_key_of_nineteen_digits_is_a_product_too(page, query):
    product = 9_123_456_789_012_345_678
    query("update crm.product set product_id = %s where external_id = 'P1'", product)
    query("update crm.decision set item_key = %s where instance = 'a'", str(product))
    assert "Asked because Yirgacheffe, whole bean should be running out about Nov 4, 2017." in page().text


def test_who_has_an_address_now_that_was_the_customers_is_counted_before_it_is_suppressed(shop, query, key):
    query("update crm.customer_profile set email_key = crm.contact_key('email', 'old@zorn.example.com')"
          " where valid_to is null and customer_id <> %s", key)  # fmt: skip
    with shop.transaction() as tx:
        assert tx.value("desk/customer_shared", customer_id=key) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "id", "shop": "outlet", "text": "C-1001"},
        {"by": "id", "shop": "main", "text": ""},
        {"by": "address", "text": "nobody@zorn.example.com"},
        {"by": "address", "text": "ottilie"},
        {"by": "message", "text": "0000000000000000"},
    ],
)
def test_who_is_not_there_is_not_found_and_what_was_typed_is_not_said_again(form, asked):
    answer = form("", asked)
    assert answer.status_code == 200
    assert "Nobody was found" in answer.text
    assert not asked["text"] or asked["text"] not in answer.text


@pytest.mark.parametrize("asked", [{}, {"by": "name", "text": "Zorn"}])
def test_a_form_that_asks_for_something_else_is_refused(form, asked):
    assert form("", asked).status_code == 400


def test_one_page_tells_who_they_are_and_where_they_stand(page):
    text = page().text
    for said in (
        "Ottilie &lt;Zorn&gt;", "C-1001 of main", "ottilie@zorn.example.com", "+12025550147", "Ohio, US",
        "Feb 29, 1984", "vip, roast: dark", "silver", "Important: value", "R 3 · F 4 · M 5", "$602",
        "usually every 68 days",
    ):  # fmt: skip
        assert said in text
    # Tier: base, silver; four segments; four stages.
    assert text.count("<rect class=") == 2 + 4 + 4


def test_orders_are_told_with_their_items_and_what_was_paid_back(page):
    text = page().text
    assert "Paper filters, Cold brew bottle" in text
    assert "$20.25" in text
    assert "Refund of an order that we do not know" in text


def test_every_decision_has_its_reason_in_words_and_what_came_of_it(page):
    text = page().text
    assert "Asked because Yirgacheffe, whole bean should be running out about Nov 4, 2017." in text
    assert "Bought it not long ago. Was written to lately; the caps allow no more." in text
    assert "Asked because of the birthday on Feb 28, 2017. Drawn by lot to get nothing" in text
    assert "No consent is known." in text
    assert "Its hour had passed." in text
    assert "opened ×2" in text
    assert "by a machine" in text


def test_the_same_in_chinese(page):
    text = page("?lang=zh-CN").text
    assert "因 Yirgacheffe, whole bean 预计在 2017年11月4日 前后用完而被考虑。" in text
    assert "重要价值客户" in text


def test_a_coupon_shows_the_end_of_its_code_alone_and_who_used_it(page):
    text = page().text
    assert "SECRETSECRET" not in text
    assert "…CRET" in text
    assert "by somebody else" in text


def test_consents_and_addresses_that_are_never_written_to_are_told(page):
    text = page().text
    assert "Consent since Jan 10, 2017 (newsletter form)" in text
    assert "formerly" in text
    assert "Other customers with one of these addresses: 1." in text


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ("email", {("email", "ottilie@zorn.example.com"), ("email", "old@zorn.example.com")}),
        ("sms", {("sms", "+12025550147")}),
        ("all", {("email", "ottilie@zorn.example.com"), ("email", "old@zorn.example.com"), ("sms", "+12025550147")}),
    ],
)
def test_an_opt_out_counts_at_once_at_every_address_and_the_page_says_so(form, page, query, scope, kept):
    for _ in range(2):
        answer = form("/{key}/opt-out", {"scope": scope, "confirmed": "yes"})
        assert answer.status_code == 303
        assert answer.headers["location"].endswith("?said=opted_out")
    noted = query("select contact_key, channel, occurred_at, source from crm.suppression where reason = 'opt_out'")
    keys = {query("select crm.contact_key(%s, %s)", *address)[0][0] for address in kept}
    assert {row[0] for row in noted} == keys
    assert {row[1:] for row in noted} == {(scope, NOW, "desk: Olive")}
    text = page("?said=opted_out").text
    assert "Noted." in text
    assert "Opted out." in text


@pytest.mark.parametrize("scope", ["email", "sms", "all"])
@pytest.mark.parametrize("addresses", ["one", "none", "erased"])
def test_who_has_one_address_or_none_opts_out_as_a_person(desk, shop, query, scope, addresses):
    emil = query("select crm.key64('main', 'C-2002')")[0][0]
    if addresses == "none":
        query("update crm.customer_profile set email = null, email_key = null where customer_id = %s", emil)
    if addresses == "erased":
        erase(shop, emil, id_columns=[], requested_by="olive", now=NOW)
    data = {"scope": scope, "confirmed": "yes"}
    answer = desk(OPERATOR, shop).post(f"/customer/{emil}/opt-out", data=data, headers=FORM)
    assert answer.headers["location"].endswith("?said=opted_out")
    assert query("select customer_id, channel, source from crm.customer_suppression") == [(emil, scope, "desk: Olive")]


def test_opting_out_of_everything_asks_once_more(form, query):
    answer = form("/{key}/opt-out", {"scope": "all"})
    assert answer.status_code == 200
    assert 'name="confirmed" value="yes"' in answer.text
    assert not query("select from crm.customer_suppression")


def _standing(query, reason="opt_out"):
    stands = "crm.suppresses(known_on, lifted_on, 'infinity')"
    return (
        query(f"select count(*) from crm.suppression where {stands} and reason = %s", reason)[0][0],
        query(f"select count(*) from crm.customer_suppression where {stands} and reason = %s", reason)[0][0],
    )


def test_an_operators_slip_is_taken_back_at_every_address_with_author_and_note_and_nothing_is_deleted(
    form, page, query
):
    form("/{key}/opt-out", {"scope": "all", "confirmed": "yes"})
    assert _standing(query) == (3, 1)
    data = {"what": "opt_out/all", "because": "slip", "note": "Meant the neighbour, who called from 2025550199."}
    assert "slip" in page("/lift").text
    assert form("/{key}/lift", data).headers["location"].endswith("?said=lifted")
    assert _standing(query) == (0, 0)
    words = "Meant the neighbour, who called from …."
    assert query("select distinct lifted_by, lifted_at, lifted_because, lifted_note from crm.suppression"
                 " where reason = 'opt_out'") == [("Olive", NOW, "slip", words)]  # fmt: skip
    text = page("?said=lifted").text
    assert "Meant the neighbour" in text
    assert "Opted out." not in text
    assert form("/{key}/lift", data).headers["location"].endswith("?said=nothing_lifted")


def test_what_a_customer_says_after_something_was_taken_back_counts_anew(form, query, shop, key):
    for scope in ("email", "all"):
        form("/{key}/opt-out", {"scope": scope, "confirmed": "yes"})
    form("/{key}/lift", {"what": "opt_out/email", "because": "slip", "note": "slip"})
    assert _standing(query) == (3, 1)
    query("update crm.suppression set lifted_at = %s where lifted_at is not null", NOW - timedelta(hours=1))
    query("update crm.customer_suppression set lifted_at = %s where lifted_at is not null", NOW - timedelta(hours=1))
    form("/{key}/opt-out", {"scope": "email"})
    assert _standing(query) == (5, 2)


@pytest.mark.parametrize(
    "noted",
    [
        ("opt_out", "desk: olive", {"slip", "renewed_consent"}),
        ("opt_out", "unsubscribe page", {"renewed_consent"}),
        ("opt_out", "sendgrid event", {"renewed_consent"}),
        ("complaint", "sendgrid event", {"renewed_consent"}),
        ("bounce", "sendgrid event", {"false_bounce"}),
        ("bounce", "soft bounces", {"false_bounce"}),
        ("opt_out", "erasure", set()),
    ],
)
@pytest.mark.parametrize("because", ["slip", "renewed_consent", "false_bounce"])
def test_the_way_back_is_there_only_where_somebody_erred_or_consented_anew(form, query, key, noted, because):
    reason, source, causes = noted
    query("insert into crm.suppression select email_key, 'email', %s, '2017-11-20', '2017-11-20', %s"
          " from crm.customer_profile where customer_id = %s and valid_to is null", reason, source, key)  # fmt: skip
    bounced = query("select crm.contact_key('email', 'ottilie@zorn.example.com')::text")[0][0]
    what = f"{reason}/email" + (f"/{bounced}" if reason == "bounce" else "")
    said = form("/{key}/lift", {"what": what, "because": because, "note": "checked"}).headers["location"]
    assert said.endswith("?said=lifted" if because in causes else "?said=nothing_lifted")
    # The bounce of the old address is another matter.
    assert _standing(query, "bounce")[0] == 1 + (reason == "bounce" and because not in causes)


@pytest.mark.parametrize("data", [{"because": "slip", "note": " "}, {"because": "", "note": "x"}])
def test_nothing_is_taken_back_without_a_cause_and_a_note(form, query, data):
    form("/{key}/opt-out", {"scope": "sms"})
    assert form("/{key}/lift", {"what": "opt_out/sms", **data}).status_code == 400
    assert _standing(query) == (1, 1)


def test_another_customer_at_the_same_address_keeps_what_they_said(form, query, desk, shop):
    emil = query("select crm.key64('main', 'C-2002')")[0][0]
    for key in ("{key}", str(emil)):
        form(f"/{key}/opt-out", {"scope": "email"})
    form("/{key}/lift", {"what": "opt_out/email", "because": "slip", "note": "it was Emil"})
    assert query("select customer_id from crm.customer_suppression where lifted_at is null") == [(emil,)]
    assert "Opted out." in desk(OPERATOR, shop).get(f"/customer/{emil}").text


@pytest.mark.parametrize("path", ["/{key}/lift", "/{key}/opt-out"])
def test_forms_about_a_persons_will_ask_for_the_right_and_the_origin(form, path):
    assert form(path, {"scope": "sms"}, person=VIEWER).status_code == 403
    assert form(path, {"scope": "sms"}, origin="https://evil.example").status_code == 403


@pytest.fixture
def airflow(monkeypatch):
    """Airflow's REST API, as far as it is asked to start runs; refuses with ``state.status``."""
    own = FastAPI()
    own.state.asked, own.state.status = [], 200

    @own.post("/api/v2/dags/{dag_id}/dagRuns")
    async def _trigger(request: Request, dag_id: str):
        from fastapi.responses import JSONResponse

        own.state.asked.append((dag_id, request.headers["authorization"], await request.json()))
        return JSONResponse({"dag_run_id": "manual__1"}, own.state.status)

    call = airflow_calls.call

    async def _into(request, *arguments):
        request.scope[airflow_calls.AIRFLOW] = own
        return await call(request, *arguments)

    monkeypatch.setattr(airflow_calls, "call", _into)
    return own


def test_an_erasure_is_asked_for_by_its_key_alone_with_the_users_own_token(form, page, key, airflow):
    asked = page("/erase").text
    assert "Erase Ottilie &lt;Zorn&gt;?" in asked
    assert "What stays" in asked
    answer = form("/{key}/erase", {"confirmed": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customer/{key}?said=erasing")
    ((dag_id, token, body),) = airflow.state.asked
    assert (dag_id, token) == ("erase_customer", "Bearer ")
    assert body == {"logical_date": None, "partition_key": None, "conf": {"customer_id": str(key)}}


def test_an_erasure_that_is_not_confirmed_is_not_asked_for(form, airflow):
    assert form("/{key}/erase", {}).status_code == 400
    assert not airflow.state.asked


@pytest.mark.parametrize(("status", "said"), [(403, 403), (401, 403), (409, 503), (500, 503)])
def test_what_airflow_refuses_is_told(form, airflow, status, said):
    airflow.state.status = status
    assert form("/{key}/erase", {"confirmed": "yes"}).status_code == said


def test_the_page_of_an_erased_customer_says_who_asked_and_nothing_of_the_person(form, page, shop, key, query):
    erase(shop, key, id_columns=[], requested_by="olive", now=NOW)
    text = page().text
    assert "Erased customer" in text
    assert "Asked for by olive" in text
    assert "not yet" in text
    assert not [trace for trace in PERSONAL if trace.lower() in text.lower()]
    assert "$602" in text
    assert form("", {"by": "id", "shop": "main", "text": "C-1001"}).headers["location"] == f"/customer/{key}"
    assert "Erased customer" not in page("/erase").text


PAGES = ["", "/{key}", "/{key}/erase"]
FORMS = [("", {"by": "id"}), ("/{key}/opt-out", {"scope": "all"}), ("/{key}/erase", {"confirmed": "yes"})]


@pytest.mark.parametrize("path", PAGES)
def test_who_is_signed_out_signs_in_first_and_who_may_not_erase_sees_nobody(desk, shop, key, path):
    asked = f"/customer{path.format(key=key)}"
    assert desk(None, shop).get(asked).status_code == 303
    for person in (VIEWER, STRANGER):
        answer = desk(person, shop).get(asked)
        assert answer.status_code == 403
        assert "zorn" not in answer.text.lower()
    assert desk(OPERATOR, shop).get(asked).status_code == 200


@pytest.mark.parametrize(("path", "data"), FORMS)
def test_forms_are_refused_to_viewers_to_who_is_signed_out_and_from_foreign_pages(form, query, airflow, path, data):
    before = query("select count(*) from crm.suppression")
    assert form(path, data, person=VIEWER).status_code == 403
    assert form(path, data, person=None).status_code == 401
    for origin in ("http://evil.example", "null", ""):
        assert form(path, data, origin=origin).status_code == 403
    assert query("select count(*) from crm.suppression") == before
    assert not airflow.state.asked


@pytest.mark.parametrize("path", ["1", "C-1001", "99999999999999999999", "ottilie@zorn.example.com"])
def test_no_such_customer(desk, shop, path):
    assert desk(OPERATOR, shop).get(f"/customer/{path}").status_code == 404


def test_the_shops_anonymous_customer_is_nobody(desk, shop, query):
    anonymous = query("select crm.key64('main', '')")[0][0]
    assert desk(OPERATOR, shop).get(f"/customer/{anonymous}").status_code == 404
    assert "Nobody was found" in desk(OPERATOR, shop).post(
        "/customer", data={"by": "id", "shop": "main", "text": ""}, headers=FORM
    ).text  # fmt: skip


def test_no_address_takes_what_people_are_called_and_no_log_names_them(form, page, caplog):
    with caplog.at_level(logging.DEBUG):
        locations = [
            form("", {"by": "id", "shop": "main", "text": "C-1001"}).headers["location"],
            form("", {"by": "address", "text": "+12025550147"}).headers["location"],
            form("/{key}/opt-out", {"scope": "all", "confirmed": "yes"}).headers["location"],
        ]
        text = page().text
    assert not [trace for trace in PERSONAL for each in (*locations, caplog.text) if trace.lower() in each.lower()]
    assert 'method="get"' not in text
    routes = [route for route in app.routes if route.path.startswith("/customer")]
    assert {name for route in routes for name in [p.name for p in route.dependant.query_params]} <= {"said"}
    assert {p.name for route in routes for p in route.dependant.path_params} == {"key"}
