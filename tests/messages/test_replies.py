"""Replies to SMS: who says stop is never written to again, and a broken file changes nothing."""

from __future__ import annotations

import datetime
import itertools

import pytest
from message_facts import make_business

from crm.messages.responses import replies

NOW = datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)
MINUTES = itertools.count()
CHINA = make_business(country="CN", time_zone="Asia/Shanghai")


@pytest.fixture
def take_in(tmp_path, warehouse):
    def run(text: str, encoding: str = "utf-8-sig") -> dict[str, int]:
        file = tmp_path / "replies.csv"
        file.write_text(text, encoding=encoding)
        return replies.take_in(warehouse, CHINA, file, NOW)

    return run


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("TD", True), ("td。", True), ("ｔｄ", True), ("T", True), ("R", True), ("回复退订", True),
        ("Stop, please", True), ("Please stop", True), ("opt out", True), ("Opt me OUT!", True), ("remove me", True),
        ("don’t text me again", True), ("no more messages", True), ("take me off your list", True),
        ("退訂", True), ("請退訂", True), ("不要再发", True), ("別再發了", True), ("回复TD", True),
        ("取消訂閱", True), ("请勿打扰", True), ("TD 谢谢", True), ("STOP STOP", True), ("End", True),
        ("不想再收到短信", True),
        ("R u open?", False), ("N 95 masks?", False), ("END of month?", False), ("Cancel my order?", False),
        ("不要退订", False), ("Who is this?", False),
        ("T恤多少钱", False), ("谢谢", False), ("Start", False), ("do not stop", False), ("", False),
    ],
)  # fmt: skip
def test_who_says_stop_is_suppressed(take_in, query, text, stops):
    assert take_in(f'mobile,text,time\n13800138000,"{text}",2017-11-22 09:05\n')["opt_outs"] == stops
    assert query("select channel, reason, source from crm.suppression") == [("sms", "opt_out", "SMS reply")] * stops


def test_the_number_is_that_of_the_orders_and_the_time_that_of_the_business(take_in, query):
    rows = "+86 138-0013-8000,TD,2017/11/22 9:05\n13800138000,TD,2017-11-21T08:00:00Z\n,,\n"
    assert take_in(f"Time,x, Mobile ,text\n{_turned(rows)}", "gb18030") == {
        "replies": 2, "opt_outs": 2, "new": 1, "unclear": 0, "unknown": 1,
    }  # fmt: skip
    assert query("select contact_key = crm.contact_key('sms', '+8613800138000'), occurred_at from crm.suppression") == [
        (True, datetime.datetime(2017, 11, 21, 8, tzinfo=datetime.UTC))
    ]
    assert take_in(f"Time,x, Mobile ,text\n{_turned(rows)}")["new"] == 0


def _turned(rows: str) -> str:
    """The same columns as another gateway orders them."""
    return "".join(f"{t},备注,{m},{x}\n" for m, x, t in (row.split(",") for row in rows.splitlines()))


def test_a_broken_row_is_named_without_its_number_and_nothing_is_taken_in(take_in, query):
    with pytest.raises(replies.ReplyError) as caught:
        take_in("mobile,text,time\n13800138000,TD,2017-11-22 09:05\n138****8000,TD,2017-11-22 09:05\n"
                "13800138001,TD,yesterday\n")  # fmt: skip
    assert "row 3, column mobile" in str(caught.value)
    assert "row 4, column time" in str(caught.value)
    assert "138" not in str(caught.value).split("\n", 1)[1]
    assert query("select count(*) from crm.suppression") == [(0,)]


@pytest.mark.parametrize("text", ["", "number,text,time\n13800138000,TD,2017-11-22 09:05\n"])
def test_a_missing_column_is_named(take_in, text):
    with pytest.raises(
        replies.ReplyError, match=r"replies\.csv: nothing was taken in[^$]*row 1, column mobile: .* missing"
    ):
        take_in(text)


def test_a_missing_file_is_named(warehouse, tmp_path):
    with pytest.raises(replies.ReplyError, match="FILE="):
        replies.take_in(warehouse, CHINA, tmp_path / "none.csv", NOW)


UNCLEAR = (
    "13800138000,Please don't stop!,2017-11-22 09:05\n13800138000,Who is this? call 13900139000,2017-11-22 09:06\n"
)
OPEN = "select text from crm.reply where verdict is null order by occurred_at"


def test_what_may_be_an_opt_out_is_listed_once_for_a_person_without_numbers(take_in, query):
    for _ in range(2):
        counts = take_in(f"mobile,text,time\n{UNCLEAR}13800138001,R u open?,2017-11-22 09:07\n")
        assert (counts["opt_outs"], counts["unclear"]) == (0, 2)
    assert query(OPEN) == [("Please don't stop!",), ("Who is this? call …",)]
    assert query("select count(*) from crm.suppression") == [(0,)]


def test_who_has_opted_out_already_need_not_be_read(take_in, query):
    take_in(f"mobile,text,time\n13800138000,TD,2017-11-22 09:00\n{UNCLEAR}")
    assert query(OPEN) == []


def test_a_person_judges_a_reply_and_may_judge_it_anew(take_in, warehouse, query):
    take_in(f"mobile,text,time\n{UNCLEAR}")
    key = query("select min(reply_id) from crm.reply")[0][0]
    standing = """select count(*) from crm.suppression where crm.suppresses(known_on, lifted_on, 'infinity')
                  and (channel, reason) = ('sms', 'opt_out')"""
    for verdict, stands in [("opt_out", 1), ("opt_out", 1), ("no_opt_out", 0), ("opt_out", 1), ("no_opt_out", 0)]:
        at = NOW + datetime.timedelta(minutes=next(MINUTES))
        assert replies.judge(warehouse, CHINA, key, verdict, by="olive", now=at)
        assert query(standing) == [(stands,)]
    assert query("select lifted_by, lifted_because from crm.suppression") == [("olive", "slip")] * 2
    assert not replies.judge(warehouse, CHINA, -1, "opt_out", by="olive", now=NOW)


def test_judging_a_reply_anew_leaves_what_the_number_said_itself(take_in, warehouse, query):
    take_in(f"mobile,text,time\n{UNCLEAR}")
    [(key,)] = query("select min(reply_id) from crm.reply")
    replies.judge(warehouse, CHINA, key, "opt_out", by="olive", now=NOW)
    take_in("mobile,text,time\n13800138000,TD,2017-11-22 09:30\n")
    replies.judge(warehouse, CHINA, key, "no_opt_out", by="olive", now=NOW)
    assert query("select source from crm.suppression where lifted_at is null") == [("SMS reply",)]
