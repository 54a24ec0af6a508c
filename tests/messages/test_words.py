"""What was approved is what is sent: every word of it; and a send that has begun keeps its words to its end."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from message_facts import (
    BUSINESS_DATE,
    CAMPAIGN,
    PLANNED,
    SEND_DATE,
    Planner,
    RunningClock,
    StoppedClock,
    make_business,
)

from crm import settings
from crm.business import Business, Channel
from crm.messages import words_version
from crm.messages.approval import answer, question, standing
from crm.messages.gate import SendRefused
from crm.messages.preview import preview
from crm.messages.sending import send
from crm.messages.sources import TemplateError
from crm.warehouse import Warehouse

NOON = StoppedClock(PLANNED + datetime.timedelta(hours=2))
#: What the operator's file says before and after somebody edits it.
BEFORE, AFTER = "Happy Thanksgiving", "UNAPPROVED WORDS"


class Office:
    """A campaign of five messages in template files of its own, which somebody may edit."""

    def __init__(self, warehouse: Warehouse, business: Business, plan: Planner, templates: Path, outbox: Path) -> None:
        self.warehouse, self.business, self.plan = warehouse, business, plan
        self.templates, self.outbox = templates, outbox

    def decide(self, approval: str = "approval: {above_messages: 3}\n") -> None:
        self.plan.declare(more=approval)
        self.plan.decide(5)

    def edit(self, name: str, text: str) -> None:
        (self.templates / name).write_text(text, encoding="utf-8")

    def ask(self) -> dict[str, Any]:
        asked = question(
            self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE, mode="live", clock=NOON, title="Thanks"
        )
        assert asked is not None
        return asked

    def approve(self, asked: dict[str, Any], outcome: str = "approved") -> str:
        return answer(
            self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE, decisions_hash=asked["decisions_hash"],
            words_hash=asked["words_hash"], outcome=outcome, decided_by="mei", now=NOON.now(),
        )  # fmt: skip

    def state(self) -> str:
        return standing(self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE).state

    def send(self, **options: Any) -> dict[str, Any]:
        given = {"mode": "live", "clock": NOON, "run_id": "r", **options}
        return send(self.warehouse, self.business, CAMPAIGN, BUSINESS_DATE, **given)

    def sent(self) -> str:
        return "".join(file.read_text(encoding="utf-8") for file in self.outbox.rglob("*.eml"))


@pytest.fixture
def office(
    warehouse: Warehouse, plan: Planner, outbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    templates = tmp_path / "templates"
    shutil.copytree(settings.TEMPLATES, templates)
    monkeypatch.setattr(settings, "TEMPLATES", templates)
    return Office(warehouse, make_business(), plan, templates, outbox)


def more(name: str) -> Callable[[Office], None]:
    def edit(office: Office) -> None:
        office.edit(name, (office.templates / name).read_text(encoding="utf-8") + "\n" + AFTER)

    return edit


def set_to(**changes: Any) -> Callable[[Office], None]:
    def change(office: Office) -> None:
        footer = office.business.footer.model_copy(update=changes.pop("footer", {}))
        office.business = office.business.model_copy(update={"footer": footer, **changes})

    return change


def declare_again(office: Office) -> None:
    office.plan.declare(more="approval: {above_messages: 3}\nlink: https://shop.example/other\n")
    office.plan.query("update crm.decision set declaration_hash = %s", office.plan.declaration)


CHANGES: dict[str, tuple[Callable[[Office], None], str]] = {
    "text": (more("thanksgiving/email.en.txt"), "thanksgiving/email.en.txt"),
    "HTML": (
        lambda office: office.edit(
            "thanksgiving/email.en.html",
            (office.templates / "thanksgiving/email.en.html").read_text().replace("Thanksgiving", AFTER),
        ),
        "thanksgiving/email.en.html",
    ),
    "subject": (
        lambda office: office.edit("thanksgiving/email.en.subject.txt", AFTER),
        "thanksgiving/email.en.subject.txt",
    ),
    "a file for the variant that takes its place": (
        lambda office: office.edit("thanksgiving/email.en.a.subject.txt", AFTER),
        "thanksgiving/email.en.a.subject.txt",
    ),
    "frame": (more("_layout/email.txt"), "_layout/email.txt"),
    "fallbacks": (
        lambda office: office.edit("thanksgiving/fallbacks.yaml", "en: {name: pal}\n"),
        "thanksgiving/fallbacks.yaml",
    ),
    "company": (set_to(footer={"company": AFTER}), "footer.company"),
    "postal address": (set_to(footer={"postal_address": AFTER}), "footer.postal_address"),
    "link for opting out": (
        set_to(footer={"unsubscribe_url": "https://other.example/out"}),
        "footer.unsubscribe_url",
    ),
    "sender": (set_to(channels={"email": Channel(sender="other@shop.example")}), "channels.email.sender"),
    "link": (set_to(shop_url="https://other.example/"), "declaration"),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_word_that_changes_after_the_approval_is_not_sent_and_is_asked_about_again(
    office: Office, changed: str
) -> None:
    office.decide()
    first = office.ask()
    office.approve(first)
    assert office.state() == "approved"
    change, name = CHANGES[changed]
    change(office)
    with pytest.raises(SendRefused, match=rf"not those that were approved \(.*{name}.* changed\)"):
        office.send()
    assert office.sent() == ""
    again = office.ask()
    assert again["words_hash"] != first["words_hash"]
    assert again["decisions_hash"] == first["decisions_hash"]
    office.approve(again)
    assert office.send()["accepted"] == 5


def test_a_declaration_that_changes_needs_an_approval_of_its_own(office: Office) -> None:
    office.decide()
    office.approve(office.ask())
    declare_again(office)
    with pytest.raises(SendRefused, match="nobody approved these decisions"):
        office.send()


def test_a_change_that_is_taken_back_needs_no_second_approval(office: Office) -> None:
    office.decide()
    office.approve(office.ask())
    before = (office.templates / "thanksgiving/email.en.txt").read_text()
    office.edit("thanksgiving/email.en.txt", before + AFTER)
    with pytest.raises(SendRefused):
        office.send()
    office.edit("thanksgiving/email.en.txt", before)
    assert office.send()["accepted"] == 5


def test_words_that_the_messages_do_not_use_may_change(office: Office) -> None:
    office.decide()
    office.approve(office.ask())
    more("thanksgiving/email.zh-CN.txt")(office)
    more("thanksgiving/sms.en.txt")(office)
    more("winter/email.en.txt")(office)
    assert office.send()["accepted"] == 5


def test_the_page_shows_the_words_that_are_frozen(office: Office) -> None:
    office.decide()
    office.edit("thanksgiving/email.en.subject.txt", "Words of the question")
    asked = office.ask()
    assert "Words of the question" in asked["page"]
    with office.warehouse.transaction() as t:
        kept = words_version.kept(t, asked["words_hash"])
    assert kept is not None
    assert kept.content["files"]["thanksgiving/email.en.subject.txt"] == "Words of the question"
    assert "_layout/email.html" in kept.content["files"]


def test_an_answer_about_the_words_of_before_does_not_approve_those_of_now(office: Office) -> None:
    office.decide()
    first = office.ask()
    more("thanksgiving/email.en.txt")(office)
    office.ask()
    office.approve(first)
    with pytest.raises(SendRefused, match="not those that were approved"):
        office.send()


def test_a_no_to_the_words_of_before_does_not_close_what_was_approved_since(office: Office) -> None:
    office.decide()
    first = office.ask()
    more("thanksgiving/email.en.txt")(office)
    office.approve(office.ask())
    assert office.approve(first, "rejected") == "rejected"
    assert office.state() == "approved"
    assert office.send()["accepted"] == 5


def test_what_was_rejected_stays_closed_whatever_its_words_become(office: Office) -> None:
    office.decide()
    office.approve(office.ask(), "rejected")
    more("thanksgiving/email.en.txt")(office)
    assert (office.state(), office.send()["outcome"]) == ("rejected", "rejected")


def test_an_approval_of_before_words_were_kept_stays_good(office: Office) -> None:
    office.decide()
    asked = office.ask()
    office.plan.query("update crm.approval set words_hash = ''")
    office.approve({**asked, "words_hash": ""})
    more("thanksgiving/email.en.txt")(office)
    assert office.send()["accepted"] == 5


@pytest.mark.parametrize("approval", ["approval: {above_messages: 3}\n", ""])
def test_a_send_that_has_begun_keeps_its_words_to_its_end_whoever_sends_the_rest(office: Office, approval: str) -> None:
    office.edit("thanksgiving/email.en.subject.txt", BEFORE)
    office.decide(approval)
    office.plan.decide(3, first=20, planned=NOON.now() + datetime.timedelta(hours=3))
    if approval:
        office.approve(office.ask())
    assert office.send()["outcome"] == "held"
    office.edit("thanksgiving/email.en.subject.txt", AFTER)
    office.business = office.business.model_copy(
        update={"footer": office.business.footer.model_copy(update={"company": AFTER})}
    )
    later = RunningClock(NOON.now() + datetime.timedelta(hours=4))
    assert office.send(clock=later)["accepted"] == 8
    assert AFTER not in office.sent()
    assert office.sent().count(f"Subject: {BEFORE}") == 8
    assert office.plan.query("select campaign, send_date from crm.sending_words") == [(CAMPAIGN, SEND_DATE)]


def test_words_that_nobody_got_yet_follow_the_files(office: Office) -> None:
    office.decide("")
    early = StoppedClock(PLANNED - datetime.timedelta(hours=1))
    assert office.send(clock=early)["outcome"] == "held"
    office.edit("thanksgiving/email.en.subject.txt", BEFORE)
    assert office.send()["accepted"] == 5
    assert office.sent().count(f"Subject: {BEFORE}") == 5


def test_a_template_of_the_send_that_is_broken_later_does_not_stop_the_rest(office: Office) -> None:
    office.decide("")
    office.plan.decide(3, first=20, planned=NOON.now() + datetime.timedelta(hours=3))
    office.send()
    office.edit("thanksgiving/email.en.txt", "{{ nonsense }}")
    with pytest.raises(TemplateError):
        preview(office.warehouse, office.business, CAMPAIGN, BUSINESS_DATE)
    assert office.send(clock=RunningClock(NOON.now() + datetime.timedelta(hours=4)))["accepted"] == 8


def test_of_two_runs_that_begin_at_once_the_first_ones_words_stand_for_both(office: Office) -> None:
    office.decide("")
    with office.warehouse.transaction() as t:
        first = words_version.current(t, office.business, CAMPAIGN, SEND_DATE)
    office.edit("thanksgiving/email.en.subject.txt", AFTER)
    with office.warehouse.transaction() as t:
        second = words_version.current(t, office.business, CAMPAIGN, SEND_DATE)
    assert first.changes(second) == ["thanksgiving/email.en.subject.txt"]
    with office.warehouse.transaction() as t:
        assert words_version.freeze(t, first, CAMPAIGN, SEND_DATE, NOON.now()) == first
    with office.warehouse.transaction() as t:
        assert words_version.freeze(t, second, CAMPAIGN, SEND_DATE, NOON.now()) == first
    office.send()
    assert AFTER not in office.sent()
