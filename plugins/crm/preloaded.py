"""The packages that tasks import, imported once: in the process from which the processes of tasks are forked.

A task is a process of its own; without this, each one pays for its imports anew (Great Expectations alone costs more
than the rest of a small delivery). Airflow names the module (docs/operations.md, "Imports that are paid once"):
``[scheduler] mp_forkserver_preload`` for the LocalExecutor, ``imports`` of Celery for its workers. Without it
everything works, only slower. Scheduler and DAG processor never import it.

Packages alone, never our own modules: those are read anew by each task, so that a changed file needs no restart.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
from importlib import import_module

PACKAGES = (
    # Airflow's own part of every task
    "airflow.dag_processing.dagbag",
    "airflow.executors.local_executor",
    "airflow.providers.standard.decorators.branch_python",
    "airflow.providers.standard.decorators.short_circuit",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    # settings, warehouse
    "psycopg",
    "pydantic",
    "sqlalchemy.dialects.postgresql.psycopg",
    "yaml",
    # ingest, validate
    "great_expectations.render.renderer.site_builder",
    "pandas",
    "phonenumbers",
    "pyarrow.csv",
    # plans
    "holidays.countries",
    "lunar_python",
    "statistics",
    # messages, results, report
    "altair",
    "babel.dates",
    "babel.numbers",
    "css_inline",
    "jinja2.sandbox",
    "scipy.optimize",
    "scipy.stats",
    "statsmodels.stats.multitest",
    "statsmodels.stats.proportion",
)


def load() -> None:
    """Import what is installed of ``PACKAGES``; forked processes share its memory."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # It reports hundreds of its own methods, one line each.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    for name in PACKAGES:
        with contextlib.suppress(ImportError):  # the task that needs it says so
            import_module(name)
    # A later collection would write to every object, and so copy what is shared.
    gc.collect()
    gc.freeze()


load()
