"""Pages and mails of a report in a browser: nothing wider than a phone, light or dark as the reader wants."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from report_facts import every_status

import patience
from crm.business import Business
from crm.evaluation.report import letter, parts, writing

LIGHT, DARK = 1, 0
#: Of each frame: how much is beyond its width, the colours of paper, ink and a chart's whisker.
MEASURE = """
const frames = [...document.querySelectorAll("iframe")].map(frame => {
  const page = frame.contentDocument, style = (of, name) => of && frame.contentWindow.getComputedStyle(of)[name];
  return {beyond: page.documentElement.scrollWidth - frame.clientWidth, ink: style(page.querySelector("h1"), "color"),
          paper: style(page.querySelector("section, .paper"), "backgroundColor"),
          whisker: style(page.querySelector('.chart [stroke="#1d6a86"]'), "stroke")};
});
document.body.textContent = JSON.stringify(frames);
"""


@pytest.fixture
def pages(warehouse, facts, tmp_path, monkeypatch) -> list[str]:
    """The day, a campaign with everything, one that is not randomised, and the mail; in Chinese and in English."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    every_status(facts)
    found = []
    for locale in ("zh-CN", "en"):
        business = Business(name="A shop", time_zone="Asia/Shanghai", currency="CNY", country="CN", sources=["a"],
                            locale=locale)  # fmt: skip
        written = writing.write(warehouse, business)
        names = ("index.html", "thanksgiving.html", parts.page_name("Type A / 18"))
        found += [(written.index.parent / name).read_text(encoding="utf-8") for name in names]
        found.append(letter.write(written.day, business).html)
    return found


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
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={folder}/profile", f"--blink-settings=preferredColorScheme={scheme}"]
    command += ["--dump-dom", file.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=patience.SECONDS, check=True).stdout
    return list(json.loads(html.unescape(re.search(r"(\[\{.*\}\])", shown)[1])))


def test_a_report_fits_a_phone_and_a_desk_and_is_light_or_dark_as_the_reader_wants(pages, tmp_path):
    for width in (390, 600, 1400):
        assert {each["beyond"] for each in measured(pages, tmp_path, LIGHT, width)} == {0}
    light, dark = (measured(pages, tmp_path, scheme, 700) for scheme in (LIGHT, DARK))
    assert {(each["paper"], each["ink"]) for each in light} == {("rgb(255, 255, 255)", "rgb(43, 39, 35)")}
    assert {(each["paper"], each["ink"]) for each in dark} == {("rgb(33, 31, 30)", "rgb(241, 237, 232)")}
    whiskers = [{each["whisker"] for each in shown if each["whisker"]} for shown in (light, dark)]
    assert whiskers == [{"rgb(29, 106, 134)"}, {"rgb(109, 185, 214)"}]
