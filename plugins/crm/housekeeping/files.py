"""Run-time files that were written before an instant: messages of the outbox, dry runs, Data Docs, logs, deliveries."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from crm import settings

#: What Airflow writes into its folder of logs for tasks and DAG files; its own processes keep theirs open.
LOGS = ("dag_id=*", "dag_processor", "scheduler")


def folders() -> dict[str, Path]:
    """The folders below the home whose files are our own, by the key of ``retention``."""
    return {"outbox": settings.outbox(), "dry_run_files": settings.plans(), "data_docs": settings.data_docs()}


def removed(folder: Path, step: str, before: datetime.datetime, *, dry_run: bool) -> Iterator[Path]:
    """Remove the files below ``folder`` that were last written before, then folders that are empty by that.

    Links are never followed. Yields each file.
    """
    roots = [found for name in LOGS for found in folder.glob(name)] if step == "task_logs" else [folder]
    for root in roots:
        # The deepest first, so that a folder is looked at when its own are gone.
        for place, _, names in os.walk(root, topdown=False):
            mine = [path for name in names if _is_old(path := Path(place) / name, before)]
            for path in mine:
                if not dry_run:
                    path.unlink(missing_ok=True)
                yield path
            if mine and not dry_run:
                _remove_empty(Path(place), folder)


def remove_deliveries(published: Iterable[str], before: datetime.datetime, *, dry_run: bool) -> int:
    """Remove the published files from the landing folder that were last written before; how many."""
    place = settings.landing()
    if "://" in place:  # a bucket has periods of its own
        return 0
    landing, count = Path(place).resolve(), 0
    for name in published:
        path = landing / name
        if path.resolve().is_relative_to(landing) and _is_old(path, before):
            count += 1
            if not dry_run:
                path.unlink(missing_ok=True)
    return count


def _is_old(path: Path, before: datetime.datetime) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:  # somebody else removed it
        return False


def _remove_empty(place: Path, folder: Path) -> None:
    """Remove ``place`` and what is above it, up to ``folder``, as far as it is empty."""
    while place != folder and place.is_dir() and not any(place.iterdir()):
        place.rmdir()
        place = place.parent
