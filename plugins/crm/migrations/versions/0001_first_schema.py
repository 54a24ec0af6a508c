"""The first schema."""

from crm.migrations.schema import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run(
        "001_foundation",
        "002_orders",
        "003_customers",
        "004_campaigns",
        "005_messages",
        "006_evaluation",
        "007_staging",
        "008_mart",
        "009_rights",
    )
