"""What operators bring themselves: uploaded lists of customers."""

from crm.migrations.schema import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("018_lists")
