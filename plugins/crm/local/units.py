"""How long a command takes, told in units of the machine it ran on: ``python -m crm.local.units <name> -- <command…>``.

Seconds say as much of the machine as of the command. The unit U is what every start of Airflow pays: one warm
``python -c 'from airflow.sdk import dag'`` in the same environment. U is the median of three such imports before the
command and three after it, after one that is not counted. Where the two medians differ by more than a fifth, the
machine did not stay the same, and the length in U is no measurement.

The command's own output, input and exit status stay what they are; measuring is no part of its length.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from types import FrameType

STARTED = "CRM_STARTED"
IMPORT = (sys.executable, "-c", "from airflow.sdk import dag")
TIMES = 3
#: The two medians may differ by this share of the smaller one.
STEADY = 0.2


def main(arguments: Sequence[str]) -> int:
    """Run a command between two measurements; its exit status. Counts from ``$CRM_STARTED`` on, where that is set."""
    name, dashes, *command = arguments
    if dashes != "--" or not command:
        raise SystemExit("usage: python -m crm.local.units <name> -- <command…>")
    print("measuring U, one start of Airflow on this machine, before and after", flush=True)
    began = time.time()
    before = measure()
    started = float(os.environ.get(STARTED) or began) + time.time() - began
    status = run(command, {STARTED: f"{started:.3f}"})
    seconds = time.time() - started
    if status in (130, 143):
        return status  # a person ended it, and waits for nothing more
    print(said(name, seconds, before, measure(warm_up=False)), flush=True)
    return status


def measure(once: Callable[[], float] | None = None, *, warm_up: bool = True) -> float:
    """Median of three imports, in seconds."""
    once = once or _import
    if warm_up:
        once()
    return statistics.median(once() for _ in range(TIMES))


def said(name: str, seconds: float, before: float, after: float) -> str:
    """The line that tells U and the length of the command in it.

    :param before: median before the command, in seconds
    :param after: the one after it
    """
    if not steady(before, after):
        return f"U: no measurement ({before:.2f} s before, {after:.2f} s after); {name} took {seconds:.0f} s"
    unit = statistics.mean((before, after))
    return (
        f"U = {unit:.2f} s ({before:.2f} s before, {after:.2f} s after); "
        f"{name} took {seconds:.0f} s = {seconds / unit:.0f} U"
    )


def steady(before: float, after: float) -> bool:
    """Did the machine stay the same?"""
    return max(before, after) <= (1 + STEADY) * min(before, after)


def run(command: Sequence[str], more: dict[str, str]) -> int:
    """Run ``command``; signals that end us are its own to obey. Its exit status as a shell tells it."""
    process = subprocess.Popen(list(command), env=os.environ | more)

    def pass_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the command as well
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    status = process.wait()
    return status if status >= 0 else 128 - status


def _import() -> float:
    """Seconds of one import; Airflow's own files go to a folder that is deleted."""
    with tempfile.TemporaryDirectory(prefix="crm-units-") as folder:
        began = time.perf_counter()
        subprocess.run(IMPORT, env=os.environ | {"AIRFLOW_HOME": folder}, check=True)
        return time.perf_counter() - began


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
