from __future__ import annotations

import datetime
import email
import email.policy
import html
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from message_facts import make_business

from crm import settings as paths
from crm.messages import personal
from crm.messages.providers import Envelope
from crm.messages.providers.outbox import email as eml
from crm.messages.providers.outbox import sms
from crm.messages.rendering import BRANCHES, Request, Templates
from crm.messages.sources import TemplateError
from examples import examples

CAMPAIGNS = ["birthday", "black_friday", "repurchase", "thanksgiving", "winter"]
NOON = datetime.datetime(2017, 11, 21, 17, tzinfo=datetime.UTC)
BUSINESS = make_business()
TEMPLATES = Templates(BUSINESS)


def request(template: str = "birthday", channel: str = "email", locale: str = "en", **more: Any) -> Request:
    values = {"variant": "a", "campaign": template, "occasion": f"{template}-2017", "wave": "main", **more}
    return Request(template=template, channel=channel, locale=locale, **values)


def envelope(
    *,
    channel: str = "email",
    locale: str = "en",
    name: str | None = None,
    product: str | None = None,
    offer: Any = None,
    template: str = "birthday",
) -> Envelope:
    found = personal.values(
        locale=locale,
        name=name,
        product=product,
        offer=offer,
        link="https://shop.example/?a=1&b=2",
        unsubscribe="https://u.example/",
    )
    present = frozenset(each for each in personal.OPTIONAL if found[each])
    body = TEMPLATES.body(request(template, channel, locale, present=present))
    return Envelope(
        "0123456789abcdef", template, channel, NOON.date(), "someone@example.com", personal.addressable(name), body,
        personal.substitutions(found, body.wanted), "hello@shop.example", "Test Shop", {"List-Unsubscribe": "<https://u.example/>"},
    )  # fmt: skip


class Tags(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[Any] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("template", CAMPAIGNS)
@pytest.mark.parametrize("wave", ["main", "promotion"])
def test_every_declared_campaign_can_be_written_in_every_branch(
    template: str, channel: str, locale: str, wave: str
) -> None:
    asked = request(template, channel, locale, wave=wave)
    TEMPLATES.check(asked)
    for present in BRANCHES:
        body = TEMPLATES.body(request(template, channel, locale, wave=wave, present=present))
        assert personal.token("link", "text") in body.text
        assert personal.token("salutation", "text") in body.text
        for optional in present & ({"offer", "code", "expires"} if channel == "email" else set()):
            assert personal.token(optional, "html") in body.html
        assert "{" not in body.subject + body.text


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("template", CAMPAIGNS)
def test_the_layout_is_one_of_tables_for_600_pixels_with_dark_mode_and_a_preheader(template: str, locale: str) -> None:
    page = TEMPLATES.body(request(template, "email", locale)).html
    assert 'width="600"' in page
    assert 'name="color-scheme" content="light dark"' in page
    assert "@media (max-width: 620px)" in page
    assert re.search(r"mso-hide:all[^>]*>\s*\S", page)
    assert f'<html lang="{locale}"' in page
    assert "<img" not in page
    assert len(page.encode()) < 100_000  # Gmail cuts longer ones


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("Anna", "Dear Anna", "亲爱的Anna"),
        (None, "Dear customer", "亲爱的顾客"),
        ("", "Dear customer", "亲爱的顾客"),
        ("t**1", "Dear customer", "亲爱的顾客"),
        ("138****1234", "Dear customer", "亲爱的顾客"),
        ("  Anna\r\nBcc: x ", "Dear Anna Bcc: x", "亲爱的Anna Bcc: x"),
        ("win at evil.example now", "Dear customer", "亲爱的顾客"),
        ("win: evil.example, now", "Dear customer", "亲爱的顾客"),
        ("evil.com中奖", "Dear customer", "亲爱的顾客"),
        ("【银行】", "Dear customer", "亲爱的顾客"),
        ("http://evil.example/", "Dear customer", "亲爱的顾客"),
        ("<b>Anna</b>", "Dear customer", "亲爱的顾客"),
        ("J. R. O'Neill-Smith, Jr.", "Dear J. R. O'Neill-Smith, Jr.", "亲爱的J. R. O'Neill-Smith, Jr."),
        ("a" * 61, "Dear customer", "亲爱的顾客"),
        ("\u202eAnna\u200b", "Dear Anna", "亲爱的Anna"),
        ("王小明", "Dear 王小明", "亲爱的王小明"),
    ],
)
def test_a_missing_masked_or_impossible_name_has_a_fallback(name: str | None, en: str, zh: str) -> None:
    for locale, expected in (("en", en), ("zh-CN", zh)):
        found = personal.values(locale=locale, name=name, product=None, offer=None, link="", unsubscribe="")
        assert found["salutation"] == expected


COUPON = {"value": 10, "threshold": 150, "currency": "USD", "text": {}, "expires_on": "2017-12-01", "code": "7KXM"}


@pytest.mark.parametrize(
    ("locale", "change", "says"),
    [
        ("en", {}, "$10 off orders of $150 or more"),
        ("zh-CN", {}, "满US$150减US$10"),
        ("zh-CN", {"currency": "CNY"}, "满150元减10元"),
        ("en", {"currency": "CNY", "value": 9.5}, "CN¥9.50 off orders of CN¥150 or more"),
        ("en", {"threshold": 0}, "$10 off your next order"),
        ("zh-CN", {"threshold": 0, "currency": "CNY"}, "下一单立减10元"),
        ("en", {"text": {"en": "{value} for you until {expires}"}}, "$10 for you until Dec 1, 2017"),
        (
            "zh-CN",
            {"text": {"zh-CN": "{expires}前满{threshold}减{value}", "en": "x"}},
            "2017年12月1日前满US$150减US$10",
        ),
    ],
)
def test_a_fitted_coupon_is_said_in_the_money_and_the_dates_of_the_language(
    locale: str, change: dict[str, Any], says: str
) -> None:
    assert personal.offer_of({**COUPON, **change}, locale)["offer"] == says


def test_terms_of_a_coupon_are_values_of_their_own_and_a_fixed_offer_has_none() -> None:
    assert personal.offer_of(COUPON, "en") == {
        "offer": "$10 off orders of $150 or more", "code": "7KXM", "value": "$10", "threshold": "$150",
        "expires": "Dec 1, 2017",
    }  # fmt: skip
    assert personal.offer_of({"text": {"en": "5 {off}"}, "code": "FIVE"}, "en") == {
        "offer": "5 {off}", "code": "FIVE", "value": "", "threshold": "", "expires": "",
    }  # fmt: skip


def test_products_are_said_as_people_say_them() -> None:
    assert personal.readable("GROCERY > FLUID MILK PRODUCTS") == "fluid milk products"
    assert personal.readable("iPhone case") == "iPhone case"
    assert personal.readable(None) == ""
    found = personal.values(locale="en", name=None, product=None, offer=None, link="", unsubscribe="")
    assert found["product"] == "your favourites"


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
NASTY = st.one_of(
    ANY,
    st.lists(
        st.sampled_from(
            ["\r\n", "\n", "\r", "\0", "\u2028", "\u0085", "<", ">", "<script>", '"', "'", "&", ";", ",", ":", "Anna",
             " ", "Bcc: x@y.example", "{{ 7*7 }}", "{% raw %}", "@@link.html@@", "@@", "@",
             "\u202e", "\u2067", "\ufeff", "@@name.html@@", "name.html@@", "=?utf-8?q?x?=", "-name-", "%name%",
             "</td>", "javascript:", "]]>", "-->"]
        ), max_size=8,
    ).map("".join),
)  # fmt: skip


@settings(max_examples=examples(80), deadline=None)
@given(name=NASTY, product=NASTY, text=NASTY, code=NASTY)
@example(name="Anna\r\nBcc: x", product="<script>", text="@@link.html@@", code='"><a href="x">')
def test_customer_data_never_become_a_header_markup_a_token_or_a_template(
    name: str, product: str, text: str, code: str
) -> None:
    offer = {"text": {"en": text}, "code": code}
    plain = eml(envelope(template="repurchase"), NOON)
    nasty = envelope(template="repurchase", name=name, product=product, offer=offer)
    raw = eml(nasty, NOON)
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    calm = email.message_from_bytes(plain, policy=email.policy.default)
    assert letter.keys() == calm.keys()
    assert [a.addr_spec for a in letter["To"].addresses] == ["someone@example.com"]
    assert not letter.defects
    assert len(list(letter.iter_parts())) == 2

    page = letter.get_body(("html",)).get_content()
    cleaned = personal.values(locale="en", name=name, product=product, offer=offer, link="x", unsubscribe="y")
    present = {each for each in personal.OPTIONAL if cleaned[each]}
    harmless = {"text": {"en": "O" if "offer" in present else ""}, "code": "C" if "code" in present else ""}
    same_branch = eml(envelope(template="repurchase", name="N", product="P", offer=harmless), NOON)
    expected = email.message_from_bytes(same_branch, policy=email.policy.default).get_body(("html",)).get_content()
    assert Tags(page).tags == Tags(expected).tags
    for each in ("49", "shop.example/?a=1&b=2https"):
        assert (
            each not in personal.fill("".join(nasty.body.subject), nasty.values) or each in name + product + text + code
        )
    for substituted in nasty.values.values():
        categories = set(map(unicodedata.category, substituted))
        assert not categories & {"Cc", "Cf", "Zl", "Zp"}, "no line break, control or direction mark reaches a provider"
        assert "@@" not in substituted
    one_after_another = nasty.body.html
    for token, substituted in nasty.values.items():
        one_after_another = one_after_another.replace(token, substituted)
    assert one_after_another == personal.fill(nasty.body.html, nasty.values), "as a provider replaces them"
    subject = letter["Subject"]
    assert "\n" not in subject
    assert "\r" not in subject
    assert html.escape(cleaned["product"]) in page


@settings(max_examples=examples(60), deadline=None)
@given(name=NASTY, text=NASTY)
def test_an_sms_stays_one_line_to_one_number_whatever_the_customer_is_called(name: str, text: str) -> None:
    content = sms(envelope(channel="sms", name=name, offer={"text": {"en": text}})).decode()
    first, blank, body, rest = content.split("\n")
    assert first == "To: someone@example.com"
    assert (blank, rest) == ("", "")
    assert body.startswith("Test Shop: ")
    assert body.endswith("Reply STOP to opt out")


@given(ANY)
def test_what_is_put_in_a_place_of_a_token_is_never_read_again(text: str) -> None:
    found = {"name": "@@link.html@@" + text, "link": "never"}
    by_token = personal.substitutions(found, personal.wanted("@@name.text@@ @@link.html@@"))
    assert personal.fill("@@name.text@@", by_token) == "@@link.html@@" + text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t").mkdir()
    (tmp_path / "_layout").symlink_to(paths.TEMPLATES / "_layout")
    (tmp_path / "t" / "sms.en.txt").write_text('{% extends "_layout/sms.txt" %}{% block message %}Hello.{% endblock %}')
    return tmp_path


def broken(folder: Path, text: str, file: str = "sms.en.txt") -> str:
    (folder / "t" / file).write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError) as error:
        Templates(BUSINESS, folder).check(request("t", "email" if "email" in file else "sms"))
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '{% extends "_layout/sms.txt" %}\n{% block message %}{{ nmae }}{% endblock %}',
            "sms.en.txt, line 2: 'nmae' is undefined",
        ),
        # only where there is a code
        (
            '{% extends "_layout/sms.txt" %}{% block message %}{% if code %}{{ oops }}{% endif %}{% endblock %}',
            "'oops' is undefined",
        ),
        ('{% extends "_layout/sms.txt" %}{% block message %}{{ name', "sms.en.txt, line 1"),
        ('{% extends "_layout/none.txt" %}', "_layout/none.txt: no such template"),
        (
            '{% extends "_layout/sms.txt" %}{% block message %}{{ name | upper }}{% endblock %}',
            "a filter changes a personal value",
        ),
        ("Hello {{ name }} {{ link }}", "the legal footer is missing"),
        ("{{ ''.__class__.__mro__ }}", "__class__"),
        ('{% include "../../../../../../etc/passwd" %}', "no such template"),
    ],
)
def test_a_broken_template_is_named_with_its_variable(folder: Path, text: str, says: str) -> None:
    assert says in broken(folder, text)


def test_a_file_of_an_email_that_is_not_there_is_named(folder: Path) -> None:
    assert f"{folder}/t/email.en.subject.txt: no such template" in broken(folder, "x", "email.en.txt")


def test_an_email_without_the_unsubscribe_link_in_its_html_is_refused(folder: Path) -> None:
    (folder / "t" / "email.en.subject.txt").write_text("Hello")
    (folder / "t" / "email.en.html").write_text("<p>1 Test Street, New York</p>")
    text = '{% extends "_layout/email.txt" %}{% block message %}Hello{% endblock %}{% block button %}Go{% endblock %}'
    assert "the legal footer is missing" in broken(folder, text, "email.en.txt")


def test_a_variant_has_files_of_its_own_or_shares_those_of_all(folder: Path) -> None:
    own = (folder / "t" / "sms.en.txt").read_text().replace("Hello", "Howdy")
    (folder / "t" / "sms.en.b.txt").write_text(own)
    templates = Templates(BUSINESS, folder)
    assert "Howdy" in templates.body(request("t", "sms", variant="b")).text
    assert "Hello" in templates.body(request("t", "sms", variant="a")).text
    assert "Hello" in templates.body(request("t", "sms", variant="c")).text


def test_an_unknown_locale_is_named() -> None:
    with pytest.raises(TemplateError, match="'de' is none of en, zh-CN"):
        TEMPLATES.check(request(locale="de"))


def test_a_body_is_rendered_once_for_everybody_who_shares_it() -> None:
    asked = request("winter")
    assert TEMPLATES.body(asked) is TEMPLATES.body(asked)


def test_an_english_sms_stays_within_the_gsm_alphabet() -> None:
    from crm.messages.sms import count

    for template in CAMPAIGNS:
        for offer in ({"text": {"en": "5 off"}, "code": "X"}, COUPON, {**COUPON, "currency": "CNY"}):
            filled = sms(envelope(channel="sms", template=template, name="Anna", offer=offer))
            assert count(filled.decode().split("\n\n")[1].strip()).encoding == "gsm7", template


@pytest.mark.parametrize(
    "name", ["NULL", "null", "nan", "NaN", "undefined", "None", "N/A", "(null)", "null null", "nan, nan"]
)
def test_what_a_program_writes_for_no_name_greets_nobody(name: str) -> None:
    assert personal.addressable(name) == ""


@pytest.mark.parametrize("name", ["Nan", "Nan Goldin", "Christopher Null", "Nanette", "Noneli"])
def test_people_who_are_called_nearly_so_are_greeted(name: str) -> None:
    assert personal.addressable(name) == name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 Li", "\U0001f468\u200d\U0001f469\u200d\U0001f467 Li"),
        ("\u2764\ufe0f\u200d\U0001f525 Li", "\u2764\ufe0f\u200d\U0001f525 Li"),
        ("A\u200dnn", "Ann"), ("\u200cعلی\u200d", "علی"), ("李\u200d\u200d雷", "李雷"), ("李\u200b雷", "李雷"),
    ],
)  # fmt: skip
def test_joiners_stay_inside_words_that_need_them_and_go_elsewhere(given: str, kept: str) -> None:
    assert personal.addressable(given) == kept


@pytest.mark.parametrize("company", ["Teahouse", "Teahouse Inc."])
def test_a_company_whose_name_ends_with_a_full_stop_gets_no_second_one(company: str) -> None:
    footer = BUSINESS.footer.model_copy(update={"company": company})
    body = Templates(BUSINESS.model_copy(update={"footer": footer})).body(request(present=frozenset()))
    for text in (body.text, body.html):
        assert f"you agreed to hear from {company.rstrip('.')}.\n" in text.replace("<br>", "")
