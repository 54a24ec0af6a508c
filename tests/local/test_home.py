"""Ports and secrets of one home; two homes on one machine leave each other alone."""

from __future__ import annotations

import socket

import pytest

from crm.local import processes
from crm.local.home import AIRFLOW_PORT, POSTGRES_PORT, Home
from crm.local.postgres import PortTaken, ServerError, free_port
from crm.local.stack import Stack


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.delenv(POSTGRES_PORT, raising=False)
    monkeypatch.delenv(AIRFLOW_PORT, raising=False)
    made = Home(tmp_path / "home")
    made.make()
    return made


@pytest.fixture
def taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_a_clear_message(home, taken, monkeypatch):
    for variable in (POSTGRES_PORT, AIRFLOW_PORT):
        monkeypatch.setenv(variable, str(taken))
        with pytest.raises(PortTaken, match=f"{taken}.*{variable}"):
            home.choose_port(variable, print)


def test_a_default_port_that_is_taken_gives_way_and_is_named_and_kept(home, taken, monkeypatch):
    monkeypatch.setattr("crm.local.home.DEFAULT_PORTS", {AIRFLOW_PORT: taken})
    said: list[str] = []
    chosen = home.choose_port(AIRFLOW_PORT, said.append)
    assert chosen != taken
    assert str(taken) in said[0]
    assert str(chosen) in said[0]
    assert Home(home.folder).port(AIRFLOW_PORT) == chosen


@pytest.mark.parametrize("value", ["many", "0", "70000", "-1"])
def test_what_is_no_port_is_refused(home, value, monkeypatch):
    monkeypatch.setenv(AIRFLOW_PORT, value)
    with pytest.raises(ServerError, match=AIRFLOW_PORT):
        home.port(AIRFLOW_PORT)


def test_two_homes_run_side_by_side_on_the_same_default_port(tmp_path, monkeypatch):
    monkeypatch.delenv(POSTGRES_PORT, raising=False)
    monkeypatch.setattr("crm.local.home.DEFAULT_PORTS", {POSTGRES_PORT: free_port()})
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    try:
        first, second = one.start_server(print), two.start_server(print)
        assert first.port != second.port
        assert first.password != second.password
        one.server().stop()
        assert second.running()
        assert one.start_server(print).port == first.port
    finally:
        for home in (one, two):
            home.remove()
    assert not (tmp_path / "one").exists()


def test_removing_a_home_keeps_what_is_not_ours(home):
    theirs = home.folder / "landing" / "shop" / "orders.csv"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    (home.folder / "outbox").mkdir()
    home.secret("api")
    home.remove()
    assert theirs.read_text() == "theirs"
    assert sorted(path.name for path in home.folder.iterdir()) == ["landing"]


def test_airflows_environment_names_this_home_alone(home, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", "/somewhere/else")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SequentialExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", "generic://kept")
    environment = Stack(home).environment(home.server())
    assert environment["AIRFLOW_HOME"] == str(home.airflow)
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environment["AIRFLOW_CONN_CRM_SENDGRID"] == "generic://kept"
    assert "127.0.0.1" in environment["no_proxy"]
    assert environment[processes.MARK] == str(home.folder)
    assert all(f":{home.port(AIRFLOW_PORT)}" in environment[f"AIRFLOW__{key}"] for key in (
        "API__BASE_URL", "CORE__EXECUTION_API_SERVER_URL",
    ))  # fmt: skip
