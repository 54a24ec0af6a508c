"""Opt-outs hold for the customer's later addresses; what was noted by mistake is taken back; replies for a person."""

from crm.migrations.schema import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run("029_wills")
