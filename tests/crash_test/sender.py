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

from crm.business import Channel
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


def start(url: str, provider: str, batch_size: int, log: Path) -> BaseProcess:
    """Begin an attempt; errors go to ``log``."""
    process = _FORK.Process(target=_send, args=(url, provider, batch_size, log), daemon=True)
    process.start()
    return process


def _send(url: str, provider: str, batch_size: int, log: Path) -> None:
    business = make_business(channels={"email": Channel(provider=provider, sender="hello@shop.example")})
    try:
        report = send(
            Warehouse(url), business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=RunningClock(),
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
