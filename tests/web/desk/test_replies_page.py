"""*Replies*: what a person has to read, judged at once and with a way back; for operators alone."""

from __future__ import annotations

import datetime
import io
import logging
import re

import pytest
from desk_people import OPERATOR, ORIGIN, VIEWER

REPLIES = """
insert into crm.reply (contact_key, occurred_at, text_hash, text) values
(crm.contact_key('sms', '+12025550147'), '2017-11-20 09:00Z', 'a', 'Please <don''t> stop'),
(crm.contact_key('sms', '+12025550199'), '2017-11-20 10:00Z', 'b', 'Who is this?');
insert into crm.customer (customer_id, shop, external_id, is_anonymous, known_on)
values (7, 'main', 'C-7', false, '2017-01-01');
insert into crm.customer_profile (customer_id, valid_from, mobile, mobile_key, file_version_id)
values (7, '2017-01-01', '+12025550147', crm.contact_key('sms', '+12025550147'), 1)
"""
STANDING = """
select s.source, c.customer_id from crm.suppression as s left join crm.customer_suppression as c on s.source = c.source
where crm.suppresses(s.known_on, s.lifted_on, 'infinity')
"""


@pytest.fixture
def key(seeded, query):
    query(REPLIES)
    return query("select min(reply_id) from crm.reply")[0][0]


@pytest.fixture
def judge(desk, seeded, key):
    def post(verdict, person=OPERATOR, origin=ORIGIN, reply=None):
        return desk(person, seeded).post(
            f"/replies/{reply or key}", data={"verdict": verdict}, headers={"Origin": origin}
        )

    return post


def test_today_says_that_replies_wait_and_leads_to_them(desk, seeded, key):
    text = desk(warehouse=seeded).get("/").text
    assert "Replies to SMS that a person should read: 2" in text
    assert 'href="/replies"' in text
    assert "don" not in text.partition("Replies to SMS")[2].partition("</li>")[0]


def test_replies_are_listed_with_the_customers_of_the_number_and_without_it(desk, seeded, key):
    text = desk(OPERATOR, seeded).get("/replies").text
    assert "Please &lt;don&#39;t&gt; stop" in text
    assert 'href="/customer/7"' in text
    assert "5550147" not in text
    assert "不是退订" in desk(OPERATOR, seeded).get("/replies?lang=zh-CN").text


def test_a_reply_that_is_an_opt_out_holds_for_number_and_person_until_somebody_decides_anew(
    judge, desk, seeded, query, key
):
    source = f"SMS reply read by a person: {key}"
    assert judge("opt_out").headers["location"] == "/replies?said=opt_out"
    assert query(STANDING) == [(source, 7)]
    assert "Change the decision" in desk(OPERATOR, seeded).get("/replies").text
    judge("no_opt_out")
    assert query(STANDING) == []
    assert query("select verdict, judged_by from crm.reply where reply_id = %s", key) == [("no_opt_out", "Olive")]
    assert query("select lifted_by, lifted_because from crm.customer_suppression") == [("Olive", "slip")]
    assert "Replies to SMS that a person should read: 1" in desk(warehouse=seeded).get("/").text


def test_replies_ask_for_the_right_and_the_origin(judge, desk, seeded, query, key):
    assert desk(VIEWER, seeded).get("/replies").status_code == 403
    assert judge("opt_out", person=VIEWER).status_code == 403
    assert judge("opt_out", origin="https://evil.example").status_code == 403
    assert judge("perhaps").status_code == 400
    assert judge("opt_out", reply=10**6).status_code == 404
    assert query(STANDING) == []


#: As a spreadsheet has it, without a time zone.
AT = datetime.datetime.fromisoformat("2017-11-21T09:00")
FILE = (
    "mobile,text,time\n+12025550147,STOP,2017-11-21 09:00\n+12025550188,unsubscribe me,2017-11-21 09:01\n"
    "+12025550199,please don't stop,2017-11-21 09:02\n+12025550199,START,2017-11-21 09:03\n"
)
COUNTED = {"opt_outs": "2", "new": "2", "unclear": "1", "rest": "1", "unknown": "2"}


@pytest.fixture
def upload(desk, seeded, key):
    def post(content, person=OPERATOR, origin=ORIGIN, name="replies.csv", lang="en"):
        return desk(person, seeded).post(
            f"/replies?lang={lang}", files={"file": (name, content)}, headers={"Origin": origin}
        )

    return post


def _workbook(rows):
    from openpyxl import Workbook

    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


def _counted(answer):
    assert answer.status_code == 200, answer.text
    return dict(re.findall(r'id="told-(\w+)">([^<]+)<', answer.text))


def test_a_file_of_replies_is_taken_in_with_its_counts_and_again_changes_nothing(upload, query):
    assert _counted(upload(FILE)) == COUNTED
    assert query("select count(*) from crm.suppression where source = 'SMS reply'") == [(2,)]
    assert query("select customer_id from crm.customer_suppression where source = 'SMS reply'") == [(7,)]
    assert _counted(upload(FILE)) == COUNTED | {"new": "0"}
    assert query("select count(*) from crm.suppression where source = 'SMS reply'") == [(2,)]


def test_a_workbook_is_read_as_the_same_file_with_its_numbers_and_times(upload, query):
    rows = [["Mobile", "note", "text", "time"], [12025550147, "x", "STOP", AT],
            [None, None, None, None], [12025550188.0, None, "hello", "2017-11-21 09:05"]]  # fmt: skip
    counted = _counted(upload(_workbook(rows), name="replies.xlsx", lang="zh-CN"))
    assert counted == {"opt_outs": "1", "new": "1", "unclear": "0", "rest": "1", "unknown": "1"}
    when = "select occurred_at at time zone 'America/New_York' from crm.suppression where source = 'SMS reply'"
    assert query(when) == [(AT,)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file first"),
        (b"mobile;text;time\n138****8000;TD;2017-11-21 09:00\n+12025550147;TD;soon\n",
         "Row 2, column mobile: no valid number; .* Row 3, column time: no date and time"),
        (b"number,text,time\n1,TD,2\n", "Row 1, column mobile: the column is missing"),
        (b'mobile,text,time\n+12025550147,"TD,2017-11-21 09:00\n', "Row 2: a quotation mark is not closed"),
        (b"\x89PNG\x00\x00", "neither CSV nor an Excel workbook"),
        (b"PK\x03\x04 no workbook", "neither CSV nor an Excel workbook"),
    ],
    ids=["none", "cells", "column", "quote", "picture", "zip"],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_row_and_column_and_nothing_is_taken_in(upload, query, content, said):
    answer = upload(content)
    assert answer.status_code == 400
    assert re.search(said, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))
    assert "8000" not in answer.text
    assert query("select count(*) from crm.suppression where source = 'SMS reply'") == [(0,)]


def test_an_upload_asks_for_the_right_the_origin_and_a_size_and_no_log_has_what_it_held(upload, query, caplog):
    with caplog.at_level(logging.DEBUG):
        assert upload(FILE, person=None).status_code == 401
        assert upload(FILE, person=VIEWER).status_code == 403
        assert upload(FILE, origin="https://evil.example").status_code == 403
        assert upload(b"x" * (8 * 1024 * 1024 + 1)).status_code == 413
        assert query("select count(*) from crm.suppression where source = 'SMS reply'") == [(0,)]
        assert upload(FILE).status_code == 200
    assert "55501" not in caplog.text
    assert "unsubscribe" not in caplog.text


def test_a_session_that_ran_out_asks_for_the_file_once_more(upload):
    answer = upload(FILE, person=None)
    assert 'enctype="multipart/form-data"' in answer.text
    assert "has to be chosen once more" in answer.text
