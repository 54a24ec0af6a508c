"""Alerts: told once, to whom the connection names, without a word of what the data say."""

from __future__ import annotations

import datetime
import json
from types import SimpleNamespace

import pytest
from listening import receiver

from crm.alerts.notifier import AlertNotifier, late
from crm.alerts.telling import FORMATS, Alert, AlertError, tell
from crm.business import Alerts, Business
from crm.connections import ConnectionMissing
from crm.warehouse import Warehouse

NOW = datetime.datetime(2024, 5, 2, 6, tzinfo=datetime.UTC)
FAILED = Alert("failed", "daily_orders", "manual__1", "ingest", "2024-05-01", "DeliveryMissing", url="http://airflow/x")
RULES = Alerts(repeat_after_hours=24)
OPEN = {"name": "Tea", "time_zone": "Asia/Shanghai", "currency": "CNY", "country": "CN", "sources": ["taobao_orders"]}


@pytest.fixture
def listener(monkeypatch):
    with receiver() as made:
        connect(monkeypatch, host=made.url)
        yield made


def connect(monkeypatch, **fields: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CRM_ALERTS", json.dumps({"conn_type": "http", **fields}))


def told(warehouse, alert=FAILED, now=NOW, locale="en") -> str:
    return tell(alert, warehouse, RULES, locale, now)


def test_an_alert_names_dag_date_task_and_kind_of_error_and_where_to_look(warehouse, listener):
    assert told(warehouse) == "sent"
    assert listener.told == [
        ("/", {"text": "daily_orders 2024-05-01: task ingest failed (DeliveryMissing). http://airflow/x"})
    ]


def test_it_speaks_the_language_of_the_business(warehouse, listener):
    told(warehouse, locale="zh-CN")
    told(warehouse, Alert("late", "plan_campaigns", "r", partition_key="2024-05-01", minutes=90), locale="zh-CN")
    assert [body["text"] for _, body in listener.told] == [
        "daily_orders 2024-05-01：任务 ingest 失败（DeliveryMissing）。http://airflow/x",
        "plan_campaigns 2024-05-01 已等待 90 分钟仍未完成：数据是否已送达？",
    ]


def test_the_same_is_told_once_and_again_only_after_a_day(warehouse, listener):
    hours = [0, 1, 23.9, 24, 25]
    answers = [told(warehouse, now=NOW + datetime.timedelta(hours=hour)) for hour in hours]
    assert answers == ["sent", "told before", "told before", "sent", "told before"]
    assert len(listener.told) == 2


def test_another_date_task_or_trouble_is_told(warehouse, listener):
    others = [
        Alert("failed", "daily_orders", "r", "ingest", "2024-05-02"),
        Alert("failed", "daily_orders", "r", "publish", "2024-05-01"),
        Alert("late", "daily_orders", "r", "", "2024-05-01"),
    ]
    assert [told(warehouse, alert) for alert in (FAILED, *others)] == ["sent"] * 4


def test_runs_that_somebody_started_without_a_date_are_told_each_and_a_dag_on_its_clock_once(warehouse, listener):
    by_hand = [Alert("failed", "erase_customer", f"manual__{n}", "remove_files") for n in (1, 2, 1)]
    on_clock = [Alert("failed", "collect_responses", f"scheduled__{n}", "messages") for n in (1, 2)]
    assert [told(warehouse, alert) for alert in by_hand] == ["sent", "sent", "told before"]
    assert [told(warehouse, alert) for alert in on_clock] == ["sent", "told before"]


def test_an_address_that_cannot_be_one_reaches_nobody_and_is_not_said(warehouse, listener, monkeypatch, query, caplog):
    connect(monkeypatch, host=listener.url, password="send?key=se cret")
    with pytest.raises(AlertError, match="InvalidURL") as refused:
        told(warehouse)
    assert "cret" not in f"{refused.value}{caplog.text}"
    assert query("select count(*) from crm.alert") == [(0,)]


def test_what_reached_nobody_is_told_when_it_comes_again(warehouse, listener, query):
    listener.status = 503
    with pytest.raises(AlertError, match="answered 503"):
        told(warehouse)
    assert query("select count(*) from crm.alert") == [(0,)]
    listener.status = 200
    assert told(warehouse) == "sent"


@pytest.mark.parametrize("answer", [b'{"errcode": 93000, "errmsg": "invalid webhook url"}', b'{"code": 19024}'])
def test_a_refusal_that_comes_with_status_200_is_one(answer, warehouse, listener, query):
    listener.answer = answer
    with pytest.raises(AlertError, match=r"refused it, code (93000|19024)"):
        told(warehouse)
    assert query("select count(*) from crm.alert") == [(0,)]
    listener.answer = b'{"errcode": 0, "code": 0, "errmsg": "ok"}'
    assert told(warehouse) == "sent"


def test_a_port_of_its_own_stands_before_the_path(warehouse, listener, monkeypatch):
    host, port = listener.url.rsplit(":", 1)
    connect(monkeypatch, host=f"{host}/hooks", port=int(port), password="send?key=secret")
    told(warehouse)
    assert listener.told[0][0] == "/hooks/send?key=secret"


def test_a_warehouse_that_is_down_silences_nobody(listener):
    down = Warehouse("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert [told(down), told(down)] == ["sent", "sent"]


def test_without_the_connection_it_stands_in_the_log_alone(warehouse, monkeypatch, caplog, query):
    monkeypatch.delenv("AIRFLOW_CONN_CRM_ALERTS", raising=False)
    monkeypatch.setattr("crm.connections._of_airflow", lambda _: None)
    with caplog.at_level("INFO", logger="crm.alerts.telling"):
        assert told(warehouse) == "nobody to tell"
    assert "task ingest failed" in caplog.text
    assert "no Airflow connection crm_alerts" in caplog.text
    assert query("select count(*) from crm.alert") == [(0,)]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_carries_the_text_where_its_receiver_looks_for_it(form, warehouse, listener, monkeypatch):
    connect(monkeypatch, host=listener.url, extra={"format": form})
    told(warehouse)
    ((_, body),) = listener.told
    text = FAILED.text("en")
    shapes = {
        "slack": {"text": text},
        "wecom": {"msgtype": "text", "text": {"content": text}},
        "dingtalk": {"msgtype": "text", "text": {"content": text}},
        "feishu": {"msg_type": "text", "content": {"text": text}},
    }
    assert body == shapes.get(form, body)
    if form == "json":
        assert (body["text"], body["dag_id"], body["error"]) == (text, "daily_orders", "DeliveryMissing")


def test_the_secret_part_of_the_address_is_the_password_and_stands_in_no_message(
    warehouse, listener, monkeypatch, caplog
):
    connect(monkeypatch, host=f"{listener.url}/services/", password="/T0/B0/secret")
    told(warehouse)
    assert listener.told[0][0] == "/services/T0/B0/secret"
    listener.status = 404
    with pytest.raises(AlertError) as raised:
        told(warehouse, now=NOW + datetime.timedelta(days=2))
    assert "secret" not in f"{raised.value}{caplog.text}"


@pytest.mark.parametrize("fields", [{"host": "hooks.slack.com"}, {"host": "https://x", "extra": {"format": "fax"}}])
def test_a_connection_that_cannot_work_says_what_is_wrong_with_it(fields, warehouse, monkeypatch):
    connect(monkeypatch, **fields)
    with pytest.raises(AlertError, match=r"crm_alerts: (host must be|format is)"):
        told(warehouse)


def test_a_connection_without_a_host_keeps_nothing_back_once_it_has_one(warehouse, listener, monkeypatch):
    connect(monkeypatch, password="secret")
    with pytest.raises(ConnectionMissing, match="crm_alerts has no host"):
        told(warehouse)
    connect(monkeypatch, host=listener.url)
    assert told(warehouse) == "sent"


def context(**more: object) -> dict:
    run = SimpleNamespace(dag_id="daily_orders", run_id="manual__2024", partition_key="2024-05-01")
    return {"dag_run": run, "ti": SimpleNamespace(task_id="ingest"), **more}


@pytest.fixture
def notify(warehouse, listener, monkeypatch):
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url)

    def run(notifier: AlertNotifier, given: dict) -> dict:
        notifier(given)
        return listener.told[-1][1]

    connect(monkeypatch, host=listener.url, extra={"format": "json"})
    return run


def test_no_word_of_an_exception_is_told_because_it_may_quote_a_person(notify, caplog):
    error = ValueError("duplicate key: anna@example.com, +8613812345678")
    body = notify(AlertNotifier("failed"), context(exception=error))
    assert (body["error"], body["task_id"], body["partition_key"]) == ("ValueError", "ingest", "2024-05-01")
    assert "anna" not in json.dumps(body) + caplog.text
    assert "138" not in json.dumps(body) + caplog.text


def test_a_partition_key_that_is_no_date_is_not_told(notify):
    given = context(exception=ValueError())
    given["dag_run"].partition_key = "anna@example.com"
    assert "anna" not in json.dumps(notify(AlertNotifier("failed"), given))


def test_a_run_without_a_key_is_told_by_the_business_date_of_its_form(notify):
    given = context(exception=ValueError())
    given["dag_run"].partition_key, given["dag_run"].conf = None, {"business_date": "2024-05-02"}
    assert notify(AlertNotifier("failed"), given)["partition_key"] == "2024-05-02"


def test_a_missed_deadline_is_told_from_what_airflow_gives_with_it(notify):
    run = {"dag_id": "plan_campaigns", "dag_run_id": "asset__1", "partition_key": "2024-05-01", "conf": {"a": 1}}
    notifier = AlertNotifier(about="late", minutes=180, context={"dag_run": run, "deadline": {"id": "x"}})
    body = notify(notifier, {"dag_run": run, "deadline": {"id": "x"}})
    assert body["text"].startswith("plan_campaigns 2024-05-01 is not done 180 minutes after")
    assert (body["about"], body["task_id"]) == ("late", "")


def test_a_closed_shop_and_one_that_wants_none_have_no_deadline():
    assert late(Business(**OPEN))[0].interval == datetime.timedelta(minutes=180)
    assert late(Business(**OPEN, alerts={"late_after_minutes": None})) is None
    assert late(Business(**OPEN, last_business_date="2017-12-31")) is None


def test_a_run_of_airflow_dags_test_has_no_deadline_over_which_airflow_would_end_in_an_error(monkeypatch):
    monkeypatch.setattr("sys.argv", ["airflow", "dags", "test", "daily_orders"])
    assert late(Business(**OPEN)) is None
    monkeypatch.setattr("sys.argv", ["airflow", "dags", "list"])
    assert late(Business(**OPEN))
