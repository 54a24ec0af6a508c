"""*Campaign* shows the declaration, the last decision and the messages, and forms to those alone who may use them."""

from __future__ import annotations

import re
import shutil

import pytest
from desk_people import OPERATOR, STRANGER, VIEWER
from fake_airflow import FakeAirflow, question

from crm import business as businesses
from crm import settings
from crm.web.desk import campaign

DAG = "campaign_thanksgiving"
PATH = "/campaigns/thanksgiving"


@pytest.fixture
def business():
    return businesses.load(settings.INCLUDE / "business.yaml")


@pytest.fixture
def airflow() -> FakeAirflow:
    known = FakeAirflow()
    known.knows(DAG)
    return known


@pytest.fixture
def page(desk, seeded, airflow):
    """``page(path, person)``: what somebody sees of the seeded shop."""

    def see(path: str = PATH, person=OPERATOR):
        return airflow.in_front_of(desk(person, seeded)).get(path)

    return see


def _text(answer) -> str:
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize("ending", ["", "/message", "/trigger?date=2017-11-20", "/run?id=x"])
def test_nobody_sees_a_campaign_before_airflows_sign_in(page, ending):
    assert page(PATH + ending, None).status_code == 303
    assert page(PATH + ending, STRANGER).status_code == 403


def test_a_viewer_sees_the_page_without_its_forms(page, airflow):
    airflow.knows(DAG, question("r1", "Who?"))
    answer = page(person=VIEWER)
    assert "Whoever may trigger the campaign in Airflow may act" in _text(answer)
    assert "<form" not in answer.text
    assert "Who?" in answer.text


def test_an_operator_finds_every_form_by_its_name(page, airflow):
    airflow.knows(DAG, question("r1", "Who?"))
    answer = page()
    for name in ("approve", "reject", "dry-run", "dry-run-date", "to-trigger", "trigger-date", "test-send", "test-to"):
        assert f'id="{name}"' in answer.text, name
    assert 'name="run" value="r1"' in answer.text


def test_the_last_decision_is_told_by_tier_arm_and_reason_with_its_cost_and_what_it_can_show(page):
    said = _text(page())
    assert "Decided for Nov 21, 2017" in said
    assert "Candidates 30,664 Written to 18,204 Held out 4,551 Left out 7,909" in said
    assert "Sending costs $182 coupons, if all were redeemed: $91,020" in said
    assert re.search(r"base 14,010 3,600 silver 3,000 951 gold 794 0 platinum 400 0", said)
    assert re.search(r"variant a · e-mail 15,804 3,951 variant a · SMS 2,400 600", said)
    assert re.search(r"opted out 310 .*no consent is known 6,120 .*in the share that no campaign writes to 1,402", said)
    assert "a rise of 2.3 points or more in “an order” within 10 days above 41.0%" in said


def test_the_same_in_chinese(page):
    said = _text(page(f"{PATH}?lang=zh-CN"))
    assert "感恩节问候" in said
    assert "未知是否同意接收 6,120" in said


def test_the_declaration_is_told_in_words_and_as_it_was_written(page):
    answer = page("/campaigns/black_friday")
    assert "A coupon fitted to the customer, within the margin floor" in answer.text
    assert "threshold: {of_aov: 1.25" in answer.text
    assert "important_win_back" in answer.text


def test_occasions_ahead_say_on_whose_data_they_are_decided(page):
    assert "Nov 24, 2017 Nov 24, 2017 Black Friday 2017 Nov 23, 2017" in _text(page("/campaigns/black_friday"))
    assert "It asks every day who is due" in _text(page("/campaigns/birthday"))


def test_a_campaign_that_was_just_saved_says_that_airflow_does_not_know_it_yet(page):
    assert "It reads new declarations within a minute" in _text(page("/campaigns/winter"))
    assert "not-read-yet" not in page().text


def test_a_paused_campaign_says_so(page, airflow):
    airflow.knows(DAG, is_paused=True)
    assert "switched off (paused) in Airflow" in _text(page())


def test_what_airflow_does_not_let_the_person_see_is_refused(page, airflow):
    airflow.answers["GET", f"/dags/{DAG}"] = 403, {"detail": "secret of Airflow"}
    answer = page()
    assert answer.status_code == 403
    assert "secret of Airflow" not in answer.text


def test_who_may_see_the_dag_and_not_its_questions_sees_the_page_without_them(page, airflow):
    airflow.answers["GET", f"/dags/{DAG}/dagRuns/~/hitlDetails"] = 403, {}
    assert 'id="approve"' not in page().text
    assert "Decided for Nov 21, 2017" in _text(page())


def test_the_question_is_shown_as_it_was_frozen_without_the_power_of_its_html(page, airflow):
    body = (
        "| Decision | Customers |\n|---|---:|\n| include | 18,204 |\n\n<script>alert(1)</script> ![x](http://evil/x.png)"
        "\n\n[go](javascript:alert(1)) <http://evil.example>\n\n```text\nDear <b>Alex</b>\n```"
    )
    airflow.knows(DAG, question("r1", body, "Send “<i>x</i>”?"))
    shown = re.search(r'<div class="frozen".*?</div>', page().text, re.DOTALL)[0]
    assert '<td class="number">18,204</td>' in shown
    assert "Dear &lt;b&gt;Alex&lt;/b&gt;" in shown
    assert not re.search(r"<script|<img|<a |style=|<b>", shown)
    assert "<i>x</i>" not in page().text


def test_a_question_of_a_run_that_has_ended_is_not_asked(page, airflow):
    airflow.knows(DAG, question("r1", "Who?", state="failed"))
    assert 'id="approve"' not in page().text


@pytest.mark.parametrize("name", ["nothing", "thanksgiving2"])
def test_an_unknown_campaign_is_no_page(page, name):
    assert page(f"/campaigns/{name}").status_code == 404


@pytest.mark.parametrize("name", ["..%2Fsecret", "a'b", "%3Cscript%3E", "A", "x" * 70])
def test_a_name_that_is_none_is_refused(page, name):
    answer = page(f"/campaigns/{name}")
    assert answer.status_code in (400, 404)
    assert "<script" not in answer.text


def test_an_email_is_shown_in_frames_of_two_widths_without_its_power(page):
    text = page().text
    assert re.findall(r'<iframe [^>]*sandbox[^>]*width="(\d+)"', text) == ["640", "375"]
    source = re.search(r'<iframe [^>]*src="([^"]+)"', text)[1].replace("&amp;", "&")
    answer = page(source)
    assert "Alex Sample" in answer.text
    assert answer.headers["content-security-policy"] == campaign.MESSAGE_POLICY
    assert "sandbox" in campaign.MESSAGE_POLICY
    assert "frame-src 'self'" in page().headers["content-security-policy"]


def test_an_sms_is_shown_with_its_characters_and_the_parts_that_are_billed(page):
    answer = page("/campaigns/black_friday?channel=sms&locale=zh-CN")
    assert 'class="bubble"' in answer.text
    assert re.search(r"\d+ characters \(Unicode\); billed as \d SMS\.", _text(answer))
    assert "<iframe" not in answer.text


def test_each_sort_of_message_can_be_chosen_and_what_there_is_not_is_passed_over(page):
    with_offer, without = (
        page(f"/campaigns/black_friday?variant=b&offer={offer}").text for offer in ("with", "without")
    )
    assert re.search(r'aria-current="true">variant b<', with_offer)
    assert with_offer != without
    assert page("/campaigns/black_friday?variant=nothing&channel=%3Cb%3E&wave=x").status_code == 200


def test_a_template_that_is_missing_is_told_in_place_of_its_message(page, tmp_path, monkeypatch):
    shutil.copytree(settings.CAMPAIGNS, tmp_path / "campaigns")
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path / "campaigns"))
    file = tmp_path / "campaigns" / "thanksgiving.yaml"
    file.write_text(file.read_text() + "\ntemplate: there_is_none\n")
    answer = page()
    assert "This message cannot be written" in _text(answer)
    assert page(f"{PATH}/message").status_code == 404
