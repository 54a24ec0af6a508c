"""*Campaigns* lists what is declared, what cannot be used, and what came of each campaign last."""

from __future__ import annotations

import datetime
import re
import shutil

import pytest
from desk_people import VIEWER

from crm import settings
from crm.campaigns import switches


def _rows(answer) -> dict[str, str]:
    """Each campaign's row as text, by its title."""
    assert answer.status_code == 200, answer.text
    rows = re.findall(r"<tr>\s*(<th scope=\"row\">.*?)</tr>", answer.text, re.DOTALL)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]
    return {re.split(r" (on dates|birthday|season|repurchase) ·", text)[0].strip(): text for text in texts}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of declarations of the test's own."""
    shutil.copytree(settings.CAMPAIGNS, tmp_path / "campaigns")
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path / "campaigns"))
    return tmp_path / "campaigns"


def test_each_campaign_tells_its_next_date_and_what_came_of_it_last(desk, seeded):
    rows = _rows(desk(VIEWER, seeded).get("/campaigns"))
    assert (
        "Nov 20, 2018 Thanksgiving 2018 Nov 21, 2017 18,204 4,551 7,909 waits for approval"
        in rows["Thanksgiving greeting"]
    )
    assert "every day Nov 21, 2017 812 201 0 going out 500 of 812 handled" in rows["Time to buy again"]
    assert rows["Winter season"].endswith("never decided")
    assert rows["Black Friday"].endswith("nothing went out")


def test_an_empty_warehouse_has_a_page_too(desk, warehouse):
    assert len(_rows(desk(warehouse=warehouse).get("/campaigns"))) == 5


TOLD = {"approved": "approved", "rejected": "rejected", "timeout": "not answered in time"}


@pytest.mark.parametrize("outcome", TOLD)
def test_an_answer_is_told(desk, seeded, query, outcome):
    by = None if outcome == "timeout" else "ada"
    query("update crm.decision_count set send_date = '2017-11-22' where business_date = '2017-11-20'")
    query("update crm.approval set outcome = %s, decided_by = %s, decided_at = asked_at", outcome, by)
    assert _rows(desk(warehouse=seeded).get("/campaigns"))["Thanksgiving greeting"].endswith(TOLD[outcome])


def test_an_answer_about_an_earlier_date_says_nothing_of_the_last_one(desk, seeded, query):
    query(
        "update crm.approval set outcome = 'rejected', decided_by = 'ada', decided_at = asked_at,"
        " business_date = '2016-11-22'"
    )
    assert "rejected" not in _rows(desk(warehouse=seeded).get("/campaigns"))["Thanksgiving greeting"]


def test_a_question_that_nobody_can_answer_any_more_hides_no_later_date(desk, seeded, query):
    query("update crm.approval set campaign = 'repurchase', business_date = '2017-11-19'")
    assert "going out 500 of 812 handled" in _rows(desk(warehouse=seeded).get("/campaigns"))["Time to buy again"]


def test_a_stopped_campaign_is_told(desk, seeded, query):
    query("insert into crm.sending_stop values ('repurchase', '2017-11-21', '2017-11-21 15:00Z', 'olive')")
    assert "stopped 500 of 812 handled" in _rows(desk(warehouse=seeded).get("/campaigns"))["Time to buy again"]


def test_a_declaration_that_cannot_be_used_is_told_with_its_key_and_without_the_machines_paths(desk, seeded, folder):
    (folder / "wrong.yaml").write_text("campaign: wrong\nkind: holiday\ntitle: {en: <b>Wrong</b>}\n")
    answer = desk(warehouse=seeded).get("/campaigns")
    assert "<code>wrong.yaml</code>" in answer.text
    assert "<code>channels</code>" in answer.text
    assert str(folder) not in answer.text
    assert len(_rows(answer)) == 5


def test_a_hostile_title_stays_text(desk, seeded, folder):
    file = folder / "thanksgiving.yaml"
    file.write_text(file.read_text().replace("Thanksgiving greeting", "'<script>alert(1)</script>'"))
    for path in ("/campaigns", "/"):
        text = desk(warehouse=seeded).get(path).text
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_a_disabled_campaign_is_told(desk, seeded, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    switches.turn("birthday", enabled=False, by="mei", at=datetime.datetime(2017, 11, 1, tzinfo=datetime.UTC))
    assert "off Nov 21, 2017 61 0 9" in _rows(desk(warehouse=seeded).get("/campaigns"))["Birthday wishes"]
