"""The words of messages, kept with the approval and with the send date."""

from crm.migrations.schema import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run("030_words")
