"""``make airflow CMD="…"``: Airflow's own command over this home, whose settings no shell has."""

from __future__ import annotations

import subprocess
import sys

from crm.local import typed
from crm.local.home import Home
from crm.local.stack import Stack, StackError


def run(home: Home, arguments: str) -> int:
    """Run ``airflow`` over the home's databases; returns its exit status.

    :param arguments: as a shell would read them
    :raises StackError: there is no Airflow in this home yet; a quotation mark is open
    """
    given = typed.split("CMD", arguments, 'make airflow CMD="dags list"')
    stack = Stack(home)
    if not stack.is_prepared:
        raise StackError(f"there is no Airflow in {home.folder} yet: run `make up` first, which starts it")
    with home.running_server(print) as server:
        command = [sys.executable, "-m", "airflow", *given]
        return subprocess.run(command, env=stack.environment(server), check=False).returncode
