"""${message}"""

from crm.migrations.schema import run

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    run("NNN_name")
