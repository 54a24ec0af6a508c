"""A home that was copied never touches the database of its original: it has its own data, or says what to do."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from crm.local import reach
from crm.local.postgres import Copied, Server, free_port

ROOT = reach.is_root()


@pytest.fixture
def folder():
    """One that every user may enter, as pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="crm-copied-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def original(folder):
    made = Server(folder / "original" / "postgres", free_port(), durable=False)
    made.start()
    made.create_database("kept")
    yield made
    made.remove()


@pytest.fixture
def copy(original, folder):
    made = []

    def copied() -> Server:
        shutil.copytree(original.folder, folder / "copy" / "postgres", dirs_exist_ok=True)
        made.append(Server(folder / "copy" / "postgres", free_port(), durable=False))
        return made[-1]

    yield copied
    for each in made:
        each.remove()


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.url("postgres")) as connection:
        return {name for (name,) in connection.execute("select datname from pg_database").fetchall()}


@pytest.fixture
def hidden(monkeypatch, folder):
    """As root, a home that the server's user cannot reach: its data live elsewhere, and are not copied with it."""
    if not ROOT:
        pytest.skip("needs root")
    monkeypatch.setattr(reach, "SYSTEM_FOLDER", folder / "system")
    monkeypatch.setattr(reach, "reachable", lambda path: "site-packages" in str(path))


def test_a_copy_that_was_made_with_its_data_while_the_server_was_down_has_data_of_its_own(original, copy):
    original.stop()
    other = copy()
    other.start()
    other.create_database("of_the_copy")
    assert databases(other) >= {"kept", "of_the_copy"}
    assert other.data.is_relative_to(other.folder)
    original.start()
    assert "of_the_copy" not in databases(original)
    other.remove()
    assert "kept" in databases(original)


def test_what_was_copied_while_the_server_ran_is_refused_with_what_to_do(original, copy):
    other = copy()
    with pytest.raises(Copied, match=r"make backup.*make restore"):
        other.start()
    other.remove()
    assert not other.folder.exists()
    assert "kept" in databases(original)


def test_a_copy_without_its_data_leaves_those_of_its_original_alone(hidden, original, copy):
    assert original.data.is_relative_to(reach.SYSTEM_FOLDER)
    other = copy()
    for touch in (other.start, other.running, other.stop):
        with pytest.raises(Copied, match=r"is a copy.*make restore"):
            touch()
    other.remove()
    assert not other.folder.exists()
    assert "kept" in databases(original)


def test_a_home_that_was_moved_keeps_its_data(hidden, original, folder):
    original.stop()
    original.folder.rename(folder / "moved")
    moved = Server(folder / "moved", original.port, durable=False)
    moved.start()
    assert "kept" in databases(moved)
    moved.remove()
    assert not original.base.exists()


def test_data_that_are_gone_are_missed_and_no_empty_warehouse_takes_their_place(hidden, original):
    original.stop()
    shutil.rmtree(original.base)
    with pytest.raises(Copied, match="does not exist"):
        Server(original.folder, original.port, durable=False).start()
