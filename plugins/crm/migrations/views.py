"""The views of ``mart``: one file each in ``include/sql/mart``, made again after every migration.

A view may read other views of ``mart``: they are made before it. A change of a view comes with a revision, which names
the ``digest`` of all files, so that a warehouse whose views are older is one whose schema is older.
"""

from __future__ import annotations

import hashlib
import re
from graphlib import TopologicalSorter

from sqlalchemy import Connection

from crm import settings
from crm.warehouse import Transaction, WarehouseError

_READ = re.compile(r"\b(?:from|join) mart\.(\w+)")


class ViewsInUse(Exception):
    """Views of somebody else read columns of ``mart`` that change; the message names them and says what to do."""


def build(connection: Connection) -> None:
    """Make all views, in the caller's transaction: replace them, or where columns went or changed, make them anew.

    :param connection: of ``Warehouse.engine``
    :raises ViewsInUse: views of somebody else stand on them, and replacing is not enough
    """
    tx, names = Transaction(connection), list(_texts())
    try:
        with connection.begin_nested():
            _make(tx, names)
    except WarehouseError:
        _drop(tx, names)
        _make(tx, names)
    tx.run("migrations/grant_views")


def digest() -> str:
    """Of all files; changes with any of them."""
    return hashlib.sha256("".join(_texts().values()).encode()).hexdigest()[:16]


def _make(tx: Transaction, names: list[str]) -> None:
    for name in names:
        tx.run(f"mart/{name}")


def _drop(tx: Transaction, names: list[str]) -> None:
    """Drop them with what was granted kept; what others have in ``mart`` stays."""
    if theirs := [row.name for row in tx.rows("migrations/views_upon_ours", views=names)]:
        raise ViewsInUse(
            f"{', '.join(theirs)} read views of the schema mart whose columns change: keep their definitions, drop "
            "them, migrate, make them again"
        )
    tx.run("migrations/drop_views", views=names)


def _texts() -> dict[str, str]:
    """File by view, in the order in which they can be made."""
    files = {file.stem: file.read_text(encoding="utf-8") for file in sorted((settings.SQL / "mart").glob("*.sql"))}
    order = TopologicalSorter({name: sorted(set(_READ.findall(text))) for name, text in files.items()}).static_order()
    return {name: files[name] for name in order}
