"""Acting on a campaign: by those who may, from our own pages; and what the page of a run tells."""

from __future__ import annotations

import datetime
import re

import pytest
from desk_people import OPERATOR, ORIGIN, VIEWER, Somebody
from fake_airflow import FakeAirflow, question

from crm import business as businesses
from crm import settings
from crm.campaigns import switches
from crm.messages import failures
from crm.web.desk import campaign, campaign_runs, outbox, pages

DAG = "campaign_thanksgiving"
PATH = "/campaigns/thanksgiving"
FORMS = {
    "dry-run": {"date": "2017-11-20"},
    "trigger": {"date": "2017-11-20"},
    "answer": {"run": "r1", "answer": "Approve"},
    "test-send": {"to": "marketing"},
    "switch-on": {},
    "enable": {},
    "disable": {},
    "stop": {"send_date": "2017-11-21"},
    "resume": {"send_date": "2017-11-21"},
    "send-unknown": {"date": "2017-11-20"},
}
RUN = "manual__1+00:00"


@pytest.fixture
def business():
    return businesses.load(settings.INCLUDE / "business.yaml")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))


@pytest.fixture
def airflow() -> FakeAirflow:
    known = FakeAirflow()
    known.knows(DAG)
    for dag in (DAG, "test_send"):
        known.answers["POST", f"/dags/{dag}/dagRuns"] = 200, {"dag_run_id": RUN}
    return known


@pytest.fixture
def post(desk, seeded, airflow):
    """``post(form, person)``: somebody sends a form of the campaign's page."""

    def send(form: str, person=OPERATOR, origin: str = ORIGIN, path: str = PATH, **fields: str):
        http = airflow.in_front_of(desk(person, seeded))
        return http.post(f"{path}/{form}", data={**FORMS[form], **fields}, headers={"Origin": origin})

    return send


@pytest.fixture
def get(desk, seeded, airflow):
    def see(path: str, person=OPERATOR):
        return airflow.in_front_of(desk(person, seeded)).get(path)

    return see


def _text(answer) -> str:
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def _acts(airflow: FakeAirflow) -> list:
    return [asked for asked in airflow.asked if asked[0] != "GET"]


@pytest.mark.parametrize("form", FORMS)
def test_who_may_not_act_and_forms_of_elsewhere_change_nothing(post, airflow, query, form):
    assert post(form, None).status_code == 401
    assert post(form, VIEWER).status_code == 403
    assert post(form, origin="http://evil.example").status_code == 403
    assert post(form, path="/campaigns/nothing").status_code == 404
    assert not [asked for asked in airflow.asked if asked[0] != "GET"]
    assert query("select count(*) from crm.sending_stop") == [(1,)]


def test_a_form_asks_for_the_right_to_the_dag_that_it_starts(post):
    class Tester(Somebody):
        def may_trigger(self, dag_id: str) -> bool:
            return dag_id == "test_send"

    assert post("test-send", Tester()).status_code == 303
    assert post("dry-run", Tester()).status_code == 403


@pytest.mark.parametrize(("form", "is_dry"), [("dry-run", True), ("trigger", False)])
def test_a_run_is_started_for_its_business_date_and_followed(post, airflow, form, is_dry):
    answer = post(form)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PATH}/run?id=manual__1%2B00%3A00"
    body = {"logical_date": None, "partition_key": "2017-11-20", "conf": {"dry_run": is_dry}}
    assert _acts(airflow) == [("POST", f"/dags/{DAG}/dagRuns", body)]


@pytest.mark.parametrize("date", ["", "20.11.2017", "2017-02-30", "2017-11-20T00:00", "' or 1"])
def test_a_date_that_is_none_starts_nothing(post, airflow, date):
    assert post("dry-run", date=date).headers["location"] == f"{PATH}?said=wrong_date"
    assert not airflow.asked


@pytest.mark.parametrize(
    ("status", "said"), [(404, "not_read_yet"), (400, "refused"), (409, "refused"), (422, "refused"), (500, "refused")]
)
def test_airflows_no_is_said_in_our_own_words(post, get, airflow, status, said):
    airflow.answers["POST", f"/dags/{DAG}/dagRuns"] = status, {"detail": "secret of Airflow"}
    location = post("dry-run").headers["location"]
    assert location == f"{PATH}?said={said}"
    answer = get(location)
    assert 'id="said"' in answer.text
    assert "secret of Airflow" not in answer.text


def test_airflow_has_the_last_word_about_rights(post, airflow):
    airflow.answers["POST", f"/dags/{DAG}/dagRuns"] = 403, {}
    assert post("dry-run").status_code == 403


def test_whatever_a_form_may_come_back_with_is_said():
    texts = {name for name in pages.texts("en") if name.startswith("campaign.said_")}
    assert texts == {f"campaign.said_{each}" for each in campaign.SAID}


def test_what_was_not_said_by_us_is_not_said(get):
    assert 'id="said"' not in get(f"{PATH}?said=%3Cb%3Eyou+won%3C/b%3E").text


def test_a_test_goes_to_the_staff_that_was_chosen_as_the_message_that_is_shown(post, airflow):
    sort = {"channel": "sms", "wave": "main", "variant": "a", "locale": "zh-CN"}
    answer = post("test-send", **sort)
    assert answer.headers["location"] == f"{PATH}/run?id=manual__1%2B00%3A00&dag=test_send"
    assert airflow.asked[0][2]["conf"] == {"campaign": "thanksgiving", "to": "marketing", **sort}


@pytest.mark.parametrize("said", ["Approve", "Reject"])
def test_an_answer_is_given_to_the_run_that_asked(post, airflow, said):
    path = f"/dags/{DAG}/dagRuns/r1/taskInstances/approve/-1/hitlDetails"
    airflow.answers["PATCH", path] = 200, {}
    assert post("answer", answer=said).headers["location"] == f"{PATH}/run?id=r1"
    assert _acts(airflow) == [("PATCH", path, {"chosen_options": [said], "params_input": {}})]


@pytest.mark.parametrize(
    "seconds", [(5, 15), (20, 0), (3600, 0), (-5, 20)], ids=["just asked", "over", "long ago", "another clock"]
)
def test_an_answer_waits_until_the_worker_that_asked_has_ended(post, airflow, clock, monkeypatch, seconds):
    age, waits = seconds
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(campaign_runs.asyncio, "sleep", sleep)
    asked_at = (clock.now() - datetime.timedelta(seconds=age)).isoformat()
    earlier = (clock.now() - datetime.timedelta(days=1)).isoformat()
    # Another run of the date is given the same answer, so the younger question counts.
    airflow.knows(DAG, question("r1", "Mine?", asked_at=earlier), question("r2", "Another's?", asked_at=asked_at))
    airflow.answers["PATCH", f"/dags/{DAG}/dagRuns/r1/taskInstances/approve/-1/hitlDetails"] = 200, {}
    assert post("answer").status_code == 303
    assert slept[0] == waits


def test_who_answers_second_is_told_that_the_first_answer_stands(post, get, airflow):
    airflow.answers["PATCH", f"/dags/{DAG}/dagRuns/r1/taskInstances/approve/-1/hitlDetails"] = 409, {}
    location = post("answer").headers["location"]
    assert "Somebody else answered first" in _text(get(location))


@pytest.mark.parametrize("fields", [{"answer": "Maybe"}, {"answer": ""}, {"run": ""}])
def test_an_answer_that_is_none_is_refused(post, airflow, fields):
    assert post("answer", **fields).status_code == 400
    assert not airflow.asked


def test_a_campaign_that_is_paused_is_switched_on(post, get, airflow):
    airflow.knows(DAG, is_paused=True)
    assert 'id="switch-on"' in get(PATH).text
    assert 'id="switch-on"' not in get(PATH, VIEWER).text
    airflow.asked.clear()
    assert post("switch-on").headers["location"] == f"{PATH}?said=not_read_yet"
    airflow.answers["PATCH", f"/dags/{DAG}"] = 200, {}
    assert post("switch-on").headers["location"] == f"{PATH}?said=switched_on"
    assert airflow.asked[-1] == ("PATCH", f"/dags/{DAG}", {"is_paused": False})


def test_a_campaign_is_turned_off_and_on_again_in_the_users_name(post, get):
    assert 'id="off"' not in get(PATH).text
    assert post("disable").headers["location"] == f"{PATH}?said=disabled"
    assert switches.read("thanksgiving") == switches.Switch(False, "Olive", "2017-11-22T09:00:00+00:00")
    page = get(PATH).text
    assert 'id="off"' in page
    assert 'id="enable"' in page
    assert 'id="disable"' not in page
    assert 'id="enable"' not in get(PATH, VIEWER).text
    assert post("enable").headers["location"] == f"{PATH}?said=enabled"
    assert 'id="off"' not in get(PATH).text


def test_the_stop_switch_is_thrown_and_taken_back_in_the_users_name(post, get, query):
    assert post("stop").headers["location"] == f"{PATH}?said=stopped"
    assert query("select stopped_by from crm.sending_stop where campaign = 'thanksgiving'") == [("Olive",)]
    page = get(PATH)
    assert "Stopped by Olive." in _text(page)
    assert 'id="resume"' in page.text
    assert post("resume").headers["location"] == f"{PATH}?said=resumed"
    assert post("resume").headers["location"] == f"{PATH}?said=not_stopped"


@pytest.fixture
def unknown(query, seeded, warehouse, business, clock):
    """Twenty messages that the provider took and reported on two hours ago, and three without an answer."""
    query(
        """
        delete from crm.message where campaign = 'thanksgiving';
        insert into crm.message_batch (batch_id, campaign, occasion, wave, send_date, channel, provider,
            planned_send_at, status, messages, handed_over_at) overriding system value
        select 9000 + n, 'thanksgiving', 'thanksgiving-2017', 'main', date '2017-11-21', 'email', 'sendgrid',
            timestamptz '2017-11-21', 'done', 20, timestamptz '2017-11-21' from generate_series(0, 1) as n;
        insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date,
            planned_send_at, send_by, locale, status, status_reason, provider, claimed_at)
        select 900000 + n, 'thanksgiving', 'thanksgiving-2017', 'email', 'u' || n, 9000 + n / 20, gen_random_uuid(),
            date '2017-11-21', timestamptz '2017-11-21', timestamptz '2030-01-01', 'en',
            case when n < 20 then 'accepted' else 'unknown' end, case when n < 20 then null else 'owner_died' end,
            'sendgrid', timestamptz '2017-11-21'
        from generate_series(0, 22) as n;
        insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel,
            message_id, contact_key, kind, occurred_at, known_on)
        select customer_id, provider, message_id, campaign, occasion, instance, wave, channel, message_id, contact_key,
            'processed', claimed_at, date '2017-11-21'
        from crm.message where batch_id = 9000 and message_id <> 'u0';
        """
    )
    failures.count_latest(warehouse, business, clock.now())


@pytest.mark.usefixtures("unknown")
def test_unknown_messages_are_offered_with_the_evidence_and_the_risk_and_sent_where_somebody_says_so(
    get, post, query, airflow
):
    said = _text(get("/"))
    assert "of 3 messages nobody knows whether they went out" in said
    assert (
        "They most probably never left: the provider has reported on 95 % of the 20 others of this send, and in 60"
        " minutes on none of these. If that is wrong, somebody gets the message twice." in said
    )
    assert 'action="/campaigns/thanksgiving/send-unknown"' in get("/").text
    assert post("send-unknown").headers["location"].startswith(f"{PATH}/run?id=")
    assert query("select released_by, messages, taken, heard from crm.unknown_release") == [("Olive", 3, 20, 19)]
    assert query("select count(*)::int from crm.message where batch_id = 9001 and status = 'planned'") == [(3,)]
    assert [asked[1] for asked in airflow.asked if asked[0] == "POST"] == [f"/dags/{DAG}/dagRuns"]
    assert "nobody knows whether they went out" not in _text(get("/"))
    location = post("send-unknown").headers["location"]
    assert location == f"{PATH}?said=nothing_unknown"
    assert "Nothing is unknown any more" in _text(get(location))


@pytest.mark.usefixtures("unknown")
def test_with_evidence_against_it_nothing_is_offered_and_nothing_sent(get, post, query):
    query(
        "insert into crm.response_inbox (provider, event_id, message_id, kind, occurred_at)"
        " values ('sendgrid', 'e', 'u21', 'processed', now())"
    )
    assert "nobody knows whether they went out" not in _text(get("/"))
    assert post("send-unknown").headers["location"] == f"{PATH}?said=nothing_unknown"
    assert query("select count(*)::int from crm.message where status = 'planned' and batch_id = 9001") == [(0,)]


def test_before_a_real_run_it_is_told_what_happens_and_nothing_is_started(get, airflow):
    said = _text(get(f"{PATH}/trigger?date=2017-11-21"))
    assert "It decides on the data of Nov 21, 2017; messages go out on Nov 22, 2017." in said
    assert "no occasion on that send date" in said
    assert "It asks nobody any more before it sends." in said
    assert not _acts(airflow)
    assert "That send date is over" in _text(get(f"{PATH}/trigger?date=2017-11-20"))
    assert "That day is not over yet" in _text(get(f"{PATH}/trigger?date=2017-11-23"))
    assert get(f"{PATH}/trigger?date=x").headers["location"] == f"{PATH}?said=wrong_date"
    assert get(f"{PATH}/trigger?date=2017-11-21", VIEWER).status_code == 403


@pytest.mark.parametrize(("above", "said"), [(0, "It asks for approval before"), (5, "Above the limits of its decl")])
def test_before_a_real_run_it_is_told_whether_every_send_is_asked_about(get, monkeypatch, tmp_path, above, said):
    declared = (settings.CAMPAIGNS / "thanksgiving.yaml").read_text()
    declared = re.sub(r"(?m)^approval:.*\n( .*\n)*", "", declared)
    (tmp_path / "thanksgiving.yaml").write_text(f"{declared}\napproval: {{above_messages: {above}}}\n")
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path))
    assert said in _text(get(f"{PATH}/trigger?date=2017-11-21"))


def test_a_date_that_is_decided_is_not_decided_anew_and_the_page_says_so(get, query):
    query("update crm.decision_count set business_date = '2017-11-21' where business_date = '2017-11-20'")
    said = _text(get("/campaigns/repurchase/trigger?date=2017-11-21"))
    assert "This date is decided already." in said
    assert "It then decides" not in said


def test_a_dry_run_is_followed_until_it_ends(get, airflow):
    airflow.has_run(DAG, "other", "running", {"preview": "running"})
    answer = get(f"{PATH}/run?id=other")
    assert answer.headers["refresh"] == "3"
    assert 'data-state="running"' in answer.text
    airflow.has_run(DAG, RUN, "success", {"preview": "success"}, conf={"dry_run": True})
    assert "refresh" not in get(f"{PATH}/run?id=manual__1%2B00:00").headers


def test_a_dry_run_tells_what_it_found(get, airflow):
    airflow.has_run(DAG, RUN, "success", {"preview": "success"}, conf={"dry_run": True})
    said = _text(get(f"{PATH}/run?id=manual__1%2B00:00", VIEWER))
    assert "Thanksgiving greeting: dry run" in said
    assert "Orders are published up to Nov 19, 2017" in said
    assert "Candidates 120 Written to 70 Held out 20 Left out 30" in said
    assert re.search(r"no consent is known 25 25 has not bought for long 0 9 another campaign goes first 5 5", said)
    assert re.search(r"no tier 4 0 gold 66 20", said)
    assert "nothing is known, because fewer than 100 customers were held out before." in said
    assert "Thank you, Alex Sample. Reply STOP" in said
    assert "34 characters (GSM-7); billed as 1 SMS. At most 2, to the longest name and product." in said


def test_a_run_that_waits_for_the_gate_says_what_is_missing(get, airflow, query):
    airflow.has_run(DAG, "r2", "running", {"preview": "up_for_reschedule"}, conf={"dry_run": False},
                    partition_key="2017-11-21")  # fmt: skip
    answer = get(f"{PATH}/run?id=r2")
    assert "The gate of this date is closed" in _text(answer)
    assert "Nov 21, 2017: orders_2017-11-21.csv of outlet did not pass its validation" in _text(answer)
    assert answer.headers["refresh"] == "30"


def test_a_run_that_asks_shows_its_own_question_alone(get, airflow):
    airflow.knows(DAG, question("r2", "Mine?"), question("r3", "Another's?"))
    airflow.has_run(DAG, "r2", "running", {"preview": "success", "approve": "deferred"}, conf={"dry_run": False})
    answer = get(f"{PATH}/run?id=r2")
    assert 'data-step="asks"' in answer.text
    assert "Mine?" in answer.text
    assert "Another's?" not in answer.text.replace("&#39;", "'")
    assert 'id="approve"' in answer.text
    assert 'id="approve"' not in get(f"{PATH}/run?id=r2", VIEWER).text


def test_a_real_run_for_a_send_date_that_is_over_says_that_nothing_was_sent(get, airflow):
    told = {"planned": {"outcome": "past", "planned": [
        {"occasion": "thanksgiving-2017", "wave": "main", "candidates": 7, "included": 5, "held_out": 1}]}}  # fmt: skip
    airflow.has_run(DAG, "r2", "success", {"preview": "success"}, told, conf={"dry_run": False})
    said = _text(get(f"{PATH}/run?id=r2"))
    assert "The send date was over, so this was a dry run. Nothing was sent." in said
    assert "Candidates 7 Written to 5 Held out 1" in said


def test_what_a_run_left_is_not_told_to_whom_airflow_does_not_let_read_it(get, airflow):
    airflow.has_run(DAG, "r2", "success", {"preview": "success"}, conf={"dry_run": False})
    path = f"/dags/{DAG}/dagRuns/r2/taskInstances/preview/xcomEntries/previewed"
    airflow.answers["GET", path] = 403, {}
    assert "Thanksgiving greeting: run" in _text(get(f"{PATH}/run?id=r2"))
    airflow.answers["GET", f"/dags/{DAG}/dagRuns/r2"] = 403, {}
    assert get(f"{PATH}/run?id=r2").status_code == 403


def test_a_failed_run_and_one_that_waits_for_a_worker_say_so(get, airflow):
    airflow.has_run(DAG, "r2", "failed", {"preview": "failed"})
    assert "It failed." in _text(get(f"{PATH}/run?id=r2"))
    airflow.knows(DAG, is_paused=True)
    airflow.has_run(DAG, "r3", "queued", {"preview": None})
    assert "switched off (paused)" in _text(get(f"{PATH}/run?id=r3"))


def test_a_test_run_is_followed_under_its_own_campaign_alone(get, airflow):
    conf = {"campaign": "thanksgiving"}
    airflow.has_run("test_send", "t1", "success", {"send": "success"}, conf=conf, partition_key=None)
    airflow.knows("test_send")
    assert "handed to the provider" in _text(get(f"{PATH}/run?id=t1&dag=test_send"))
    assert get("/campaigns/winter/run?id=t1&dag=test_send").status_code == 404


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_what_only_goes_to_the_outbox_is_said_to_reach_nobody(get, airflow, locale):
    told = {"en": "Written to the outbox, not sent, so nobody gets anything", "zh-CN": "并不发送，任何人都收不到"}
    left = {"channel": "email", "provider": "outbox", "provider_message_id": "2017-11-22/test-thanksgiving/t.eml"}
    airflow.has_run("test_send", "t1", "success", {"send": "success"}, left, conf={"campaign": "thanksgiving"})
    airflow.knows("test_send")
    for path in (PATH, f"{PATH}/trigger?date=2017-11-21", f"{PATH}/run?id=t1&dag=test_send"):
        answer = get(f"{path}{'&' if '?' in path else '?'}lang={locale}")
        assert told[locale] in answer.text
        assert str(settings.outbox()) in answer.text
    assert f"{settings.outbox()}/2017-11-22/test-thanksgiving/t.eml" in answer.text, "where the test is"
    assert "handed to the provider" not in answer.text


@pytest.mark.parametrize("provider", ["sendgrid", "outbox"])
def test_the_outbox_is_named_where_it_is_the_provider_alone(business, provider):
    email = business.channels["email"].model_copy(update={"provider": provider})
    changed = business.model_copy(update={"channels": {"email": email}})
    assert outbox.of(changed, ["email", "sms"])["channels"] == (["email"] if provider == "outbox" else [])


@pytest.mark.parametrize("run_id", ["nothing", "../../secret", "<script>"])
def test_an_unknown_run_is_no_page(get, run_id):
    answer = get(f"{PATH}/run?id={run_id}")
    assert answer.status_code == 404
    assert "<script" not in answer.text


def _listed(airflow: FakeAirflow, *runs: dict) -> None:
    airflow.answers["GET", f"/dags/{DAG}/dagRuns"] = 200, {"dag_runs": list(runs)}


def _real(run_id: str, state: str, date: str = "2017-11-20", **conf: bool) -> dict:
    return {"dag_run_id": run_id, "dag_id": DAG, "state": state, "run_type": "manual", "partition_key": date,
            "conf": conf or {"dry_run": False}}  # fmt: skip


def test_a_second_start_of_the_same_send_is_refused_before_it_asks(post, get, airflow):
    _listed(airflow, _real("first", "running"))
    airflow.has_run(DAG, "first", "running", {"preview": "running"})
    for answer in (get(f"{PATH}/trigger?date=2017-11-20"), post("trigger")):
        assert answer.headers["location"] == f"{PATH}/run?id=first&said=under_way"
    assert not _acts(airflow)
    assert "started before, so nothing was started again" in _text(get(f"{PATH}/run?id=first&said=under_way"))
    _listed(
        airflow, _real("over", "success"), _real("dry", "running", dry_run=True), _real("b", "running", "2017-11-19")
    )
    assert post("trigger").headers["location"] == f"{PATH}/run?id=manual__1%2B00%3A00"


def test_one_answer_closes_every_question_about_the_same_date(post, airflow):
    for run_id, date in (("r1", "2017-11-20"), ("r2", "2017-11-20"), ("r3", "2017-11-19")):
        airflow.has_run(DAG, run_id, "running", {}, partition_key=date)
        airflow.answers["PATCH", f"/dags/{DAG}/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"] = 200, {}
    airflow.knows(DAG, question("r2", "?"), question("r3", "?"))
    post("answer", answer="Reject")
    assert [path.split("/")[4] for _, path, _ in _acts(airflow)] == ["r1", "r2"]


def test_a_question_that_was_answered_elsewhere_is_not_asked_again(get, airflow, query):
    airflow.has_run(DAG, "r2", "running", {"approve": "deferred"})
    airflow.knows(DAG, question("r2", "body"))
    assert 'id="approve"' in get(PATH).text
    query("update crm.approval set outcome = 'approved', decided_by = 'Ann', decided_at = asked_at"
          " where campaign = 'thanksgiving'")  # fmt: skip
    page = get(PATH)
    assert "Ann has approved these messages already" in _text(page)
    assert 'id="approve"' not in page.text


def test_a_session_that_ran_out_keeps_the_form(post):
    answer = post("dry-run", None, date="2017-11-19")
    assert answer.status_code == 401
    assert re.search(r'name="date">\s*2017-11-19</textarea>', answer.text)
    assert f'action="{PATH}/dry-run"' in answer.text
    assert "2017-11-19" not in post("dry-run", None, origin="http://evil.example", date="2017-11-19").text
