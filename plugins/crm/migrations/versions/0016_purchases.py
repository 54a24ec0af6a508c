"""What a purchase is, and what was known when, in one place; the views of mart in files of their own."""

from crm.migrations.schema import run

revision = "0016"
down_revision = "0015"
#: Digest of the views (crm.migrations.views) that belong to this schema.
views = "fa63b08f4ec06e24"


def upgrade() -> None:
    run("034_purchases")
