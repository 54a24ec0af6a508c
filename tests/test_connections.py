"""Connections as Airflow writes them, read without Airflow; no value in any message."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import make_url

from crm.connections import ConnectionMissing, find, get
from crm.warehouse import Warehouse


@pytest.mark.parametrize(
    "text",
    [
        '{"conn_type": "http", "host": "127.0.0.1", "port": 8025, "password": "k/y@", "extra": {"region": "eu"}}',
        '{"host": "127.0.0.1", "port": "8025", "password": "k/y@", "extra": "{\\"region\\":\\"eu\\"}"}',
        "http://:k%2Fy%40@127.0.0.1:8025/?region=eu",
        "http://:k%2Fy%40@127.0.0.1:8025/?__extra__=%7B%22region%22%3A+%22eu%22%7D",
    ],
)
def test_the_environment_is_read_as_airflow_writes_it(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("AIRFLOW_CONN_CRM_TRY", text)
    found = get("crm_try")
    assert (found.host, found.port, found.password, found.extra) == ("127.0.0.1", 8025, "k/y@", {"region": "eu"})
    assert found.required("region") == "eu"
    assert "k/y@" not in repr(found)


def test_what_is_missing_is_named_and_no_value_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_CRM_TRY", '{"password": "k/y@"')
    with pytest.raises(ConnectionMissing, match="AIRFLOW_CONN_CRM_TRY is neither JSON nor a URI") as caught:
        get("crm_try")
    assert "k/y@" not in str(caught.value)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_TRY", "http://:secret@host")
    with pytest.raises(ConnectionMissing, match="crm_try has no region") as caught:
        get("crm_try").required("region")
    assert "secret" not in str(caught.value)


def test_a_connection_that_nobody_defined():
    assert find("crm_nobody") is None
    with pytest.raises(ConnectionMissing, match="crm_nobody is missing"):
        get("crm_nobody")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://crm:k%2Fy%40@db:5433/ware%20house?sslmode=require",
        '{"conn_type": "postgres", "host": "db", "port": 5433, "schema": "ware house", "login": "crm",'
        ' "password": "k/y@", "extra": {"sslmode": "require"}}',
    ],
)
def test_the_warehouse_is_found_by_its_connection_without_airflow(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.delenv("CRM_WAREHOUSE_URL", raising=False)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_WAREHOUSE", text)
    monkeypatch.setitem(sys.modules, "airflow", None)
    url = make_url(Warehouse.from_connection().url)
    assert (url.username, url.password, url.host, url.port) == ("crm", "k/y@", "db", 5433)
    assert (url.database, dict(url.query)) == ("ware house", {"sslmode": "require"})
