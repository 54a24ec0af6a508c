"""What is large waits for a person; what was approved is exactly what is sent; a no leaves no trace on anybody."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, PLANNED, SEND_BY, SEND_DATE, Planner, StoppedClock

from crm.business import Business
from crm.messages.approval import answer, question, standing
from crm.messages.gate import SendRefused
from crm.messages.sending import send
from crm.messages.wording import WORDS, limit
from crm.warehouse import Warehouse

NOON = StoppedClock(PLANNED + datetime.timedelta(hours=2))


class Asker:
    """A campaign of five messages, two held out and one excluded, that needs an approval above three messages."""

    def __init__(self, warehouse: Warehouse, business: Business, plan: Planner) -> None:
        self.warehouse, self.business, self.plan = warehouse, business, plan
        plan.declare(more="approval: {above_messages: 3}\n")
        plan.decide(5, tier="gold")
        plan.decide(2, first=20, decision="hold_out")
        plan.decide(1, first=30, decision="exclude", reason="no_consent")

    def ask(self, **more: Any) -> dict[str, Any] | None:
        options = {"business": self.business, "mode": "live", "clock": NOON, "title": "Tea & more", **more}
        return question(self.warehouse, campaign=CAMPAIGN, business_date=BUSINESS_DATE, **options)

    def answer(self, outcome: str, by: str | None = "mei") -> str:
        return answer(
            self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE,
            **self.asked(), outcome=outcome, decided_by=by, now=NOON.now(),
        )  # fmt: skip

    def asked(self) -> dict[str, str]:
        """What the latest question was about."""
        found = self.plan.query("select decisions_hash, words_hash from crm.approval order by asked_at desc limit 1")
        return dict(zip(("decisions_hash", "words_hash"), found[0] if found else ("", ""), strict=True))

    def state(self) -> Any:
        return standing(self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE)

    def send(self, clock: StoppedClock = NOON) -> dict[str, Any]:
        return send(self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=clock, run_id="r")


@pytest.fixture
def asker(warehouse: Warehouse, business: Business, plan: Planner, outbox: Path) -> Asker:
    return Asker(warehouse, business, plan)


def test_above_its_size_nothing_goes_out_unasked_and_approved_all_of_it_does(asker: Asker) -> None:
    with pytest.raises(SendRefused, match=r"5 messages are more than the 3 that go out without approval, and nobody"):
        asker.send()
    assert asker.plan.statuses() == {}
    assert asker.ask() is not None
    with pytest.raises(SendRefused, match="nobody approved"):
        asker.send()
    assert asker.answer("approved") == "approved"
    assert asker.ask() is None, "nobody is asked twice"
    assert asker.send()["accepted"] == 5
    assert asker.plan.query("select outcome, decided_by, messages from crm.approval") == [("approved", "mei", 5)]


@pytest.mark.parametrize(
    ("limits", "needed"),
    [
        ("", False),
        ("approval: {above_messages: 5}", False),
        ("approval: {above_messages: 4}", True),
        ("approval: {above_cost: 0.005}", False),
        ("approval: {above_cost: 0.004}", True),
        ("approval: {above_messages: 100, above_cost: 0.004}", True),
    ],
)
def test_only_what_exceeds_a_declared_limit_is_asked_about(
    warehouse: Warehouse, business: Business, plan: Planner, limits: str, needed: bool
) -> None:
    plan.declare(more=limits)
    plan.decide(5)
    assert standing(warehouse, business, CAMPAIGN, BUSINESS_DATE).state == ("needed" if needed else "not_needed")


def test_coupons_count_as_if_all_were_redeemed(warehouse: Warehouse, business: Business, plan: Planner) -> None:
    plan.declare(more="approval: {above_cost: 49}")
    plan.decide(5)
    assert standing(warehouse, business, CAMPAIGN, BUSINESS_DATE).state == "not_needed"
    plan.query("update crm.decision set coupon_cost = 10")
    (exceeded,) = standing(warehouse, business, CAMPAIGN, BUSINESS_DATE).limits
    assert limit(exceeded, "en") == "a cost of 50.01 is more than the 49.00 that goes out without approval"


@pytest.mark.parametrize(
    "change",
    [
        "update crm.decision set variant = 'b' where customer_id = 1",
        "update crm.decision set decision = 'include', reason = null, arm = 'treatment' where customer_id = 30",
        "delete from crm.decision where customer_id = 20",
        "update crm.decision set planned_send_at = planned_send_at + interval '1 hour' where customer_id = 3",
    ],
)
def test_decisions_that_change_after_it_need_an_approval_of_their_own(asker: Asker, change: str) -> None:
    asker.ask()
    asker.answer("approved")
    asker.plan.query(change)
    with pytest.raises(SendRefused, match="nobody approved these decisions"):
        asker.send()
    assert asker.plan.statuses() == {}
    assert asker.ask() is not None


def test_the_hash_is_the_same_in_any_time_zone(asker: Asker) -> None:
    before = asker.state().decisions_hash
    (name,) = asker.plan.query("select current_database()")[0]
    asker.plan.query(f"alter database {name} set timezone = 'Asia/Shanghai'")
    assert asker.state().decisions_hash == before


def test_an_opt_out_after_the_approval_still_wins(asker: Asker) -> None:
    asker.ask()
    asker.answer("approved")
    asker.plan.query(
        "insert into crm.suppression select contact_key, 'email', 'opt_out', now(), %s, 'test'"
        " from crm.decision where customer_id = 1", BUSINESS_DATE,
    )  # fmt: skip
    sent = asker.send()
    assert (sent["accepted"], sent["reasons"]) == (4, {"skipped": {"opt_out": 1}})


@pytest.mark.parametrize(
    ("outcome", "by", "reason"), [("rejected", "mei", "rejected"), ("timeout", None, "approval_timeout")]
)
def test_a_no_or_no_answer_closes_everything_and_lets_both_arms_go(
    asker: Asker, outbox: Path, outcome: str, by: str | None, reason: str
) -> None:
    asker.ask()
    assert asker.answer(outcome, by) == outcome
    assert asker.plan.query("select status, status_reason, count(*) from crm.message group by 1, 2") == [
        ("skipped", reason, 5)
    ]
    assert asker.plan.query("select count(*), bool_and(released) from crm.contact_claim") == [(7, True)]
    assert asker.plan.query("select distinct status from crm.message_batch") == [("done",)]
    assert asker.plan.query("select reason from crm.cancelled_send") == [(reason,)], "no campaign for the evaluation"
    sent = asker.send()
    assert (sent["outcome"], sent["accepted"], sent["skipped"], sent["waiting"]) == (outcome, 0, 5, 0)
    assert not outbox.exists()


def test_the_first_answer_stands(asker: Asker) -> None:
    asker.ask()
    asker.answer("rejected")
    assert asker.answer("approved", "tom") == "rejected"
    assert asker.plan.query("select outcome, decided_by from crm.approval") == [("rejected", "mei")]


def test_an_answer_to_nothing_is_refused(asker: Asker) -> None:
    with pytest.raises(SendRefused, match="nobody was asked"):
        asker.answer("approved")


def test_dry_runs_and_past_dates_ask_nobody_and_a_past_date_is_closed_as_such(asker: Asker) -> None:
    past = StoppedClock(SEND_BY + datetime.timedelta(days=1))
    assert asker.ask(mode="dry") is None
    assert asker.ask(clock=past) is None
    assert asker.send(past)["reasons"] == {"skipped": {"past_send_date": 5}}
    assert asker.plan.query("select * from crm.approval") == []


@pytest.fixture
def detectable(asker: Asker) -> None:
    asker.plan.query(
        "insert into crm.detectable_effect values ('thanksgiving', 'thanksgiving-2017', 'main', %s, %s, 'any_order',"
        " 10, 7, 0.4, 'its own controls, last 90 days', 0.2, 0.0215, 0.05, null, 8)",
        SEND_DATE, BUSINESS_DATE,
    )  # fmt: skip


@pytest.mark.usefixtures("detectable")
def test_the_page_shows_what_is_decided_and_no_personal_data(asker: Asker) -> None:
    asked = asker.ask()
    assert asked is not None
    assert asked["send_by"] == SEND_BY.isoformat()
    assert asked["subject"] == "Send “Tea & more” on Nov 21, 2017?"
    for part in (
        "5 messages are more than the 3 that",
        "| gold | 5 |",
        "| no consent is known | 1 |",
        "sending $0.01;",
        "answered before Nov 21, 2017 20:00 (America/New_York)",
        "a rise of 2.1 points or more above 40.0 % (its own held-out customers of the last 90 days)",
        "8 such sends together show it",
        "**e-mail, English, variant a**: 5 messages\n\nSubject: ",
    ):
        assert part in asked["page"]
    assert asked["page"].count("```text") == 3
    assert "Anna" not in asked["page"]


@pytest.mark.usefixtures("detectable")
def test_a_chinese_business_is_asked_in_chinese(asker: Asker) -> None:
    asked = asker.ask(business=asker.business.model_copy(update={"locale": "zh-CN"}))
    assert asked is not None
    assert asked["subject"] == "是否于 2017年11月21日 发送“Tea & more”？"
    for part in (
        "需要审批的原因：5 条消息，多于无需审批的 3 条。",
        "| 会员等级 | 客户数 |",
        "在 2017年11月21日 20:00（America/New_York）之前未答复",
        "能够证明什么（10 天内“下单”）：在 40.0%（本活动近 90 天的对照组）之上提高 2.1 个百分点或更多；",
        "主题：",
    ):
        assert part in asked["page"]


def test_both_languages_of_a_question_say_the_same_values() -> None:
    def values(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text)} - {None}

    assert [key for key, (english, chinese) in WORDS.items() if values(english) != values(chinese)] == []


def test_every_send_is_said_as_that_and_no_code_reaches_the_reader(asker: Asker) -> None:
    from crm.messages.approval import Limit
    from crm.messages.wording import limit

    assert limit(Limit("above_messages", 5, 0), "en", "USD") == "every send of this campaign waits for approval"
    assert limit(Limit("above_cost", 5000, 10.5), "en", "USD") == (
        "a cost of $5,000 is more than the $10.50 that goes out without approval"
    )
    for locale in ("en", "zh-CN"):
        asked = asker.ask(business=asker.business.model_copy(update={"locale": locale}))
        assert asked is not None
        shown = re.sub(r"```text.*?```", "", asked["subject"] + asked["page"], flags=re.DOTALL)
        assert not re.findall(r"[a-z]+_[a-z_]+|\d{4}-\d\d-\d\d", shown), "codes and ISO dates"
