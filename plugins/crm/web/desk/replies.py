"""*Replies*: takes in the file of the SMS gateway; what no program can judge a person reads, and may decide anew.

Personal data: the page asks for the same right as *Customer*.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from crm.messages.responses import replies
from crm.messages.responses.reply_files import ReplyError
from crm.web.desk import customer, forms, pages
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Warehouse
    from crm.web.desk.access import Person

router = APIRouter()

PATH = "/replies"
VERDICTS = ("opt_out", "no_opt_out")
#: A day of a large shop's replies is a tenth of it.
UPLOAD_BYTES = 8 * 1024 * 1024
#: Replies that are shown of those to be read, and of those judged lately.
MOST = 100


@router.get(PATH)
def show(
    request: Request, person: customer.Operator, business: TheBusiness, warehouse: TheWarehouse, said: str = ""
) -> HTMLResponse:
    """What is to be read, and what was decided lately."""
    return _page(request, person, business, warehouse, said=said if said in VERDICTS else "")


@router.post(PATH, dependencies=[customer.Form])
async def upload(
    request: Request, person: customer.Operator, business: TheBusiness, warehouse: TheWarehouse, clock: TheClock
) -> HTMLResponse:
    """Take in a file as ``make replies`` does, all of it or nothing, and say what it held. Twice is once."""
    content = (await forms.read_with_file(request, UPLOAD_BYTES)).file
    return await run_in_threadpool(_taken_in, request, person, business, warehouse, content=content, now=clock.now())


def _taken_in(
    request: Request, person: Person, business: Business, warehouse: Warehouse, *, content: bytes, now: Any
) -> HTMLResponse:
    if not content:
        return _page(request, person, business, warehouse, 400, no_file=True)
    try:
        told = replies.take_in_content(warehouse, business, content, "", now)
    except ReplyError as error:
        return _page(request, person, business, warehouse, 400, refused=error)
    return _page(request, person, business, warehouse, told=told)


def _page(
    request: Request, person: Person, business: Business, warehouse: Warehouse, status: int = 200, **shown: Any
) -> HTMLResponse:
    locale = pages.language(request, business.locale)
    with warehouse.transaction() as tx:
        found = tx.rows("desk/replies", most=MOST)
    return pages.render(
        request,
        "replies.html",
        business,
        person,
        status,
        page="replies",
        moment=functools.partial(customer.moment, business.time_zone, locale),
        unread=[row for row in found if row.verdict is None],
        judged=[row for row in found if row.verdict],
        **{"said": "", "no_file": False, "refused": None, "told": None, **shown},
    )


@router.post(PATH + "/{reply_id}", dependencies=[customer.Form])
async def judge(
    request: Request,
    reply_id: int,
    person: customer.Operator,
    *,
    business: TheBusiness,
    warehouse: TheWarehouse,
    clock: TheClock,
) -> Response:
    """Decide about one reply."""
    verdict = (await forms.read(request)).get("verdict", "")
    if verdict not in VERDICTS:
        raise HTTPException(400)
    known = await run_in_threadpool(
        replies.judge, warehouse, business, reply_id, verdict, by=person.name, now=clock.now()
    )
    if not known:
        raise HTTPException(404)
    return RedirectResponse(f"{pages.base(request)}{PATH}?said={verdict}", 303)
