"""Opt-outs hold for the customer's later addresses; what was noted by mistake is taken back; replies for a person."""

from crm.migrations.schema import run

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    run("027_wills")
