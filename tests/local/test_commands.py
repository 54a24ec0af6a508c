"""Commands take what a person types, ask before they delete, and migrate nothing unasked."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from crm.local import clean
from crm.local.__main__ import main
from crm.local.home import POSTGRES_PORT, WAREHOUSE_DATABASE, Home
from crm.local.postgres import free_port
from crm.migrations import upgrade

PROJECT = Path(__file__).resolve().parents[2]
OLDER = "0004"


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A home whose warehouse is of an older version, its server running."""
    patch = pytest.MonkeyPatch()
    home = Home(tmp_path_factory.mktemp("older") / "my home")
    patch.setenv("CRM_HOME", str(home.folder))
    patch.setenv(POSTGRES_PORT, str(free_port()))
    patch.delenv("CRM_WAREHOUSE_URL", raising=False)
    server = home.start_server(print)
    server.create_database(WAREHOUSE_DATABASE)
    upgrade(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg"), OLDER)
    yield home
    home.remove()
    patch.undo()


def revision(home: Home, capfd) -> str:
    assert main(["psql", "--options=-At -c 'select version_num from crm_schema_version'"]) == 0
    return capfd.readouterr().out.strip()


def test_psql_opens_an_older_schema_as_it_is_and_says_so_beside_the_rows(older, capfd):
    assert main(["psql", """--options=-At -c "select 'a b', version_num from crm_schema_version" """]) == 0
    shown = capfd.readouterr()
    assert shown.out == f"a b|{OLDER}\n"
    assert "make migrate" in shown.err


@pytest.mark.parametrize(
    "command", [["plan", "--date=2024-05-01"], ["report"], ["stop", "--campaign=a", "--date=2024-05-01"], ["up"]]
)
def test_no_command_migrates_unasked(older, capfd, command):
    assert main(command) == 1
    assert "make backup" in capfd.readouterr().err
    assert revision(older, capfd) == OLDER


def test_the_backup_before_an_upgrade_is_of_the_old_schema(older, capfd, tmp_path):
    assert main(["backup", f"--to={tmp_path / 'a backup'}"]) == 0
    assert json.loads((tmp_path / "a backup" / "backup.json").read_text())["rows"]
    capfd.readouterr()
    assert revision(older, capfd) == OLDER


def test_clean_names_and_counts_what_goes_and_refuses_where_nobody_can_be_asked(older, capfd, monkeypatch):
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    assert main(["clean"]) == 1
    shown = capfd.readouterr()
    assert "0 messages, 0 opt-outs" in shown.out
    assert "YES=1" in shown.err
    assert main(["clean", "--yes=0"]) == 1
    assert older.server().running()


@pytest.mark.parametrize("answer", ["", "n", "y", "no"])
def test_only_the_whole_word_deletes(older, monkeypatch, answer):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    with pytest.raises(clean.CleanRefused):
        clean.confirm(older, "")
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert clean.confirm(older, "")


@pytest.mark.parametrize("command", [["psql"], ["plan", "--date=2024-05-01"], ["report"], ["backup"]])
def test_a_command_that_reads_makes_no_warehouse_where_there_is_none(tmp_path, monkeypatch, capsys, command):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.delenv("CRM_WAREHOUSE_URL", raising=False)
    assert main(command) == 1
    assert "make load" in capsys.readouterr().err
    assert not (tmp_path / "postgres").exists()


def test_an_open_quotation_mark_and_another_word_for_mail_are_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    assert main(["psql", "--options=-c 'select"]) == 1
    assert "not closed" in capsys.readouterr().err
    assert main(["report", "--mail=/var/mail/me"]) == 1
    assert "MAIL=again" in capsys.readouterr().err


def dry(command: str, **given: str) -> list[str]:
    """What `make` would give the command: its recipe, with an echo of each argument in Python's place."""
    options = [f"{name}={value}" for name, value in given.items()]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    show = 'RUN=printf "%s\\n"'
    done = subprocess.run(
        ["make", "-s", "-o", "venv", command, *options, show], cwd=PROJECT, capture_output=True, text=True, check=True,
        env=plain | {"MAIL": "/var/mail/me"},
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.parametrize("value", ["my folder", "it's", 'a "b" c', "-5", "a; exit 1", "*"])
def test_make_passes_options_on_as_they_are(value):
    assert f"--files={value}" in dry("load", FILES=value)
    assert f"--customer={value}" in dry("test-send", CUSTOMER=value)
    assert f"--options={value}" in dry("psql", OPTIONS=value)


def test_the_mailbox_of_the_shell_is_no_order_to_mail_again():
    assert "--mail=" in dry("report")
    assert "--mail=again" in dry("report", MAIL="again")
