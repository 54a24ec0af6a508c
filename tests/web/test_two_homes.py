"""The open app in Airflow and alone: the same routes, and no Airflow where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

import patience

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PLUGINS, capture_output=True, text=True, check=False, timeout=patience.SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_airflow_mounts_it(site, token):
    from crm_plugin import CrmPlugin

    airflow = FastAPI()
    for each in CrmPlugin.fastapi_apps:
        airflow.mount(each["url_prefix"], each["app"])
    http = TestClient(airflow)
    assert http.get("/crm/unsubscribe", params={"m": token("00000000000000e1")}).status_code == 200
    assert http.post("/crm/sendgrid/events", content=b"[]").status_code == 403


def test_airflow_imports_the_plugin_alone_and_nothing_of_the_package():
    assert "crm/" in (PLUGINS / ".airflowignore").read_text(encoding="utf-8").splitlines()
    loaded = _python("import sys, crm_plugin; print(*[name for name in sys.modules if name.split('.')[0] == 'crm'])")
    assert loaded.split() == []


def test_alone_it_needs_no_airflow():
    _python("import sys; sys.modules['airflow'] = None; import crm.web.open_app, crm.web.__main__")
