"""Start long-running processes, find every one that belongs to a home, and end them all.

A process belongs to the home that its environment names in ``CRM_STACK``; children inherit it. (Airflow's title
setting would overwrite the environment that other processes see; ``SPT_NOENV`` forbids it.)
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARK = "CRM_STACK"


def marked(home: Path) -> dict[str, str]:
    """Environment by which the processes of ``home`` are found again."""
    return {MARK: str(home), "SPT_NOENV": "1"}


def start(name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start ``command`` in a process group of its own; its id and output go to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, cwd="/",
        )  # fmt: skip
    (folder / f"{name}.pid").write_text(str(process.pid))
    return process


def of_home(home: Path) -> list[psutil.Process]:
    """Living processes of ``home``, other than this one."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home) and _lives(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or gone
    return found


def alive(home: Path, folder: Path, name: str) -> bool:
    """Does the process ``name`` of ``home`` live, by its id in ``folder``?"""
    import psutil

    try:
        process = psutil.Process(number(folder, name) or 0)
        return process.environ().get(MARK) == str(home) and _lives(process)
    except (psutil.Error, OSError):
        return False


def number(folder: Path, name: str) -> int | None:
    """Id of the process ``name`` as it was started last."""
    try:
        return int((folder / f"{name}.pid").read_text())
    except (OSError, ValueError):
        return None


def _lives(process: psutil.Process) -> bool:
    import psutil

    return bool(process.status() != psutil.STATUS_ZOMBIE)


def stop(home: Path, patience: float = 20, last: Collection[int | None] = ()) -> int:
    """End every process of ``home``: ask, wait ``patience`` seconds, then kill. Returns how many there were.

    :param last: ids of the processes that serve the others, and are ended after them
    :raises RuntimeError: one cannot be ended
    """
    ended: set[int] = set()
    for spared in (last, ()):
        for seconds in (patience, 3.0, 3.0, 3.0):
            found = [process for process in of_home(home) if process.pid not in spared]
            if not found:
                break
            ended |= {process.pid for process in found}
            _end(found, seconds, kill=seconds != patience)
    left = ", ".join(str(process.pid) for process in of_home(home))
    if left:
        raise RuntimeError(f"processes {left} of {home} cannot be ended: end them by hand")
    return len(ended)


def _end(found: list[psutil.Process], seconds: float, *, kill: bool) -> None:
    import psutil

    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill() if kill else process.terminate()
    psutil.wait_procs(found, timeout=seconds)
