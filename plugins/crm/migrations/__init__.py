"""Schema changes of the warehouse: Alembic revisions, each of which runs files of ``include/sql/schema``."""

from __future__ import annotations

from pathlib import Path


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the warehouse at ``url`` (``postgresql+psycopg://…``) to ``revision``; does nothing when it is there."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    command.upgrade(config, revision)
