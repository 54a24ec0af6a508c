"""Pooled results: Mantel-Haenszel over declared shares, month and segment."""

from crm.migrations.schema import run

revision = "0007_pooling"
down_revision = "0006"


def upgrade() -> None:
    run("025_pooling")
