"""*Replies*: what a person has to read, judged at once and with a way back; for operators alone."""

from __future__ import annotations

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
