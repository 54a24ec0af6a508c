"""*Segments*: how many stand in each segment and tier, who moved, and which thresholds would divide them as wished."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from crm.customers.standings import PERIODS
from crm.rehearsal import tiers
from crm.web.desk import pages
from crm.web.desk.access import Reader
from crm.web.desk.given import TheBusiness, TheWarehouse

if TYPE_CHECKING:
    from crm.business import Business

router = APIRouter()

Days = Literal["7", "30", "90"]


@router.get("/segments")
def show(
    request: Request,
    person: Reader,
    business: TheBusiness,
    warehouse: TheWarehouse,
    *,
    days: Days = "30",
    top: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> HTMLResponse:
    """Sizes, movement, calibrator.

    :param days: period of the movement
    :param top: per cent of customers at or above each tier but the lowest
    """
    period = int(days)
    with warehouse.transaction() as tx:
        sizes = tx.rows("desk/segments_sizes", days=period)
        moves = tx.rows("desk/segments_moves", days=period)
        spread = [tiers.Step(row.from_net_revenue, row.reach) for row in tx.rows("desk/segments_spread")]
        labels = tx.rows("evaluation/report/segments")
    language = pages.language(request, business.locale)
    names = {row.segment: row.label_zh if language == "zh-CN" else row.label_en for row in labels}
    order = {
        "segment": [row.segment for row in labels] + ["none"],
        "tier": [tier.name for tier in business.tiers],
    }
    wanted, is_wrong = _wanted(top, len(business.tiers))
    as_of: datetime.date | None = sizes[0].as_of if sizes else None
    return pages.render(
        request,
        "segments.html",
        business,
        person,
        page="segments",
        as_of=as_of,
        period=period,
        periods=PERIODS,
        query=[("top", value) for value in top or []],
        segment_names=names,
        sizes={dimension: _sizes(sizes, dimension, order[dimension]) for dimension in order},
        moves={dimension: _matrix(moves, dimension, order[dimension]) for dimension in order},
        wanted=wanted,
        is_wrong=is_wrong,
        proposed=_proposed(business, spread, wanted),
    )


def _sizes(rows: list[Any], dimension: str, order: list[str]) -> list[dict[str, Any]]:
    """Every value in its order, those that nobody has too (but not "none"), with its shares."""
    found = {row.value: row for row in rows if row.dimension == dimension}
    customers = sum(row.customers for row in found.values())
    revenue = sum(max(row.net_revenue, 0) for row in found.values())
    names = [name for name in order if name != "none" or name in found]
    compared = any(row.customers_before is not None for row in found.values())
    return [
        _size(name, found.get(name), customers, revenue, compared=compared)
        for name in [*names, *sorted(found.keys() - set(names))]
    ]


def _size(name: str, row: Any, customers: int, revenue: Any, *, compared: bool) -> dict[str, Any]:
    own, before = (row.customers, row.customers_before) if row else (0, 0)
    paid = max(row.net_revenue, 0) if row else 0
    return {
        "value": name,
        "customers": own,
        "share": own / customers if customers else 0.0,
        "revenue_share": float(paid / revenue) if revenue else 0.0,
        "change": own - before if compared else None,
    }


def _matrix(rows: list[Any], dimension: str, order: list[str]) -> dict[str, Any] | None:
    """From where (rows) to where (columns); None where no history was kept so long."""
    cells = {(row.from_value, row.to_value): row.customers for row in rows if row.dimension == dimension}
    if not cells:
        return None
    seen = {value for pair in cells for value in pair}
    known = [value for value in order if value in seen or value != "none"]
    values = [*known, *sorted(seen - set(known) - {"new"})]
    most = max((count for (was, now), count in cells.items() if was not in (now, "new")), default=0)
    lines = [
        {
            "value": was,
            "cells": [_cell(was, now, cells.get((was, now), 0), most) for now in values],
            "total": sum(cells.get((was, now), 0) for now in values),
        }
        for was in [*values, "new"]
    ]
    moved = sum(count for (was, now), count in cells.items() if was not in (now, "new"))
    return {"values": values, "lines": lines, "moved": moved, "total": sum(cells.values())}


def _cell(was: str, now: str, count: int, most: int) -> dict[str, Any]:
    """How strong the cell is tinted: movers by their number, those who stayed apart."""
    if not count:
        kind = "nil"
    elif was == now:
        kind = "stay"
    else:
        kind = f"heat-{min(4, 1 + int(4 * count / most))}" if most and was != "new" else ""
    return {"to": now, "count": count, "kind": kind}


def _wanted(top: list[str] | None, tiers_declared: int) -> tuple[list[float], bool]:
    """The shares that were asked for, and whether they cannot be used: then the usual ones are."""
    usual = tiers.usual(tiers_declared)
    if top is None:
        return usual, False
    try:
        shares = [float(value.replace(",", ".")) / 100 for value in top]
    except ValueError:
        return usual, True
    fits = len(shares) == len(usual) and tiers.well_formed(shares)
    return (shares, False) if fits else (usual, True)


def _proposed(business: Business, spread: list[tiers.Step], wanted: list[float]) -> list[dict[str, Any]]:
    """The business's tiers with the thresholds that are proposed for them."""
    found = tiers.propose(spread, wanted)
    return [
        {"tier": tier, "proposal": proposal, "threshold": f"{proposal.threshold.normalize():f}"}
        for tier, proposal in zip(business.tiers, found, strict=False)
    ]
