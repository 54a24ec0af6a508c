"""The way of a new operator with a shop of their own: from its export to the first result, as the guides say it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import own_shop
import pytest
import shop
from own_installation import Installation, unsubscribe_link

import patience

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

LATER = "tea_later"
#: Folder for pictures of every page on the way, if there is one.
PICTURES = os.environ.get("CRM_PICTURES")


class Words(NamedTuple):
    """What the operator writes and reads, by the language of the desk."""

    campaign: str
    title: str
    region: str
    will: str
    opted_out: str
    nobody: str
    results: str


WORDS = {
    "en": Words(
        "tea_ohio", "Tea for Ohio", "Ohio", "Everything", "Opted out.", "Nobody was found", "not evaluated before"
    ),
    "zh-CN": Words("tea_texas", "Tea for Texas", "Texas", "Everything", "已退订", "没有找到", "")
}  # fmt: skip


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Installation]:
    """What the guides say before the first look at the desk: mapping, history, settings, `make up`."""
    place = tmp_path_factory.mktemp("way")
    made = Installation.at(place)
    try:
        began(made, own_shop.export(place / "exports"))
        yield made
    finally:
        made.make("clean", YES="1")


def began(made: Installation, files: Path) -> None:
    said = made.make("mapping", FILES=str(files), SHOP=own_shop.NAME)
    mapping = made.folder / "include" / "sources" / f"{own_shop.NAME}.yaml"
    # The shop's time zone is no matter of the file: "correct them", it says.
    assert "time_zone and country" in said
    mapping.write_text(re.sub(r"time_zone: \S+", f"time_zone: {shop.ZONE}", mapping.read_text()))
    load(made, files)
    lacks = made.make("check")
    for key in ("channels.email.sender", "footer.company", "footer.postal_address", "footer.unsubscribe_url"):
        assert key in lacks
    settings = made.home.folder / "business.yaml"
    settings.write_text(own_shop.filled_in(settings.read_text(), made.origin))
    assert "Still to be filled in" not in made.make("check")
    made.up()


def load(made: Installation, files: Path) -> str:
    dates = {"FROM": own_shop.FIRST.isoformat(), "TO": shop.LAST.isoformat()}
    return made.make("load", SOURCE=own_shop.NAME, FILES=str(files), **dates)


class Operator:
    """Somebody at the desk, in one language; every page is looked at, and what it complains of is kept."""

    def __init__(self, page: Page, installation: Installation, locale: str) -> None:
        self.page, self.installation, self.locale = page, installation, locale
        self.complaints: list[str] = []
        page.on("console", lambda said: self._heard(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._heard(str(error)))

    def _heard(self, text: str) -> None:
        self.complaints.append(f"{self.page.url}: {text}")

    @property
    def main(self) -> str:
        """The text of the page, in one line."""
        return " ".join(self.page.locator("main").inner_text().split())

    def sign_in(self) -> None:
        self.page.goto("/desk/")
        self.page.fill("input[name=username]", "admin")
        self.page.fill("input[name=password]", self.installation.password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/desk/**")
        self.complaints.clear()  # Airflow's own form

    def go(self, path: str) -> None:
        answer = self.page.goto(f"/desk{path}")
        assert answer.status == 200, path
        self.look(path.strip("/").replace("/", "-") or "today")

    def look(self, name: str) -> None:
        """The page is in the reader's language and whole at either width."""
        page = self.page
        assert page.locator("html").get_attribute("lang") == self.locale, page.url
        for width in (390, 1400):
            page.set_viewport_size({"width": width, "height": 900})
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{page.url} is {wider} pixels too wide at {width}"
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{self.locale}-{name}-{width}.png", full_page=True)

    def ended(self, name: str) -> None:
        """Follow the page of a run until it has succeeded."""
        self.page.locator("#state[data-state=success]").wait_for()
        self.look(name)

    def again(self, what: str, found: Callable[[], bool]) -> None:
        """Load the page again, as it says, until something is there."""
        for _ in range(int(patience.SECONDS)):
            if found():
                return
            self.page.wait_for_timeout(1000)
            self.page.reload()
        raise AssertionError(f"{what}: not on {self.page.url}")

    def find(self, address: str) -> None:
        self.go("/customer")
        form = self.page.locator("form:has(input[value=address])")
        form.locator("input[name=text]").fill(address)
        form.locator("button").click()


@pytest.fixture
def operator(installation: Installation, chromium: Browser) -> Iterator[Callable[[str], Operator]]:
    """Somebody who has signed in at the desk, whose browser speaks a language."""
    contexts = []

    def at_the_desk(locale: str) -> Operator:
        context = chromium.new_context(base_url=installation.origin, locale=locale)
        context.set_default_timeout(patience.SECONDS * 1000)
        contexts.append(context)
        made = Operator(context.new_page(), installation, locale)
        made.sign_in()
        return made

    yield at_the_desk
    for context in contexts:
        context.close()


def new_campaign(at: Operator, name: str, title: str, day: str, region: str = "") -> None:
    """*New campaign*, reviewed and saved."""
    page = at.page
    at.go("/new")
    page.fill("[name='title.en']", title)
    page.fill("[name=campaign]", name)
    if region:
        page.click("details:has([name='audience.region']) > summary")
        page.fill("textarea[name='audience.region']", region)
    page.click("#do-count")
    assert str(own_shop.CUSTOMERS // 2 if region else own_shop.CUSTOMERS) in page.locator("#count").inner_text()
    page.check("input[name=template][value=thanksgiving]")
    page.select_option("select[name=channels]", "email,sms")
    page.check("#f-when-once")
    for field, value in {"once": day, "send_at": "00:00", "send_by": "23:59", "holdout": "10"}.items():
        page.fill(f"input[name={field}]", value)
    at.look(f"{name}-new")
    page.click("#do-review")
    at.look(f"{name}-review")
    page.click("#do-save")
    page.wait_for_url(f"**/desk/campaigns/{name}*")


@pytest.mark.parametrize("locale", WORDS)
def test_a_new_operator_goes_the_whole_way(installation: Installation, operator, locale: str) -> None:
    at, words = operator(locale), WORDS[locale]
    for path in ("/", "/calendar", "/campaigns", "/segments", "/results"):
        at.go(path)
    new_campaign(at, words.campaign, words.title, shop.TODAY.isoformat(), words.region)
    looks_at_it_first(at, words)
    sends_it(at, words)
    written = installation.outbox(words.campaign)
    by_mail = [address for address in written if "@" in address]
    by_sms = [address for address in written if "@" not in address]
    unsubscribes(at, words, by_mail[0], written[by_mail[0]])
    replies(at, words, by_sms[0])
    is_erased(at, words, by_mail[1], written[by_mail[1]])
    reads_the_result(at, words)
    assert at.complaints == []


def looks_at_it_first(at: Operator, words: Words) -> None:
    """Dry run and test send, once Airflow has read the new declaration: within a minute, the page says."""
    page = at.page
    at.again("the DAG", lambda: page.locator("#not-read-yet").count() == 0)
    assert page.input_value("#dry-run-date") == shop.LAST.isoformat(), "the date on which it is due"
    page.click("#dry-run")
    at.ended("dry-run")
    at.go(f"/campaigns/{words.campaign}")
    page.click("#test-send")
    at.ended("test-send")
    assert list(at.installation.outbox(f"test-{words.campaign}")) == ["mei@teahouse.example"]


def sends_it(at: Operator, words: Words) -> None:
    """*Run for real*, approval, outbox."""
    page = at.page
    at.go(f"/campaigns/{words.campaign}")
    page.click("#to-trigger")
    at.look("trigger")
    page.click("#trigger")
    page.locator("#approve").wait_for()
    at.look("question")
    assert at.installation.outbox(words.campaign) == {}, "nothing leaves before somebody approved it"
    page.click("#approve")
    at.ended("run")
    at.go(f"/campaigns/{words.campaign}")
    at.go("/")


def unsubscribes(at: Operator, words: Words, address: str, file: Path) -> None:
    """The customer opens the link of the mail and wants nothing any more."""
    page = at.page
    page.goto(unsubscribe_link(file))
    page.get_by_text("Everything").click()
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("heading", name="You are unsubscribed").wait_for()
    at.find(address)
    at.look("unsubscribed")


def replies(at: Operator, words: Words, number: str) -> None:
    """TD, as an SMS gateway exports it."""
    file = at.installation.home.folder / "replies.csv"
    file.write_text(f"mobile,text,time\n{number},TD,{shop.NOW.isoformat()}\n")
    assert "1 replies, 1 of them opt-outs" in at.installation.make("replies", FILE=str(file))
    at.find(number)
    at.look("replied")


def is_erased(at: Operator, words: Words, address: str, file: Path) -> None:
    """By request, on the customer's page; the person goes from every page and from the outbox."""
    page = at.page
    at.find(address)
    name = page.locator("h1").inner_text()
    at.look("customer")
    page.locator("a.danger").click()
    page.check("[name=confirmed]")
    at.look("erase")
    page.locator("form:has([name=confirmed]) button").click()
    at.look("erasing")
    at.again("the erasure", lambda: not file.exists() and page.locator("#erased").count() == 1)
    at.look("erased")
    assert name not in at.main
    assert address not in page.content()
    at.find(address)
    at.look("nobody")


def reads_the_result(at: Operator, words: Words) -> None:
    page = at.page
    at.go("/results")
    page.locator("form[action$=evaluate] button").click()
    at.look("evaluating")
    at.again("the result", lambda: words.title in at.main)
    at.look("results-after")
    page.get_by_role("link", name=words.title).first.click()
    at.look("result")
