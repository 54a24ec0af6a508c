"""Housekeeping removes run-time files by when they were written, follows no link, and leaves the files of others."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from crm import business as businesses
from crm.business import Business, Retention
from crm.housekeeping import airflow_runs, keeping

DATE = datetime.date(2024, 12, 31)
OLD, NEW = (datetime.datetime(2024, month, 1, tzinfo=datetime.UTC).timestamp() for month in (1, 12))


@pytest.fixture
def business() -> Business:
    return businesses.load(businesses.settings.INCLUDE / "business.yaml")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    for name in ("CRM_OUTBOX", "CRM_LANDING"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def write(file: Path, at: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    os.utime(file, (at, at))
    return file


def test_old_files_and_the_folders_that_are_empty_by_that_go_and_all_others_stay(warehouse, business, home, tmp_path):
    logs, elsewhere = tmp_path / "logs", write(tmp_path / "elsewhere" / "kept.txt", OLD)
    old = [
        write(home / "outbox" / "2024-01-01" / "winter" / "a.eml", OLD),
        write(home / "plans" / "2024-01-01.csv", OLD),
        write(home / "data_docs" / "2024-01-01" / "id" / "index.html", OLD),
        write(logs / "dag_id=daily_orders" / "run_id=1" / "attempt=1.log", OLD),
    ]
    kept = [
        elsewhere,
        write(home / "outbox" / "2024-01-01" / "winter" / "late.eml", NEW),
        write(home / "outbox" / "2024-12-01" / "winter" / "b.eml", NEW),
        write(home / "secrets" / "links", OLD),
        write(home / "reports" / "2024-01-01" / "index.html", OLD),
        write(home / "landing" / "tea" / "2024-01-01.csv", OLD),
        write(logs / "processes" / "scheduler.log", OLD),
    ]
    (home / "outbox" / "link").symlink_to(elsewhere.parent)
    (home / "plans" / "link.csv").symlink_to(elsewhere)
    counted = keeping.run_time_files(warehouse, business, DATE, logs, dry_run=True)
    assert counted == {"outbox": 1, "dry_run_files": 1, "data_docs": 1, "task_logs": 1}
    assert all(file.exists() for file in old)
    assert keeping.run_time_files(warehouse, business, DATE, logs, dry_run=False) == counted
    assert [file for file in old if file.exists()] == []
    assert [file for file in kept if not file.exists()] == []
    assert not (home / "data_docs" / "2024-01-01").exists()
    assert (home / "data_docs").exists()
    assert set(keeping.run_time_files(warehouse, business, DATE, logs, dry_run=False).values()) == {0}


def test_deliveries_go_only_where_a_period_is_set_and_all_of_the_file_was_published(warehouse, query, business, home):
    for name, status in (("tea/old.csv", "published"), ("tea/failed.csv", "failed"), ("../out.csv", "published")):
        write(home / "landing" / name, OLD)
        query(
            "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status, "
            f"arrived_at) values ('tea', 'orders', '{name}', 'h', '2024-01-01', '2024-01-01', '{status}', '2024-01-02')"
        )
    limited = business.model_copy(update={"retention": Retention(deliveries=30)})
    assert keeping.run_time_files(warehouse, business, DATE, None, dry_run=False).get("deliveries") is None
    assert keeping.run_time_files(warehouse, limited, DATE, None, dry_run=False)["deliveries"] == 1
    assert sorted(file.name for file in home.rglob("*.csv")) == ["failed.csv", "out.csv"]


def test_airflow_is_asked_only_where_a_connection_names_its_database(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_CRM_AIRFLOW_DATABASE", raising=False)
    monkeypatch.setattr("crm.connections._of_airflow", lambda connection_id: None)
    assert airflow_runs.address() is None
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AIRFLOW_DATABASE", "postgresql://me:se%20cret@db:5432/airflow")
    assert airflow_runs.address() == "postgresql+psycopg2://me:se cret@db:5432/airflow"


@pytest.mark.long
def test_airflow_s_own_command_counts_first_then_removes_what_is_old_and_a_failure_tells_no_password(
    server_url, tmp_path, monkeypatch
):
    import subprocess
    import sys

    import psycopg

    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    url = server_url.rsplit("/", 1)[0] + "/airflow_to_clean"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("create database airflow_to_clean")
    try:
        airflow = url.replace("postgresql://", "postgresql+psycopg2://", 1)
        environment = os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow}
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("insert into log (dttm, event) values ('2024-01-01', 'old'), ('2024-12-01', 'new')")
            # As in a task, which Airflow keeps from its database.
            monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
            before = datetime.datetime(2024, 6, 1, tzinfo=datetime.UTC)
            events = "select event from log where event in ('old', 'new') order by 1"
            assert airflow_runs.clean(airflow, before, dry_run=True)["log"] == 1
            assert connection.execute(events).fetchall() == [("new",), ("old",)]
            assert airflow_runs.clean(airflow, before, dry_run=False)["log"] == 1
            assert connection.execute(events).fetchall() == [("new",)]
        with pytest.raises(airflow_runs.CleaningFailed) as failed:
            airflow_runs.clean("postgresql+psycopg2://me:verysecret@127.0.0.1:1/none", before, dry_run=True)
        assert "verysecret" not in str(failed.value)
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute("drop database airflow_to_clean with (force)")
