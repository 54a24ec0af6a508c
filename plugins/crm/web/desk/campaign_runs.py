"""Acting on a campaign: dry run, the real run, the answer to its question, a test to staff, the stop switch.

Every act but the stop switch goes through Airflow with the user's own token; the page of a run follows it.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from crm import runs
from crm.campaigns import switches
from crm.messages import settling, stopping
from crm.rehearsal import calendar
from crm.web.desk import airflow_calls, forms, given, outbox, pages
from crm.web.desk.access import Person, Reader, may_trigger, triggers
from crm.web.desk.campaign import TheCampaign, answered, dag_id, in_airflow, in_order
from crm.web.desk.failed_dates import date_of
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)
router = APIRouter()

TEST_DAG = "test_send"
ANSWERS = ("Approve", "Reject")
#: So long the worker that asks may take to end, once its question can be read.
ASKING_SECONDS = 20.0
#: Seconds until a page that follows a run asks again; where it waits for somebody or something it asks less often.
SOON, LATER = 3, 30
#: Runs of a campaign among which one that is under way is looked for.
MOST = 50
WAITING = ("up_for_reschedule", "deferred", "awaiting_input")
FROM_HERE = [Depends(forms.same_origin)]


def actor(declared: TheCampaign, found: Reader) -> Person:
    """Who asks, if they may trigger the campaign.

    :raises HTTPException: 401, 403 or 404
    """
    return may_trigger(found, dag_id(declared.campaign))


Actor = Annotated[Person, Depends(actor)]


@router.post("/campaigns/{name}/dry-run", dependencies=FROM_HERE)
async def dry_run(declared: TheCampaign, request: Request, person: Actor) -> RedirectResponse:
    """Start a dry run for the business date of the form."""
    return await _start(declared.campaign, request, dry=True)


@router.get("/campaigns/{name}/trigger", response_model=None)
async def confirm(
    declared: TheCampaign,
    request: Request,
    person: Actor,
    business: TheBusiness,
    *,
    warehouse: TheWarehouse,
    clock: TheClock,
    date: str = "",
) -> HTMLResponse | RedirectResponse:
    """What starting the campaign in earnest would do; nothing is done yet. Of one that is under way: its page.

    :param date: business date
    """
    day, today = _date(date), given.today(business, clock)
    if day is None:
        return _back(request, declared.campaign, "wrong_date")
    if run_id := await _under_way(request, declared.campaign, day):
        return _followed(request, declared.campaign, dag_id(declared.campaign), run_id, "under_way")
    send_date = day + datetime.timedelta(days=1)
    is_decided = await run_in_threadpool(_is_decided, warehouse, declared.campaign, day)
    is_dated = declared.kind in calendar.DATED
    return pages.render(
        request,
        "campaign_trigger.html",
        business,
        person,
        page="campaigns",
        name=declared.campaign,
        declared=declared,
        title=calendar.title(declared, pages.language(request, business.locale)),
        date=day,
        send_date=send_date,
        is_over=send_date < today,
        is_early=day >= today,
        is_decided=is_decided,
        outbox=outbox.of(business, declared.channels),
        is_due=not is_dated or bool(calendar.upcoming(declared, business.country, send_date, 1, 1)),
    )


def _is_decided(warehouse: Warehouse, campaign: str, day: datetime.date) -> bool:
    with warehouse.transaction() as tx:
        return bool(tx.value("desk/campaign_decided", campaign=campaign, business_date=day))


async def _under_way(request: Request, name: str, day: datetime.date) -> str | None:
    """The run that sends the campaign of this business date already, or asks whether it may.

    :raises HTTPException: the user may not see the runs
    """
    try:
        found = await airflow_calls.runs(request, dag_id(name), MOST)
    except airflow_calls.Refused as refused:
        if refused.status in (401, 403):
            raise HTTPException(refused.status) from None
        return None
    busy = (run for run in found if run["state"] in ("queued", "running") and not _is_dry(run) and date_of(run) == day)
    return next((str(run["dag_run_id"]) for run in busy), None)


@router.post("/campaigns/{name}/trigger", dependencies=FROM_HERE)
async def trigger(declared: TheCampaign, request: Request, person: Actor) -> RedirectResponse:
    """Start the campaign in earnest."""
    return await _start(declared.campaign, request, dry=False)


@router.post("/campaigns/{name}/answer", dependencies=FROM_HERE)
async def answer(declared: TheCampaign, request: Request, person: Actor, clock: TheClock) -> RedirectResponse:
    """Approve or reject what a run asks; who answered first stands. Other runs that ask about the same date are given
    the same answer, so that nobody is asked twice. An answer that comes at once waits a moment."""
    name, fields = declared.campaign, await forms.read(request)
    run_id, said = fields.get("run", ""), fields.get("answer", "")
    if said not in ANSWERS or not run_id:
        raise HTTPException(400)
    await asyncio.sleep(await _still_asking(request, name, clock.now()))
    try:
        await airflow_calls.answer_approval(request, dag_id(name), run_id, said)
    except airflow_calls.Refused as refused:
        return _refused(request, name, refused, {404: "answered_before", 409: "answered_before"})
    await _answer_others(request, name, run_id, said)
    return _followed(request, name, dag_id(name), run_id)


async def _still_asking(request: Request, name: str, now: datetime.datetime) -> float:
    """Seconds until the workers that ask the campaign's questions have surely ended; other runs get the same answer.

    Airflow 3.3 fails a run whose question is answered before that: the task would begin again while it still ends.
    """
    try:
        asked = await airflow_calls.open_approvals(request, dag_id(name))
    except airflow_calls.Refused:
        return 0.0
    ages = [(now - each["asked_at"]).total_seconds() for each in asked if each["asked_at"]]
    return max(0.0, min(ASKING_SECONDS, ASKING_SECONDS - min(ages, default=ASKING_SECONDS)))


async def _answer_others(request: Request, name: str, run_id: str, said: str) -> None:
    """Best effort: a question that stays open is closed by the first answer when its run comes to it."""
    try:
        answered = await airflow_calls.run(request, dag_id(name), run_id)
        for asked in await airflow_calls.open_approvals(request, dag_id(name)):
            other = await airflow_calls.run(request, dag_id(name), asked["run_id"])
            if answered and other and asked["run_id"] != run_id and date_of(other) == date_of(answered):
                await airflow_calls.answer_approval(request, dag_id(name), asked["run_id"], said)
    except airflow_calls.Refused as refused:
        log.info("other questions of %s stay open: %s", name, refused)


@router.post("/campaigns/{name}/test-send", dependencies=[*FROM_HERE, Depends(triggers(TEST_DAG))])
async def test_send(declared: TheCampaign, request: Request) -> RedirectResponse:
    """Send a message of the campaign, written to an invented person, to somebody of the staff."""
    name, fields = declared.campaign, await forms.read(request)
    wanted = {key: fields.get(key) or None for key in ("channel", "locale", "variant", "wave")}
    try:
        started = await airflow_calls.trigger(
            request, TEST_DAG, {"campaign": name, "to": fields.get("to", ""), **wanted}
        )
    except airflow_calls.Refused as refused:
        return _refused(request, name, refused, {400: "not_read_yet", 404: "not_read_yet", 422: "not_read_yet"})
    return _followed(request, name, TEST_DAG, started["dag_run_id"])


@router.post("/campaigns/{name}/enable", dependencies=FROM_HERE)
def enable(declared: TheCampaign, request: Request, person: Actor, clock: TheClock) -> RedirectResponse:
    """Let the campaign run on its dates."""
    switches.turn(declared.campaign, enabled=True, by=person.name, at=clock.now())
    return _back(request, declared.campaign, "enabled")


@router.post("/campaigns/{name}/disable", dependencies=FROM_HERE)
def disable(declared: TheCampaign, request: Request, person: Actor, clock: TheClock) -> RedirectResponse:
    """Let it run on no further date; what is decided already goes its way."""
    switches.turn(declared.campaign, enabled=False, by=person.name, at=clock.now())
    return _back(request, declared.campaign, "disabled")


@router.post("/campaigns/{name}/switch-on", dependencies=FROM_HERE)
async def switch_on(declared: TheCampaign, request: Request, person: Actor) -> RedirectResponse:
    """Let the campaign run where Airflow has it paused, as it has new ones in production."""
    name = declared.campaign
    try:
        await airflow_calls.switch_on(request, dag_id(name))
    except airflow_calls.Refused as refused:
        return _refused(request, name, refused, {404: "not_read_yet"})
    return _back(request, name, "switched_on")


@router.post("/campaigns/{name}/stop", dependencies=FROM_HERE)
async def stop(
    declared: TheCampaign, request: Request, person: Actor, *, warehouse: TheWarehouse, clock: TheClock
) -> RedirectResponse:
    """Take nothing more up of what the campaign sends on the send date of the form."""
    date = await _send_date(request)
    await run_in_threadpool(stopping.stop, warehouse, declared.campaign, date, by=person.name, at=clock.now())
    return _back(request, declared.campaign, "stopped")


@router.post("/campaigns/{name}/resume", dependencies=FROM_HERE)
async def resume(declared: TheCampaign, request: Request, person: Actor, warehouse: TheWarehouse) -> RedirectResponse:
    """Take the stop switch back."""
    was_stopped = await run_in_threadpool(stopping.resume, warehouse, declared.campaign, await _send_date(request))
    return _back(request, declared.campaign, "resumed" if was_stopped else "not_stopped")


@router.post("/campaigns/{name}/send-unknown", dependencies=FROM_HERE)
async def send_unknown(
    declared: TheCampaign,
    request: Request,
    person: Actor,
    business: TheBusiness,
    *,
    warehouse: TheWarehouse,
    clock: TheClock,
) -> RedirectResponse:
    """Send to those of whom everything says that their message never left, of the business date of the form."""
    date = _date((await forms.read(request)).get("date", ""))
    if date is None:
        raise HTTPException(400)
    send_date = date + datetime.timedelta(days=1)
    released = await run_in_threadpool(
        settling.release, warehouse, business, declared.campaign, send_date, now=clock.now(), by=person.name
    )
    if not released:
        return _back(request, declared.campaign, "nothing_unknown")
    return await _start_for(declared.campaign, request, date, dry=False)


@router.get("/campaigns/{name}/run")
async def follow(
    declared: TheCampaign,
    request: Request,
    person: Reader,
    business: TheBusiness,
    *,
    warehouse: TheWarehouse,
    run_id: Annotated[str, Query(alias="id", max_length=250)],
    dag: str = "",
) -> HTMLResponse:
    """A run of the campaign's DAG, or of ``test_send``, as far as it has come."""
    name, is_test = declared.campaign, dag == TEST_DAG
    followed = TEST_DAG if is_test else dag_id(name)
    run, states, told = await _in_airflow(request, followed, run_id, is_test=is_test)
    if is_test and (run["conf"] or {}).get("campaign") != name:
        raise HTTPException(404)
    asked = await in_airflow(request, followed)
    questions = [each for each in asked["questions"] if each["run_id"] == run_id]
    left = told or {}
    shown = pages.render(
        request,
        "campaign_run.html",
        business,
        person,
        page="campaigns",
        name=name,
        title=calendar.title(declared, pages.language(request, business.locale)),
        run=run,
        is_test=is_test,
        is_dry=not is_test and _is_dry(run),
        step=_step(run["state"], states, asks=bool(questions)),
        planned=left.get("planned") or {},
        outbox=outbox.of(business, [left.get("channel", "")] if is_test else declared.channels),
        file=left.get("provider_message_id") if is_test else "",
        questions=questions,
        is_paused=bool(asked["dag"] and asked["dag"]["is_paused"]),
        may_act=person.may_trigger(followed),
        said=request.query_params.get("said") == "under_way",
        here=_path(request, name, followed, run_id),
        **await run_in_threadpool(_read, warehouse, business, name, run),
    )
    if run["state"] in ("queued", "running"):
        waits = any(state in WAITING for state in states.values())
        shown.headers["Refresh"] = str(LATER if waits else SOON)
    return shown


async def _in_airflow(
    request: Request, dag: str, run_id: str, *, is_test: bool
) -> tuple[dict[str, Any], dict[str, str | None], Any]:
    """The run, the states of its tasks, and what its first task left for the next ones."""
    try:
        run = await airflow_calls.run(request, dag, run_id)
        if run is None:
            raise HTTPException(404)
        states = await airflow_calls.task_states(request, dag, run_id)
    except airflow_calls.Refused as refused:
        raise HTTPException(refused.status if refused.status in (401, 403) else 503) from None
    task, key = ("send", "return_value") if is_test else ("preview", "previewed")
    try:
        return run, states, await airflow_calls.told(request, dag, run_id, task, key)
    except airflow_calls.Refused:  # reading what tasks leave is a right of its own
        return run, states, None


def _read(warehouse: Warehouse, business: Business, name: str, run: dict[str, Any]) -> dict[str, Any]:
    """What the warehouse knows of the run: what its dry run found, and what the gate of its date misses."""
    date = date_of(run)
    if run["dag_id"] == TEST_DAG or date is None:
        return {"date": None, "rehearsal": None, "occasions": [], "holds": [], "answered": {}}
    with warehouse.transaction() as tx:
        rows = tx.rows("desk/campaign_rehearsal", campaign=name, run_id=run["dag_run_id"])
        holds = tx.rows("desk/campaign_held", campaign=name, business_date=date)
        answers = answered(tx, name)
    found = rows[0].found if rows else None
    published = _date(found["published"] or "") if found else None
    return {
        "date": date,
        "answered": answers,
        "published": published,
        "is_incomplete": found is not None and (published is None or published < date),
        "rehearsal": found,
        "occasions": [in_order(each, business) for each in found["occasions"]] if found else [],
        "holds": [{**reason, "date": _date(reason["business_date"])} for row in holds for reason in row.reasons],
    }


def _step(state: str, states: dict[str, str | None], *, asks: bool) -> str:
    """Where the run is, of the texts ``run.step_…``."""
    if state != "running":
        return state
    if asks:
        return "asks"
    waiting = {task for task, each in states.items() if each == "up_for_reschedule"}
    return "held" if "preview" in waiting else "hour" if "send" in waiting else "running"


def _is_dry(run: dict[str, Any]) -> bool:
    return run["run_type"] == "manual" and bool((run["conf"] or {}).get("dry_run", True))


async def _start(name: str, request: Request, *, dry: bool) -> RedirectResponse:
    date = _date((await forms.read(request)).get("date", ""))
    if date is None:
        return _back(request, name, "wrong_date")
    if not dry and (run_id := await _under_way(request, name, date)):
        return _followed(request, name, dag_id(name), run_id, "under_way")
    return await _start_for(name, request, date, dry=dry)


async def _start_for(name: str, request: Request, date: datetime.date, *, dry: bool) -> RedirectResponse:
    try:
        started = await airflow_calls.trigger(request, dag_id(name), {"dry_run": dry}, date.isoformat())
    except airflow_calls.Refused as refused:
        return _refused(request, name, refused, {404: "not_read_yet"})
    return _followed(request, name, dag_id(name), started["dag_run_id"])


async def _send_date(request: Request) -> datetime.date:
    date = _date((await forms.read(request)).get("send_date", ""))
    if date is None:
        raise HTTPException(400)
    return date


def _date(text: str) -> datetime.date | None:
    try:
        return runs.day(text, "date")
    except runs.RunError:
        return None


def _refused(request: Request, name: str, refused: airflow_calls.Refused, known: dict[int, str]) -> RedirectResponse:
    """Airflow's no, in words of the campaign's page."""
    if refused.status in (401, 403):
        raise HTTPException(refused.status) from None
    return _back(request, name, known.get(refused.status, "refused"))


def _back(request: Request, name: str, said: str) -> RedirectResponse:
    return RedirectResponse(f"{pages.base(request)}/campaigns/{name}?said={said}", 303)


def _followed(request: Request, name: str, dag: str, run_id: str, said: str = "") -> RedirectResponse:
    return RedirectResponse(_path(request, name, dag, run_id) + (f"&said={said}" if said else ""), 303)


def _path(request: Request, name: str, dag: str, run_id: str) -> str:
    query = urlencode({"id": run_id, **({"dag": dag} if dag == TEST_DAG else {})})
    return f"{pages.base(request)}/campaigns/{name}/run?{query}"
