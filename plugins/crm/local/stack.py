"""Airflow on this machine: its settings, its processes, its sign-in.

Scheduler, DAG processor, triggerer and API server over the embedded PostgreSQL, each in a process group of its own.
(``airflow standalone`` leaves workers alive when it is stopped.) Tasks run under the scheduler (LocalExecutor) or, if
so asked, in Celery workers.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crm import settings
from crm.local import processes
from crm.local.airflow_api import AirflowApi, ApiError
from crm.local.home import AIRFLOW_DATABASE, AIRFLOW_PORT, REDIS_PORT, WAREHOUSE_DATABASE, Home, Say
from crm.local.postgres import PortTaken, Server, lock, port_is_free
from crm.local.workers import PRELOADED, REDIS, Workers
from crm.migrations import Upgrade
from crm.warehouse import Warehouse

USER = "admin"
PROCESSES = {
    "api-server": ["airflow", "api-server"],
    "dag-processor": ["airflow", "dag-processor"],
    # Logs are read from files: the log servers would listen on all interfaces, and on one port for all clones.
    "triggerer": ["airflow", "triggerer", "--skip-serve-logs"],
    "scheduler": ["crm.local.scheduler", "scheduler", "--skip-serve-logs"],
}
#: The LocalExecutor forks tasks from a process that has imported what they import; the scheduler itself has not.
FORKING = {"SCHEDULER__MP_START_METHOD": "forkserver", "SCHEDULER__MP_FORKSERVER_PRELOAD": f"airflow,{PRELOADED}"}
START_SECONDS = 900
#: So long may processes that live seem unwell: the triggerer is started last, and a busy machine is late.
HEALTH_SECONDS = 120


class StackError(Exception):
    """Airflow does not run; the message names its log."""


class Stack:
    """Airflow of one home; ``workers``: tasks run in so many Celery workers (0 = LocalExecutor)."""

    def __init__(self, home: Home, say: Say = print, workers: int = 0) -> None:
        self.home, self.say = home, say
        self.workers = Workers(home, workers) if workers else None
        self.logs = home.airflow / "processes"

    @property
    def port(self) -> int:
        return self.home.port(AIRFLOW_PORT)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def api(self) -> AirflowApi:
        """Client of the REST API, signed in when first used."""
        return AirflowApi(f"http://127.0.0.1:{self.port}", USER, self.home.secret("airflow-admin"))

    def environment(self, server: Server) -> dict[str, str]:
        """Environment of every Airflow process. What the caller's environment says of Airflow otherwise is kept."""
        port, local = self.port, "127.0.0.1,localhost"
        no_proxy = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), local]))
        airflow = {
            "CORE__DAGS_FOLDER": str(settings.PROJECT / "dags"),
            "CORE__PLUGINS_FOLDER": str(settings.PROJECT / "plugins"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": "4",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "CORE__FERNET_KEY": _fernet_key(self.home.secret("fernet")),
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.home.airflow / "passwords.json"),
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "DATABASE__SQL_ALCHEMY_CONN": server.url(AIRFLOW_DATABASE, "postgresql+psycopg2"),
            "API__HOST": "127.0.0.1",
            "API__PORT": str(port),
            "API__BASE_URL": self.url,
            "API__WORKERS": "1",
            "API__SECRET_KEY": self.home.secret("api"),
            "API_AUTH__JWT_SECRET": self.home.secret("jwt") * 2,
            "LOGGING__BASE_LOG_FOLDER": str(self.home.airflow / "logs"),
            "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
            "DAG_PROCESSOR__DAG_PROCESSOR_LOG_TARGET": "file",
            "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            # Airflow's own 30, 50 and 5 seconds are too few where the import of a DAG file takes 6, and others compute.
            "CORE__DAGBAG_IMPORT_TIMEOUT": "300",
            "DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "400",
            "WORKERS__EXECUTION_API_TIMEOUT": "60",
            "USAGE_DATA_COLLECTION__ENABLED": "False",
        }
        airflow |= self.workers.airflow(server.url(AIRFLOW_DATABASE)) if self.workers else FORKING
        return {
            **os.environ,
            **{f"AIRFLOW__{key}": value for key, value in airflow.items()},
            **processes.marked(self.home.folder),
            "AIRFLOW_HOME": str(self.home.airflow),
            "AIRFLOW_CONN_CRM_WAREHOUSE": os.environ.get("CRM_WAREHOUSE_URL") or server.url(WAREHOUSE_DATABASE),
            # For housekeeping alone: tasks do not reach it by themselves.
            "AIRFLOW_CONN_CRM_AIRFLOW_DATABASE": server.url(AIRFLOW_DATABASE),
            "AIRFLOW_CONN_CRM_LINKS": os.environ.get("AIRFLOW_CONN_CRM_LINKS") or self.home.links_connection(),
            "CRM_HOME": str(self.home.folder),
            "PYTHONPATH": str(settings.PROJECT / "plugins"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
            "SCARF_ANALYTICS": "false",
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "false",
        }

    def prepare(self, server: Server) -> None:
        """Both databases, their schemas, the reader's login, the sign-in. Does nothing where it was done."""
        prepare_warehouse(self.home, server)
        self.home.airflow.mkdir(parents=True, exist_ok=True)
        new = server.create_database(AIRFLOW_DATABASE)
        server.close_to_others(AIRFLOW_DATABASE, "postgres", "template1")
        self._migrate_airflow(server, new)
        file = self.home.airflow / "passwords.json"
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(json.dumps({USER: self.home.secret("airflow-admin")}))

    def _migrate_airflow(self, server: Server, new: bool) -> None:
        from importlib.metadata import version

        # The command costs 10 s even where there is nothing to do.
        stamp, wanted = self._stamp, version("apache-airflow-core")
        if not new and stamp.exists() and stamp.read_text() == wanted:
            return
        self.say("airflow db migrate")
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(command, env=self.environment(server), capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"`airflow db migrate` failed:\n{(done.stderr or done.stdout)[-2000:]}")
        stamp.write_text(wanted)

    @property
    def is_prepared(self) -> bool:
        """Was Airflow's database made here?"""
        return self._stamp.exists()

    @property
    def _stamp(self) -> Path:
        return self.home.airflow / "migrated"

    def running(self) -> bool:
        """Do all processes live and answer? What lives is given time to answer: whoever asks would end it otherwise."""
        names = [*PROCESSES, *([REDIS, *self.workers.names] if self.workers else [])]
        until = time.monotonic() + HEALTH_SECONDS
        while all(processes.alive(self.home.folder, self.logs, name) for name in names):
            with contextlib.suppress(ApiError):
                if self.api().healthy():
                    return True
            if time.monotonic() > until:
                break
            time.sleep(0.5)
        return False

    def start(self, server: Server) -> bool:
        """Airflow, running and healthy; False when it was so already. The databases must be prepared.

        :raises StackError: names the log
        :raises PortTaken: another program has the port
        """
        with lock(self.home.airflow):
            if self.running():
                return False
            self.stop()
            self.say("starting Airflow")
            try:
                self._start(server)
            except PortTaken:
                if os.environ.get(AIRFLOW_PORT):
                    raise
                self.stop()  # another clone took the port while we started: once more, on the next one
                self._start(server)
        return True

    def stop(self) -> int:
        """End all processes, API server and Redis after those that need them; returns how many there were."""
        serving = [processes.number(self.logs, name) for name in ("api-server", REDIS)]
        return processes.stop(self.home.folder, last=serving)

    def _start(self, server: Server) -> None:
        self.home.choose_port(AIRFLOW_PORT, self.say)
        if self.workers:
            self.home.choose_port(REDIS_PORT, self.say)
        started: dict[str, subprocess.Popen[bytes]] = {}
        environment = self.environment(server)

        def start(*names: str) -> None:
            for name in names:
                command = [sys.executable, "-m", *PROCESSES[name]]
                started[name] = processes.start(name, command, environment, self.logs)

        api = self.api()
        # The triggerer last: nothing waits for it as long as nobody is asked.
        start("api-server", "dag-processor", *([] if self.workers else ["scheduler"]))
        self._wait("api-server", started, api.signed_in)
        if self.workers:
            self._start_workers(self.workers, started, environment)
            start("scheduler")  # only now: Redis must be there
        start("triggerer")
        self._wait("dag-processor", started, lambda: _parsed(api))
        self._wait("scheduler", started, api.schedules)

    def _start_workers(
        self, workers: Workers, started: dict[str, subprocess.Popen[bytes]], environment: dict[str, str]
    ) -> None:
        started[REDIS] = processes.start(REDIS, workers.redis(), environment, self.logs)
        self._wait(REDIS, started, workers.redis_ready)
        for name, command in workers.commands(self.logs).items():
            own = environment | workers.environment(name)
            started[name] = processes.start(name, command, own, self.logs)
        self._wait(workers.names[0], started, workers.ready)

    def _wait(self, what: str, started: dict[str, subprocess.Popen[bytes]], ready: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            dead = [name for name, process in started.items() if process.poll() is not None]
            if dead:
                what = dead[0]
                break
            try:
                if ready():
                    return
            except ApiError:
                pass
            time.sleep(0.5)
        if what == "api-server" and what in dead and not port_is_free(self.port):
            raise PortTaken(f"port {self.port} was taken while Airflow started: set {AIRFLOW_PORT} to a free one")
        log = self.logs / f"{what}.log"
        raise StackError(f"Airflow's {what} did not start; its log is {log}\n{last_lines(log)}")


def _parsed(api: AirflowApi) -> bool:
    """Are the DAG files read?

    :raises StackError: one cannot be imported
    """
    errors = api.import_errors()
    if errors:
        raise StackError("a DAG file cannot be read:\n" + "\n".join(f"{file}: {text}" for file, text in errors))
    return "daily_orders" in api.dags()


def last_lines(file: Path, count: int = 15) -> str:
    """The end of a log."""
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def migrate_warehouse(home: Home, server: Server) -> Upgrade:
    """The warehouse's database, schema and reader, of this version; does nothing where they are.

    :return: which revisions ran
    """
    from crm.migrations import reader, upgrade

    server.create_database(WAREHOUSE_DATABASE)
    url = server.url(WAREHOUSE_DATABASE, "postgresql+psycopg")
    done = upgrade(url)
    reader.allow(url, home.secret("reader"))
    return done


def prepare_warehouse(home: Home, server: Server) -> None:
    """The same for a home that has no warehouse yet. One that is there is never migrated unasked.

    :raises StackError: its schema is of another version
    """
    from crm.migrations import current, hindrance, reader

    server.create_database(WAREHOUSE_DATABASE)
    url = server.url(WAREHOUSE_DATABASE, "postgresql+psycopg")
    revision = current(url)
    if revision is None:  # new, or interrupted before it had any
        migrate_warehouse(home, server)
    elif hindered := hindrance(revision):
        raise StackError(hindered)
    reader.allow(url, home.secret("reader"))


@contextmanager
def existing_server(home: Home, say: Callable[[str], None] = print) -> Iterator[Server]:
    """The home's server with a warehouse in it, whatever its schema; stopped if it was down before.

    :raises StackError: there is none yet; nothing is made
    """
    if not home.server().initialised():
        raise StackError(
            f"there is no warehouse in {home.folder} yet: `make load`, `make demo` or `make migrate` makes it"
        )
    with home.running_server(say) as server:
        yield server


@contextmanager
def open_warehouse(home: Home, *, new: bool = False) -> Iterator[Warehouse]:
    """The warehouse of ``$CRM_WAREHOUSE_URL``, else the home's own; stopped if it was down before.

    :param new: a home that has none yet gets one
    :raises StackError: there is none, or its schema is of another version
    """
    if os.environ.get("CRM_WAREHOUSE_URL"):
        yield Warehouse.from_connection()
        return
    with home.running_server(print) if new else existing_server(home) as server:
        prepare_warehouse(home, server)
        yield Warehouse(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg"))


def _fernet_key(seed: str) -> str:
    """A Fernet key is 32 bytes in base64."""
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()).decode()
