"""*New campaign* makes a declaration like every other, counts by the audience's own code, and harms nothing."""

from __future__ import annotations

import datetime
import re
from html import unescape

import pytest
import yaml
from desk_people import OPERATOR, ORIGIN, VIEWER

from crm import settings
from crm.campaigns import declarations, saving
from crm.rehearsal import counting
from crm.web.desk import drafts, new

FORM = {
    "title.en": "Members' day <b>",
    "title.zh-CN": "会员日",
    "campaign": "members_day",
    "direction": "",
    "priority": "3",
    "audience.segment": ["important_value", "general_keep"],
    "audience.tier": ["gold"],
    "audience.tier.how": "not_in",
    "audience.days_since_order.at_least": "30",
    "audience.days_since_order.at_most": "180",
    "audience.aov.at_least": "12.5",
    "audience.bought_category": "coffee\r\nFood > Tea\r\n",
    "audience.bought_category.within_days": "90",
    "audience.bought_product": "P1",
    "audience.bought_product.how": "not",
    "audience.region": "NY\r\nCA",
    "audience.age_band": ["18-24", "65+"],
    "audience.tag": "style",
    "audience.tag.values": "sporty",
    "audience.consent": ["email"],
    "active_within_days": "200",
    "template": "thanksgiving",
    "channels": "email,sms",
    "offer": "code",
    "offer.code": "HELLO",
    "offer.text.en": "10 off",
    "offer.text.zh-CN": "立减10元",
    "offer.coupon_cost": "10",
    "offer.coupon.threshold": "999",
    "offer.coupon.valid_days": "14",
    "offer.coupon.assumed_margin": "30",
    "when": "once",
    "once": "2017-12-05",
    "lead_days": "2",
    "send_at": "09:00",
    "send_by": "18:30",
    "gap_days": "0",
    "goal.goal": "category",
    "goal.item": "Food > Coffee",
    "primary_window_days": "7",
    "holdout": "12.5",
    "worthwhile_lift": "3",
}
DECLARED = {
    "campaign": "members_day",
    "kind": "holiday",
    "title": {"en": "Members' day <b>", "zh-CN": "会员日"},
    "priority": 3,
    "occasions": [{"name": "members_day", "once": "2017-12-05", "lead_days": 2}],
    "audience": {
        "segment": ["important_value", "general_keep"],
        "tier": {"not_in": ["gold"]},
        "region": ["NY", "CA"],
        "days_since_order": {"at_least": 30, "at_most": 180},
        "aov": {"at_least": 12.5},
        "age_band": ["18-24", "65+"],
        "consent": ["email"],
        "tag": {"style": ["sporty"]},
        "bought_category": {"in": ["coffee", "Food > Tea"], "within_days": 90},
        "not": {"bought_product": {"in": ["P1"]}},
    },
    "active_within_days": 200,
    "gap_days": 0,
    "channels": ["email", "sms"],
    "template": "thanksgiving",
    "offer": {"code": "HELLO", "text": {"en": "10 off", "zh-CN": "立减10元"}, "coupon_cost": 10},
    "goal": {"goal": "category", "item": "Food > Coffee"},
    "primary_window_days": 7,
    "holdout": 0.125,
    "worthwhile_lift": 0.03,
    "send_at": "09:00",
    "send_by": "18:30",
    "approval": {"above_messages": 0},
}
HEADERS = {"Origin": ORIGIN}


@pytest.fixture
def sources() -> list[str]:
    return ["complete_journey"]


@pytest.fixture
def business(sources):
    """The business with the channels and the sender of the sample shop: its messages can be written."""
    from crm import business as businesses

    sample = businesses.load(settings.INCLUDE / "business.yaml")
    return sample.model_copy(update={"last_business_date": None, "sources": sources})


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def shop(query, warehouse):
    query("insert into crm.shop (shop, source, time_zone) values ('main', 'complete_journey', 'America/New_York')")
    query("insert into crm.refresh (as_of, settings) values ('2017-11-21', 'x')")
    query("insert into crm.customer select crm.key64('main', 'C' || n), 'main', 'C' || n, false, '2017-01-01'"
          " from generate_series(1, 40) as n")  # fmt: skip
    query("insert into crm.customer_history (customer_id, valid_from, segment, tier, stage)"
          " select customer_id, '2017-01-01', 'important_value',"
          " case when external_id in ('C1', 'C2', 'C3') then 'gold' else 'base' end, 'active'"
          " from crm.customer")  # fmt: skip
    return warehouse


@pytest.fixture
def press(desk, shop):
    """``press(button, **changed)``: the answer to the form with ``changed`` fields (None = not sent)."""

    def post(action, person=OPERATOR, file=None, headers=HEADERS, **changed):
        fields = {**FORM, **{name.replace("__", "."): value for name, value in changed.items()}, "action": action}
        data = {name: value for name, value in fields.items() if value is not None}
        files = {"upload.file": ("list.csv", file if file is not None else b"", "text/csv")}
        return desk(person, shop).post("/new", data=data, files=files, headers=headers)

    return post


def _text(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def _wrong(answer) -> dict[str, str]:
    """Field -> what is said beside it."""
    assert answer.status_code == 422, answer.text
    found = re.findall(r'<span class="wrong" id="f-([\w-]+)-wrong" role="alert">(.*?)</span>', answer.text, re.DOTALL)
    return {name: unescape(text).strip() for name, text in found}


def _saved(home) -> list[str]:
    return sorted(file.name for file in (home / "campaigns").glob("*")) if (home / "campaigns").exists() else []


def test_signed_out_and_viewers_see_and_make_nothing(desk, press, home):
    assert desk(None).get("/new").status_code == 303
    assert desk(None).post("/new", headers=HEADERS).status_code == 401
    answer = desk(VIEWER).get("/new")
    assert answer.status_code == 403
    assert "<form" not in answer.text
    assert press("save", person=VIEWER).status_code == 403
    assert _saved(home) == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_form_of_anybody_elses_page_makes_nothing(press, home, origin):
    assert press("save", headers={"Origin": origin}).status_code == 403
    assert _saved(home) == []


def test_the_form_makes_the_declaration_that_it_shows(press, home):
    answer = press("save")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/campaigns/members_day"
    assert _saved(home) == ["members_day.yaml"]
    body = (home / "campaigns" / "members_day.yaml").read_text(encoding="utf-8")
    assert body.startswith('# Made at the desk on 2017-11-22 by "Olive".\n')
    wanted = declarations.parse(yaml.safe_dump(DECLARED), "wanted")
    (found,) = [each for each in declarations.load_all() if each.campaign == "members_day"]
    assert found.model_dump() == wanted.model_dump()


def test_review_saves_nothing_and_shows_what_would_be_saved(press, home):
    answer = press("review")
    assert answer.status_code == 200, answer.text
    text = _text(answer)
    assert "Sunday, December 3, 2017" in text
    assert "approval: above_messages: 0" in text
    assert "Members' day <b>" in text
    assert "<b>" not in answer.text
    assert _saved(home) == []
    hidden = dict(re.findall(r'<textarea hidden name="([\w.-]+)">\n(.*?)</textarea>', answer.text, re.DOTALL))
    assert unescape(hidden["audience.bought_category"]).split() == ["coffee", "Food", ">", "Tea"]


def test_an_audience_of_prospects_welcomes_them(press):
    assert "prospects: true" in _text(press("review", **{"audience.stage": ["prospect"]}))
    other = press("review", **{"audience.stage": ["prospect"], "audience.stage.how": ["not_in"]})
    assert "prospects" not in _text(other).replace("[prospect]", "")


def test_an_empty_form_is_told_at_its_fields(desk, shop):
    page = desk(warehouse=shop).get("/new")
    assert page.status_code == 200
    assert 'id="do-review"' in page.text
    files = {"upload.file": ("", b"")}
    data = {name: value for name, value in drafts.DEFAULTS.items() if name != "offer"}
    wrong = _wrong(desk(warehouse=shop).post("/new", data=data | {"action": "review"}, files=files, headers=HEADERS))
    assert {"campaign", "title-en", "template", "once"} <= wrong.keys()


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"campaign": "../../etc/passwd"}, "campaign", "Lower-case letters"),
        ({"campaign": "Members"}, "campaign", "Lower-case letters"),
        ({"campaign": "thanksgiving"}, "campaign", "There is, or was, a campaign of this name"),
        ({"title.en": "{{ conn.crm_warehouse.password }}"}, "title-en", "no braces that open a template"),
        ({"title.en": "two\nlines"}, "title-en", "One line"),
        ({"title.zh-CN": "x" * 121}, "title-zh-CN", "at most 120"),
        ({"once": "2017-11-23"}, "once", "before today"),
        ({"once": "soon"}, "once", "Give a date"),
        ({"when": "monthly", "monthly": "31"}, "monthly", "from 1 to 28"),
        ({"when": "yearly", "yearly": "13-01"}, "yearly", "day of the year as MM-DD"),
        ({"when": "festival", "festival": "nope"}, "festival", "is unknown"),
        ({"when": "holiday", "holiday": "Bastille"}, "holiday", "is no public holiday of US"),
        ({"send_by": "08:00"}, "send_by", "end later than it begins"),
        ({"holdout": "100"}, "holdout", "below 100"),
        ({"holdout": "1e1"}, "holdout", "no number"),
        ({"priority": "0"}, "priority", "from 1 to 99"),
        ({"template": "../secrets"}, "template", "fill this in"),
        ({"template": "_layout"}, "template", "fill this in"),
        ({"link": "javascript:alert(1)"}, "link", "is no web address"),
        ({"goal.goal": "any_order"}, "goal-item", "leave it empty for any order"),
        ({"audience.tier": ["vip"]}, "audience-tier", "the business has no tier vip"),
        ({"audience.segment": ["best"]}, "audience-segment", "Input should be"),
        ({"audience.aov.at_least": "80", "audience.aov.at_most": "20"}, "audience-aov", "must not be smaller"),
        ({"audience.country": "Norway"}, "audience-country", "Two capitals"),
        ({"audience.sql": "../schema/001_foundation"}, "audience-sql", "there is no"),
        ({"audience.bought_product.within_days": "0"}, "audience-bought_product", "1 or more"),
        (
            {"offer": "coupon", "offer.coupon.threshold": "10", "offer.coupon.value": "20"},
            "offer-coupon-value",
            "must take off less",
        ),
        ({"uses.nobody": "not_in"}, "audience-list", "There is no list nobody"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_saved(press, home, changed, field, said):
    for action in ("review", "save"):
        wrong = _wrong(press(action, **changed))
        assert said in wrong.get(field, ""), wrong
    assert _saved(home) == []


def test_what_fails_in_its_template_is_told_without_paths_of_the_server(press, home, tmp_path, monkeypatch):
    (tmp_path / "templates" / "halfway").mkdir(parents=True)
    monkeypatch.setattr(settings, "TEMPLATES", tmp_path / "templates")
    wrong = _wrong(press("save", template="halfway"))
    assert "no such template" in wrong["template"]
    assert _saved(home) == []


def test_a_name_that_was_ever_decided_is_not_used_again(press, query, home):
    query("insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on)"
          " values ('h', 'members_day', 'holiday', '', '2016-01-01')")  # fmt: skip
    assert "campaign of this name" in _wrong(press("save"))["campaign"]
    assert _saved(home) == []


def test_saving_never_takes_the_place_of_a_file_and_leaves_none_half_written(press, home):
    (home / "campaigns").mkdir(parents=True)
    file = home / "campaigns" / "members_day.yaml"
    file.write_text("campaign: [broken")
    assert "campaign of this name" in _wrong(press("save"))["campaign"]
    assert file.read_text() == "campaign: [broken"
    assert _saved(home) == ["members_day.yaml"]


def test_two_who_save_the_same_name_at_once_get_one_file(home, monkeypatch):
    declared = declarations.parse(yaml.safe_dump(DECLARED), "x")
    monkeypatch.setattr(saving, "taken", lambda name: False)
    saving.save(declared)
    with pytest.raises(FileExistsError):
        saving.save(declared.model_copy(update={"body": "another"}))
    assert _saved(home) == ["members_day.yaml"]
    assert saving.path("members_day").read_text() == declared.body


def test_a_member_day_comes_every_month_and_a_date_once(press, home):
    assert press("save", when="monthly", monthly="18", campaign="member_day", lead_days="0").status_code == 303
    declared = declarations.load("member_day")
    assert [each.date for each in declared.occasions] == [f"{month:02}-18" for month in range(1, 13)]


def test_the_review_tells_the_audience_in_words(press):
    only = {name: None for name in FORM if name.startswith("audience.")}
    nested = {"audience.tier": ["gold"], "audience.bought_category": "tea", "audience.bought_category.how": "not"}
    said = _text(press("review", **{**only, **nested}))
    assert "Member tier: gold" in said
    assert "Not: Bought something of tea" in said


def test_counting_keeps_the_form_and_is_the_audiences_own(press, shop):
    only = {name: None for name in FORM if name.startswith("audience.")}
    answer = press("count", **{**only, "audience.tier": ["gold"]})
    assert answer.status_code == 200, answer.text
    assert re.search(r'id="count">3</p>', answer.text)
    assert "of 40 customers" in _text(answer)
    assert re.search(r'value="gold" checked', answer.text)
    assert 'value="members_day"' in answer.text
    assert re.search(r'id="count">40</p>', press("count", **only).text)


def test_counting_does_not_want_the_rest_of_the_form(press):
    only = {name: None for name in FORM if name != "channels"}
    assert re.search(r'id="count">3</p>', press("count", **{**only, "audience.tier": ["gold"]}).text)


def test_an_uploaded_list_is_asked_or_left_out(press, shop, query):
    only = {name: None for name in FORM if name.startswith("audience.")}
    upload = {"upload.name": "vips", "upload.shop": "main", "upload.use": "in"}
    answer = press("upload", file="客户编号\nC1\nC2\n\nC2\nZ9\n".encode("gb18030"), **only, **upload)
    assert answer.status_code == 200, answer.text
    assert "vips, version 1: 3 customers, of whom the shop does not know 1 (yet)." in _text(answer)
    assert re.search(r'id="count">2</p>', answer.text)
    assert re.search(r'<select id="f-uses-vips".*?value="in" selected', answer.text)
    assert re.search(r'id="count">38</p>', press("count", **only, **{"uses.vips": "not_in"}).text)
    assert query("select list, version, shop, uploaded_by, lines, customers, unknown from crm.customer_list") == [
        ("vips", 1, "main", "Olive", 4, 3, 1)
    ]


def test_a_list_is_replaced_by_a_version_that_says_so_alone(press, query):
    upload = {"upload.name": "vips", "upload.shop": "main"}
    press("upload", file=b"C1\n", **upload)
    wrong = _wrong(press("upload", file=b"C2\n", **upload))
    assert "There is a list of this name, in version 1" in wrong["upload-name"]
    assert query("select count(*) from crm.customer_list") == [(1,)]
    answer = press("upload", file=b"C2\n", **upload, **{"upload.replace": "yes"})
    assert "vips, version 2: 1 customers" in _text(answer)


def test_the_count_asks_the_version_that_a_campaign_made_now_would_ask(press, query):
    only = {name: None for name in FORM if name.startswith("audience.")}
    upload = {"upload.name": "vips", "upload.shop": "main", "upload.use": "in", **only}
    press("upload", file=b"C1\n", **upload)
    query("insert into crm.plan values ('2017-11-21', '2017-11-22', 'live', true, '{}', 1, 1, 0, 0)")
    answer = press("upload", file=b"C1\nC2\nC3\n", **upload, **{"upload.replace": "yes"})
    assert "It counts from the business date Nov 22, 2017 on." in _text(answer)
    assert re.search(r'id="count">3</p>', answer.text)


@pytest.mark.parametrize("sources", [["shopify_orders"]])
def test_a_list_of_addresses_finds_customers_whose_ids_are_kept_in_lower_case(press, query):
    only = {name: None for name in FORM if name.startswith("audience.")}
    query("insert into crm.shop (shop, source, time_zone) values ('shopify', 'shopify_orders', 'America/New_York')")
    query("insert into crm.customer select crm.key64('shopify', id), 'shopify', id, false, '2017-01-01'"
          " from (values ('ann@example.com')) as v (id)")  # fmt: skip
    upload = {"upload.name": "vips", "upload.shop": "shopify", "upload.use": "not_in", **only}
    answer = press("upload", file=b"Ann@Example.com\n", **upload)
    assert "1 customers, of whom the shop does not know 0" in _text(answer)
    assert re.search(r'id="count">40</p>', answer.text)


def test_a_file_is_not_lost_whichever_button_was_pressed(press, query):
    answer = press("review", file=b"C1\n", **{"upload.name": "vips", "upload.shop": "main", "upload.use": "not_in"})
    assert answer.status_code == 200, answer.text
    assert "list: - vips" in _text(answer)


@pytest.mark.parametrize(
    ("upload", "field", "said"),
    [
        ({"upload.name": "../x"}, "upload-name", "Lower-case letters"),
        ({"upload.shop": "nowhere"}, "upload-shop", "fill this in"),
        ({"file": b""}, "upload-file", "fill this in"),
        ({"file": b"C1\nC\0\n"}, "upload-file", "NUL bytes"),
        ({"file": b"C1\n=cmd|' /C calc'!A0\n"}, "upload-file", "Row 2, column 1: begins like a formula"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_and_not_kept(press, query, upload, field, said):
    given = {"upload.name": "vips", "upload.shop": "main", "file": b"C1\n", **upload}
    assert said in _wrong(press("upload", **given))[field]
    assert query("select count(*) from crm.customer_list_member") == [(0,)]


def test_what_is_too_large_or_no_form_is_refused(press, desk, shop, monkeypatch):
    monkeypatch.setattr(new, "UPLOAD_BYTES", 5000)
    assert press("upload", file=b"1\n" * 10_000).status_code == 413
    assert press("count", **{"title.en": "NUL\0"}).status_code == 400
    http = desk(warehouse=shop)
    assert http.post("/new", data={"action": "save"}, headers=HEADERS).status_code == 400
    broken = {**HEADERS, "Content-Type": "multipart/form-data"}
    assert http.post("/new", content=b"--x\r\n", headers=broken).status_code == 400


def test_words_of_a_form_are_shown_as_words(press):
    answer = press("count", **{"title.en": '"><script>alert(1)</script>', "goal.item": "</textarea><script>"})
    assert "<script" not in answer.text


def test_large_shops_are_counted_on_a_sample_that_says_how_sure_it_is(shop, query, monkeypatch):
    query("insert into crm.customer select crm.key64('main', 'D' || n), 'main', 'D' || n, false, '2017-01-01'"
          " from generate_series(1, 20000) as n")  # fmt: skip
    query("insert into crm.customer_history (customer_id, valid_from, segment, tier, stage)"
          " select crm.key64('main', 'D' || n), '2017-01-01', 'important_value',"
          " case when n <= 4000 then 'silver' else 'base' end, 'active'"
          " from generate_series(1, 20000) as n")  # fmt: skip
    monkeypatch.setattr(counting, "OF_PROFILES", 4_000)
    silver = declarations.parse(yaml.safe_dump({**DECLARED, "audience": {"tier": "silver"}}), "x").audience
    found = counting.count(shop, silver, ["email"])
    assert not found.is_exact
    assert found.low < found.found < found.high
    assert found.low <= 4000 <= found.high
    assert abs(found.asked - 20_040) < 1500
    assert counting.count(shop, silver, ["email"]) == found


def test_ids_that_are_no_hashes_are_counted_one_by_one(warehouse, query, monkeypatch):
    query("insert into crm.refresh (as_of, settings) values ('2017-11-21', 'x')")
    query("insert into crm.customer select n, 'main', n::text, false, '2017-01-01' from generate_series(1, 9000) as n")
    monkeypatch.setattr(counting, "OF_PROFILES", 1_000)
    found = counting.count(warehouse, None, [])
    assert (found.found, found.is_exact) == (9000, True)


def test_before_the_first_refresh_nothing_is_counted(desk, warehouse):
    answer = desk(warehouse=warehouse).post(
        "/new", data={"action": "count"}, files={"upload.file": ("", b"")}, headers=HEADERS
    )
    assert answer.status_code == 200
    assert 'id="count"' not in answer.text


@pytest.mark.parametrize(
    ("said", "value"),
    [("1,000", 1000), ("12,345,678.5", 12345678.5), ("１０００", 1000), ("0", 0), ("1000", 1000)],
)
def test_thousands_are_read_as_they_are_written(said, value):
    draft = drafts.Draft({"audience.aov.at_least": [said]}, datetime.date(2017, 11, 22))
    assert draft.audience() == {"aov": {"at_least": value}}
    assert not draft.problems


@pytest.mark.parametrize(
    ("field", "said", "problem"),
    [
        ("audience.aov.at_least", "1,5", "new.wrong_number"),
        ("audience.aov.at_least", "1,0000", "new.wrong_number"),
        ("audience.days_since_order.at_least", "-5", "new.wrong_negative"),
        ("audience.bought_product.within_days", "-5", "new.wrong_negative"),
        ("audience.orders.at_most", "1.5", "new.wrong_counted"),
        ("audience.age.at_least", "200", "new.wrong_age"),
        ("offer.coupon_cost", "-1", "new.wrong_negative"),
        ("primary_window_days", "1,000", "new.wrong_whole"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused_at_its_field(field, said, problem):
    draft = drafts.Draft({"offer": ["code"], field: [said]}, datetime.date(2017, 11, 22))
    draft.values()
    assert problem in {each.said for each in draft.problems}


def test_what_is_probably_a_slip_is_said_before_saving(press, query):
    query("insert into crm.product (product_id, valid_from, shop, external_id, name, category, file_version_id)"
          " values (1, '2017-01-01', 'main', 'P1', 'Tea', 'Food > Coffee', 1)")  # fmt: skip
    said = unescape(press("review", holdout="95", once="2027-12-05", **{"audience.bought_category": "Cofee"}).text)
    assert "no product or category of this name, so nobody is chosen by it: Cofee." in said
    assert "95.0% are held out" in said.replace("\xa0", "").replace(" %", "%")
    assert "It is sent on Dec 3, 2027, more than a year from now" in said
    fine = press("review", **{"audience.bought_category": "coffee"}).text
    assert "warned" not in fine


def test_a_template_about_a_product_is_refused_at_its_field(press):
    answer = press("review", template="repurchase")
    assert answer.status_code == 422
    assert "not of kind repurchase, so its customers have none" in unescape(answer.text)
