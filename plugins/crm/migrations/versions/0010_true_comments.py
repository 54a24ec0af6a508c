"""Comments say what is so."""

from crm.migrations.schema import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run("028_true_comments")
