"""Checks of small files of orders, and of files that serve many dates."""

from crm.migrations.schema import run

revision = "0006_small_files"
down_revision = "0005"


def upgrade() -> None:
    run("024_small_files")
