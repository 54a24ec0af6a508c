"""What running the product day by day needs: see each file."""

from crm.migrations.schema import run

revision = "0005"
down_revision = "0004"

FILES = ("019_erasure",)


def upgrade() -> None:
    for file in FILES:
        run(file)
