"""Runs in Airflow's own database, removed as Airflow itself does it: ``airflow db clean``.

Tasks of Airflow 3 reach that database by its API alone, and the API removes nothing in numbers. So the command is run
with the address of the Airflow connection ``crm_airflow_database``, in a process of its own.
"""

from __future__ import annotations

import datetime
import logging
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from crm import connections, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

#: What a run leaves behind. Not ``dag`` and ``dag_version`` (what there is, whatever its age), nor ``revoked_token``.
TABLES = (
    "asset_event", "callback", "celery_taskmeta", "celery_tasksetmeta", "dag_run", "deadline", "import_error", "job",
    "log", "partitioned_asset_key_log", "task_instance", "task_instance_history", "task_reschedule", "trigger", "xcom",
)  # fmt: skip
#: Rows of one transaction.
BATCH = 5_000
_TABLE = re.compile(r"Performing dry run for table (\w+)")
_FOUND = re.compile(r"Found (\d+) rows meeting deletion criteria")


class CleaningFailed(Exception):
    """``airflow db clean`` failed; says how to see why."""


def address() -> str | None:
    """SQLAlchemy's URL of Airflow's database by the connection ``crm_airflow_database``; None where nobody made it."""
    found = connections.find(settings.AIRFLOW_DATABASE_CONNECTION)
    if found is None:
        return None
    from sqlalchemy import URL

    url = URL.create(
        "postgresql+psycopg2", found.login or None, found.password or None, found.host or None, found.port,
        found.schema or None, {key: str(value) for key, value in found.extra.items()},
    )  # fmt: skip
    return url.render_as_string(hide_password=False)


def clean(url: str, before: datetime.datetime, *, dry_run: bool) -> dict[str, int]:
    """Remove runs, and what belongs to them, that began before; the last of each DAG stays. Rows by table.

    It is counted first, as ``airflow db clean --dry-run`` does; ``dry_run``: no more than that.

    :raises CleaningFailed: the command failed
    """
    counts = dict(_counted(_command(url, before, "--dry-run")))
    if not dry_run and any(counts.values()):
        _command(url, before, "--yes", "--skip-archive", "--error-on-cleanup-failure", "--batch-size", str(BATCH))
    log.info("Airflow's database: %s rows %s", sum(counts.values()), "would be removed" if dry_run else "removed")
    return counts


def _command(url: str, before: datetime.datetime, *more: str) -> str:
    # Where a task runs, Airflow puts an address that leads nowhere into these, and says that it is a task.
    hidden = ("SQL_ALCHEMY_CONN", "_AIRFLOW_PROCESS_CONTEXT")
    environment = {name: value for name, value in os.environ.items() if not any(each in name for each in hidden)}
    environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = url
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before.isoformat()]
    command += ["--tables", ",".join(TABLES), *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        # Its words may hold the address with its password.
        raise CleaningFailed(
            f"`airflow db clean {' '.join(more)}` failed with status {done.returncode}: run it by hand"
        )
    return done.stdout + done.stderr


def _counted(output: str) -> Iterator[tuple[str, int]]:
    """Rows by table, of what the command says."""
    table = ""
    for line in output.splitlines():
        if named := _TABLE.search(line):
            table = named.group(1)
        if found := _FOUND.search(line):
            yield table, int(found.group(1))
