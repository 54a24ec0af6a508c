"""The demo's watch: what it reports, what stops it, and what an interrupted demo takes up again."""

from __future__ import annotations

import json

import pytest

from crm.local import watch
from crm.local.airflow_api import Run
from crm.local.watch import RunFailed, Watch, WatchTimeout, readable, stopped


def run(dag_id="daily_orders", key="2017-11-20", state="running", mode="simulate", run_id=None) -> Run:
    return Run(dag_id, run_id or f"{dag_id}-{key}-{state}", key, state, mode, "2026-01-01")


def task(task_id, state, end="2026-01-01T00:00:01Z") -> dict:
    return {"task_id": task_id, "state": state, "try_number": 1, "end_date": end, "duration": 1.5}


class Airflow:
    """Stands in for the REST API: a list of snapshots, one for each look."""

    def __init__(self, *looks: list[tuple[Run, list[dict]]]) -> None:
        self.looks, self.cleared = list(looks), []

    def runs(self) -> list[Run]:
        self.now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return [each for each, _ in self.now]

    def tasks(self, wanted: Run) -> dict[str, dict]:
        return {t["task_id"]: t for each, tasks in self.now if each.run_id == wanted.run_id for t in tasks}

    def clear(self, wanted: Run) -> None:
        self.cleared.append(wanted.run_id)


@pytest.fixture
def said(monkeypatch):
    monkeypatch.setattr(watch, "POLL_SECONDS", 0)
    return []


def test_each_task_that_ends_is_said_once(said, tmp_path):
    first = run(run_id="r")
    airflow = Airflow(
        [(first, [task("ingest", "running", None)])],
        [(first, [task("ingest", "success"), task("validate", "running", None)])],
        [(run(run_id="r", state="success"), [task("ingest", "success"), task("validate", "success")])],
    )
    Watch(airflow, tmp_path, said.append).until(lambda runs: runs[0].ended, "the end")
    assert [" ".join(line.split()) for line in said] == [
        "daily_orders 2017-11-20 ingest success 1.5 s",
        "daily_orders 2017-11-20 validate success 1.5 s",
    ]


def test_a_failed_task_ends_the_watch_with_its_log(said, tmp_path):
    log = tmp_path / "dag_id=daily_orders" / "run_id=r" / "task_id=publish" / "attempt=1.log"
    log.parent.mkdir(parents=True)
    raised = {"event": "Task failed", "error_detail": [{"exc_type": "PublishingError", "exc_value": "no such file"}]}
    log.write_text("\n".join([json.dumps({"event": "began"}), json.dumps(raised)]))
    airflow = Airflow([(run(run_id="r"), [task("publish", "failed")])])
    with pytest.raises(RunFailed) as failure:
        Watch(airflow, tmp_path, said.append).until(lambda runs: False, "the end")
    for part in ("daily_orders 2017-11-20", "publish", str(log), "PublishingError: no such file"):
        assert part in str(failure.value)


def test_what_never_comes_is_not_waited_for_for_ever(said, tmp_path):
    with pytest.raises(WatchTimeout, match="the evaluation"):
        Watch(Airflow([]), tmp_path, said.append).until(lambda runs: False, "the evaluation", seconds=0.05)


def test_what_failed_before_is_no_news_but_is_taken_up_again(said, tmp_path):
    failed = run(state="failed", run_id="r")
    airflow = Airflow([(failed, [task("publish", "failed")])])
    watched = Watch(airflow, tmp_path, said.append)
    assert watched.forget_past() == [failed]
    watched.until(lambda runs: True, "the end")
    watched.again(failed)
    assert airflow.cleared == ["r"]
    with pytest.raises(RunFailed):
        watched.until(lambda runs: False, "the end")


def test_a_run_that_airflow_had_no_time_to_call_failed_is_taken_up_again(said, tmp_path):
    airflow = Airflow([(run(run_id="r"), [task("ingest", "success"), task("publish", "failed")])])
    assert [each.run_id for each in Watch(airflow, tmp_path, said.append).forget_past()] == ["r"]
    assert [each.run_id for each in Watch(Airflow([(run(), [])]), tmp_path, said.append).forget_past()] == []


def test_only_partitions_without_a_success_or_a_run_at_work_are_taken_up_again():
    failed, success, working = (run(state=state, run_id=state) for state in ("failed", "success", "running"))
    later = run(state="failed", run_id="later")
    assert stopped([failed, later]) == [later]
    assert stopped([failed, success]) == []
    assert stopped([success, failed]) == []
    assert stopped([failed, working]) == []
    assert stopped([run(state="failed", mode="dry")]) == [], "a person's own dry run is his own business"


def test_a_log_is_shown_as_text(tmp_path):
    log = tmp_path / "log"
    log.write_text('{"event": "one"}\nnot json\n{"event": "two", "error_detail": []}')
    assert readable(log).split() == ["one", "not", "json", "two"]
    assert readable(tmp_path / "missing") == ""
