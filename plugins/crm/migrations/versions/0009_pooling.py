"""Pooled results: Mantel-Haenszel over declared shares, month and segment."""

from crm.migrations.schema import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run("027_pooling")
