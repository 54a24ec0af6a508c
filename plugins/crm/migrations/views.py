"""The views of ``mart``: one file each in ``include/sql/mart``, made anew after every migration.

A view may read other views of ``mart``: they are made before it. A change of a view comes with a revision, which names
the ``digest`` of all files, so that a warehouse whose views are older is one whose schema is older.
"""

from __future__ import annotations

import hashlib
import re
from graphlib import TopologicalSorter

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from crm import settings

_READ = re.compile(r"\b(?:from|join) mart\.(\w+)")


class ViewsInUse(Exception):
    """Views outside ``mart`` read its views; the message names them and says what to do."""


def build(connection: Connection) -> None:
    """Make all views, in the caller's transaction.

    :raises ViewsInUse: views of somebody else stand on them
    """
    drop(connection)
    for text in _texts().values():
        connection.exec_driver_sql(text.replace("%", "%%"))
    connection.exec_driver_sql("grant select on all tables in schema mart to crm_writer, crm_reader")


def drop(connection: Connection) -> None:
    """Drop them, so that the tables below may change; what others keep in ``mart`` stays.

    :raises ViewsInUse: views of somebody else stand on them
    """
    there = connection.exec_driver_sql("select viewname from pg_views where schemaname = 'mart'").scalars().all()
    ours = [f"mart.{name}" for name in _texts() if name in there]
    if not ours:
        return
    try:
        connection.exec_driver_sql(f"drop view {', '.join(ours)}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "2BP01":  # dependent_objects_still_exist
            raise
        detail = getattr(getattr(error.orig, "diag", None), "message_detail", "")
        raise ViewsInUse(
            "views of your own read the schema mart: keep their definitions, drop them, migrate, make them again.\n"
            f"{detail}"
        ) from None


def digest() -> str:
    """Of all files; changes with any of them."""
    return hashlib.sha256("".join(_texts().values()).encode()).hexdigest()[:16]


def _texts() -> dict[str, str]:
    """File by view, in the order in which they can be made."""
    files = {file.stem: file.read_text(encoding="utf-8") for file in sorted((settings.SQL / "mart").glob("*.sql"))}
    order = TopologicalSorter({name: sorted(set(_READ.findall(text))) for name, text in files.items()}).static_order()
    return {name: files[name] for name in order}
