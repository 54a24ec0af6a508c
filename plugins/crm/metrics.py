"""Counts of the steps as Airflow metrics: counters ``crm.<step>.<name>``, for StatsD or OpenTelemetry.

How long each task took is Airflow's own metric (``dag.<dag>.<task>.duration``). docs/operations.md lists both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def emit(step: str, counts: Mapping[str, Any], **tags: str) -> None:
    """Count the whole numbers of ``counts``, those of mappings within it as ``<name>.<key>``; all else is left out.

    :param tags: what a receiver that knows tags can tell apart (StatsD alone does not)
    """
    from airflow.sdk.observability import stats

    for name, count in _numbers(counts):
        stats.incr(stats.normalize_name_for_stats(f"crm.{step}.{name}", log_warning=False), count, tags=tags)


def _numbers(counts: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in counts.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", count) for key, count in _numbers(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield name, value
