"""Profit by what the goods cost, sends that were no campaign, and persons in place of accounts."""

from crm.migrations.schema import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run("032_profit")
