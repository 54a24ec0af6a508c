"""Real providers behind the ledger, and what they say of messages."""

from crm.migrations.schema import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("010_sending", "011_responses")
