"""Which worker of pytest-xdist runs what: a module stays on one, which makes its shop, its Airflow, its browser once.

(The groups of ``--dist loadgroup`` do nothing under pytest 9.2.)
"""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

#: Modules that start an Airflow, by the one after which they wait: so many run at the same time, whatever -n is.
AIRFLOWS = (
    ("test_alerts_in_airflow.py", "test_celery_demo.py", "test_demo.py"),
    ("test_desk.py", "test_operators_way.py", "test_waiting.py", "test_worker_killed.py"),
)


def airflow_of(file: str) -> int | None:
    """Number of the Airflow after whose end ``file`` starts its own, None where it starts none."""
    return next((number for number, files in enumerate(AIRFLOWS) if PurePosixPath(file).name in files), None)


class ByModule(LoadScopeScheduling):
    """Gives modules to workers in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        number = airflow_of(file)
        return file if number is None else f"airflow {number}"
