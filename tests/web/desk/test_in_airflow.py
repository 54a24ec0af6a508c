"""The desk inside Airflow's own API server, with Airflow's own sign-in, tokens and rights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
ROLES = {"vic": "viewer", "uma": "user", "olive": "op", "ada": "admin"}
PASSWORD = "a password of the test"

#: Starts Airflow's application in a process of its own, signs everybody in by their password, and prints what they see.
PROBE = """
import json, sys
from fastapi import Depends
from starlette.testclient import TestClient
from crm.web.desk import access, airflow_calls, forms
from crm.web.desk.app import app as desk

@desk.post("/probe", dependencies=[Depends(forms.same_origin), Depends(access.triggers("waive"))])
async def probe():
    return "acted"

@desk.get("/ask", dependencies=[Depends(access.reader)])
async def ask(request: __import__("fastapi").Request):
    try:
        return await airflow_calls.call(request, "GET", "/dags?limit=1")
    except airflow_calls.Refused as refused:
        return refused.status

from airflow.api_fastapi.app import create_app
names, found = json.loads(sys.argv[1]), {}
with TestClient(create_app("core"), follow_redirects=False, base_url="http://testserver") as http:
    def see(headers):
        origin = {"Origin": "http://testserver"}
        return {
            "page": http.get("/desk/calendar", headers=headers).status_code,
            "new": http.get("/desk/new", headers=headers).status_code,
            "count": http.post(
                "/desk/new", headers={**headers, **origin}, files={"action": (None, "count")}
            ).status_code,
            "customer": http.get("/desk/customer", headers=headers).status_code,
            "form": http.post("/desk/probe", headers={**headers, **origin}).status_code,
            "foreign": http.post("/desk/probe", headers={**headers, "Origin": "http://evil.example"}).status_code,
            "airflow": http.get("/desk/ask", headers=headers).status_code,
        }
    found["nobody"] = see({})
    found["sign_in"] = http.get("/desk/calendar?lang=en").headers["location"]
    login = http.get(found["sign_in"])
    found["login"] = [login.status_code, login.headers["location"]]
    found["forged"] = see({"Cookie": "_token=forged"})
    for name in names:
        signed = http.post("/auth/token", json={"username": name, "password": sys.argv[2]})
        found[name] = see({"Cookie": "_token=" + signed.json()["access_token"]})
    answer = http.get("/desk/desk.css")
    found["css"] = answer.status_code
    found["entry"] = [v["href"] for p in http.get("/api/v2/plugins", headers={"Authorization": "Bearer "
        + signed.json()["access_token"]}).json()["plugins"] for v in p["external_views"]]
print("FOUND" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(server_url, template, tmp_path_factory):
    home = tmp_path_factory.mktemp("airflow")
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps(dict.fromkeys(ROLES, PASSWORD)))
    base = server_url.rsplit("/", 1)[0]
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "CRM_HOME": str(home / "crm"),
        "CRM_WAREHOUSE_URL": f"{base}/{template}",
        "PYTHONPATH": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in ROLES.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of the test that is long enough to sign with, or so it seems",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=environment, cwd=home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    run("-m", "airflow", "db", "migrate")
    printed = run("-c", PROBE, json.dumps(list(ROLES)), PASSWORD)
    return json.loads(printed.rsplit("FOUND", 1)[1])


@pytest.mark.long
def test_nobody_sees_anything_before_airflows_sign_in(found):
    assert found["nobody"] == {
        "page": 303, "new": 303, "count": 401, "customer": 303, "form": 401, "foreign": 403, "airflow": 303,
    }  # fmt: skip
    assert found["forged"] == found["nobody"]
    assert found["sign_in"] == "/api/v2/auth/login?next=%2Fdesk%2Fcalendar%3Flang%3Den"
    assert found["login"][0] == 307
    assert found["login"][1].endswith("?next=%2Fdesk%2Fcalendar%3Flang%3Den")
    assert found["css"] == 200


@pytest.mark.long
def test_a_viewer_reads_no_customer_and_may_not_act(found):
    assert found["vic"] == {
        "page": 200, "new": 403, "count": 403, "customer": 403, "form": 403, "foreign": 403, "airflow": 200,
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", ["uma", "olive", "ada"])
def test_who_may_trigger_acts_from_our_own_pages_alone(found, name):
    assert found[name] == {
        "page": 200, "new": 200, "count": 200, "customer": 200, "form": 200, "foreign": 403, "airflow": 200,
    }  # fmt: skip


@pytest.mark.long
def test_airflows_navigation_has_one_entry(found):
    assert found["entry"] == ["/desk/"]
