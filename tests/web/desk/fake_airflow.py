"""Airflow's REST API as far as the campaign's pages ask it: what they ask is kept, what it answers is the test's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from crm.web.desk import airflow_calls


@dataclass
class FakeAirflow:
    """``answers``: (method, path without its query) -> (status, body); what is not there is 404."""

    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def knows(self, dag_id: str, *questions: dict[str, Any], is_paused: bool = False) -> None:
        """Airflow has read ``dag_id``, whose open approvals are ``questions``."""
        self.answers["GET", f"/dags/{dag_id}"] = 200, {"dag_id": dag_id, "is_paused": is_paused}
        self.answers["GET", f"/dags/{dag_id}/dagRuns/~/hitlDetails"] = 200, {"hitl_details": list(questions)}

    def has_run(
        self, dag_id: str, run_id: str, state: str, tasks: dict[str, str | None], told: Any = None, **values: Any
    ) -> None:
        """A run of ``dag_id`` in ``state``; ``told``: what its first task left."""
        run = {"dag_run_id": run_id, "dag_id": dag_id, "state": state, "run_type": "manual", "conf": {}, **values}
        path = f"/dags/{dag_id}/dagRuns/{run_id}"
        self.answers["GET", path] = 200, {"partition_key": "2017-11-20", **run}
        listed = [{"task_id": task, "state": each} for task, each in tasks.items()]
        self.answers["GET", f"{path}/taskInstances"] = 200, {"task_instances": listed}
        if told is not None:
            task, key = ("send", "return_value") if dag_id == "test_send" else ("preview", "previewed")
            entry = f"{path}/taskInstances/{task}/xcomEntries/{key}"
            self.answers["GET", entry] = 200, {"value": json.dumps(told)}

    def in_front_of(self, http: TestClient) -> TestClient:
        """``http`` with this Airflow in its scope, where the plugin leaves the real one."""
        inner, airflow = http.app, self._app()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await inner({**scope, airflow_calls.AIRFLOW: airflow}, receive, send)

        return TestClient(app, follow_redirects=False, raise_server_exceptions=False)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/api/v2/{path:path}", methods=["GET", "POST", "PATCH"])
        async def _any(path: str, request: Request) -> JSONResponse:
            body = json.loads(await request.body() or b"null")
            self.asked.append((request.method, f"/{path}", body))
            status, answer = self.answers.get((request.method, f"/{path}"), (404, {"detail": "secret of Airflow"}))
            return JSONResponse(answer, status)

        return app


def question(
    run_id: str, body: str, subject: str = "Send it?", state: str = "deferred", asked_at: str | None = None
) -> dict[str, Any]:
    """An open approval as Airflow lists it."""
    task = {"dag_run_id": run_id, "state": state}
    return {"task_instance": task, "subject": subject, "body": body, "created_at": asked_at}
