"""Checks of small files of orders, and of files that serve many dates."""

from crm.migrations.schema import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run("025_small_files")
