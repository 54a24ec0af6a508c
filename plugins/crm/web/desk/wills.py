"""*Customer*: opting out, and the one way back from what was noted by mistake.

Opting out of everything asks once more. Something is taken back with a cause and a note
(``crm.messages.responses.lifting``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from crm.messages.responses import lifting, opt_outs
from crm.web.desk import customer, forms, pages
from crm.web.desk.given import TheBusiness, TheClock, TheWarehouse

if TYPE_CHECKING:
    import datetime

    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse
    from crm.web.desk.access import Person

router = APIRouter()

SCOPES = ("email", "sms", "all")
PAGE = customer.PATH + "/{key}"


@router.post(PAGE + "/opt-out", dependencies=[customer.Form])
async def opt_out(
    request: Request,
    key: str,
    person: customer.Operator,
    *,
    business: TheBusiness,
    warehouse: TheWarehouse,
    clock: TheClock,
) -> Response:
    """The customer told somebody of us that they want no more messages: known at once, and asked once more for all."""
    form = await forms.read(request)
    scope = form.get("scope")
    if scope not in SCOPES:
        raise HTTPException(400)
    customer_id = customer.key_of(key)
    if scope == "all" and form.get("confirmed") != "yes":
        return await run_in_threadpool(_ask_again, request, person, business, warehouse, customer_id)
    noted = await run_in_threadpool(
        opt_outs.opt_out_customer,
        warehouse, business, customer_id, scope, source=f"desk: {person.name}", now=clock.now(),
    )  # fmt: skip
    if not noted:
        raise HTTPException(404)
    return customer.to_page(request, customer_id, "opted_out")


@router.get(PAGE + "/lift")
def ask_lift(
    request: Request, key: str, person: customer.Operator, business: TheBusiness, warehouse: TheWarehouse
) -> HTMLResponse:
    """What can be taken back, and the causes there are for it."""
    with warehouse.transaction() as tx:
        found = customer.one(tx, customer.key_of(key))
        groups = _groups(tx, found.customer_id)
    return pages.render(request, "customer_lift.html", business, person, page="customer", customer=found, groups=groups)


@router.post(PAGE + "/lift", dependencies=[customer.Form])
async def lift(
    request: Request,
    key: str,
    person: customer.Operator,
    *,
    business: TheBusiness,
    warehouse: TheWarehouse,
    clock: TheClock,
) -> Response:
    """Take something back, with a cause and a note."""
    form, customer_id = await forms.read(request), customer.key_of(key)
    try:
        lifted = await run_in_threadpool(
            _lift, warehouse, business, customer_id, form=form, by=person.name, now=clock.now()
        )
    except lifting.LiftError:
        raise HTTPException(400) from None
    return customer.to_page(request, customer_id, "lifted" if lifted else "nothing_lifted")


def _ask_again(
    request: Request, person: Person, business: Business, warehouse: Warehouse, customer_id: int
) -> HTMLResponse:
    with warehouse.transaction() as tx:
        found = customer.one(tx, customer_id)
        shared = tx.value("desk/customer_shared", customer_id=customer_id)
    return pages.render(
        request, "customer_opt_out.html", business, person, page="customer", customer=found, shared=shared
    )


def _lift(
    warehouse: Warehouse,
    business: Business,
    customer_id: int,
    *,
    form: dict[str, str],
    by: str,
    now: datetime.datetime,
) -> int:
    with warehouse.transaction() as tx:
        customer.one(tx, customer_id)
        group = next((each for each in _groups(tx, customer_id) if each["id"] == form.get("what")), None)
        if group is None:
            return 0
        return lifting.lift(
            tx, business, customer_id, reason=group["reason"], channel=group["scope"],
            because=form.get("because", ""), note=form.get("note", ""), by=by, now=now,
            contact_key=group["contact_key"],
        )  # fmt: skip


def _groups(tx: Transaction, customer_id: int) -> list[dict[str, Any]]:
    """What stands and may be taken back, together: an opt-out at all its addresses; a bounce by its address."""
    if tx.rows("desk/customer_erasure", customer_id=customer_id):
        return []
    groups: dict[str, dict[str, Any]] = {}
    for row in tx.rows("desk/customer_suppressions", customer_id=customer_id):
        causes = lifting.causes(row.reason, row.source) if row.stands else ()
        if not causes:
            continue
        contact_key = str(row.contact_key) if row.reason == "bounce" else None
        name = "/".join(filter(None, (row.reason, row.scope, contact_key)))
        empty = {
            "id": name, "reason": row.reason, "scope": row.scope, "contact_key": contact_key, "channel": row.channel,
            "is_current": row.is_current, "at": row.occurred_at, "sources": [], "causes": [],
        }  # fmt: skip
        group = groups.setdefault(name, empty)
        group["sources"] = list(dict.fromkeys([*group["sources"], row.source]))
        group["causes"] = [cause for cause in lifting.CAUSES if cause in {*group["causes"], *causes}]
    return list(groups.values())
