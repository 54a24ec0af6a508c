"""What the routes are given; made at the first request, so that importing the app costs nothing and needs nothing."""

from __future__ import annotations

import functools
import logging
from pathlib import Path

from crm import business as businesses
from crm.business import Business
from crm.messages.clock import Clock, RealClock
from crm.warehouse import Warehouse

log = logging.getLogger(__name__)


class _Settings:
    """The business settings, read again when their file changes; one that cannot be used changes nothing."""

    def __init__(self) -> None:
        self._stamp: object = None
        self._found: Business | None = None
        self.problem = ""

    def now(self) -> Business:
        file = businesses.path()
        stamp = _stamp(file)
        if self._found is None or stamp != self._stamp:
            self._read(file, stamp)
        assert self._found is not None
        return self._found

    def _read(self, file: Path, stamp: object) -> None:
        try:
            self._found, self.problem = businesses.load(file), ""
        except businesses.SettingsError as error:
            if self._found is None:
                raise
            self.problem = str(error)
            log.warning("the settings before stay in force")
        self._stamp = stamp


def _stamp(file: Path) -> object:
    try:
        found = file.stat()
    except OSError:
        return file, None
    return file, found.st_ino, found.st_mtime_ns, found.st_size


_SETTINGS = _Settings()


def business() -> Business:
    """The business settings as they are now: a change needs no restart.

    :raises SettingsError: the first ones cannot be used
    """
    return _SETTINGS.now()


def settings_problem() -> str:
    """Why a changed ``business.yaml`` is not in force; "" where it is."""
    return _SETTINGS.problem


@functools.cache
def warehouse() -> Warehouse:
    """The warehouse, from ``AIRFLOW_CONN_CRM_WAREHOUSE`` or ``CRM_WAREHOUSE_URL`` where Airflow is not installed."""
    return Warehouse.from_connection()


def clock() -> Clock:
    """The time of day."""
    return RealClock()
