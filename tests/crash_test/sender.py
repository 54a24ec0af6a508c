"""One attempt of the campaign's task, in a process that may be killed at any instant."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from multiprocessing.process import BaseProcess
from pathlib import Path

import css_inline  # noqa: F401  (what an attempt would import once more after each fork)
import jinja2.sandbox  # noqa: F401
import sendgrid  # noqa: F401
import yaml  # noqa: F401
from message_facts import BUSINESS_DATE, CAMPAIGN, RunningClock, make_business
from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from crm.business import Business, Channel
from crm.messages import public_site
from crm.messages.ledger import LedgerError
from crm.messages.providers import ProviderError
from crm.messages.sending import send
from crm.warehouse import Warehouse, WarehouseError

# No web server runs beside these attempts.
public_site.check = lambda business: None
#: What may end an attempt: Airflow tries again after each of them.
EXPECTED = (ProviderError, LedgerError, WarehouseError, SQLAlchemyError, Error)
#: Exit status.
SENT, TRY_AGAIN, BROKEN = 0, 3, 9
#: A fork: the imports are paid for once. The parent has neither threads nor connections.
_FORK = multiprocessing.get_context("fork")


#: How long nothing must have been heard of a message before it is settled, and how much later that is tried.
QUIET_MINUTES, LATER_MINUTES = 30, 90


def business_of(provider: str, *, settles: bool = False) -> Business:
    """The shop; ``settles``: unknown messages are planned again where the evidence is that they never left."""
    channels = {"email": Channel(provider=provider, sender="hello@shop.example")}
    return make_business(channels=channels, release_unknown_after_minutes=QUIET_MINUTES if settles else None)


def start(url: str, provider: str, batch_size: int, log: Path, *, settles: bool = False) -> BaseProcess:
    """Begin an attempt; errors go to ``log``. ``settles``: it is made later, to settle what is unknown."""
    process = _FORK.Process(target=_send, args=(url, provider, batch_size, log, settles), daemon=True)
    process.start()
    return process


def _send(url: str, provider: str, batch_size: int, log: Path, settles: bool) -> None:
    business, clock = business_of(provider, settles=settles), RunningClock()
    if settles:
        clock.forward(minutes=LATER_MINUTES)
    try:
        report = send(
            Warehouse(url), business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock,
            run_id=f"crash-{os.getpid()}", batch_size=batch_size,
        )  # fmt: skip
        status = SENT if report["outcome"] == "sent" else TRY_AGAIN
    except EXPECTED:
        status = TRY_AGAIN
    except BaseException:
        with log.open("a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
        status = BROKEN
    sys.stdout.flush()
    os._exit(status)
