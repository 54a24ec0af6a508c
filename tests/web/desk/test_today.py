"""*Today* says what is late, held, due, waiting and failed, and nothing of any person."""

from __future__ import annotations

import os
import re

import pytest
from desk_people import VIEWER
from fake_airflow import FakeAirflow

from crm.web.desk import data_docs


def _text(answer) -> str:
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def docs(tmp_path, monkeypatch):
    """Data Docs of two deliveries of 2017-11-21, the second the newer one."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    for age, name in enumerate(("zz-first", "aa-second")):
        folder = tmp_path / "data_docs" / "2017-11-21" / name
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<script>alert(1)</script>what was checked")
        os.utime(folder / "index.html", (age + 1, age + 1))
    return tmp_path / "data_docs"


def test_an_empty_warehouse_has_a_page_too(desk, warehouse):
    assert "No shop has delivered yet." in _text(desk(warehouse=warehouse).get("/"))


def test_the_held_date_says_which_expectation_failed_and_links_to_what_was_checked(desk, seeded, docs):
    answer = desk(warehouse=seeded).get("/")
    assert "All campaigns, decided on the data of Nov 21, 2017: held" in _text(answer)
    assert "quantity is a number in every row" in answer.text
    assert 'href="/data-docs/2017-11-21/aa-second/index.html"' in answer.text


def test_what_waits_for_an_answer_is_told_with_its_size_and_cost(desk, seeded):
    answer = desk(warehouse=seeded).get("/")
    assert "Thanksgiving greeting, decided on the data of Nov 20, 2017: waits for approval" in _text(answer)
    assert "Messages: 18,204 · sending costs $214 · coupons, if all were redeemed: $91,020" in _text(answer)
    assert 'href="/campaigns/thanksgiving#approval"' in answer.text


def test_a_question_that_nobody_can_answer_any_more_is_no_job(desk, seeded, query):
    query("update crm.approval set business_date = '2017-11-19'")
    assert "waits for approval" not in _text(desk(warehouse=seeded).get("/"))


def test_what_goes_out_is_told_by_campaign_with_the_commonest_reasons(desk, seeded):
    said = _text(desk(warehouse=seeded).get("/"))
    assert "Sends on Nov 21, 2017" in said
    assert re.search(r"Thanksgiving greeting Thanksgiving 2017 18,204 4,551 7,909 no consent&nbsp;6,120 ·", said)
    assert "500 of 812 handled" in said


def test_late_deliveries_failed_messages_and_rejected_rows_are_told_without_their_contents(desk, seeded):
    answer = desk(warehouse=seeded).get("/")
    said = _text(answer)
    assert "Orders of outlet Nov 20, 2017 Missing: Nov 21, 2017" in said
    assert re.search(r"failed The address bounced\. 36 .*unknown 4 ", said)
    assert "no order id Order ID 13" in said
    assert "Ann Smith" not in answer.text


def test_a_waived_date_is_no_longer_late(desk, seeded, query):
    query("insert into crm.waiver values ('2017-11-21', 'olive', 'the shop was closed', '2017-11-22 12:00Z')")
    assert "Missing:" not in desk(warehouse=seeded).get("/").text


def test_a_closed_shop_is_never_late(desk, seeded, business, monkeypatch):
    object.__setattr__(business, "last_business_date", __import__("datetime").date(2017, 12, 31))
    assert "A closed shop" in _text(desk(warehouse=seeded).get("/"))


def test_a_viewer_sees_the_same_page_in_chinese(desk, seeded):
    said = _text(desk(VIEWER, seeded).get("/?lang=zh-CN"))
    assert "感恩节问候（基于 2017年11月20日 的数据）：等待审批" in said
    assert "未同意接收&nbsp;6,120" in said


def test_data_docs_are_shown_without_their_scripts_and_nothing_else_of_the_home_is(desk, docs):
    http = desk()
    answer = http.get("/data-docs/2017-11-21/aa-second/index.html")
    assert "what was checked" in answer.text
    assert answer.headers["content-security-policy"] == data_docs.POLICY
    (docs.parent / "secret").write_text("secret")
    assert http.get("/data-docs/..%2Fsecret").status_code == 404
    assert http.get("/data-docs/2017-11-21/").status_code == 404
    assert desk(None).get("/data-docs/2017-11-21/aa-second/index.html").status_code == 303


def _run(dag: str, run_id: str, state: str, **more: object) -> dict:
    return {"dag_id": dag, "dag_run_id": run_id, "state": state, "run_type": "scheduled", "conf": {},
            "partition_key": "2017-11-21", **more}  # fmt: skip


def _airflow(tasks: dict[str, str], *newest_first: dict) -> FakeAirflow:
    """Airflow with these runs of one DAG, of which the failed ones have these tasks."""
    known = FakeAirflow()
    known.answers["GET", "/dags/~/dagRuns"] = 200, {"dag_runs": [r for r in newest_first if r["state"] == "failed"]}
    known.answers["GET", f"/dags/{newest_first[0]['dag_id']}/dagRuns"] = 200, {"dag_runs": list(newest_first)}
    listed = [{"task_id": task, "state": state} for task, state in tasks.items()]
    for run in newest_first:
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        known.answers["GET", path] = 200, {"task_instances": listed}
    return known


def test_a_failed_date_says_what_failed_and_what_to_press(desk, seeded):
    tasks = {"ingest": "success", "validate": "failed", "publish": "upstream_failed"}
    airflow = _airflow(tasks, _run("daily_orders", "scheduled__2017-11-22T11:00:00+00:00", "failed"))
    answer = airflow.in_front_of(desk(warehouse=seeded)).get("/")
    said = _text(answer)
    assert "Dates that stopped with an error: 1." in said
    assert "The date Nov 21, 2017 stopped with an error" in said
    assert "What failed: checking the files (task validate)." in said
    assert "choose the task ingest and press" in said, "a mended file has to be read again"
    assert 'href="/dags/daily_orders/runs/scheduled__2017-11-22T11%3A00%3A00%2B00%3A00"' in answer.text


def test_a_failed_campaign_is_said_in_chinese_too(desk, seeded):
    failed = _run("campaign_thanksgiving", "asset__1", "failed", run_type="asset_triggered")
    airflow = _airflow({"preview": "success", "send": "failed"}, failed)
    said = _text(airflow.in_front_of(desk(VIEWER, seeded)).get("/?lang=zh-CN"))
    assert "感恩节问候（基于 2017年11月21日 的数据）：因错误而中断" in said
    assert "失败的步骤：发送消息（任务 send）" in said
    assert "选中任务 preview，按“清除”" in said


@pytest.mark.parametrize(
    "runs",
    [
        [_run("daily_orders", "b", "success"), _run("daily_orders", "a", "failed")],
        [_run("daily_orders", "b", "running"), _run("daily_orders", "a", "failed")],
        [_run("daily_orders", "b", "success", partition_key=None, conf={"business_date": "2017-11-21"}),
         _run("daily_orders", "a", "failed")],
        [_run("daily_orders", "a", "failed", conf={"mode": "dry"})],
        [_run("plan_campaigns", "a", "failed", run_type="manual")],
        [_run("test_send", "a", "failed", partition_key=None)],
    ],
    ids=["repeated", "at work again", "repeated from the command line", "dry", "a dry run by hand", "no date"],
)  # fmt: skip
def test_what_was_repeated_since_or_was_a_rehearsal_is_no_failed_date(desk, seeded, runs):
    said = _text(_airflow({"publish": "failed"}, *runs).in_front_of(desk(warehouse=seeded)).get("/"))
    assert "stopped with an error" not in said


def test_a_dry_run_that_went_well_does_not_hide_the_failed_date(desk, seeded):
    dry = _run("plan_campaigns", "b", "success", run_type="manual", conf={"dry_run": True})
    airflow = _airflow({"plan": "failed"}, dry, _run("plan_campaigns", "a", "failed", run_type="asset_triggered"))
    assert "What failed: deciding the campaigns" in _text(airflow.in_front_of(desk(warehouse=seeded)).get("/"))


def test_today_is_shown_to_somebody_whom_airflow_shows_no_runs(desk, seeded):
    said = _text(FakeAirflow().in_front_of(desk(VIEWER, seeded)).get("/"))
    assert "Sends on Nov 21, 2017" in said
    assert "stopped with an error" not in said


def test_all_is_not_well_beside_a_failed_dry_run_and_it_links_to_its_page(desk, warehouse, seeded):
    failed = _run("campaign_thanksgiving", "dry1", "failed", run_type="manual", conf={"dry_run": True})
    answer = _airflow({"preview": "failed"}, failed).in_front_of(desk(warehouse=seeded)).get("/")
    assert "Thanksgiving greeting: a dry run on the data of Nov 21, 2017 failed" in _text(answer)
    assert 'href="/campaigns/thanksgiving/run?id=dry1"' in answer.text
    again = _run("campaign_thanksgiving", "dry2", "success", run_type="manual", partition_key="2017-11-20")
    said = _text(_airflow({"preview": "failed"}, again, failed).in_front_of(desk(warehouse=seeded)).get("/"))
    assert "a dry run on the data" not in said


def test_an_evaluation_that_failed_is_said_too(desk, seeded):
    failed = _run("evaluate_campaigns", "e1", "failed", partition_key=None)
    said = _text(_airflow({"evaluate": "failed"}, failed).in_front_of(desk(warehouse=seeded)).get("/"))
    assert "Evaluation: the last run stopped with an error" in said


def test_a_declaration_that_cannot_be_used_waits_for_somebody(desk, seeded, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "broken.yaml").write_text("campaign: broken\nprio: 1\n")
    answer = desk(warehouse=seeded).get("/")
    assert "A campaign cannot be used: broken.yaml" in _text(answer)
    assert 'href="/campaigns#refused"' in answer.text


def test_a_changed_business_yaml_counts_without_a_restart_and_a_broken_one_is_said(desk, seeded, tmp_path, monkeypatch):
    from crm import settings
    from crm.web import parts

    file = tmp_path / "business.yaml"
    good = (settings.INCLUDE / "business.yaml").read_text(encoding="utf-8")
    file.write_text(good)
    monkeypatch.setenv("CRM_BUSINESS", str(file))
    monkeypatch.setattr(parts, "_SETTINGS", parts._Settings())
    assert parts.business().currency == "USD"
    file.write_text(good.replace("currency: USD", "currency: EUR"))
    assert parts.business().currency == "EUR"
    file.write_text(good.replace("currency: USD", "currency: dollars"))
    assert parts.business().currency == "EUR", "what cannot be used changes nothing"
    said = _text(desk(warehouse=seeded).get("/"))
    assert "business.yaml was changed, and cannot be used" in said
    assert "currency" in said


def test_today_says_when_housekeeping_ran_and_what_it_removed(desk, seeded):
    said = _text(desk(warehouse=seeded).get("/"))
    assert "Housekeeping, up to Nov 20, 2017 removed: 1,240 rows and files" in said
    assert "Housekeeping last ran" not in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update crm.housekeeping set business_date = business_date - 3", "Housekeeping last ran for Nov 17, 2017"),
        ("truncate crm.housekeeping", "Housekeeping has never run"),
    ],
)  # fmt: skip
def test_a_housekeeping_that_has_not_run_for_long_waits_for_somebody_who_may_start_it(
    desk, seeded, query, change, said
):
    query(change)
    answer = desk(warehouse=seeded).get("/")
    assert said in _text(answer)
    assert 'action="/housekeeping"' in answer.text
    assert "数据清理" in desk(VIEWER, seeded).get("/?lang=zh-CN").text
    assert 'action="/housekeeping"' not in desk(VIEWER, seeded).get("/").text


#: A shop of which everything is well, and what is not, one at a time.
WELL = """
truncate crm.hold, crm.approval, crm.sending_stop, crm.message_failure, crm.rejected_row cascade;
update crm.file_version set status = 'published';
insert into crm.delivery (shop, business_date, mode) values ('outlet', '2017-11-21', 'live')
"""
SET_ASIDE = """
insert into crm.rejected_row (file_version_id, row_number, reason, raw)
select min(file_version_id), 1, 'x', '{}' from crm.file_version
"""
TOO_LATE = """
insert into crm.hold (business_date, campaign, mode, since, reasons, ended_at, outcome)
values ('2017-11-20', '', 'live', '2017-11-18 11:00Z', '[]', '2017-11-19 01:00Z', 'past')
"""


@pytest.mark.parametrize(
    ("change", "well"),
    [
        ("select 1", True),
        ("insert into crm.message_failure values ('birthday', '2017-11-21', 'email', 'failed', 'bounce', 3)", True),
        ("insert into crm.message_failure values ('birthday', '2017-11-21', 'email', 'failed', 'too_large', 3)", False),
        ("insert into crm.message_failure values ('birthday', '2017-11-21', 'email', 'unknown', '', 3)", False),
        ("truncate crm.housekeeping", False),
        ("update crm.file_version set status = 'failed' where shop = 'outlet'", False),
        ("insert into crm.sending_stop values ('birthday', '2017-11-19', '2017-11-19 15:00Z', 'olive')", False),
        (SET_ASIDE, False),
        (TOO_LATE, False),
    ],
    ids=["nothing", "bounce", "failure", "unknown", "housekeeping", "file", "stop", "rows set aside", "too late"],
)  # fmt: skip
def test_all_is_well_only_where_nothing_is_wrong(desk, seeded, query, change, well):
    query(WELL)
    query(change)
    said = _text(desk(warehouse=seeded).get("/"))
    assert ("All is well" in said) == well


@pytest.mark.parametrize(
    "failed",
    [
        ({"publish": "failed"}, _run("daily_orders", "a", "failed")),
        (
            {"preview": "failed"},
            _run("campaign_thanksgiving", "a", "failed", run_type="manual", conf={"dry_run": True}),
        ),
        ({"warehouse": "failed"}, _run("housekeeping", "a", "failed", partition_key=None)),
        ({"evaluate": "failed"}, _run("evaluate_campaigns", "a", "failed", partition_key=None)),
    ],
    ids=["a date", "a dry run", "housekeeping", "evaluation"],
)
def test_all_is_not_well_beside_a_task_that_failed(desk, seeded, query, failed):
    query(WELL)
    said = _text(_airflow(*failed).in_front_of(desk(warehouse=seeded)).get("/"))
    assert "All is well" not in said


def test_all_is_not_well_beside_a_declaration_that_cannot_be_used(desk, seeded, query, tmp_path, monkeypatch):
    query(WELL)
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "broken.yaml").write_text("campaign: broken\n")
    assert "All is well" not in _text(desk(warehouse=seeded).get("/"))
