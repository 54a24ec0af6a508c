from __future__ import annotations

import datetime
import email
import email.header
import email.policy
from pathlib import Path
from typing import Any

import pytest
from message_facts import BUSINESS_DATE, CAMPAIGN, PLANNED, SEND_BY, SEND_DATE, Planner, StoppedClock, make_business

from crm.business import Business, Channel
from crm.connections import ConnectionMissing
from crm.messages.clock import Clock, FixedClock, RealClock
from crm.messages.gate import SendRefused
from crm.messages.ledger import Ledger, LedgerError
from crm.messages.sending import send
from crm.messages.sources import TemplateError
from crm.messages.tokens import Signer
from crm.warehouse import Warehouse

NOON = StoppedClock(PLANNED + datetime.timedelta(hours=2))


def run(
    warehouse: Warehouse, business: Business, clock: Clock = NOON, mode: str = "live", **more: Any
) -> dict[str, Any]:
    return send(warehouse, business, CAMPAIGN, BUSINESS_DATE, mode=mode, clock=clock, run_id="run-1", **more)


def files(outbox: Path) -> list[Path]:
    return sorted(p for p in outbox.rglob("*") if p.is_file())


def test_every_included_decision_becomes_one_message_and_nobody_else_gets_one(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(7)
    plan.decide(2, first=100, decision="hold_out")
    plan.decide(2, first=200, decision="exclude", reason="no_consent")
    report = run(warehouse, business, batch_size=3)
    assert (report["outcome"], report["planned"], report["accepted"], report["waiting"]) == ("sent", 7, 7, 0)
    assert plan.statuses() == {"accepted": 7}
    assert len(files(outbox)) == 7
    assert plan.query("select count(*), sum(messages) from crm.message_batch where status = 'done'") == [(3, 7)]


def test_sending_again_changes_nothing(warehouse: Warehouse, business: Business, plan: Planner, outbox: Path) -> None:
    plan.decide(5)
    first = run(warehouse, business)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files(outbox)}
    assert run(warehouse, business) == first
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files(outbox)} == before
    assert plan.query("select count(*) from crm.message_batch") == [(1,)]


def test_decisions_added_later_are_sent_and_the_earlier_ones_are_not_sent_again(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    run(warehouse, business)
    plan.decide(3, first=50)
    assert run(warehouse, business)["accepted"] == 5
    assert plan.query("select messages from crm.message_batch order by batch_id") == [(2,), (3,)]


def test_the_message_id_is_short_and_the_same_whenever_the_ledger_is_written(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(3)
    run(warehouse, business)
    ids = plan.query("select message_id from crm.message order by 1")
    assert all(len(each) == 16 and int(each, 16) >= 0 for (each,) in ids)
    plan.query("delete from crm.message; delete from crm.message_batch")
    run(warehouse, business)
    assert plan.query("select message_id from crm.message order by 1") == ids


def test_an_eml_is_a_whole_letter_that_a_person_can_open(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(1, offer={"text": {"en": "10 off", "zh-CN": "减10"}, "code": "TEN"}, name="Zoë Ng")
    run(warehouse, business)
    (file,) = files(outbox)
    letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    ((message_id, path),) = plan.query("select message_id, provider_message_id from crm.message")
    assert file == outbox / path == outbox / "2017-11-21" / CAMPAIGN / f"{message_id}.eml"
    assert letter["From"] == "Test Shop <hello@shop.example>"
    assert letter["To"] == "Zoë Ng <c1@example.com>"
    assert letter["Subject"] == "Thank you, from all of us"
    assert letter["Message-ID"] == f"<{message_id}@shop.example>"
    assert letter["Date"].datetime == NOON.now()
    link = f"http://localhost:8080/crm/unsubscribe?m={Signer.from_connection().token(message_id)}"
    assert letter["List-Unsubscribe"] == f"<{link}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.get_content_type() == "multipart/alternative"
    plain, html = (part.get_content() for part in letter.iter_parts())
    for content in (plain, html):
        assert "Dear Zoë Ng," in content
        assert "10 off" in content
        assert "TEN" in content
        assert "1 Test Street, New York" in content
        assert link in content
        assert "@@" not in content
    assert (
        f"https://shop.example/?utm_source=crm&utm_medium=email&utm_campaign=thanksgiving-2017&utm_content=a&crm_message={message_id}"
        in plain
    )
    assert "c1@example.com" not in plain + html


def test_an_sms_bears_signature_and_opt_out_in_its_language(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(1, channel="sms", locale="zh-CN", name="王小明")
    plan.decide(1, first=2, channel="sms", locale=None, name=None)
    run(warehouse, business)
    texts = sorted(file.read_text(encoding="utf-8") for file in files(outbox))
    assert texts[0].startswith("To: +12025550001\n\n【Test Shop】亲爱的王小明")
    assert texts[0].rstrip().endswith("拒收请回复R")
    assert texts[1].startswith("To: +12025550002\n\nTest Shop: Dear customer,")
    assert "Reply STOP" in texts[1]


def test_an_opt_out_after_the_decision_is_obeyed_and_its_contact_let_go(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(5)
    suppress = (
        "insert into crm.suppression values (crm.contact_key('email', %s), %s, %s, '2017-11-21', '2017-11-21', 'test')"
    )
    plan.query(suppress, "c1@example.com", "email", "opt_out")
    plan.query(suppress, "c1@example.com", "email", "bounce")
    plan.query(suppress, "c2@example.com", "all", "complaint")
    plan.query(suppress, "c3@example.com", "sms", "opt_out")
    plan.query("update crm.consent set granted = false where customer_id = 4")
    report = run(warehouse, business)
    assert (report["planned"], report["accepted"], report["skipped"]) == (5, 2, 3)
    assert report["reasons"] == {"skipped": {"opt_out": 1, "complaint": 1, "no_consent": 1}}
    assert plan.query("select customer_id from crm.contact_claim where released order by 1") == [(1,), (2,), (4,)]
    assert len(files(outbox)) == 2


def test_a_message_past_its_send_by_is_skipped(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    report = run(warehouse, business, StoppedClock(SEND_BY + datetime.timedelta(seconds=1)))
    assert report["reasons"] == {"skipped": {"send_by": 2}}
    assert files(outbox) == []
    assert plan.released() == 2


def test_an_address_that_is_gone_is_skipped(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    plan.query("update crm.customer_profile set email = null, email_key = null where customer_id = 1")
    assert run(warehouse, business)["reasons"] == {"skipped": {"no_address": 1}}


def test_an_address_that_cannot_stand_in_a_header_fails_alone(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    plan.query("update crm.customer_profile set email = 'no address at all' where customer_id = 1")
    report = run(warehouse, business)
    assert (report["accepted"], report["failed"], report["reasons"]) == (1, 1, {"failed": {"invalid_address": 1}})
    assert plan.released() == 1


@pytest.mark.parametrize("days", [1, 2, 3000])
def test_a_run_for_a_past_send_date_never_sends_and_says_so(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, days: int
) -> None:
    plan.decide(3)
    report = run(warehouse, business, StoppedClock(PLANNED + datetime.timedelta(days=days)))
    assert (report["outcome"], report["accepted"]) == ("dry", 0)
    assert "is past" in report["note"]
    assert report["reasons"] == {"skipped": {"past_send_date": 3}}
    assert files(outbox) == []
    assert plan.released() == 3


def test_a_past_date_is_closed_even_where_the_channel_is_gone(
    warehouse: Warehouse, plan: Planner, outbox: Path
) -> None:
    plan.decide(1)
    business = make_business(channels={"sms": Channel(signature="Test Shop")})
    report = run(warehouse, business, StoppedClock(PLANNED + datetime.timedelta(days=2)))
    assert report["reasons"] == {"skipped": {"past_send_date": 1}}


def test_the_real_clock_sends_nothing_for_the_sample_shops_dates(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(3)
    assert run(warehouse, business, RealClock())["outcome"] == "dry"
    assert files(outbox) == []


def test_midnight_during_a_run_ends_the_sending(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(6, send_by=SEND_BY + datetime.timedelta(days=30))

    class Ageing(StoppedClock):
        def now(self) -> datetime.datetime:
            if len(files(outbox)) >= 4:
                return SEND_BY + datetime.timedelta(hours=12)
            return super().now()

    report = run(warehouse, business, Ageing(PLANNED), batch_size=2)
    assert (report["accepted"], report["reasons"]) == (4, {"skipped": {"past_send_date": 2}})


def test_the_send_date_is_the_business_time_zones(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(1, send_by=SEND_BY + datetime.timedelta(hours=4))
    still_the_21st = datetime.datetime(2017, 11, 22, 4, 59, tzinfo=datetime.UTC)
    assert run(warehouse, business, StoppedClock(still_the_21st))["accepted"] == 1


def test_a_future_send_date_is_held_and_nothing_is_written(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(3)
    report = run(warehouse, business, StoppedClock(PLANNED - datetime.timedelta(days=1)))
    assert (report["outcome"], report["planned"], report["waiting"]) == ("held", 3, 3)
    assert report["held_until"] == "2017-11-21T00:00:00-05:00", "the send date begins at the business's midnight"
    assert plan.statuses() == {}


def test_messages_wait_for_their_hour_and_a_later_run_sends_them(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    plan.decide(3, first=10, planned=PLANNED + datetime.timedelta(hours=5))
    report = run(warehouse, business)
    assert (report["outcome"], report["accepted"], report["waiting"]) == ("held", 2, 3)
    assert report["held_until"] == "2017-11-21T20:00:00+00:00"
    later = run(warehouse, business, StoppedClock(PLANNED + datetime.timedelta(hours=6)))
    assert (later["outcome"], later["accepted"], later["waiting"]) == ("sent", 5, 0)


def test_a_simulation_needs_no_waiting_and_stays_on_its_date(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(2)
    plan.decide(2, first=10, planned=PLANNED + datetime.timedelta(hours=5))
    report = run(warehouse, business, FixedClock(SEND_DATE, business.time_zone), "simulate")
    assert (report["outcome"], report["accepted"]) == ("sent", 4)
    dates = {email.message_from_bytes(file.read_bytes())["Date"] for file in files(outbox)}
    assert dates == {"Tue, 21 Nov 2017 15:00:00 +0000", "Tue, 21 Nov 2017 20:00:00 +0000"}


@pytest.mark.parametrize("mode", ["dry", "load"])
def test_modes_dry_and_load_never_send_and_write_nothing(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, mode: str
) -> None:
    plan.decide(3)
    report = run(warehouse, business, NOON, mode)
    assert (report["outcome"], report["planned"]) == ("dry", 3)
    assert plan.statuses() == {}
    assert files(outbox) == []


def test_a_simulation_with_a_real_provider_on_any_channel_is_refused(warehouse: Warehouse, plan: Planner) -> None:
    plan.decide(1)
    risky = make_business(channels={"email": Channel(sender="a@b.example"), "sms": Channel(provider="sns")})
    with pytest.raises(SendRefused, match="sms is sent by sns"):
        run(warehouse, risky, FixedClock(SEND_DATE, "America/New_York"), "simulate")
    assert plan.statuses() == {}


@pytest.mark.parametrize(
    ("mode", "clock"), [("live", FixedClock(SEND_DATE, "America/New_York")), ("simulate", NOON), ("rehearse", NOON)]
)
def test_mode_and_clock_must_fit_together(warehouse: Warehouse, business: Business, mode: str, clock: Clock) -> None:
    with pytest.raises(SendRefused):
        run(warehouse, business, clock, mode)


@pytest.mark.parametrize(("planned_in", "mode"), [("simulate", "live"), ("live", "simulate")])
def test_simulated_decisions_are_not_sent_nor_real_ones_used_up(
    warehouse: Warehouse, business: Business, plan: Planner, planned_in: str, mode: str
) -> None:
    plan.decide(1)
    plan.query(
        "insert into crm.plan"
        " (business_date, send_date, mode, whole, declarations, candidates, included, held_out, excluded)"
        " values (%s, %s, %s, true, '{}', 1, 1, 0, 0)", BUSINESS_DATE, SEND_DATE, planned_in,
    )  # fmt: skip
    clock = NOON if mode == "live" else FixedClock(SEND_DATE, business.time_zone)
    with pytest.raises(SendRefused, match=f"planned in mode {planned_in}"):
        run(warehouse, business, clock, mode)
    assert plan.statuses() == {}


@pytest.mark.parametrize(
    ("channel", "provider", "connection"), [("email", "sendgrid", "crm_sendgrid"), ("sms", "sns", "crm_aws")]
)
def test_missing_credentials_are_named_before_anything_is_claimed(
    warehouse: Warehouse, plan: Planner, channel: str, provider: str, connection: str
) -> None:
    plan.decide(1, channel=channel)
    channels = {channel: Channel(provider=provider, sender="a@b.example")}
    with pytest.raises(ConnectionMissing, match=connection):
        run(warehouse, make_business(channels=channels))
    assert plan.statuses() == {}


def test_a_missing_template_is_named_before_anything_is_claimed(
    warehouse: Warehouse, business: Business, plan: Planner
) -> None:
    plan.declare(template="no_such_folder")
    plan.decide(1)
    with pytest.raises(TemplateError, match=r"no_such_folder/email\.en\..*no such template"):
        run(warehouse, business)
    assert plan.statuses() == {}


def test_an_email_without_a_sender_is_refused(warehouse: Warehouse, plan: Planner) -> None:
    plan.decide(1)
    with pytest.raises(TemplateError, match=r"channels\.email\.sender"):
        run(warehouse, make_business(channels={"email": Channel()}))


def test_a_ledger_that_does_not_add_up_fails_the_run(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.decide(3)
    honest = Ledger.counts
    monkeypatch.setattr(Ledger, "counts", lambda self: {**honest(self), "accepted": 2})
    with pytest.raises(LedgerError, match="3 decisions to write, but 2"):
        run(warehouse, business)


def test_the_product_is_named_as_it_was_known_on_the_business_date(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.declare(template="repurchase", kind="repurchase")
    for product, valid_from, valid_to, name in (
        (-5, "2017-01-01", "2017-11-21", "Ground coffee"),
        (-5, "2017-11-21", None, "Decaf"),
    ):
        plan.query(
            "insert into crm.product (product_id, valid_from, valid_to, shop, external_id, name, file_version_id)"
            " values (%s, %s, %s, 's', '5', %s, 1)", product, valid_from, valid_to, name,
        )  # fmt: skip
    plan.decide(1, item_key="-5")
    plan.decide(1, first=2, item_key="GROCERY > FLUID MILK")
    plan.decide(1, first=3, item_key="99999999999999999999")
    run(warehouse, business)
    subjects = {email.message_from_bytes(file.read_bytes())["Subject"] for file in files(outbox)}
    assert subjects == {
        "Running low on Ground coffee?", "Running low on fluid milk?", "Running low on 99999999999999999999?",
    }  # fmt: skip


def test_no_personal_data_reaches_the_log(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan.decide(3, name="Wilhelmina Featherstonehaugh")
    with caplog.at_level("DEBUG", logger="crm"):
        report = run(warehouse, business)
    said = caplog.text + str(report)
    assert "thanksgiving" in said
    assert "Wilhelmina" not in said
    assert "example.com" not in said


def test_the_last_look_obeys_what_the_person_said_whatever_the_address_is(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path
) -> None:
    plan.decide(5)
    said = (
        "insert into crm.customer_suppression (customer_id, channel, reason, occurred_at, known_on, source)"
        " values (%s, %s, %s, '2017-11-21', '2018-01-01', 'test')"
    )
    plan.query(said, 1, "email", "opt_out")
    plan.query(said, 2, "all", "complaint")
    plan.query(said, 3, "sms", "opt_out")
    plan.query(said, 4, "email", "opt_out")
    plan.query(
        "update crm.customer_suppression set lifted_at = now(), lifted_on = '2018-01-02', lifted_by = 'olive',"
        " lifted_because = 'slip', lifted_note = 'noted by mistake' where customer_id = 4"
    )
    report = run(warehouse, business)
    assert (report["accepted"], report["reasons"]) == (3, {"skipped": {"opt_out": 1, "complaint": 1}})


@pytest.mark.parametrize(
    "given",
    [
        ("user@münchen.de", "Zoë, Dr. <user@xn--mnchen-3ya.de>"),
        ("pepé@example.com", '"Zoë, Dr." <pepé@example.com>'),
        ("用户@例え.jp", '"Zoë, Dr." <用户@xn--r8jz45g.jp>'),
    ],
)
def test_an_address_beyond_ascii_is_written_as_it_is_delivered(
    warehouse: Warehouse, business: Business, plan: Planner, outbox: Path, given: tuple[str, str]
) -> None:
    address, written = given
    plan.decide(1, name="Zoë, Dr.")
    plan.query("update crm.customer_profile set email = %s", address)
    assert run(warehouse, business)["accepted"] == 1
    (file,) = files(outbox)
    lines = file.read_bytes().split(b"\r\n")
    (line,) = (line for line in lines if line.startswith(b"To: "))
    decoded = str(email.header.make_header(email.header.decode_header(line.decode()[4:])))
    assert decoded.replace('"', "") == written.replace('"', "")
    assert b"<" + line.decode().partition("<")[2].encode() == b"<" + written.partition("<")[2].encode()
