"""What every page shares: who may see it, what it is answered with, where forms come from, who acts on Airflow."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from desk_people import OPERATOR, ORIGIN, STRANGER, VIEWER
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.testclient import TestClient

from crm.web.desk import access, airflow_calls, forms, pages
from crm.web.desk.app import app

PAGES = list(pages.NAVIGATION.values())


@pytest.mark.parametrize("path", PAGES)
def test_who_is_signed_out_is_sent_to_airflows_sign_in_and_comes_back(desk, path):
    answer = desk(None).get(f"{path}?lang=en")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/api/v2/auth/login?next=%2F")
    assert answer.headers["location"].endswith("%3Flang%3Den")
    assert "<table" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_who_may_not_read_the_dags_may_not_read_the_desk(desk, path):
    answer = desk(STRANGER).get(path)
    assert answer.status_code == 403
    assert "You may not do this" in answer.text


def test_every_route_but_the_style_sheet_asks_who_is_there():
    def asks(dependant: Any) -> bool:
        return dependant.call is access.person or any(map(asks, dependant.dependencies))

    open_to_all = {route.path for route in app.routes if not asks(route.dependant)}
    assert open_to_all == {"/desk.css"}


def test_every_form_asks_where_it_came_from():
    def asks(dependant: Any) -> bool:
        return dependant.call is forms.same_origin or any(map(asks, dependant.dependencies))

    careless = [route.path for route in app.routes if route.methods - {"GET", "HEAD"} and not asks(route.dependant)]
    assert not careless


def test_pages_run_no_script_and_load_nothing_from_elsewhere(desk):
    headers = desk().get("/no-such-page").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_an_unknown_page_is_told_in_the_readers_language(desk):
    answer = desk().get("/no-such-page", headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.5"})
    assert answer.status_code == 404
    assert "没有此页面" in answer.text
    assert "Bär &amp; &lt;Söhne&gt;" in answer.text


def test_a_chosen_language_is_kept(desk):
    http = desk()
    assert "There is no such page" in http.get("/no-such-page?lang=en").text
    assert "没有此页面" in http.get("/no-such-page?lang=zh-CN").text
    assert "没有此页面" in http.get("/no-such-page?lang=xx").text


@pytest.fixture
def act(business, monkeypatch):
    """An app with one form about the DAG ``waive``; returns the answer to a POST by ``person`` with ``headers``."""
    own = FastAPI()

    @own.post("/act", dependencies=[Depends(forms.same_origin), Depends(access.triggers("waive"))])
    async def _act(request: Request) -> dict[str, str]:
        return await forms.read(request)

    def post(person, body: Any = b"a=1&a=2&b=", **headers: str):
        own.dependency_overrides = {access.person: lambda: person}
        return TestClient(own).post("/act", content=body, headers=headers)

    return post


def test_a_form_of_our_own_page_reaches_who_may_trigger(act):
    answer = act(OPERATOR, Origin=ORIGIN)
    assert answer.status_code == 200
    assert answer.json() == {"a": "2", "b": ""}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://testserver.evil.example"])
def test_a_form_of_anybody_elses_page_is_refused(act, origin):
    assert act(OPERATOR, Origin=origin).status_code == 403


def test_a_form_without_an_origin_is_refused(act):
    assert act(OPERATOR).status_code == 403


def test_a_viewer_may_not_act(act):
    assert act(VIEWER, Origin=ORIGIN).status_code == 403


def test_a_form_that_is_too_long_or_no_text_is_refused(act):
    assert act(OPERATOR, b"a=" + b"x" * forms.FORM_BYTES, Origin=ORIGIN).status_code == 413
    assert act(OPERATOR, b"\xff=1", Origin=ORIGIN).status_code == 400


def _request(airflow: FastAPI, **headers: str) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw, airflow_calls.AIRFLOW: airflow})


@pytest.fixture
def airflow():
    """Airflow's REST API, as far as it is asked: it remembers who asked for what."""
    own = FastAPI()
    own.state.asked = []

    async def _keep(request: Request) -> None:
        body = await request.json() if await request.body() else None
        own.state.asked.append((request.url.path, request.headers.get("authorization"), body))
        if request.headers.get("authorization") == "Bearer viewer":
            raise HTTPException(403, "and why")

    @own.post("/api/v2/dags/{dag_id}/dagRuns", dependencies=[Depends(_keep)])
    def _trigger(dag_id: str) -> dict[str, str]:
        return {"dag_run_id": "manual__1"}

    @own.get("/api/v2/dags/{dag_id}/dagRuns", dependencies=[Depends(_keep)])
    def _runs(dag_id: str, order_by: str) -> dict[str, Any]:
        return {"dag_runs": [{"dag_run_id": order_by}]}

    @own.patch(
        "/api/v2/dags/{dag_id}/dagRuns/{run}/taskInstances/{task}/{index}/hitlDetails", dependencies=[Depends(_keep)]
    )
    def _answer(dag_id: str, run: str, task: str, index: int) -> dict[str, str]:
        return {"run": run, "task": task}

    return own


def _run(asked: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: a browser of another test may keep a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked).result()


def test_a_run_is_triggered_with_the_users_own_token(airflow):
    request = _request(airflow, cookie="_token=olive")
    run = _run(airflow_calls.trigger(request, "campaign_x", {"dry_run": True}, "2017-11-20"))
    assert run == {"dag_run_id": "manual__1"}
    body = {"logical_date": None, "partition_key": "2017-11-20", "conf": {"dry_run": True}}
    assert airflow.state.asked == [("/api/v2/dags/campaign_x/dagRuns", "Bearer olive", body)]


def test_what_airflow_refuses_is_refused_without_its_words(airflow):
    request = _request(airflow, cookie="_token=viewer")
    with pytest.raises(airflow_calls.Refused) as refused:
        _run(airflow_calls.trigger(request, "campaign_x", {}, None))
    assert refused.value.status == 403
    assert "and why" not in str(refused.value)


def test_runs_are_read_newest_first_and_an_approval_is_answered(airflow):
    request = _request(airflow, authorization="Bearer olive")
    assert _run(airflow_calls.runs(request, "campaign_x")) == [{"dag_run_id": "-run_after"}]
    answered = _run(airflow_calls.answer_approval(request, "campaign_x", "manual__2017-11-20T09:00", "Reject"))
    assert answered == {"run": "manual__2017-11-20T09:00", "task": "approve"}
    assert airflow.state.asked[-1][2] == {"chosen_options": ["Reject"], "params_input": {}}
