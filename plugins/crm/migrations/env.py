"""Alembic's environment: one connection, one transaction for all revisions, the version table in ``public``."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from crm.migrations import VERSION_TABLE

with create_engine(context.config.attributes["url"], poolclass=NullPool).connect() as connection:
    context.configure(connection=connection, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()
