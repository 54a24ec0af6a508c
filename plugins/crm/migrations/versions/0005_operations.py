"""What operators and analysts work with: alerts, uploaded lists, erasure, views of BI tools, campaigns' pages."""

from crm.migrations.schema import run

revision = "0005"
down_revision = "0004"

FILES = (
    "017_alerts",
    "018_lists",
    "019_erasure",
    "020_mart",
    "021_campaign",
    "022_failures",
    "023_product_key",
)


def upgrade() -> None:
    for file in FILES:
        run(file)
