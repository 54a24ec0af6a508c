"""Counts of the steps reach a StatsD server as Airflow's metrics do."""

from __future__ import annotations

import time

import pytest
from listening import statsd

import patience
from crm import metrics

PUBLISHED = {
    "lines_read": 100, "lines_published": 97, "rejected": {"bad date": 2, "no_amount": 1}, "other": {},
    "as_of": "2024-05-01", "scored": True, "reason": None,
}  # fmt: skip


@pytest.fixture
def listening(monkeypatch):
    pytest.importorskip("statsd")
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics import stats_utils

    with statsd() as made:
        for name, value in {"STATSD_ON": "True", "STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(made.port)}.items():
            monkeypatch.setenv(f"AIRFLOW__METRICS__{name}", value)
        stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
        yield made
    monkeypatch.undo()
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)


def test_whole_numbers_are_counted_also_those_within_and_nothing_else(listening):
    metrics.emit("publish", PUBLISHED)
    until = time.monotonic() + patience.SECONDS
    while len(listening.counters) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert dict(listening.counters) == {
        "airflow.crm.publish.lines_read": 100,
        "airflow.crm.publish.lines_published": 97,
        "airflow.crm.publish.rejected.bad_date": 2,
        "airflow.crm.publish.rejected.no_amount": 1,
    }
