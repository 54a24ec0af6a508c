"""Alembic's environment: one connection, one transaction for all revisions, the version table in ``public``.

The config's attributes give the ``url``, and take what ran (``ran``) and the size of the database before and after
(``sizes``).
"""

import time
from typing import Any

from alembic import context
from sqlalchemy import Connection, func, select

from crm.migrations import VERSION_TABLE, Revision, views
from crm.warehouse import Warehouse

asked = context.config.attributes
ended = [time.monotonic()]


def note(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """Keep what a revision took, from the end of the one before."""
    ended.append(time.monotonic())
    asked["ran"].append(Revision(step.up_revision_id, (step.up_revision.doc or "").rstrip("."), ended[-1] - ended[-2]))


def measure(connection: Connection) -> None:
    """Keep the size of the database."""
    asked["sizes"].append(connection.scalar(select(func.pg_database_size(func.current_database()))) or 0)
    connection.rollback()


with Warehouse(asked["url"]).engine.connect() as connection:
    measure(connection)
    context.configure(connection=connection, version_table=VERSION_TABLE, on_version_apply=note)
    with context.begin_transaction():
        context.run_migrations()
        if asked["ran"] and context.get_context().get_current_revision() == context.get_head_revision():
            views.build(connection)
    measure(connection)
