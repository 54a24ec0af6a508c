"""What the operator's pages and BI tools read."""

from crm.migrations.schema import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("016_desk")
