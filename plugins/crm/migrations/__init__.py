"""Schema changes of the warehouse: Alembic revisions, each of which runs files of ``include/sql/schema``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "crm_schema_version"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the warehouse at ``url`` (``postgresql+psycopg://…``) to ``revision``; does nothing when it is there."""
    from alembic import command

    config = _config()
    config.attributes["url"] = url
    command.upgrade(config, revision)


def current(url: str) -> str | None:
    """The revision of the schema of the warehouse at ``url``; None where there is no schema yet."""
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    with create_engine(url, poolclass=NullPool).connect() as connection:
        return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def hindrance(revision: str | None) -> str | None:
    """Why this version cannot work on a schema of ``revision``, and what to do; None where it can."""
    from alembic.script import ScriptDirectory

    known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    if revision is None:
        return "the warehouse has no schema yet: `make migrate` makes it"
    if revision not in known:
        return f"the warehouse's schema ({revision}) is newer than this version ({known[0]}): use the newer version"
    if revision != known[0]:
        return (
            f"the warehouse's schema ({revision}) is older than this version ({known[0]}): "
            "`make backup`, then `make migrate` brings it up to date"
        )
    return None


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
