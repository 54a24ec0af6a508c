"""What operating the campaigns from the pages needs."""

from crm.migrations.schema import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("021_campaign")
