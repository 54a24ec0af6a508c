"""What the revisions share: run a file of ``include/sql/schema``."""

from alembic import op

from crm import settings


def run(*names: str) -> None:
    """Run the named DDL files as they are (no parameters)."""
    for name in names:
        op.get_bind().exec_driver_sql(
            (settings.SQL / "schema" / f"{name}.sql").read_text(encoding="utf-8").replace("%", "%%")
        )
