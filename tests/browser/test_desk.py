"""The desk as an operator uses it, in a browser, over the real Airflow."""

from __future__ import annotations

import pytest

from crm.web.desk.pages import NAVIGATION

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

#: Everything that a person can open, besides what is made in the course of the tests.
PAGES = list(NAVIGATION.values())


def test_airflows_sign_in_leads_to_the_desk_and_its_navigation_has_an_entry(sign_in, picture):
    page = sign_in("olive")
    assert page.locator("h1").is_visible()
    page.goto("/")
    page.get_by_text("CRM").first.wait_for()
    picture(page, "airflow")


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_every_page_is_whole_at_every_width(sign_in, picture, width, scheme, locale):
    page = sign_in("olive", width, color_scheme=scheme, locale=locale)
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PAGES:
        answer = page.goto(f"/desk{path}")
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == locale
        assert page.locator("h1").count() == 1, path
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} pixels too wide"
        picture(page, f"{path.strip('/').replace('/', '-') or 'today'}-{width}-{scheme}-{locale}")
    assert complaints == []


def test_the_keyboard_reaches_everything_that_the_mouse_does(sign_in):
    page = sign_in("olive")
    for path in PAGES:
        page.goto(f"/desk{path}")
        wanted = page.locator("a[href], button, input:not([type=hidden]), select, textarea, summary").all()
        reachable = {each.evaluate("e => e.tabIndex") for each in wanted if each.is_visible()}
        assert reachable == {0}, path
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
