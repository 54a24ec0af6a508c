"""*Replies*: answers to SMS that no program can judge. A person reads them, and may decide anew.

Personal data: the page asks for the same right as *Customer*.
"""

from __future__ import annotations

import functools

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from crm.messages.responses import replies
from crm.web.desk import customer, forms, pages
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

router = APIRouter()

PATH = "/replies"
VERDICTS = ("opt_out", "no_opt_out")
#: Replies that are shown of those to be read, and of those judged lately.
MOST = 100


@router.get(PATH)
def show(
    request: Request, person: customer.Operator, business: TheBusiness, warehouse: TheWarehouse, said: str = ""
) -> HTMLResponse:
    """What is to be read, and what was decided lately."""
    locale = pages.language(request, business.locale)
    with warehouse.transaction() as tx:
        found = tx.rows("desk/replies", most=MOST)
    return pages.render(
        request,
        "replies.html",
        business,
        person,
        page="replies",
        said=said if said in VERDICTS else "",
        moment=functools.partial(customer.moment, business.time_zone, locale),
        unread=[row for row in found if row.verdict is None],
        judged=[row for row in found if row.verdict],
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
