"""``GET`` and ``POST /unsubscribe?m=<token>``. The GET changes nothing, because scanners open links; the POST opts out.

A POST without the form's fields is a mail program's one-click (RFC 8058: ``List-Unsubscribe=One-Click``): the message's
channel. The token alone is authority, so a foreign page gains nothing by posting. No address is ever shown.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from crm.business import Business
from crm.messages import public_site
from crm.messages.clock import Clock
from crm.messages.responses import opt_outs
from crm.messages.tokens import Signer
from crm.warehouse import Warehouse
from crm.web import bodies, pages, parts

router = APIRouter()

PATH = "/unsubscribe"
#: One-click bodies and our own form are far shorter.
_BODY_BYTES = 4096

TheBusiness = Annotated[Business, Depends(parts.business)]
TheWarehouse = Annotated[Warehouse, Depends(parts.warehouse)]


@router.get(PATH)
def ask(request: Request, business: TheBusiness, warehouse: TheWarehouse, m: str = "") -> HTMLResponse:
    """The page that asks what is to stop; to the check before a send, its signature."""
    if checked := public_site.answer(Signer.from_connection().message_id(m) or ""):
        return HTMLResponse(checked)
    found = _recipient(warehouse, m)
    if found is None:
        return pages.unsubscribe("gone", pages.preferred(request), business, status=404)
    return pages.unsubscribe("ask", found.locale, business, channel=found.channel)


@router.post(PATH)
async def confirm(
    request: Request,
    business: TheBusiness,
    warehouse: TheWarehouse,
    clock: Annotated[Clock, Depends(parts.clock)],
    m: str = "",
) -> HTMLResponse:
    """Opt out, then say so."""
    form = parse_qs((await bodies.read(request, _BODY_BYTES)).decode(errors="replace"))
    everything = form.get("scope") == ["all"]
    found = await run_in_threadpool(_recipient, warehouse, m)
    if found is None:
        return pages.unsubscribe("gone", pages.preferred(request), business, status=404)
    now = clock.now()
    await run_in_threadpool(opt_outs.opt_out, warehouse, business, found.message_id, everything=everything, now=now)
    return pages.unsubscribe("done", found.locale, business, channel="all" if everything else found.channel)


def _recipient(warehouse: Warehouse, token: str) -> opt_outs.Recipient | None:
    message_id = Signer.from_connection().message_id(token)
    return opt_outs.recipient(warehouse, message_id) if message_id else None
