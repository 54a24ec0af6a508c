"""What campaigns earned, by whom and at what cost."""

from crm.migrations.schema import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("012_results", "013_indicators", "014_experiments", "015_report")
