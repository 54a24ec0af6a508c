"""What a day may need beside its campaigns is on the desk: an evaluation now, and going on without a date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from desk_people import OPERATOR, ORIGIN, VIEWER
from fake_airflow import FakeAirflow

from crm.evaluation.report.formats import Formats
from crm.web.desk import pages

FORMS = {
    "/results/evaluate": {},
    "/waive": {"date": "2017-11-21", "reason": "the shop was closed"},
    "/housekeeping": {},
}
DAGS = {"/results/evaluate": "evaluate_campaigns", "/waive": "waive", "/housekeeping": "housekeeping"}
#: What a run is started with, where its form does not say it.
GIVEN = {"/housekeeping": {"dry_run": False}}


@pytest.fixture
def airflow() -> FakeAirflow:
    known = FakeAirflow()
    for dag in DAGS.values():
        known.answers["POST", f"/dags/{dag}/dagRuns"] = 200, {"dag_run_id": "r"}
    return known


@pytest.fixture
def post(desk, seeded, airflow):
    def send(path: str, person=OPERATOR, origin: str = ORIGIN, **changed: str):
        http = airflow.in_front_of(desk(person, seeded))
        return http.post(path, data={**FORMS[path], **changed}, headers={"Origin": origin})

    return send


@pytest.mark.parametrize("path", FORMS)
def test_who_may_starts_it_and_nobody_else(post, airflow, path):
    assert post(path, None).status_code == 401
    assert post(path, VIEWER).status_code == 403
    assert post(path, origin="http://evil.example").status_code == 403
    assert not airflow.asked
    assert post(path).status_code == 303
    assert airflow.asked == [
        (
            "POST",
            f"/dags/{DAGS[path]}/dagRuns",
            {"logical_date": None, "partition_key": None, "conf": GIVEN.get(path, FORMS[path])},
        )
    ]


@pytest.mark.parametrize("changed", [{"reason": ""}, {"reason": "  "}, {"date": "soon"}])
def test_a_waiver_without_date_or_reason_is_none(post, airflow, changed):
    assert post("/waive", **changed).headers["location"] == "/?said=wrong_waiver"
    assert not airflow.asked


def test_today_offers_to_go_on_without_a_date_that_failed_to_those_who_may(desk, seeded):
    page = desk(warehouse=seeded).get("/?said=waived").text
    assert re.search(r'action="/waive".*?<option value="2017-11-21">', page, re.DOTALL)
    assert "goes on within five minutes" in page
    assert 'action="/waive"' not in desk(VIEWER, seeded).get("/").text


def test_results_can_be_asked_for_before_their_hour(desk, seeded):
    assert 'id="evaluate"' in desk(warehouse=seeded).get("/results").text
    assert 'id="evaluate"' not in desk(VIEWER, seeded).get("/results").text
    assert "evaluation was started" in desk(warehouse=seeded).get("/results?said=evaluating").text


def test_amounts_of_one_column_are_written_alike():
    written = Formats("en", "USD").money_of([9.5, 1200, None, 0])
    assert [written(each) for each in (9.5, 1200, None, 0)] == ["$9.50", "$1,200.00", "–", "$0.00"]
    assert Formats("en", "USD").money_of([50, 1200])(50) == "$50"


def test_estimates_of_one_column_are_written_alike_whatever_their_size():
    written = Formats("en", "USD").estimates_of([310.4, 1.58, None, -7142])
    assert [written(each) for each in (310.4, 1.58, None, -7142)] == ["+$310", "+$2", "–", "−$7,142"]
    small = Formats("en", "USD").estimates_of([3.1, 1.58], sign=False)
    assert [small(each) for each in (3.1, 1.58)] == ["$3.10", "$1.58"]


@pytest.mark.parametrize(
    "path", ["/", "/calendar", "/campaigns", "/new", "/results", "/segments", "/customer", "/replies"]
)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_no_page_says_its_title_twice_and_landmarks_have_names_of_their_own(desk, seeded, path, locale):
    page = desk(warehouse=seeded).get(f"{path}?lang={locale}").text
    eyebrow, title = (re.search(pattern, page) for pattern in (r'eyebrow">([^<]+)<', r"<h1>([^<]+)<"))
    if locale == "zh-CN":
        assert eyebrow is None or title is None or eyebrow[1] != title[1]
    names = re.findall(r'<section[^>]*aria-labelledby="([^"]+)"', page)
    assert len(names) == len(set(names))
    # A part that scrolls is no landmark beside the section that it is in, and can be reached by keyboard.
    assert 'role="region"' not in page
    assert not re.findall(r'class="scroll"(?![^>]*tabindex="0")[^>]*>', page)


def test_figures_of_a_table_are_never_broken_nor_cut_off():
    style = (Path(pages.FOLDER) / "desk.css").read_text(encoding="utf-8")
    for rule in (".matrix td { white-space: nowrap", "th.number { white-space: normal"):
        assert rule in style
