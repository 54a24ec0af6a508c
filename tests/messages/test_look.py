"""E-mails in a real browser: as wide as a phone, dark where the reader wants it dark, short enough for Gmail."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from message_facts import SEND_DATE, make_business

import patience
from crm import settings
from crm.messages import personal
from crm.messages.rendering import Request, Templates

TEMPLATES = sorted(folder.name for folder in settings.TEMPLATES.iterdir() if not folder.name.startswith("_"))
#: The longest that personal values can be, in one word each: what does not break is wider than a phone.
LONGEST = {
    "name": "N" * 60,
    "product": "p" * 120,
    "offer": {"text": {"en": "O" * 160, "zh-CN": "满" * 160}, "code": "C" * 40},
}
DARK, LIGHT = 0, 1
MEASURE = """
const found = [...document.querySelectorAll("iframe")].map(f => {
  const page = f.contentDocument, of = (name) => getComputedStyle(page.querySelector(name));
  const root = page.documentElement;
  return {beyond: root.scrollWidth - root.clientWidth, paper: of(".paper").backgroundColor, ink: of(".paper").color,
          headline: of(".headline").fontSize, button: of(".button a").backgroundColor};
});
document.body.textContent = JSON.stringify(found);
"""


def page(template: str, locale: str) -> str:
    found = personal.values(
        locale=locale, link="https://shop.example/", unsubscribe="https://shop.example/u", **LONGEST
    )
    present = frozenset(name for name in personal.OPTIONAL if found[name])
    asked = Request(template, "email", locale, "a", template, f"{template}-{SEND_DATE.year}", "main", present)
    body = Templates(make_business()).body(asked)
    return personal.fill(body.html, personal.substitutions(found, body.wanted))


@pytest.fixture(scope="module")
def pages() -> list[str]:
    return [page(template, locale) for template in TEMPLATES for locale in ("en", "zh-CN")]


def measured(pages: list[str], folder: Path, scheme: int, width: int) -> list[dict[str, Any]]:
    """What a browser makes of each page in a frame of ``width`` pixels."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chromium (Debian: apt install chromium fonts-noto-cjk)")
    frames = "".join(f'<iframe width={width} height=900 srcdoc="{html.escape(each)}"></iframe>' for each in pages)
    head = '<meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    file = folder / "frames.html"
    file.write_text(
        f"<!doctype html>{head}<body>{frames}<script>onload = () => {{{MEASURE}}}</script>", encoding="utf-8"
    )
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
    command += [f"--blink-settings=preferredColorScheme={scheme}", "--dump-dom", file.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=patience.SECONDS, check=True).stdout
    return list(json.loads(html.unescape(re.search(r"(\[\{.*\}\])", shown)[1])))


def test_no_email_is_wider_than_a_phone_whatever_the_customer_is_called(pages: list[str], tmp_path: Path) -> None:
    """Nor where a mail program drops the styles that are not inlined."""
    bare = re.sub(r"<style>.*?</style>", "", pages[0], flags=re.DOTALL)
    *on_phone, without_styles = measured([*pages, bare], tmp_path, LIGHT, 390)
    assert without_styles["beyond"] == 0
    assert without_styles["paper"] == "rgb(255, 255, 255)"
    assert {each["beyond"] for each in on_phone} == {0}
    assert {each["headline"] for each in on_phone} == {"33px", "30px"}


def test_emails_are_light_or_dark_as_the_reader_wants(pages: list[str], tmp_path: Path) -> None:
    light, dark = (measured(pages[:2], tmp_path, scheme, 700) for scheme in (LIGHT, DARK))
    assert {(each["paper"], each["ink"]) for each in light} == {("rgb(255, 255, 255)", "rgb(43, 39, 35)")}
    assert {(each["paper"], each["ink"]) for each in dark} == {("rgb(33, 31, 30)", "rgb(241, 237, 232)")}


def test_an_email_is_shorter_than_what_gmail_cuts(pages: list[str]) -> None:
    assert max(len(each.encode()) for each in pages) < 100_000
