"""What a purchase is, and what was known when, in one place; the views of mart in files of their own."""

from crm.migrations.schema import run

revision = "0014"
down_revision = "0013"
#: Digest of the views (crm.migrations.views) that belong to this schema.
views = "9f23fbedc6dff2b4"


def upgrade() -> None:
    run("032_purchases")
