"""The answer to a batch is kept before its messages are written."""

from crm.migrations.schema import run

revision = "0014_sender"
down_revision = "0013"


def upgrade() -> None:
    run("032_sender")
