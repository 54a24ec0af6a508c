"""Refunds that name no order are found by their day."""

from crm.migrations.schema import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("024_refunds_without_order")
