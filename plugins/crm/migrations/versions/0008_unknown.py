"""What is known of messages that may have gone out or not."""

from crm.migrations.schema import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run("026_unknown")
