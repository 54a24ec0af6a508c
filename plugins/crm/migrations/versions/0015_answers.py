"""The answer to a batch is kept before its messages are written."""

from crm.migrations.schema import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run("033_answers")
