"""``make airflow CMD="…"``: Airflow's own command over this home, whose settings no shell has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from crm.local.home import Home
from crm.local.stack import Stack, StackError


def run(home: Home, arguments: Sequence[str]) -> int:
    """Run ``airflow`` with ``arguments`` over the home's databases; returns its exit status.

    :raises StackError: there is no Airflow in this home yet
    """
    stack = Stack(home)
    if not stack.is_prepared:
        raise StackError(f"there is no Airflow in {home.folder} yet: run `make up` first, which starts it")
    with home.running_server(print) as server:
        command = [sys.executable, "-m", "airflow", *arguments]
        return subprocess.run(command, env=stack.environment(server), check=False).returncode
