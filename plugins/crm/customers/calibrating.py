"""RFM breakpoints and repurchase cycles: estimated on a schedule, kept with their date, reused in between.

Breakpoints are linear-interpolated quantiles (``percentile_cont``; type 7 of R. J. Hyndman, Y. Fan, "Sample quantiles
in statistical packages", 1996) with inclusive upper bounds. Cycles are Kaplan-Meier medians with the open intervals
right-censored (E. L. Kaplan, P. Meier, JASA 53, 1958).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from crm.business import Business
from crm.customers import rules
from crm.warehouse import Transaction

#: From so many intervals on a customer's own rhythm with an item is kept; no declaration may ask for fewer.
RHYTHM_INTERVALS = 4


@dataclass(frozen=True)
class InForce:
    """Dates of the calibrations that a refresh stands on; None = there is none (too few buyers, no purchases)."""

    breakpoints_on: datetime.date | None
    cycles_on: datetime.date | None
    settings: str | None


def in_force(tx: Transaction, business: Business, as_of: datetime.date) -> InForce:
    """Calibrations younger than ``rfm.calibrate_every_days`` on ``as_of``; none that other settings made."""
    found = InForce(**tx.row("customers/in_force", as_of=as_of, every_days=business.rfm.calibrate_every_days)._asdict())
    return found if found.settings == rules.fingerprint(business) else InForce(None, None, None)


def breakpoints(tx: Transaction, business: Business, as_of: datetime.date) -> int:
    """Estimate breakpoints from ``customer_measure`` (everybody) into ``rfm_bound``; 0 rows where they are too few."""
    return tx.run("customers/breakpoints_calibrate", **rules.breakpoints(business.rfm, as_of))


def cycles(tx: Transaction, business: Business, as_of: datetime.date, *, items: bool) -> int:
    """Estimate repurchase cycles as known on ``as_of`` into ``cycle``: the shop's; with ``items`` all."""
    tx.run("customers/purchases", as_of=as_of)
    if items:
        tx.run("customers/purchases_of_items", as_of=as_of)
    k = business.repurchase.half_weight_intervals
    return tx.run("customers/cycles_calibrate", as_of=as_of, half_weight_intervals=k)


def cycles_as_known(business: Business, on: datetime.date, tx: Transaction) -> None:
    """Put the cycles and rhythms as known on ``on`` in the place of later ones, in a transaction that is discarded."""
    tx.run("customers/workspace")
    tx.run("customers/forget_rhythms", as_of=on)
    store_cycles(tx, business, on)
    tx.run("customers/clear_workspace")


def store_breakpoints(tx: Transaction, business: Business, as_of: datetime.date) -> datetime.date | None:
    """Estimate and keep breakpoints; their date, or None where there are too few buyers."""
    if not breakpoints(tx, business, as_of):
        return None
    tx.run("customers/breakpoints_store", as_of=as_of, method=business.rfm.method, window_days=business.rfm.window_days)
    return as_of


def store_cycles(tx: Transaction, business: Business, as_of: datetime.date) -> datetime.date | None:
    """Estimate and keep every cycle and rhythm; their date, or None where there are no purchases."""
    if not cycles(tx, business, as_of, items=True):
        return None
    tx.run("customers/cycles_store", as_of=as_of)
    tx.run("customers/rhythms_store", as_of=as_of, minimum_intervals=RHYTHM_INTERVALS)
    return as_of
