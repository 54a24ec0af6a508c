"""Watch Airflow's runs: one line per task that ends, a sign of life while one goes on, a clear end when one fails."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from crm.local.airflow_api import AirflowApi, Run
from crm.local.stack import last_lines

POLL_SECONDS, SIGN_SECONDS = 0.2, 15.0


class RunFailed(Exception):
    """A task failed; names it, its log and the log's last lines."""


class WatchTimeout(Exception):
    """What was waited for did not come."""


class Watch:
    """Follows all runs through ``api``; logs are below ``logs``; ``say`` prints a line."""

    def __init__(self, api: AirflowApi, logs: Path, say: Callable[[str], None]) -> None:
        self.api, self.logs, self.say = api, logs, say
        self._ended: set[tuple[str, str, str, str, str]] = set()
        self._past: set[tuple[str, str]] = set()
        self._running: list[str] = []
        self._said = time.monotonic()

    def forget_past(self) -> list[Run]:
        """What ended before is no news. Returns the runs that stopped half-way: the latest of each partition."""
        runs = self.api.runs()
        self._past = {(run.dag_id, run.run_id) for run in runs if run.ended}
        broken = set()
        for run in runs:
            if run.ended:
                continue
            for task in self.api.tasks(run).values():
                self._ended.add(_key(run, task))
                if task["state"] in ("failed", "upstream_failed"):
                    broken.add(run.run_id)  # Airflow was stopped before it called the run failed
        return stopped([replace(run, state="failed") if run.run_id in broken else run for run in runs])

    def again(self, run: Run) -> None:
        """Let a run of the past begin anew, and watch it."""
        self.api.clear(run)
        self._past.discard((run.dag_id, run.run_id))

    def until(self, done: Callable[[list[Run]], bool], what: str, seconds: float = 1800) -> list[Run]:
        """Report until ``done`` of all runs; returns them.

        :raises RunFailed: a run failed
        :raises WatchTimeout: ``what`` did not come about in time
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            runs = self._look()
            if done(runs):
                return runs
            time.sleep(POLL_SECONDS)
        raise WatchTimeout(f"{what}: nothing for {seconds:.0f} s; look into the logs in {self.logs}")

    def _look(self) -> list[Run]:
        runs = self.api.runs()
        self._running = []
        for run in runs:
            if (run.dag_id, run.run_id) not in self._past and run.state != "queued":
                self._report(run)
        if self._running and time.monotonic() - self._said > SIGN_SECONDS:
            self._say("  … " + ", ".join(self._running))
        return runs

    def _report(self, run: Run) -> None:
        tasks = self.api.tasks(run)
        for task in sorted(tasks.values(), key=lambda each: each["end_date"] or "9"):
            name = f"{run.dag_id} {run.key or ''}".strip()
            if task["state"] == "running":
                self._running.append(f"{name} {task['task_id']}")
            key = _key(run, task)
            if task["state"] in ("success", "failed") and key not in self._ended:
                self._ended.add(key)
                self._say(f"  {name:<36} {task['task_id']:<16} {task['state']:<8} {task['duration'] or 0:6.1f} s")
                if task["state"] == "failed":
                    raise RunFailed(self._failure(run, task))
        if run.state == "failed":
            raise RunFailed(f"{run.dag_id} {run.key or ''} failed; its logs are in {self._folder(run)}")
        if run.ended:
            self._past.add((run.dag_id, run.run_id))

    def _say(self, text: str) -> None:
        self.say(text)
        self._said = time.monotonic()

    def _folder(self, run: Run) -> Path:
        return self.logs / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"

    def _failure(self, run: Run, task: dict[str, Any]) -> str:
        log = self._folder(run) / f"task_id={task['task_id']}" / f"attempt={task['try_number']}.log"
        return f"{run.dag_id} {run.key or ''}: task {task['task_id']} failed; its log is {log}\n{readable(log)}"


def _key(run: Run, task: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """What a task that begins anew changes: its state, or at least when it ended."""
    return run.dag_id, run.run_id, task["task_id"], str(task["state"]), str(task["end_date"])


def stopped(runs: list[Run]) -> list[Run]:
    """Failed runs whose partition has neither a success nor a run at work: the latest of each partition."""
    latest: dict[tuple[str, str | None], Run] = {}
    for run in runs:
        if run.dag_id == "daily_orders" and run.mode not in ("load", "simulate"):
            continue  # a person's own dry run
        before = latest.get((run.dag_id, run.key))
        if before is None or before.state == "failed":
            latest[run.dag_id, run.key] = run
    return [run for run in latest.values() if run.state == "failed"]


def readable(log: Path, count: int = 12) -> str:
    """The last lines of a task's log, which is JSON line by line, as text; with what was raised."""
    found = []
    for line in last_lines(log, count).splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            found.append(line)
            continue
        found.append(str(entry.get("event", "")))
        for raised in entry.get("error_detail") or []:
            found.append(f"{raised.get('exc_type')}: {raised.get('exc_value')}")
    return "\n".join(f"    {line}" for line in found)
