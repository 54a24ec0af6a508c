"""Who opens the desk in the tests, and when."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

NOW = datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)
ORIGIN = "http://testserver"


@dataclass(frozen=True)
class Somebody:
    """A signed-in person with the rights of Airflow's simple auth manager: viewers read, everybody else triggers."""

    name: str = "Olive"
    reads: bool = True
    acts: bool = True

    def may_read(self, dag_id: str) -> bool:
        return self.reads

    def may_trigger(self, dag_id: str) -> bool:
        return self.acts


OPERATOR = Somebody()
VIEWER = Somebody("Vic", acts=False)
STRANGER = Somebody("Sam", reads=False, acts=False)


@dataclass
class Clock:
    """Stands still."""

    at: datetime.datetime = field(default=NOW)

    def now(self) -> datetime.datetime:
        return self.at
