"""The mail of a report: the day in 600 px, to the staff alone, and to nobody twice unasked."""

from __future__ import annotations

import datetime
import email
import email.policy
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evaluation_facts import Facts, day
from report_facts import AS_OF, declare, evaluated, every_status, insert, result

from crm.business import Business
from crm.connections import ConnectionMissing
from crm.evaluation.report import letter, mailing, writing
from crm.evaluation.report.figures import ReportError
from crm.messages.providers.outbox import Outbox
from crm.rehearsal.daily_report import report, report_if_evaluated
from crm.warehouse import Warehouse
from sendgrid_stand_in.server import StandIn

AT = datetime.datetime(2018, 1, 1, 14, tzinfo=datetime.UTC)
SENDGRID_SPEC = Path(__file__).resolve().parents[3] / "shared" / "sendgrid" / "spec"


@pytest.fixture(autouse=True)
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    return tmp_path / "outbox"


def shop(provider: str = "outbox", to: tuple[str, ...] = ("ann",), **more: Any) -> Business:
    return Business(
        name="Test",
        time_zone="America/New_York",
        currency="USD",
        country="US",
        sources=["test"],
        channels={"email": {"provider": provider, "sender": "hello@shop.example"}},
        staff={"ann": {"email": "ann@shop.example"}, "eve": {"email": "eve@shop.example"}},
        report={"to": to},
        **more,
    )


@pytest.fixture
def one(facts: Facts) -> Facts:
    """A shop with one result: enough to mail."""
    declare(facts, "thanksgiving", "holiday", en="Thanksgiving", zh_CN="感恩节")
    insert(facts, "result", [result(as_of=AS_OF)])
    evaluated(facts)
    return facts


def mails(outbox: Path) -> list[Any]:
    files = sorted(outbox.rglob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def kept(facts: Facts) -> list[tuple[Any, ...]]:
    return facts.select("select recipient, request, status from crm.report_mail order by recipient, request")


def test_the_day_goes_to_those_whom_the_settings_name_with_its_pictures(warehouse, facts, outbox):
    every_status(facts)
    done = report(warehouse, shop(to=("ann", "eve")), None, AT)
    assert (done["as_of"], done["mailed"]) == ("2017-12-31", ["ann", "eve"])
    first, second = mails(outbox)
    assert {first["To"], second["To"]} == {"ann <ann@shop.example>", "eve <eve@shop.example>"}
    assert first["Subject"] == "Daily report, Dec 31, 2017 (results: 4, to look at: 3)"
    page = first.get_body(("html",)).get_content()
    wanted = set(re.findall(r"cid:([\w-]+)", page))
    pictures = {part["Content-ID"].strip("<>"): part for part in first.walk() if part.get_content_type() == "image/png"}
    assert wanted == set(pictures) == {"forest"}
    assert all(picture.get_content().startswith(b"\x89PNG") for picture in pictures.values())
    text = first.get_body(("plain",)).get_content()
    for told in (page, text):
        assert "The campaign brought +$1,942 [−$7,142, +$11,027]: nothing is proven" in told
        assert "Believe nothing of it" in told
        assert "ann@" not in told


def test_a_rerun_mails_nothing_and_a_person_may_ask_for_it_again(warehouse, one, outbox):
    assert report(warehouse, shop(), None, AT)["mailed"] == ["ann"]
    assert report(warehouse, shop(), None, AT)["mailed"] == []
    assert len(mails(outbox)) == 1
    assert report(warehouse, shop(), None, AT, mail=False, again=True)["mailed"] == ["ann"]
    assert len(mails(outbox)) == 2
    assert report(warehouse, shop(), None, AT)["mailed"] == []
    assert kept(one) == [("ann", 1, "accepted"), ("ann", 2, "accepted")]


def test_who_is_named_later_is_mailed_later_and_alone(warehouse, one):
    report(warehouse, shop(), None, AT)
    assert report(warehouse, shop(to=("ann", "eve")), None, AT)["mailed"] == ["eve"]


def test_other_figures_of_the_same_date_are_another_report(warehouse, one, outbox):
    report(warehouse, shop(), None, AT)
    insert(one, "result", [result(as_of=AS_OF, version=3, reason="late orders or refunds", naive_revenue=61000.5)])
    assert report(warehouse, shop(), None, AT)["mailed"] == ["ann"]
    assert len(mails(outbox)) == 2


def test_an_answered_approval_is_no_reason_to_mail_again(warehouse, one):
    report(warehouse, shop(), None, AT)
    one.run(
        "insert into crm.approval"
        " (campaign, business_date, decisions_hash, messages, sending_cost, coupon_cost, asked_at)"
        " values ('thanksgiving', %s, 'x', 1, 0, 0, '2018-01-01')",
        [(AS_OF,)],
    )
    again = report(warehouse, shop(), None, AT)
    assert (again["pages"], again["mailed"]) == (1, [])


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("late", [False, True], ids=["before the provider had it", "after"])
def test_whatever_dies_in_the_middle_nobody_is_mailed_twice(warehouse, one, outbox, monkeypatch, late):
    deliver = Outbox.deliver

    def dies(self: Outbox, batch: Any, at: datetime.datetime) -> Any:
        # Committed before the provider is called: another connection sees it.
        assert kept(one) == [("ann", 1, "claimed")]
        if late:
            deliver(self, batch, at)
        raise Killed

    monkeypatch.setattr(Outbox, "deliver", dies)
    with pytest.raises(Killed):
        report(warehouse, shop(), None, AT)
    monkeypatch.undo()
    monkeypatch.setenv("CRM_HOME", str(outbox.parent))
    assert report(warehouse, shop(), None, AT)["mailed"] == []
    assert len(mails(outbox)) == late
    # Airflow repeats the task of a dead worker: it must not end well, the mail may be lost.
    with pytest.raises(ReportError, match="ann died: nobody knows whether it went out; make report DATE=2017-12-31"):
        report_if_evaluated(warehouse, shop(), AT, repeated=True)
    assert report(warehouse, shop(), None, AT, again=True)["mailed"] == ["ann"]
    assert report_if_evaluated(warehouse, shop(), AT, repeated=True)["mailed"] == []


def test_of_two_runs_at_the_same_time_one_mails(warehouse, one):
    content = writing.write(warehouse, shop()).content
    start, taken = threading.Barrier(6), []

    def take() -> None:
        start.wait()
        taken.append(mailing.take(Warehouse(warehouse.url), AS_OF, content, "ann", again=False))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([mail for mail in taken if mail]) == 1


@pytest.fixture
def sendgrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn(spec=SENDGRID_SPEC if SENDGRID_SPEC.is_dir() else None).start()
    monkeypatch.setenv("AIRFLOW_CONN_CRM_SENDGRID", stand_in.connection())
    yield stand_in
    stand_in.stop()


def test_it_goes_by_the_channels_own_provider_with_the_pictures_inline(warehouse, one, sendgrid):
    assert report(warehouse, shop("sendgrid"), None, AT)["mailed"] == ["ann"]
    assert not sendgrid.problems
    (request,) = sendgrid.requests
    (picture,) = request["attachments"]
    assert (picture["content_id"], picture["disposition"], picture["type"]) == ("forest", "inline", "image/png")
    assert f"cid:{picture['content_id']}" in request["content"][1]["value"]
    (personalization,) = request["personalizations"]
    assert personalization["to"] == [{"email": "ann@shop.example", "name": "ann"}]
    with pytest.raises(ValueError, match="invalid literal"):
        int(personalization["custom_args"]["crm_message"], 16)  # those of the ledger are hexadecimal
    assert one.select("select count(*) from crm.message")[0][0] == 0


@pytest.mark.parametrize(("answer", "status"), [("403", "deferred"), ("500", "unknown"), ("400", "failed")])
def test_a_mail_that_did_not_go_out_is_told_and_left_to_a_person(warehouse, one, sendgrid, answer, status):
    sendgrid.script.append(answer)
    with pytest.raises(ReportError, match=r"was not mailed \(ann: .*make report DATE=2017-12-31 MAIL=again") as error:
        report(warehouse, shop("sendgrid"), None, AT)
    assert "@" not in str(error.value)
    assert kept(one)[0][2] != "claimed"
    # The task's retry, and every later run: pages alone.
    assert report(warehouse, shop("sendgrid"), None, AT)["mailed"] == []
    assert not sendgrid.requests or answer != "403"
    assert report(warehouse, shop("sendgrid"), None, AT, again=True)["mailed"] == ["ann"]
    assert [row[1:] for row in kept(one)][1] == (2, "accepted")


def test_a_missing_connection_or_sender_uses_no_mail_up(warehouse, one, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_CRM_SENDGRID", raising=False)
    with pytest.raises(ConnectionMissing):
        report(warehouse, shop("sendgrid"), None, AT)
    assert kept(one) == []
    assert report(warehouse, shop(), None, AT)["mailed"] == ["ann"]


def test_before_the_first_evaluation_the_task_has_nothing_to_do(warehouse, facts):
    assert report_if_evaluated(warehouse, shop(), AT)["as_of"] is None
    evaluated(facts)
    assert report_if_evaluated(warehouse, shop(), AT)["mailed"] == ["ann"]


def test_nobody_is_mailed_where_nobody_is_named(warehouse, one, outbox):
    assert report(warehouse, shop(to=()), None, AT)["mailed"] == []
    assert not outbox.exists()
    with pytest.raises(ReportError, match=r"nobody is named in report\.to"):
        report(warehouse, shop(to=()), None, AT, again=True)


@pytest.mark.parametrize("name", ["nobody", "bob"])
def test_whoever_is_named_must_be_of_the_staff_with_an_address(name):
    staff = {"ann": {"email": "ann@shop.example"}, "bob": {"mobile": "+12025550143"}}
    with pytest.raises(ValueError, match=f"report.to: '{name}' is nobody in staff with an email"):
        Business(name="x", time_zone="Asia/Shanghai", currency="CNY", country="CN", sources=["a"], staff=staff,
                 report={"to": [name]})  # fmt: skip


def written(warehouse: Warehouse, business: Business) -> letter.Letter:
    return letter.write(writing.write(warehouse, business).day, business)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_the_mail_has_its_styles_in_its_tags_and_is_shorter_than_what_gmail_cuts(warehouse, facts, locale):
    every_status(facts)
    mail = written(warehouse, shop(locale=locale))
    assert len(mail.html.encode()) < 100_000
    assert re.search(r'<td[^>]*class="paper"[^>]*style="[^"]*background-color: ?#ffffff', mail.html)
    assert not re.search(r"<(script|link|svg)\b|https?://(?!www\.w3\.org)", mail.html)
    assert "prefers-color-scheme: dark" in mail.html


def test_a_hostile_name_is_text_in_the_mail_and_no_token_of_a_message(warehouse, facts):
    declare(facts, "evil", "holiday", en='<script>alert(1)</script> @@name.html@@ "><img src=x>')
    insert(facts, "result", [result(campaign="evil", as_of=AS_OF)])
    evaluated(facts)
    mail = written(warehouse, shop())
    assert not re.search(r"<script|<img(?! src=\"cid:)", mail.html)
    assert "@@" not in mail.html + mail.text + mail.subject


def test_many_results_are_cut_and_the_mail_says_how_many_more_there_are(warehouse, facts):
    insert(facts, "result", [result(campaign=f"c{n:02}", as_of=AS_OF) for n in range(20)])
    evaluated(facts)
    mail = written(warehouse, shop())
    assert "8 more are in the full report." in mail.text
    assert len(mail.html.encode()) < 100_000


def test_an_earlier_date_can_be_reported_and_mailed_too(warehouse, one, outbox):
    evaluated(one, day("2017-12-30"))
    insert(one, "result", [result(version=1, as_of=day("2017-12-30"), reason="first")])
    done = report(warehouse, shop(), day("2017-12-30"), AT)
    assert Path(done["index"]).parent.name == "2017-12-30"
    (mail,) = mails(outbox)
    assert "Dec 30, 2017" in mail["Subject"]
