"""The embedded server: whose it is, where it lives, and that neither crash nor interruption keeps it down."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

import patience
from crm.local import reach
from crm.local.postgres import PortTaken, Server, ServerError, free_port, secret

ROOT = os.geteuid() == 0


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "home" / "postgres", free_port(), durable=False)
    yield made
    made.remove()


def ask(server: Server, question: str) -> object:
    with psycopg.connect(server.url("postgres")) as connection:
        return connection.execute(question.encode()).fetchone()[0]


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_it_asks_for_its_password_and_listens_to_this_machine_alone(server):
    server.start()
    wrong = server.url("postgres").replace(server.password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
    assert {address.laddr.ip for address in psutil.Process(postmaster(server)).net_connections()} == {"127.0.0.1"}
    assert ask(server, "show data_checksums") == "on"
    assert ask(server, "select count(*)::int from pg_hba_file_rules where auth_method <> 'scram-sha-256'") == 0


def test_starting_and_stopping_twice_is_the_same_as_once(server):
    server.start()
    server.start()
    assert server.create_database("one")
    assert not server.create_database("one")
    server.stop()
    server.stop()
    assert not server.running()
    server.start()
    assert ask(server, "select count(*)::int from pg_database where datname = 'one'") == 1


def test_a_taken_port_names_the_setting(server):
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PortTaken, match="CRM_POSTGRES_PORT"):
            server.start()


def test_it_comes_up_after_a_kill(server):
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("create table kept as select 1 as n")
    first = psutil.Process(postmaster(server))
    workers = first.children()
    for process in [first, *workers]:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended with the first
            process.kill()
    psutil.wait_procs(workers, timeout=patience.SECONDS)
    assert (server.data / "postmaster.pid").exists()
    assert not server.running()
    server.start()
    assert ask(server, "select n from kept") == 1


def test_a_pid_that_another_process_was_given_does_not_keep_it_down(server):
    server.start()
    server.stop()
    lines = [str(os.getpid()), str(server.data), "0", str(server.port), "", "127.0.0.1", "0 0", "ready"]
    (server.data / "postmaster.pid").write_text("\n".join(lines))
    assert not server.running()
    server.start()
    assert ask(server, "select 1") == 1


def test_an_interrupted_initdb_is_begun_anew(server):
    (server.base / "data.new").mkdir(parents=True)
    (server.base / "data.new" / "PG_VERSION").write_text("18")
    server.data.mkdir()
    server.start()
    assert ask(server, "select 1") == 1
    assert not (server.base / "data.new").exists()


def test_two_that_start_it_at_once_share_one(server):
    code = (
        "import sys; from pathlib import Path; from crm.local.postgres import Server;"
        "Server(Path(sys.argv[1]), int(sys.argv[2]), durable=False).start()"
    )
    command = [sys.executable, "-c", code, str(server.folder), str(server.port)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "plugins")}
    both = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(patience.SECONDS) for process in both] == [0, 0]
    assert ask(server, "select 1") == 1


def test_a_secret_is_private_from_its_first_byte_and_never_changes(tmp_path):
    old = os.umask(0)
    try:
        first = secret(tmp_path / "deep" / "token")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "deep" / "token").stat().st_mode) == 0o600
    assert secret(tmp_path / "deep" / "token") == first
    assert len(first) > 20


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_as_root_an_unreachable_home_keeps_its_permissions(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = {path: path.stat().st_mode for path in [closed, *closed.parents]}
    server = Server(closed / "home" / "postgres", free_port(), durable=False)
    try:
        server.start()
        assert ask(server, "select 1") == 1
        assert {path: path.stat().st_mode for path in [closed, *closed.parents]} == before
        assert server.base.parent == reach.SYSTEM_FOLDER
        assert psutil.Process(postmaster(server)).username() == reach.SYSTEM_USER
        base = server.base
        # Once chosen, it stays: or the data would be gone when a folder is opened later.
        closed.chmod(0o755)
        assert Server(closed / "home" / "postgres", server.port).base == base
    finally:
        server.remove()
    assert not base.exists()


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_as_root_binaries_that_are_out_of_reach_are_copied_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(reach, "reachable", lambda path: "site-packages" not in str(path))
    home = Path("/tmp") / f"crm-test-{os.getpid()}"
    server = Server(home / "postgres", free_port(), durable=False)
    try:
        server.start()
        assert str(home) in server.program("psql")
        assert ask(server, "select 1") == 1
    finally:
        server.remove()
        home.rmdir()


@pytest.mark.skipif(not ROOT, reason="needs root to become somebody else")
def test_another_users_folder_is_a_clear_message(tmp_path):
    server = Server(tmp_path / "postgres", free_port())
    tmp_path.chmod(0o700)
    os.seteuid(65534)
    try:
        with pytest.raises(ServerError, match="CRM_HOME"):
            server.start()
    finally:
        os.seteuid(0)
