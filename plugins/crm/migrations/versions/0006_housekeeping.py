"""What housekeeping removed, and how far it got."""

from crm.migrations.schema import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("024_housekeeping")
