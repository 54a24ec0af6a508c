"""The scheduler of this machine starts beside the API server, and works when that one answers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crm.local import scheduler
from crm.local.home import Home
from crm.local.stack import FORKING, Stack
from crm.local.workers import PRELOADED


@pytest.fixture
def airflow(tmp_path):
    home = Home(tmp_path)
    home.make()
    return [Stack(home, workers=workers).environment(home.server()) for workers in (0, 2)]


def test_it_waits_until_the_api_server_answers_and_no_longer():
    answers = iter([False, False, True])
    scheduler.wait(lambda: next(answers), seconds=60, pause=0)
    with pytest.raises(StopIteration):
        next(answers)
    scheduler.wait(lambda: False, seconds=0)


def test_tasks_are_forked_from_what_has_imported_their_packages_on_either_executor(airflow):
    local, celery = airflow
    assert local["AIRFLOW__SCHEDULER__MP_START_METHOD"] == "forkserver"
    assert PRELOADED in local["AIRFLOW__SCHEDULER__MP_FORKSERVER_PRELOAD"].split(",")
    assert celery["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"] == '{"imports": ["crm.preloaded"]}'
    assert not {f"AIRFLOW__{key}" for key in FORKING} & celery.keys(), "Celery's scheduler forks no tasks"
    without = f"import sys, crm.local.stack, crm.local.scheduler; print({PRELOADED!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", without], env=local, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"], "the scheduler itself does not carry them"


#: What `airflow celery worker` does before it makes the pool of its processes.
WORKER = """
import sys
from airflow.providers.celery.executors.celery_executor_utils import app
before = "great_expectations" in sys.modules
app.loader.import_default_modules()
print(before, "great_expectations" in sys.modules)
"""


def test_a_celery_worker_imports_them_before_it_forks(airflow, tmp_path):
    pytest.importorskip("celery")
    environment = airflow[1] | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/none.db"}
    done = subprocess.run([sys.executable, "-c", WORKER], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["False True"], done.stderr[-2000:]
