"""People read words: no page of a filled shop shows the code of a reason, decision, status, occasion or wave."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from desk_people import OPERATOR
from fake_airflow import FakeAirflow

from crm import occasion_words
from crm.campaigns import reasons
from crm.messages.names import NAMES
from crm.web.desk import pages

DAG, RUN = "campaign_thanksgiving", "manual__1+00:00"
PATHS = (
    *pages.NAVIGATION.values(), "/campaigns/thanksgiving", "/campaigns/winter", "/customer/{key}",
    f"/campaigns/thanksgiving/run?id={RUN.replace('+', '%2B')}", "/campaigns/thanksgiving/trigger?date=2017-11-20",
)  # fmt: skip
#: Of the code: what has an underscore is no word of any language, anything else no Chinese one.
CODES = {
    *reasons.ORDER, *NAMES["decisions"], *NAMES["reasons"], "any_order", "minimum_value", "planned", "claimed",
    "skipped", "accepted", "approval_timeout", "rejected_by_provider", "owner_died", "no_outcome", "not_enough",
    "soft_bounce",
}  # fmt: skip
#: How a declaration's occasions are dated: thanksgiving-2017.
DATED = re.compile(r"\b[a-z_]+-20\d\d\b")


def _read(html: str) -> str:
    """What a person reads; a declaration as YAML, an address and what was typed are no words of ours."""
    shown = re.sub(r"<(style|pre|code|script|textarea|select)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", shown)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_no_page_shows_a_code(desk, seeded, query, locale):
    query((Path(__file__).parent / "customer.sql").read_text(encoding="utf-8"))
    key = query("select min(customer_id) from crm.decision")[0][0]
    airflow = FakeAirflow()
    for campaign in ("thanksgiving", "winter"):
        airflow.knows(f"campaign_{campaign}")
    airflow.has_run(DAG, RUN, "success", {"preview": "success", "send": "success"}, {"planned": {"outcome": "planned"}})
    http = airflow.in_front_of(desk(OPERATOR, seeded))
    shown = {}
    for path in PATHS:
        address = path.format(key=key)
        answer = http.get(f"{address}{'&' if '?' in address else '?'}lang={locale}")
        assert answer.status_code == 200, path
        read = _read(answer.text)
        words = set(re.findall(r"(?<![\w/.])[a-z_]+(?![\w/.])", read))  # a path is no word
        codes = {code for code in CODES & words if "_" in code or locale == "zh-CN"}
        shown[path] = codes | set(DATED.findall(read.replace("black-friday-2016", "")))
    assert {path: codes for path, codes in shown.items() if codes} == {}


@pytest.mark.parametrize(
    ("name", "wave", "english", "chinese"),
    [
        ("thanksgiving-2017", "main", "Thanksgiving 2017", "感恩节 2017"),
        ("black_friday-2017", "main", "Black Friday 2017", "黑色星期五 2017"),
        ("winter-2017", "promotion", "Winter 2017 · promotion", "冬季 2017 · 促销"),
        ("eid_al_fitr-2030-2", "main", "Eid al fitr 2030 (2)", "Eid al fitr 2030 (2)"),
        ("day-2017", "last_call", "day 2017 · Last call", "day 2017 · Last call"),
        ("2017", "main", "2017", "2017"),
        ("2017-10-30", "", "2017-10-30", "2017-10-30"),
    ],
)
def test_occasions_and_waves_have_words(name, wave, english, chinese):
    assert occasion_words.in_full(name, wave, "en") == english
    assert occasion_words.in_full(name, wave, "zh-CN") == chinese
