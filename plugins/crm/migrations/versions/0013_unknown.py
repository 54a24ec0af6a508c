"""What is known of messages that may have gone out or not."""

from crm.migrations.schema import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run("031_unknown")
