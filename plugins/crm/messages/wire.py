"""How many batches may be on the wire at once: as many as keep the sender busy, and no more."""

from __future__ import annotations

import math
import threading
import time
from types import TracebackType

#: How much the latest batch counts in the averages.
WEIGHT = 0.2


class Wire:
    """A gate before each hand-over; batches that wait at it have their requests made, and no provider has seen them.

    A batch is on the wire for so long, and to make the next one takes so much of the processor: the quotient is how
    many keep a sender busy. Of a slow provider that is more, of a fast one it is one.

    :param most: batches at once, however slow the provider is
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._gate = threading.Condition()
        self._inside = 0
        self._entered: dict[int, float] = {}
        self._idle_from: dict[int, float] = {}
        self._on_wire = self._making = 0.0

    @property
    def room(self) -> int:
        """Batches that may be on the wire now."""
        if not self._making:
            return 1
        return min(self._most, max(1, math.ceil(self._on_wire / self._making)))

    def __enter__(self) -> None:
        thread = threading.get_ident()
        made = time.thread_time() - self._idle_from.get(thread, 0.0)
        with self._gate:
            self._making = _average(self._making, max(made, 1e-6))
            self._gate.wait_for(lambda: self._inside < self.room)
            self._inside += 1
            self._entered[thread] = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        thread = threading.get_ident()
        self._idle_from[thread] = time.thread_time()
        with self._gate:
            self._on_wire = _average(self._on_wire, time.monotonic() - self._entered.pop(thread))
            self._inside -= 1
            self._gate.notify_all()


def _average(before: float, latest: float) -> float:
    return latest if not before else (1 - WEIGHT) * before + WEIGHT * latest
