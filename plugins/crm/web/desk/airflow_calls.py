"""Acting on Airflow as the signed-in user: its own REST API, asked in this process with the user's own token.

Airflow decides what they may do and writes the user into its audit log. No address is called: whatever host a request
names, the token stays here.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request

#: Where the plugin leaves Airflow's own application in the scope of a request.
AIRFLOW = "crm.airflow"
#: Airflow's cookie (airflow.api_fastapi.auth.managers.base_auth_manager.COOKIE_NAME_JWT_TOKEN).
COOKIE = "_token"


class Refused(Exception):
    """Airflow said no; ``status`` is its HTTP status. Its words are not shown: they may quote a form's fields."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Airflow answered {status}")
        self.status = status


async def trigger(
    request: Request, dag_id: str, conf: Mapping[str, Any], partition_key: str | None = None
) -> dict[str, Any]:
    """Start a run of ``dag_id`` with the parameters ``conf``, for the business date ``partition_key``; its run.

    :raises Refused: the user may not, or Airflow does not take the parameters
    """
    body = {"logical_date": None, "partition_key": partition_key, "conf": dict(conf)}
    return await call(request, "POST", f"/dags/{quote(dag_id, safe='')}/dagRuns", body)


async def runs(request: Request, dag_id: str, limit: int = 20, **only: str) -> list[dict[str, Any]]:
    """The latest runs of ``dag_id`` (``~``: of every DAG), newest first; ``only``: the API's filters.

    :raises Refused: the user may not read them
    """
    query = urlencode({"limit": limit, "order_by": "-run_after", **only})
    found = await call(request, "GET", f"/dags/{quote(dag_id, safe='~')}/dagRuns?{query}")
    listed: list[dict[str, Any]] = found["dag_runs"]
    return listed


async def dag(request: Request, dag_id: str) -> dict[str, Any] | None:
    """``dag_id`` as Airflow knows it (``is_paused`` …); None where it has not read it yet.

    :raises Refused: the user may not read it
    """
    return await _found(request, f"/dags/{quote(dag_id, safe='')}")


async def switch_on(request: Request, dag_id: str) -> None:
    """Let a paused DAG run.

    :raises Refused: the user may not, or Airflow does not know it
    """
    await call(request, "PATCH", f"/dags/{quote(dag_id, safe='')}?update_mask=is_paused", {"is_paused": False})


async def run(request: Request, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """A run: ``state``, ``conf``, ``partition_key`` …; None: there is none.

    :raises Refused: the user may not read it
    """
    return await _found(request, _run(dag_id, run_id))


async def task_states(request: Request, dag_id: str, run_id: str) -> dict[str, str | None]:
    """State of each task of a run.

    :raises Refused: the user may not read them
    """
    found = await call(request, "GET", f"{_run(dag_id, run_id)}/taskInstances")
    return {each["task_id"]: each["state"] for each in found["task_instances"]}


async def told(request: Request, dag_id: str, run_id: str, task_id: str, key: str) -> Any:
    """What a task left for the next ones (XCom); None: nothing yet.

    :raises Refused: the user may not read it
    """
    import json

    path = f"{_run(dag_id, run_id)}/taskInstances/{quote(task_id, safe='')}/xcomEntries/{quote(key, safe='')}"
    found = await _found(request, path)
    value = found and found["value"]
    return json.loads(value) if isinstance(value, str) else value


async def open_approvals(request: Request, dag_id: str) -> list[dict[str, Any]]:
    """The questions of a DAG that nobody has answered, oldest first.

    Each: ``run_id``, ``subject``, ``body`` (Markdown), ``asked_at`` (aware; None where Airflow does not say).

    :raises Refused: the user may not read them
    """
    path = f"/dags/{quote(dag_id, safe='')}/dagRuns/~/hitlDetails?response_received=false&order_by=created_at"
    found = await call(request, "GET", path)
    return [
        {
            "run_id": each["task_instance"]["dag_run_id"],
            "subject": each["subject"],
            "body": each["body"] or "",
            "asked_at": datetime.datetime.fromisoformat(each["created_at"]) if each.get("created_at") else None,
        }
        for each in found["hitl_details"]
        if each["task_instance"]["state"] not in ("success", "failed", "skipped", "removed", "upstream_failed", None)
    ]


async def answer_approval(
    request: Request, dag_id: str, run_id: str, answer: str, task_id: str = "approve"
) -> dict[str, Any]:
    """Answer the open approval of a run: ``Approve`` or ``Reject``.

    :raises Refused: the user may not, or it was answered before (409)
    """
    run, task = quote(run_id, safe=""), quote(task_id, safe="")
    path = f"/dags/{quote(dag_id, safe='')}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
    return await call(request, "PATCH", path, {"chosen_options": [answer], "params_input": {}})


async def call(request: Request, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask ``path`` of ``/api/v2`` as the user of ``request``.

    :raises Refused: any answer but success
    """
    from httpx import ASGITransport, AsyncClient

    airflow = request.scope[AIRFLOW]
    headers = {"Authorization": f"Bearer {_token(request)}"}
    async with AsyncClient(transport=ASGITransport(airflow), base_url="http://airflow.invalid") as client:
        answer = await client.request(method, f"/api/v2{path}", json=body, headers=headers)
    if not answer.is_success:
        raise Refused(answer.status_code)
    found: dict[str, Any] = answer.json()
    return found


async def _found(request: Request, path: str) -> dict[str, Any] | None:
    try:
        return await call(request, "GET", path)
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def _run(dag_id: str, run_id: str) -> str:
    return f"/dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}"


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
