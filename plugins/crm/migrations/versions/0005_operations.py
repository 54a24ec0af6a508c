"""What operations and BI tools read."""

from crm.migrations.schema import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("020_mart")
