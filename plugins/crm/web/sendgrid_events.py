"""``POST /sendgrid/events``: SendGrid's signed Event Webhook. What is answered 2xx is on disk.

403: not signed by SendGrid, or too long ago. 413: too large, unread. 400: no list of events. 503: the warehouse is away
or the key is not set, so SendGrid repeats (for 24 hours). Nothing of a person is logged.
"""

from __future__ import annotations

import datetime
import json
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from crm.business import Business
from crm.messages.clock import Clock
from crm.messages.responses import inbox, sendgrid
from crm.warehouse import Warehouse
from crm.web import bodies, parts, signatures

log = logging.getLogger(__name__)
router = APIRouter()


@router.post("/sendgrid/events", status_code=204)
async def receive(
    request: Request,
    business: Annotated[Business, Depends(parts.business)],
    warehouse: Annotated[Warehouse, Depends(parts.warehouse)],
    clock: Annotated[Clock, Depends(parts.clock)],
) -> None:
    """Keep the events of one delivery."""
    body = await bodies.read(request, 1024 * business.responses.body_kilobytes)
    age = datetime.timedelta(hours=business.responses.signature_hours)
    await run_in_threadpool(signatures.check, request.headers, body, clock.now(), age)
    await run_in_threadpool(_keep, warehouse, body)


def _keep(warehouse: Warehouse, body: bytes) -> None:
    events, malformed = _events(body)
    new = inbox.keep(warehouse, events)
    log.info("SendGrid: %s events, %s of them new, %s malformed", len(events), new, malformed)


def _events(body: bytes) -> tuple[list[inbox.Event], int]:
    """The events, and how many elements were none: those must not cost us the others."""
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list):
        raise HTTPException(400)
    events, malformed = [], 0
    for each in given:
        try:
            events.append(sendgrid.event(each))
        except sendgrid.Malformed:
            malformed += 1
    return events, malformed
