"""Where every customer stands: refreshed once per business date, or asked for any date of the past.

The daily refresh computes the customers whose facts changed (``crm.refresh_queue``) and those who cross a boundary by
the passing of time (``next_change_on``), from recent facts alone; the question about the past computes everybody from
the first order on. Both run the same SQL (``customers/measures`` and ``customers/score``). Rules: docs/customers.md.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm.business import Business
from crm.customers import calibrating, rules
from crm.warehouse import Transaction, Warehouse

if TYPE_CHECKING:
    from sqlalchemy.engine import Row


def refresh(warehouse: Warehouse, business: Business, business_date: datetime.date) -> dict[str, Any]:
    """Bring ``crm.customer_state`` and ``crm.customer_history`` to the end of ``business_date``, in one transaction.

    A late run of an old date keeps them as of the newest date published or refreshed; running a date again changes
    nothing. Breakpoints and cycles are calibrated when the last ones are ``rfm.calibrate_every_days`` old.

    :return: ``as_of`` (ISO date), ``touched`` (customers with new facts), ``crossers`` (by time alone), ``changed``
        (scores, segment, tier or stage), ``customers`` (with a state), ``calibrated``, ``scored``, ``reason`` (why
        there are no scores, else None), ``breakpoints_on``, ``cycles_on`` (ISO dates of the calibrations in force)
    :raises SettingsError: settings that cannot score
    """
    with warehouse.transaction(rerunnable=True) as tx:
        tx.run("customers/lock")
        as_of = tx.value("customers/as_of", business_date=business_date)
        found = calibrating.in_force(tx, business, as_of)
        everybody = found.settings is None
        tx.run("customers/workspace")
        _scope(tx, business, as_of, everybody=everybody, rescore=None in (found.breakpoints_on, found.cycles_on))
        breakpoints_on, cycles_on = _calibrate(tx, business, as_of, found)
        tx.run("customers/score", **rules.scoring(business, as_of))
        tx.run("customers/write_history", as_of=as_of)
        tx.run("customers/write_state", as_of=as_of, breakpoints_on=breakpoints_on)
        dates = {"breakpoints_on": breakpoints_on, "cycles_on": cycles_on}
        tx.run("customers/write_refresh", as_of=as_of, settings=rules.fingerprint(business), **dates)
        counts = tx.row("customers/counts")
    return {
        "as_of": as_of.isoformat(),
        **counts._asdict(),
        "calibrated": as_of in (breakpoints_on, cycles_on) and as_of not in (found.breakpoints_on, found.cycles_on),
        "scored": breakpoints_on is not None,
        "reason": None if breakpoints_on else f"fewer than {business.rfm.minimum_buyers} buyers: no RFM",
        **{name: day and day.isoformat() for name, day in dates.items()},
    }


def as_known(
    warehouse: Warehouse, business: Business, on: datetime.date, *, in_force: bool = False
) -> Iterator[Row[Any]]:
    """Yield the state of every customer as it was known at the end of ``on``, computed on demand; writes nothing.

    :param in_force: with the breakpoints and cycles that a refresh of ``on`` used, where there was one; otherwise (the
        default) calibrated as of ``on``, so that the answer depends on the facts known by then alone
    """
    with warehouse.transaction() as tx:
        yield from _as_known(tx, business, on, in_force=in_force)


def _as_known(tx: Transaction, business: Business, on: datetime.date, *, in_force: bool) -> Iterator[Row[Any]]:
    used = calibrating.in_force(tx, business, on) if in_force else calibrating.InForce(None, None, None)
    tx.run("customers/workspace")
    tx.run("customers/scope_as_known", as_of=on)
    tx.run("customers/measures", as_of=on, window_days=business.rfm.window_days)
    tx.run("customers/forget")
    if not _read_breakpoints(tx, business, used):
        calibrating.breakpoints(tx, business, on)
    if not _read_cycles(tx, used):
        calibrating.cycles(tx, business, on, items=False)
    tx.run("customers/score", **rules.scoring(business, on))
    yield from tx.stream("customers/as_known", as_of=on)


def _scope(tx: Transaction, business: Business, as_of: datetime.date, *, everybody: bool, rescore: bool) -> None:
    """Fill ``customer_scope`` and measure whom it names, twice where a last purchase was taken back."""
    tx.run("customers/scope", as_of=as_of, everybody=everybody, rescore=rescore)
    measures = {"as_of": as_of, "window_days": business.rfm.window_days}
    tx.run("customers/measures", **measures)
    if tx.run("customers/widen"):
        tx.run("customers/measures", **measures)
    tx.run("customers/forget")


def _calibrate(
    tx: Transaction, business: Business, as_of: datetime.date, found: calibrating.InForce
) -> tuple[datetime.date | None, datetime.date | None]:
    """Fill ``rfm_bound`` and ``cycle`` from what is in force, else anew; the dates of both."""
    breakpoints_on, cycles_on = found.breakpoints_on, found.cycles_on
    if not _read_breakpoints(tx, business, found):
        breakpoints_on = calibrating.store_breakpoints(tx, business, as_of)
    if not _read_cycles(tx, found):
        cycles_on = calibrating.store_cycles(tx, business, as_of)
    return breakpoints_on, cycles_on


def _read_breakpoints(tx: Transaction, business: Business, found: calibrating.InForce) -> bool:
    if found.breakpoints_on is None:
        return False
    tx.run("customers/breakpoints_read", breakpoints_on=found.breakpoints_on, best=business.rfm.best)
    return True


def _read_cycles(tx: Transaction, found: calibrating.InForce) -> bool:
    if found.cycles_on is None:
        return False
    tx.run("customers/cycles_read", cycles_on=found.cycles_on)
    return True
