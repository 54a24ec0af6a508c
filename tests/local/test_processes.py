"""Processes of a home: started apart, all found, all ended, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import patience
from crm.local import processes

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
#: A parent whose child leaves its process group, as Airflow's task processes may.
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], start_new_session=True)"


def environment(home: Path) -> dict[str, str]:
    return os.environ | processes.marked(home)


@pytest.fixture
def home(tmp_path):
    yield tmp_path
    processes.stop(tmp_path, patience=0)


def living(count: int, home: Path) -> bool:
    until = time.monotonic() + patience.SECONDS
    while time.monotonic() < until:
        if len(processes.of_home(home)) == count:
            return True
        time.sleep(0.1)
    return False


def test_children_in_groups_of_their_own_and_those_that_ignore_the_signal_are_ended(home):
    processes.start("parent", [sys.executable, "-c", PARENT + "; time.sleep(600)"], environment(home), home / "run")
    processes.start("orphan", [sys.executable, "-c", PARENT], environment(home), home / "run")
    assert living(3, home), "the orphan's parent has ended, its child lives on"
    assert processes.stop(home, patience=1) == 3
    assert processes.of_home(home) == []


def test_the_one_that_serves_the_others_is_ended_after_them(home):
    serves = "import time; print('up', flush=True); time.sleep(600)"
    last = processes.start("last", [sys.executable, "-c", serves], environment(home), home)
    needs_it = f"""
import os, signal, sys, time
def leave(*_):
    with open('/proc/{last.pid}/stat') as file:
        print('served' if file.read().split()[2] != 'Z' else 'alone', flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print('up', flush=True)
time.sleep(600)
"""
    processes.start("first", [sys.executable, "-c", needs_it], environment(home), home)
    for name in ("first", "last"):
        while "up" not in (home / f"{name}.log").read_text():
            time.sleep(0.05)
    assert processes.stop(home, last=[last.pid]) == 2
    assert (home / "first.log").read_text().split() == ["up", "served"]


def test_another_homes_processes_live_on(home, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    processes.start("theirs", [sys.executable, "-c", STUBBORN], environment(other), other)
    processes.start("ours", [sys.executable, "-c", STUBBORN], environment(home), home)
    try:
        assert living(1, other)
        processes.stop(home, patience=0)
        assert len(processes.of_home(other)) == 1
    finally:
        processes.stop(other, patience=0)


def test_a_process_id_that_was_given_anew_is_not_taken_for_ours(home):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (home / "scheduler.pid").write_text(str(stranger.pid))
        assert not processes.alive(home, home, "scheduler")
        processes.stop(home, patience=0)
        assert psutil.pid_exists(stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_output_and_id_are_kept(home):
    processes.start("echo", [sys.executable, "-c", STUBBORN], environment(home), home / "run")
    assert living(1, home)
    assert processes.alive(home, home / "run", "echo")
    while not (home / "run" / "echo.log").read_text():
        time.sleep(0.1)
    assert (home / "run" / "echo.log").read_text() == "up\n"
