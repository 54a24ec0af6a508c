"""`make airflow`; what it does over a running Airflow is in test_waiting.py."""

from __future__ import annotations

import pytest

from crm.local import airflow_command
from crm.local.home import Home
from crm.local.stack import StackError


def test_before_make_up_it_says_what_to_run_first_and_starts_nothing(tmp_path):
    with pytest.raises(StackError, match="run `make up` first"):
        airflow_command.run(Home(tmp_path), "dags list")
    assert list(tmp_path.iterdir()) == []
