"""The desk as an operator uses it, in a browser, over the real Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shop

import patience
from crm.web.desk.pages import NAVIGATION

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.long

#: Everything that a person can open, besides what is made in the course of the tests.
PAGES = [*NAVIGATION.values(), "/campaigns/autumn", "/results/autumn"]
ACTS = ("dry-run", "trigger", "answer", "test-send", "stop", "resume", "switch-on")


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
        wanted = page.locator(
            ":is(a[href], button, input:not([type=hidden]), select, textarea, summary):not([aria-hidden])"
        ).all()
        reachable = {each.evaluate("e => e.tabIndex") for each in wanted if each.is_visible()}
        assert reachable == {0}, path
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_a_dry_run_of_a_past_date_shows_whom_it_would_have_been_and_writes_nothing(machine, sign_in, picture):
    page = sign_in("olive")
    page.goto("/desk/campaigns/autumn")
    picture(page, "campaign")
    page.fill("#dry-run-date", shop.THEN.isoformat())
    before = machine.ask("select count(*) from crm.decision"), machine.ask("select count(*) from crm.message")
    page.click("#dry-run")
    ended(page)
    assert f"Candidates {shop.CUSTOMERS}" in " ".join(page.locator("main").inner_text().split())
    picture(page, "dry-run")
    after = machine.ask("select count(*) from crm.decision"), machine.ask("select count(*) from crm.message")
    assert after == before


def test_what_is_approved_is_sent_and_its_page_says_so(machine, sign_in, picture):
    page = sign_in("olive")
    page.goto("/desk/")
    page.get_by_role("link", name="Approve or reject").first.click()
    assert "/desk/campaigns/north" in page.url
    assert "12 messages are more than the 1 " in page.locator("#approval").inner_text()
    picture(page, "question")
    page.click("#approve")
    ended(page)
    assert machine.ledger("north") == [(shop.TODAY.isoformat(), "accepted", "", 12)]
    assert machine.approvals("north") == [(shop.LAST.isoformat(), "approved", "olive")]
    page.goto("/desk/campaigns/north")
    assert page.locator("#approve").count() == 0


def test_what_is_rejected_sends_nothing_and_is_closed(machine, sign_in):
    page = sign_in("olive")
    page.goto("/desk/campaigns/south")
    late = sign_in("olive")
    late.goto("/desk/campaigns/south")
    page.click("#reject")
    ended(page)
    late.click("#approve")
    assert late.locator("#said").inner_text().startswith("Somebody else answered first"), "who answers first decides"
    assert machine.ledger("south") == [(shop.TODAY.isoformat(), "skipped", "rejected", 12)]
    assert machine.approvals("south") == [(shop.LAST.isoformat(), "rejected", "olive")]


def test_a_campaign_made_in_the_form_is_run_approved_and_sent(machine, sign_in, picture):
    page = sign_in("olive")
    page.goto("/desk/new")
    page.fill("[name='title.en']", "Tea for the west")
    page.fill("[name=campaign]", "west")
    page.click("details:has([name='audience.region']) > summary")
    page.fill("textarea[name='audience.region']", "West")
    page.click("#do-count")
    assert "12" in page.locator("#count").inner_text()
    page.check("input[name=template][value=thanksgiving]")
    page.check("#f-when-once")
    for name, value in {"once": shop.TODAY.isoformat(), "send_at": "00:00", "send_by": "23:59", "holdout": "0"}.items():
        page.fill(f"input[name={name}]", value)
    picture(page, "new")
    page.click("#do-review")
    picture(page, "review")
    page.click("#do-save")
    page.wait_for_url("**/desk/campaigns/west*")
    machine.until("the DAG of the new campaign", lambda: "campaign_west" in machine.api.dags())
    page.goto("/desk/campaigns/west")
    page.fill("#trigger-date", shop.LAST.isoformat())
    page.click("#to-trigger")
    picture(page, "confirm")
    page.click("#trigger")
    page.locator("#approve").wait_for(timeout=patience.SECONDS * 1000)
    assert machine.ledger("west") == []
    machine.read("west", shop.LAST.isoformat())
    page.click("#approve")
    ended(page)
    assert machine.ledger("west") == [(shop.TODAY.isoformat(), "accepted", "", 12)]


def test_a_customer_is_told_why_opted_out_and_erased(machine, sign_in, picture):
    page = sign_in("olive")
    page.goto("/desk/customer")
    finder = page.locator("form:has(input[value=address])")
    finder.locator("input[name=text]").fill("c12@example.com")
    finder.get_by_role("button").click()
    assert "c0" not in page.url
    assert page.locator("h1").inner_text() == "Customer 12"
    assert "Tea for the north" in page.locator("main").inner_text()
    picture(page, "customer")
    page.get_by_role("button", name="Opt out of e-mail").click()
    assert machine.ask("select count(*) from crm.suppression where source = 'desk: olive'") == [(1,)]
    page.get_by_role("link", name="Erase").click()
    page.check("[name=confirmed]")
    picture(page, "erase")
    page.locator("form:has([name=confirmed]) button").click()
    machine.until("the erasure", lambda: machine.ask("select 1 from crm.erasure where files_removed_at is not null"))
    page.reload()
    assert "Customer 12" not in page.locator("main").inner_text()
    written = list((machine.home.folder / "outbox").rglob("*.eml"))
    assert written
    assert not [file for file in written if b"c12@example.com" in file.read_bytes()]


def test_a_viewer_reads_and_changes_nothing(machine, sign_in):
    page = sign_in("vic")
    for path in PAGES:
        expected = 403 if path in ("/new", "/customer", "/replies") else 200
        assert page.goto(f"/desk{path}").status == expected, path
    page.goto("/desk/campaigns/autumn")
    assert page.locator("#may-not").is_visible()
    assert page.locator("main form[method=post]").count() == 0
    runs = len(machine.api.runs())
    for path in [*(f"campaigns/autumn/{act}" for act in ACTS), "new", "customer"]:
        answer = page.request.post(
            f"/desk/{path}", form={"date": shop.THEN.isoformat()}, headers={"Origin": machine.origin}
        )
        assert answer.status == 403, path
    assert len(machine.api.runs()) == runs


def test_the_result_of_a_campaign_is_there_to_be_read(sign_in, picture):
    page = sign_in("vic")
    page.goto("/desk/results")
    page.get_by_role("link", name="Autumn tea").first.click()
    assert "held out" in page.locator("main").inner_text()
    picture(page, "result")


def ended(page: Page) -> None:
    """Follow the page of a run until it has succeeded."""
    page.locator("#state[data-state=success]").wait_for(timeout=patience.SECONDS * 1000)
