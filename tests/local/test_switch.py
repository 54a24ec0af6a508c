"""`make stop` and `make resume`."""

from __future__ import annotations

import pytest

from crm.local.__main__ import main
from crm.warehouse import Warehouse


def test_the_switch_is_thrown_and_taken_back(
    warehouse: Warehouse, query, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url)
    which = ["--campaign", "birthday", "--date", "2017-11-20"]
    assert main(["stop", *which]) == 0
    assert "nothing more is taken up on 2017-11-21" in capsys.readouterr().out
    assert query("select campaign, cast(send_date as text) from crm.sending_stop") == [("birthday", "2017-11-21")]
    assert main(["resume", *which]) == 0
    assert query("select count(*) from crm.sending_stop") == [(0,)]
    assert main(["resume", *which]) == 0
    assert "was not stopped" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["stop", "resume"])
def test_without_campaign_or_date_it_says_what_to_give(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 1
    assert f"make {command} CAMPAIGN=<campaign> DATE=<business date>" in capsys.readouterr().err
