"""Connections as Airflow writes them, read without Airflow; no value in any message."""

from __future__ import annotations

import pytest

from crm.connections import ConnectionMissing, find, get


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
