"""What a purchase is, and what was known when, in one place."""

from crm.migrations.schema import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run("032_purchases")
