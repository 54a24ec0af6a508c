"""``airflow scheduler`` of this machine, started beside the API server: it begins to work when that one answers.

A task that finds no API server fails; but what the scheduler imports, and what its tasks import (`crm.preloaded`, in a
process of its own from which those of tasks are forked), need not wait for it.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

PATIENCE_SECONDS = 180


def main() -> int:
    """Run ``airflow`` with the arguments of this command; returns its exit status."""
    _begin_to_fork()
    from airflow.__main__ import main as airflow
    from airflow.cli.commands import scheduler_command  # noqa: F401 - what takes long, while the other one starts

    wait(_answers)
    airflow()  # type: ignore[no-untyped-call]
    return 0


def _begin_to_fork() -> None:
    """Start the process that tasks are forked from, where Airflow is set to have one."""
    if os.environ.get("AIRFLOW__SCHEDULER__MP_START_METHOD") != "forkserver":
        return
    import multiprocessing
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload(os.environ["AIRFLOW__SCHEDULER__MP_FORKSERVER_PRELOAD"].split(","))
    forkserver.ensure_running()


def wait(answers: Callable[[], bool], seconds: float = PATIENCE_SECONDS, pause: float = 0.2) -> None:
    """Wait until the API server answers; after ``seconds`` go on without it, as ``airflow scheduler`` does."""
    until = time.monotonic() + seconds
    while not answers() and time.monotonic() < until:
        time.sleep(pause)


def _answers() -> bool:
    url = f"http://127.0.0.1:{os.environ['AIRFLOW__API__PORT']}/api/v2/version"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    sys.exit(main())
