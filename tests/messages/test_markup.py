"""CSS of e-mails is inlined, and personal values stand only where they can do no harm."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from message_facts import SEND_DATE, make_business

from crm import settings
from crm.messages import fallbacks, personal
from crm.messages.composing import Composer
from crm.messages.markup import MarkupError, finish
from crm.messages.rendering import Request, Templates
from crm.messages.sources import Files, TemplateError

DOCUMENTATION = settings.PROJECT / "docs" / "templates.md"
PAGE = """<!doctype html><html><head><style>
.a { color: #222222; font-family: Segoe UI, Arial; }
.a:hover { color: #333333; }
@media (prefers-color-scheme: dark) { .a { color: #ffffff !important; } }
</style>%s</head><body><p class="a">Dear @@name.html@@, %s</p></body></html>"""


def test_styles_are_inlined_and_what_cannot_be_stays_in_the_page() -> None:
    page = finish(PAGE % ("", '<a href="@@link.html@@">@@product.html@@</a>'))
    assert '<p class="a" style="color:#222222;font-family:Segoe UI, Arial">' in page
    assert "color: #222222" not in page.split("</style>")[0]
    for kept in (".a:hover", "prefers-color-scheme: dark", "Dear @@name.html@@,", '<a href="@@link.html@@">'):
        assert kept in page


def test_a_value_is_escaped_once_and_cannot_leave_its_place() -> None:
    page = finish(PAGE % ("", "<a href=@@link.html@@>@@product.html@@</a>"))
    found = {"name": "</p><script>", "product": 'O\'Neill & "Söhne"', "link": 'https://x/?a=1&b="><b>'}
    filled = personal.fill(page, personal.substitutions(found, personal.wanted(page)))
    assert "Dear &lt;/p&gt;&lt;script&gt;," in filled
    assert "O&#x27;Neill &amp; &quot;Söhne&quot;" in filled
    assert '<a href="https://x/?a=1&amp;b=&quot;&gt;&lt;b&gt;">' in filled


@pytest.mark.parametrize(
    ("head", "body", "says"),
    [
        ("", '<img alt="@@name.html@@">', "<img alt>"),
        ("", '<a href="https://x/?n=@@name.html@@">x</a>', "<a href>"),
        ("", '<a href="@@link.html@@&more=1">x</a>', "<a href>"),
        ("", '<b style="color:@@name.html@@">x</b>', "<b style>"),
        ("", '<b onclick="@@link.html@@">x</b>', "<b onclick>"),
        ("", "<b @@name.html@@>x</b>", "<b @@name.html@@>"),
        ("<style>.a { content: '@@name.html@@' }</style>", "", "<style>"),
        ("", "<script>'@@name.html@@'</script>", "<script>"),
        ("", "<!-- @@name.html@@ -->", "comment"),
    ],
)
def test_a_personal_value_in_a_tag_a_style_a_script_or_a_comment_is_refused(head: str, body: str, says: str) -> None:
    with pytest.raises(MarkupError, match=re.escape(says)):
        finish(PAGE % (head, body))


def test_a_conditional_comment_of_outlook_may_hold_the_link() -> None:
    button = '<!--[if mso]><v:roundrect href="@@link.html@@"></v:roundrect><![endif]-->'
    assert button in finish(PAGE % ("", button))


def test_the_template_with_the_misplaced_value_is_named(tmp_path: Path) -> None:
    (tmp_path / "_layout").symlink_to(settings.TEMPLATES / "_layout")
    for file in (settings.TEMPLATES / "thanksgiving").iterdir():
        target = tmp_path / "t" / file.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(file.read_text(encoding="utf-8").replace("<p>", '<p title="{{ name }}">'), encoding="utf-8")
    asked = Request("t", "email", "en", "a", "t", "t-2017", "main")
    with pytest.raises(TemplateError, match=r"t/email\.en\.html: <p title>: no personal value"):
        Templates(make_business(), tmp_path).check(asked)


def test_the_example_of_the_documentation_can_be_sent(tmp_path: Path) -> None:
    example = re.search(r"```jinja\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "_layout").symlink_to(settings.TEMPLATES / "_layout")
    shutil.copytree(settings.TEMPLATES / "thanksgiving", tmp_path / "t")
    (tmp_path / "t" / "email.en.html").write_text(example, encoding="utf-8")
    page = Templates(make_business(), tmp_path).body(Request("t", "email", "en", "a", "t", "t-2017", "main")).html
    assert re.search(r'<p class="note soft" style="[^"]*font-size:14px[^"]*">There is no hurry\.</p>', page)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    "file", sorted(settings.TEMPLATES.glob("*/email.*.html")), ids=lambda f: f"{f.parent.name}.{f.name}"
)
def test_every_theme_can_be_read(file: Path) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, in light and in dark."""
    theme = json.loads(re.search(r"set theme = (\{.*?\}) %", file.read_text(encoding="utf-8"), re.DOTALL)[1])
    ink, soft = "#2b2723", "#6d655d"
    pairs = [
        (theme["eyebrow"], theme["panel"]), (theme["headline"], theme["panel"]), ("#ffffff", theme["accent"]),
        (ink, theme["tint"]), (soft, theme["tint"]), (soft, "#ffffff"), (soft, "#f3f0eb"),
        ("#b5aea6", "#2b2927"), ("#b5aea6", "#211f1e"), ("#b5aea6", "#161514"), ("#f1ede8", "#211f1e"),
    ]  # fmt: skip
    assert min(contrast(*pair) for pair in pairs) >= 4.5


def test_a_template_declares_what_stands_where_the_shop_does_not_know(tmp_path: Path) -> None:
    assert fallbacks.read(Files(tmp_path), "t") == personal.DEFAULTS
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "fallbacks.yaml").write_text("en: {name: friend}\nzh-CN: {salutation: 您好, product: 好物}\n")
    found = fallbacks.read(Files(tmp_path), "t")
    assert found["en"] == ("friend", "your favourites", "Dear friend")
    assert found["zh-CN"] == ("顾客", "好物", "您好")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("de: {name: Freund}", "de: give words by locale (en, zh-CN)"),
        ("en: {nmae: friend}", "en.nmae: is unknown; there are name, product, salutation"),
        ("en: friend", "en: give texts for some of name, product, salutation"),
        ("en: {name: 1}", "en: give texts for some of name, product, salutation"),
        ("en: {name: [", "not readable as YAML"),
    ],
)
def test_a_mistake_in_fallbacks_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "t" / "fallbacks.yaml"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(TemplateError, match=re.escape(says)) as error:
        fallbacks.read(Files(tmp_path), "t")
    assert str(error.value).startswith(f"{file}: ")


def test_the_fallback_of_a_template_is_in_the_message() -> None:
    composer = Composer(make_business(), "birthday", {"h": None})
    row = SimpleNamespace(
        declaration_hash="h", channel="email", locale="zh-CN", variant="a", occasion="2017", wave="main",
        message_id="0" * 16, name="t**1", product=None, offer=None, send_date=SEND_DATE, address="x@example.com",
    )  # fmt: skip
    found = composer.envelope(row)
    assert personal.fill(found.body.subject, found.values) == "朋友，生日快乐！"
    assert "亲爱的朋友：" in personal.fill(found.body.text, found.values)
