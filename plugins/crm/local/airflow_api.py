"""A small client of Airflow's REST API: sign in, trigger a run with its partition key, watch it.

One ``airflow`` command costs 9 s and takes no partition key; a request costs milliseconds and takes one.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ENDED = ("success", "failed")
READ_ATTEMPTS, TIMEOUT_SECONDS = 4, 30


class ApiError(Exception):
    """The API cannot be reached or refused; holds its answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    @property
    def passing(self) -> bool:
        """A busy machine, not a refusal."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True)
class Run:
    """A DAG run."""

    dag_id: str
    run_id: str
    key: str | None
    state: str
    mode: str | None
    run_after: str

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class AirflowApi:
    """Client of the API server at ``url`` (no proxy is asked), signed in when first used."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.user, self.password = url, user, password
        self._token: str | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def signed_in(self) -> bool:
        """True when the server at this address knows our password: it is ours."""
        self._token = self._request("POST", "/auth/token", {"username": self.user, "password": self.password})[
            "access_token"
        ]
        return True

    def healthy(self) -> bool:
        """Are scheduler, DAG processor, triggerer and database well?"""
        return self._well(_PARTS)

    def schedules(self) -> bool:
        """The same without the triggerer, for which only what is deferred waits."""
        return self._well(_PARTS[:-1])

    def _well(self, names: Sequence[str]) -> bool:
        self.call("GET", "/version")
        parts = self._request("GET", "/api/v2/monitor/health")
        return all((parts.get(name) or {}).get("status") == "healthy" for name in names)

    def dags(self) -> list[str]:
        """Ids of the DAGs that were read."""
        return [dag["dag_id"] for dag in self.call("GET", "/dags?limit=200")["dags"]]

    def import_errors(self) -> list[tuple[str, str]]:
        """(file, error) of every DAG file that cannot be read."""
        errors = self.call("GET", "/importErrors")["import_errors"]
        return [(error["filename"], error["stack_trace"]) for error in errors]

    def trigger(self, dag_id: str, conf: Mapping[str, Any], key: str | None = None) -> Run:
        """Start a run of ``dag_id`` for the partition ``key``.

        :raises ApiError: Airflow refuses the parameters or the key
        """
        body = {"logical_date": None, "partition_key": key, "conf": dict(conf)}
        return _run(self.call("POST", f"/dags/{dag_id}/dagRuns", body))

    def run(self, dag_id: str, run_id: str) -> Run:
        return _run(self.call("GET", f"/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id, safe='')}"))

    def runs(self, dag_id: str = "~") -> list[Run]:
        """The latest 500 runs of ``dag_id`` (``~`` = all DAGs), oldest first."""
        found: list[Run] = []
        for offset in range(0, 500, 100):
            page = self.call("GET", f"/dags/{dag_id}/dagRuns?limit=100&offset={offset}&order_by=-run_after")["dag_runs"]
            found += map(_run, page)
            if len(page) < 100:
                break
        return found[::-1]

    def tasks(self, run: Run) -> dict[str, dict[str, Any]]:
        """Task instances of a run by task id."""
        path = f"/dags/{run.dag_id}/dagRuns/{urllib.parse.quote(run.run_id, safe='')}/taskInstances"
        return {task["task_id"]: task for task in self.call("GET", path)["task_instances"]}

    def clear(self, run: Run) -> None:
        """Let a run begin anew."""
        path = f"/dags/{run.dag_id}/dagRuns/{urllib.parse.quote(run.run_id, safe='')}/clear"
        self.call("POST", path, {"dry_run": False, "only_failed": False})

    def unpause(self, dag_id: str) -> None:
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Request ``path`` of ``/api/v2``, signing in where need be."""
        if self._token is None:
            self.signed_in()
        attempts = READ_ATTEMPTS if method == "GET" else 2
        for attempt in range(1, attempts + 1):
            try:
                return self._request(method, f"/api/v2{path}", body)
            except ApiError as error:
                if attempt == attempts or not (error.status == 401 or (method == "GET" and error.passing)):
                    raise
                if error.status == 401:
                    self.signed_in()  # the token ran out
        raise AssertionError("the last attempt returns or raises")

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token and not path.startswith("/auth"):
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise ApiError(f"{method} {path}: {error.code} {detail}", error.code) from None
        except (OSError, ValueError) as error:
            raise ApiError(f"{method} {path}: {error}") from None


_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def _run(found: Mapping[str, Any]) -> Run:
    return Run(
        found["dag_id"],
        found["dag_run_id"],
        found["partition_key"],
        found["state"],
        (found["conf"] or {}).get("mode"),
        found["run_after"],
    )
