"""``make psql``: the warehouse as it is, in psql. Nothing is made or migrated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from crm.local import typed
from crm.local.home import WAREHOUSE_DATABASE, Home
from crm.local.stack import existing_server
from crm.migrations import current, hindrance


def psql(home: Home, options: str = "") -> int:
    """Open the warehouse of ``$CRM_WAREHOUSE_URL``, else the home's own, with psql's ``options``; returns its status.

    :param options: as a shell would read them: ``-At -c 'select 1'``
    :raises StackError: a quotation mark is open; there is no warehouse yet
    """
    given = typed.split("OPTIONS", options, """make psql OPTIONS="-At -c 'select 1'" """.strip())
    if url := os.environ.get("CRM_WAREHOUSE_URL"):
        return _open(home.server().program("psql"), url, given)
    with existing_server(home, _aside) as server:
        url = server.url(WAREHOUSE_DATABASE)
        return _open(server.program("psql"), url, given)


def _open(program: str, url: str, options: list[str]) -> int:
    from psycopg.conninfo import conninfo_to_dict

    if hindered := hindrance(current(url.replace("postgresql://", "postgresql+psycopg://", 1))):
        _aside(f"Note: {hindered}. It is opened as it is.")
    # By the environment: a password in the arguments could be seen by everybody on the machine.
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    where = conninfo_to_dict(url.replace("+psycopg", ""))
    environment = os.environ | {names[key]: str(value) for key, value in where.items() if key in names}
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to psql
    return subprocess.run([program, *options], env=environment, check=False).returncode


def _aside(text: str) -> None:
    """Not among the rows that somebody may read from a pipe."""
    print(text, file=sys.stderr)
