"""Refunds that name no order are found by their day."""

from crm.migrations.schema import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run("026_refunds_without_order")
