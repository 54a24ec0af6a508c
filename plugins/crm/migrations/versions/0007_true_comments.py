"""Comments say what is so."""

from crm.migrations.schema import run

revision = "0007_true_comments"
down_revision = "0006"


def upgrade() -> None:
    run("028_true_comments")
