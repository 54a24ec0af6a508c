"""The words of messages, kept with the approval and with the send date."""

from crm.migrations.schema import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run("025_words")
