"""Celery workers on this machine, and the Redis between them and the scheduler.

Redis is Debian's: on 127.0.0.1, with a password, and nothing of it on disk (Airflow's tables say what is still to do).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from crm.local.home import REDIS_PORT, Home
from crm.local.postgres import ServerError

REDIS = "redis"
#: Tasks that a worker runs at the same time.
CONCURRENCY = 2
WORKER = "CRM_WORKER"
#: Imported where the processes of tasks are forked; importing it here would make this process carry it all.
PRELOADED = "crm.preloaded"

_REDIS_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
daemonize no
# The title of a process overwrites the environment by which `make down` finds it.
set-proc-title no
"""


def name() -> str:
    """Airflow's ``hostname_callable`` in a worker: two workers of one machine are told apart by it."""
    return os.environ[WORKER]


@dataclass(frozen=True)
class Workers:
    """``count`` workers of one home."""

    home: Home
    count: int

    @property
    def names(self) -> list[str]:
        return [f"worker-{number}" for number in range(1, self.count + 1)]

    @property
    def broker(self) -> str:
        """URL of Redis (holds its password: never print it)."""
        return f"redis://:{self.home.secret('redis')}@127.0.0.1:{self.home.port(REDIS_PORT)}/0"

    def airflow(self, database: str) -> dict[str, str]:
        """Airflow's settings by which tasks go to the workers; ``database`` keeps their results."""
        return {
            "CORE__EXECUTOR": "CeleryExecutor",
            "CELERY__BROKER_URL": self.broker,
            "CELERY__RESULT_BACKEND": f"db+{database}",
            "CELERY__WORKER_CONCURRENCY": str(CONCURRENCY),
            "CELERY__EXTRA_CELERY_CONFIG": json.dumps({"imports": [PRELOADED]}),
            # Longer than any task may take: Redis gives a task to another worker after that.
            "CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
        }

    def redis(self) -> list[str]:
        """The command that starts Redis, whose port must be chosen; its password stands in a file of mode 0600.

        :raises ServerError: it is not installed
        """
        program = redis_server()
        file = self.home.folder / "secrets" / "redis.conf"
        text = _REDIS_CONFIGURATION.format(port=self.home.port(REDIS_PORT), password=self.home.secret("redis"))
        file.touch(mode=0o600)
        file.write_text(text)
        return [program, str(file)]

    def commands(self, pids: Path) -> dict[str, list[str]]:
        """The command of each worker, by name."""
        worker = [sys.executable, "-m", "airflow", "celery", "worker", "--skip-serve-logs", "--without-gossip"]
        return {
            each: [*worker, "--celery-hostname", each, "--pid", str(pids / f"{each}.celery")] for each in self.names
        }

    def environment(self, worker: str) -> dict[str, str]:
        """What the process of ``worker`` has besides the environment of all."""
        return {WORKER: worker, "AIRFLOW__CORE__HOSTNAME_CALLABLE": f"{__name__}.name"}

    def redis_ready(self) -> bool:
        """Does our Redis answer? (Another one would refuse the password.)"""
        from redis import Redis
        from redis.exceptions import RedisError

        try:
            with Redis.from_url(self.broker, socket_timeout=2) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def ready(self) -> bool:
        """Do all workers wait for tasks?"""
        from celery import Celery

        answers = Celery(broker=self.broker).control.inspect(timeout=1).ping() or {}
        return {f"celery@{each}" for each in self.names} <= set(answers)


def redis_server() -> str:
    """Path of ``redis-server``.

    :raises ServerError: says how to install it
    """
    found = shutil.which("redis-server")
    if found is None:
        raise ServerError(
            "redis-server is missing, which hands tasks to Celery's workers: install it "
            "(Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)"
        )
    return found
