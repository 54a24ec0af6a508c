"""What a day may need beside its campaigns: an evaluation before its hour, going on without a date that will not come,
and a housekeeping that has not run. All are runs of Airflow's, started with the user's own token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse

from crm import runs
from crm.web.desk import airflow_calls, forms, pages
from crm.web.desk.access import triggers

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter()

EVALUATE_DAG, WAIVE_DAG, HOUSEKEEPING_DAG = "evaluate_campaigns", "waive", "housekeeping"
#: What a form came back with: texts ``act.said_…``.
SAID = ("evaluating", "waived", "cleaning", "wrong_waiver", "refused", "not_read_yet")


def said(request: Request) -> str | None:
    """What the page has to say of the form that led to it."""
    found = request.query_params.get("said")
    return found if found in SAID else None


@router.post("/results/evaluate", dependencies=[Depends(forms.same_origin), Depends(triggers(EVALUATE_DAG))])
async def evaluate(request: Request) -> RedirectResponse:
    """Evaluate every campaign as of the last published date."""
    return _back(request, "/results", await _start(request, EVALUATE_DAG, {}) or "evaluating")


@router.post("/waive", dependencies=[Depends(forms.same_origin), Depends(triggers(WAIVE_DAG))])
async def waive(request: Request) -> RedirectResponse:
    """Let later dates go on without the date of the form; the reason is kept with the user's name."""
    fields = await forms.read(request)
    date, reason = fields.get("date", ""), fields.get("reason", "")
    try:
        day = runs.day(date, "date")
    except runs.RunError:
        return _back(request, "/", "wrong_waiver")
    if not reason:
        return _back(request, "/", "wrong_waiver")
    conf = {"date": day.isoformat(), "reason": reason}
    return _back(request, "/", await _start(request, WAIVE_DAG, conf) or "waived")


@router.post("/housekeeping", dependencies=[Depends(forms.same_origin), Depends(triggers(HOUSEKEEPING_DAG))])
async def housekeeping(request: Request) -> RedirectResponse:
    """Remove what is older than its period, as every night should."""
    return _back(request, "/", await _start(request, HOUSEKEEPING_DAG, {"dry_run": False}) or "cleaning")


async def _start(request: Request, dag: str, conf: Mapping[str, Any]) -> str | None:
    """Why it was not started, of ``SAID``; None where it was.

    :raises HTTPException: the user may not
    """
    try:
        await airflow_calls.trigger(request, dag, conf)
    except airflow_calls.Refused as refused:
        if refused.status in (401, 403):
            raise HTTPException(refused.status) from None
        return "not_read_yet" if refused.status == 404 else "refused"
    return None


def _back(request: Request, path: str, what: str) -> RedirectResponse:
    return RedirectResponse(f"{pages.base(request)}{path}?said={what}", 303)
