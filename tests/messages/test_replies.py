"""Replies to SMS: who says stop is never written to again, and a broken file changes nothing."""

from __future__ import annotations

import datetime

import pytest
from message_facts import make_business

from crm.messages.responses import replies

NOW = datetime.datetime(2017, 11, 22, 9, tzinfo=datetime.UTC)
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
        ("Stop, please", True),
        ("T恤多少钱", False), ("谢谢", False), ("Start", False), ("do not stop", False), ("", False),
    ],
)  # fmt: skip
def test_who_says_stop_is_suppressed(take_in, query, text, stops):
    assert take_in(f'mobile,text,time\n13800138000,"{text}",2017-11-22 09:05\n')["opt_outs"] == stops
    assert query("select channel, reason, source from crm.suppression") == [("sms", "opt_out", "SMS reply")] * stops


def test_the_number_is_that_of_the_orders_and_the_time_that_of_the_business(take_in, query):
    rows = "+86 138-0013-8000,TD,2017/11/22 9:05\n13800138000,TD,2017-11-21T08:00:00Z\n,,\n"
    assert take_in(f"Time,x, Mobile ,text\n{_turned(rows)}", "gb18030") == {"replies": 2, "opt_outs": 2, "new": 1}
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
    with pytest.raises(replies.ReplyError, match=r"replies\.csv, row 1: column mobile.* missing"):
        take_in(text)


def test_a_missing_file_is_named(warehouse, tmp_path):
    with pytest.raises(replies.ReplyError, match="FILE="):
        replies.take_in(warehouse, CHINA, tmp_path / "none.csv", NOW)
